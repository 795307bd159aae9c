"""The free surface of one face after another, evaluated only where an edit changed it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.geometry.mesh import Mesh
from engine.models.protocol import PARTS, FaceCode, FaceModel
from engine.progress import CancelToken, Progress

if TYPE_CHECKING:
    from engine.surface import Surface as ExtractedSurface


@dataclass(frozen=True, slots=True, eq=False)
class Extracted:
    """The last surface and what it shows."""

    model: FaceModel
    code: FaceCode
    resolution: int
    surface: "ExtractedSurface"


class Extraction:
    """Extracts free surfaces; used by one worker thread at a time."""

    def __init__(self) -> None:
        self._last: Extracted | None = None

    def extract(
        self,
        model: FaceModel,
        code: FaceCode,
        resolution: int,
        cancel: CancelToken,
        progress: Progress,
    ) -> Mesh:
        """The zero set of `code`.

        Raises:
            Cancelled: `cancel` was raised meanwhile; the last surface is kept.
        """
        # Not at the top: the window must open before the extraction's libraries are loaded.
        from engine.surface import extract_surface, update_surface

        last = self._last
        field = model.field(code)
        if last is not None and (last.model, last.resolution) == (model, resolution):
            change = CodeChange(model, last.code, code)
            surface = update_surface(last.surface, field, change, cancel, progress)
        else:
            surface = extract_surface(field, resolution, cancel, progress)
        self._last = Extracted(model, code, resolution, surface)
        return surface.mesh


@dataclass(frozen=True, slots=True, eq=False)
class CodeChange:
    """Where the field may have changed between two codes."""

    model: FaceModel
    before: FaceCode
    after: FaceCode

    def __call__(self, points: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Which points `(N, 3)` may have another value."""
        changed = np.zeros(len(points), bool)
        code = self.before
        for part in PARTS:
            if np.array_equal(code.part(part), self.after.part(part)):
                continue
            following = code.with_part(part, self.after.part(part))
            rest = ~changed
            changed[rest] = self.model.influence(part, code, following, points[rest])
            code = following
        return changed
