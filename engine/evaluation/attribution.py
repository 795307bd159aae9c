"""Error attribution: how many millimetres of a face's error each of its parts accounts for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.evaluation.tables import Table
from engine.geometry.distance import SurfaceIndex
from engine.geometry.mesh import Mesh
from engine.geometry.sampling import sample_surface
from engine.geometry.similarity import Similarity
from engine.models.protocol import PARTS, FaceCode, FaceModel
from engine.progress import CancelToken, Progress, ignore_progress

SAMPLES = 20_000

Vertices = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class FittedFace:
    """A face fitted to a reference.

    Attributes:
        code: the fitted codes.
        pose: from the face's frame to the reference's, as fitted.
        finish: adds what the codes cannot express, the residual layer, to template vertices
            `(V, 3)`; None where there is none.
    """

    code: FaceCode
    pose: Similarity
    finish: Callable[[Vertices], Vertices] | None = None


@dataclass(frozen=True, slots=True)
class AttributedPart:
    """What one part accounts for.

    Attributes:
        name: `pose`, one of `PARTS`, or `residual`.
        before_mm, after_mm: the error before and after the part was replaced, in turn.
        alone_mm: how much the error falls when only this part is replaced; negative where the
            part alone makes it worse. None for the residual, which belongs to the fitted code.
    """

    name: str
    before_mm: float
    after_mm: float
    alone_mm: float | None

    @property
    def share_mm(self) -> float:
        """How much the error falls in turn; all shares add up to what the fit takes away."""
        return self.before_mm - self.after_mm


@dataclass(frozen=True, slots=True)
class Attribution:
    """The error at first, what each part accounts for in turn, and what is left."""

    start_mm: float
    parts: tuple[AttributedPart, ...]

    @property
    def left_mm(self) -> float:
        return self.parts[-1].after_mm if self.parts else self.start_mm


def attribute_error(
    model: FaceModel,
    code: FaceCode,
    pose: Similarity,
    fitted: FittedFace,
    reference: Mesh,
    order: Sequence[str] = PARTS,
    samples: int = SAMPLES,
    seed: int = 0,
    progress: Progress = ignore_progress,
    cancel: CancelToken | None = None,
) -> Attribution:
    """Replace the pose and the parts of a face by fitted ones, one at a time, and measure.

    The error is the mean exact distance from fixed samples of the reference to the face's
    surface: so a reference that covers a piece of the face asks for no more than that piece.
    Parts share some of the surface, so what one accounts for depends on `order`; the figure
    for each part alone does not.

    Args:
        pose: from the face's frame to the reference's, as the face lies now.
        reference: in its own frame.
        order: of the parts, after the pose.

    Raises:
        InputError: the reference has no surface.
        Cancelled: `cancel` was raised meanwhile.
    """
    points = sample_surface(reference, samples, np.random.default_rng(seed)).points
    error = _Error(model, points, cancel)
    count = 2 * len(order) + 3
    start = error.of(code, pose)
    progress(1 / count, "Measuring the pose")
    moved = error.of(code, fitted.pose)
    parts = [AttributedPart("pose", start, moved, start - moved)]
    mixed, before = code, moved
    for number, name in enumerate(order):
        progress((2 * number + 2) / count, f"Measuring the {name}")
        mixed = mixed.with_part(name, fitted.code.part(name))
        after = error.of(mixed, fitted.pose)
        alone = moved - error.of(code.with_part(name, fitted.code.part(name)), fitted.pose)
        parts.append(AttributedPart(name, before, after, alone))
        before = after
    if fitted.finish is not None:
        progress(1.0 - 1 / count, "Measuring the residual")
        after = error.of(mixed, fitted.pose, fitted.finish)
        parts.append(AttributedPart("residual", before, after, None))
    return Attribution(start, tuple(parts))


class _Error:
    """The mean distance from points of the reference to a face's surface."""

    def __init__(
        self, model: FaceModel, points: NDArray[np.float64], cancel: CancelToken | None
    ) -> None:
        self._model, self._points, self._cancel = model, points, cancel

    def of(
        self,
        code: FaceCode,
        pose: Similarity,
        finish: Callable[[Vertices], Vertices] | None = None,
    ) -> float:
        """In the reference's unit."""
        vertices = self._model.template_surface(code, self._cancel)
        if finish is not None:
            vertices = finish(vertices)
        placed = Mesh(pose.apply(vertices), self._model.template.faces)
        found = SurfaceIndex(placed).closest_points(self._points, self._cancel)
        return float(found.distances.mean())


def attribution_table(attribution: Attribution) -> Table:
    """The attribution as a table."""
    rows = [
        (part.name, part.before_mm, part.after_mm, part.share_mm, part.alone_mm)
        for part in attribution.parts
    ]
    total = attribution.start_mm - attribution.left_mm
    rows.append(("all", attribution.start_mm, attribution.left_mm, total, None))
    return Table(
        ("Replaced", "Before (mm)", "After (mm)", "Accounts for (mm)", "Alone (mm)"),
        tuple(rows),
        (0, 3, 3, 3, 3),
        "Mean distance from the reference to the face as its parts are replaced by fitted ones",
    )
