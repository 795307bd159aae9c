"""From points seen in photographs to codes and cameras.

`engine.photo.refining_problem` says what is minimised.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from engine.errors import InputError
from engine.models.protocol import PARTS, FaceCode, FaceModel
from engine.photo.observations import PhotoState, PointObservations, RefiningSettings
from engine.photo.point_basis import CodePrior, split_code
from engine.photo.refining_problem import RefiningProblem, Unknowns

SHAPE_PARTS = PARTS[:4]
CONVERGED = 0.02
"""A step that changes no unknown by more is the last."""
TRIES = 5
"""How often a step is shortened before it is given up."""


@dataclass(frozen=True, slots=True, eq=False)
class RefinedFace:
    """What was found.

    Attributes:
        code: the shape, with the first photograph's expression.
        photos: expression and camera of each photograph.
        residuals_px: root mean square distance of each photograph's points, wrong ones faded.
    """

    code: FaceCode
    photos: tuple[PhotoState, ...]
    residuals_px: tuple[float, ...]

    def code_of(self, photo: int) -> FaceCode:
        """The shape with the expression in one photograph."""
        return self.code.with_part("expression", self.photos[photo].expression.astype(np.float32))


def refine(
    model: FaceModel,
    observations: Sequence[PointObservations],
    start: FaceCode,
    photos: Sequence[PhotoState],
    prior: CodePrior,
    free_parts: Collection[str] = PARTS,
    settings: RefiningSettings | None = None,
) -> RefinedFace:
    """One person's shape, and expression and camera in each photograph.

    Args:
        observations: one per photograph.
        start: the shape parts that are not free stay as here; free ones begin at `prior.mean`.
        photos: where cameras begin, and the expression expected in each photograph.
        prior: of the shape; of an expression's weights it says the deviations and ends.
        free_parts: those of `PARTS` that change; `expression` is that of every photograph.

    Raises:
        InputError: no photographs, other numbers of them, or an unknown part.
    """
    if not observations or len(observations) != len(photos):
        raise InputError(
            f"Expected points and a start for each photograph, got {len(observations)} and "
            f"{len(photos)}."
        )
    if any(part not in PARTS for part in free_parts):
        raise InputError(f"Cannot refine {', '.join(free_parts)}; choose from {', '.join(PARTS)}.")
    problem = RefiningProblem(observations, start, photos, prior, frozenset(free_parts), settings)
    found = _solve(problem, settings or RefiningSettings())
    residuals = problem.residuals_px(found)
    kept = [
        PhotoState(face[problem.expression], camera.weak(), camera.nearness, camera.pivot)
        for face, camera in zip(problem.faces(found), found.cameras, strict=True)
    ]
    code = split_code(problem.faces(found)[0], model)
    return RefinedFace(code, tuple(kept), residuals)


def _solve(problem: RefiningProblem, settings: RefiningSettings) -> Unknowns:
    """Steps until they are small; each lowers the value or is shortened."""
    found = problem.start
    damping, (robust, last) = 1e-4, settings.robust
    for _ in range(settings.iterations):
        equations = problem.normal_equations(found, robust)
        cost = problem.cost(found, robust, equations.learned)
        for _ in range(TRIES):
            change = problem.step(equations, found, damping)
            wanted = problem.moved(found, change)
            if problem.cost(wanted, robust, equations.learned) <= cost:
                break
            damping *= 10.0
        else:
            wanted, change = found, np.zeros_like(change)
        found, damping = wanted, max(damping / 10.0, 1e-6)
        if robust <= last and np.abs(change).max() < CONVERGED:
            break
        robust = max(robust / 2.0, last)
    return found
