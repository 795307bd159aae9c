"""From points seen in a photograph to codes and camera.

`engine.photo.refining_problem` says what is minimised.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from engine.errors import InputError
from engine.models.protocol import PARTS, FaceCode, FaceModel
from engine.photo.observations import PhotoState, PointObservations, RefiningSettings
from engine.photo.point_basis import CodePrior, split_code
from engine.photo.refining_problem import RefiningProblem, Unknowns
from engine.photo.shape_axes import ShapeAxes

CONVERGED = 0.02
"""A step that changes no unknown by more is the last."""
TRIES = 5
"""How often a step is shortened before it is given up."""


@dataclass(frozen=True, slots=True, eq=False)
class RefinedFace:
    """What was found.

    Attributes:
        code: shape and expression.
        state: expression and camera.
        residual_px: root mean square distance of the points, wrong ones faded.
    """

    code: FaceCode
    state: PhotoState
    residual_px: float


def refine(
    model: FaceModel,
    seen: PointObservations,
    start: FaceCode,
    state: PhotoState,
    prior: CodePrior,
    free_parts: Collection[str] = PARTS,
    settings: RefiningSettings | None = None,
    axes: ShapeAxes | None = None,
) -> RefinedFace:
    """A face's shape, expression and camera in one photograph.

    Args:
        start: the shape parts that are not free stay as here; free ones begin at `prior.mean`.
        state: where the camera begins, and the expression expected.
        prior: of the shape; of an expression's weights it says the deviations and ends.
        free_parts: those of `PARTS` that change.
        axes: of the free parts of the shape, if they are there already.

    Raises:
        InputError: an unknown part.
    """
    if any(part not in PARTS for part in free_parts):
        raise InputError(f"Cannot refine {', '.join(free_parts)}; choose from {', '.join(PARTS)}.")
    chosen = settings or RefiningSettings()
    problem = RefiningProblem(seen, start, state, prior, frozenset(free_parts), chosen, axes)
    found = _solve(problem, chosen)
    joint, camera = problem.face(found), found.camera
    kept = PhotoState(joint[problem.expression], camera.weak(), camera.nearness, camera.pivot)
    return RefinedFace(split_code(joint, model), kept, problem.residual_px(found))


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
