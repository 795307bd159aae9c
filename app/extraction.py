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

MOST_PARTS_IN_TURN = 12
"""After so many edits of another part than the one before, the surface is extracted anew. What an
edit moves by too little to be evaluated stays where it was, and adds up."""


@dataclass(frozen=True, slots=True, eq=False)
class Extracted:
    """The last surface and what it shows.

    Attributes:
        edited: the part that was edited last; None if there was none, or several.
        since: the face before the first of the edits of that part in a row.
        turns: how often the part that is edited has changed since the surface was extracted anew.
    """

    model: FaceModel
    code: FaceCode
    resolution: int
    surface: "ExtractedSurface"
    edited: str | None
    since: FaceCode
    turns: int


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
        last = self._last
        if last is not None and (last.model, last.resolution) == (model, resolution):
            if code == last.code:
                return last.surface.mesh
            edited = sole_change(last.code, code)
            turns = last.turns + (edited is None or edited != last.edited)
            if turns <= MOST_PARTS_IN_TURN:
                self._last = _update(last, code, edited, turns, cancel, progress)
                return self._last.surface.mesh
        # Not at the top: the window must open before the extraction's libraries are loaded.
        from engine.surface import extract_surface

        surface = extract_surface(model.field(code), resolution, cancel, progress)
        self._last = Extracted(model, code, resolution, surface, None, code, 0)
        return surface.mesh


def _update(
    last: Extracted,
    code: FaceCode,
    edited: str | None,
    turns: int,
    cancel: CancelToken,
    progress: Progress,
) -> Extracted:
    from engine.surface import update_surface

    since = last.since if turns == last.turns else last.code
    change = CodeChange(last.model, since, last.code, code, edited)
    surface = update_surface(last.surface, last.model.field(code), change, cancel, progress)
    return Extracted(last.model, code, last.resolution, surface, edited, since, turns)


def sole_change(before: FaceCode, after: FaceCode) -> str | None:
    """The part in which two codes differ; None if there is none, or several."""
    changed = [part for part in PARTS if not np.array_equal(before.part(part), after.part(part))]
    return changed[0] if len(changed) == 1 else None


@dataclass(frozen=True, slots=True, eq=False)
class CodeChange:
    """Where the field may have changed between two codes.

    Attributes:
        before, after: the codes.
        edited: the part in which they differ; None if there are several.
        since: a code that differs from both in `edited` alone. A point that was left as it was in
            all edits since then is compared with it: many steps that are too small to matter
            would add up.
    """

    model: FaceModel
    since: FaceCode
    before: FaceCode
    after: FaceCode
    edited: str | None

    def __call__(self, points: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Which points `(N, 3)` may have another value."""
        if self.edited is not None:
            faces = [self.since, self.after]
            if self.before != self.since:
                faces.insert(1, self.before)
            return self.model.influence(self.edited, faces, points)
        return self._of_several_parts(points)

    def _of_several_parts(self, points: NDArray[np.float32]) -> NDArray[np.bool_]:
        changed = np.zeros(len(points), bool)
        code = self.before
        for part in PARTS:
            if np.array_equal(code.part(part), self.after.part(part)):
                continue
            following = code.with_part(part, self.after.part(part))
            rest = ~changed
            changed[rest] = self.model.influence(part, [code, following], points[rest])
            code = following
        return changed
