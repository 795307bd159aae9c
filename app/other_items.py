"""Which faces and scans are drawn beside the one that is edited, and where."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from app.drawn_items import DrawItems, Drawn, FaceKey, Key, ScanKey
from app.editor_state import ViewChange
from app.jobs import JobRunner
from app.session import Session
from engine.geometry.mesh import Mesh
from engine.geometry.similarity import Similarity
from engine.project.document import Document
from engine.project.items import ItemRef

GAP_MM = 22.0
"""Between two items that stand side by side."""

GUEST = ItemRef("scan", -1)
"""Names the scan that is shown without being in the document, while it is brought in."""

MOST_DRAWN = 24
"""More than that nobody can tell apart, and no machine turns them smoothly."""

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class PlacedItem:
    """An item in the scene.

    Attributes:
        ref: which one.
        drawn: its picture.
        matrix: `(4, 4)` from the picture's coordinates to the scene's, mm.
    """

    ref: ItemRef
    drawn: Drawn
    matrix: Matrix


@dataclass(frozen=True, slots=True, eq=False)
class Guest:
    """A scan on its way into the document.

    Attributes:
        mesh: in the file's unit and axes.
        alignment: its place so far.
        beside: it stands beside the face, so that both can be pointed at.
    """

    mesh: Mesh
    alignment: Similarity
    beside: bool = False


class OtherItems(QObject):
    """Keeps pictures of all visible items but the active face.

    Signals:
        changed: a tuple of `PlacedItem`, to be shown instead of the last.
        rearranged: other items are visible or they stand elsewhere; the view may move.
    """

    changed = Signal(object)
    rearranged = Signal()

    def __init__(self, session: Session, runner: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._runner = runner
        self._pictures: dict[Key, Drawn] = {}
        self._placed: tuple[PlacedItem, ...] = ()
        self._requested: DrawItems | None = None
        self._guest: Guest | None = None
        self._away = False
        session.opened.connect(lambda *_document: self._update())
        session.items_changed.connect(self._on_items)
        session.view_changed.connect(self._on_view)
        session.spread_changed.connect(lambda _on: self._update())
        runner.finished.connect(self._keep)

    @property
    def placed(self) -> tuple[PlacedItem, ...]:
        return self._placed

    def show_guest(self, guest: Guest | None) -> None:
        """Show a scan that is not in the document yet, alone with the active face."""
        self._guest = guest
        self._update()

    def put_away(self, away: bool) -> None:
        """Draw none of them, or again those that are visible; the view stays where it is."""
        if away != self._away:
            self._away = away
            self._update(moves=False)

    def _on_items(self, before: Document, after: Document) -> None:
        del before, after
        self._update()

    def _on_view(self, change: ViewChange) -> None:
        before, after = change.before, change.after
        if (before.regions, change.skin_before) != (after.regions, change.skin_after):
            self._update()

    def _keep(self, drawn: dict[Key, Drawn]) -> None:
        self._requested = None
        self._pictures.update(drawn)
        self._update()

    def _update(self, moves: bool = True) -> None:
        wanted = list(self._wanted())[:MOST_DRAWN]
        keys = {key for _, key in wanted}
        self._pictures = {key: drawn for key, drawn in self._pictures.items() if key in keys}
        self._request(wanted)
        ready = [(ref, self._pictures[key]) for ref, key in wanted if key in self._pictures]
        shown = [] if self._away else ready
        before = [(item.ref, item.matrix.tolist()) for item in self._placed]
        self._placed = tuple(self._place(shown))
        self.changed.emit(self._placed)
        if moves and before != [(item.ref, item.matrix.tolist()) for item in self._placed]:
            self.rearranged.emit()

    def _request(self, wanted: list[tuple[ItemRef, Key]]) -> None:
        """Ask for what has no picture yet, then for exact ones, one at a time."""
        missing = tuple(dict.fromkeys(key for _, key in wanted if key not in self._pictures))
        rough = [
            key for _, key in wanted if key in self._pictures and not self._pictures[key].exact
        ]
        # What is missing at once and roughly; what is rough one by one and exactly.
        keys = missing or tuple(rough[:1])
        last = self._requested
        if not keys:
            self._requested = None
            self._runner.cancel()
        elif last is None or last.keys != keys or not self._runner.busy:
            self._requested = DrawItems(self._session.model, keys, exact=not missing)
            self._runner.request(self._requested, cancel_running=True)

    def _wanted(self) -> Iterator[tuple[ItemRef, Key]]:
        guest, state = self._guest, self._session.state
        if guest is not None:
            # Neutral: how it lies on the face is seen where the colours change.
            yield GUEST, ScanKey(guest.mesh, natural=False)
            return
        document, skin, regions = state.document, state.skin, state.view.regions
        for index, face in enumerate(document.faces):
            if face.visible and index != document.active:
                key = FaceKey(face.code, face.residual, skin, regions, face.texture)
                yield ItemRef("face", index), key
        for index, scan in enumerate(document.scans):
            if scan.visible:
                yield ItemRef("scan", index), ScanKey(scan.mesh, natural=skin)

    def _place(self, shown: list[tuple[ItemRef, Drawn]]) -> Iterator[PlacedItem]:
        document = self._session.state.document
        matrices = [self._matrix(ref) for ref, _ in shown]
        shifts = [0.0] * len(shown)
        apart = self._session.state.spread if self._guest is None else self._guest.beside
        if apart:
            extents = [
                extent_along_x(drawn.vertices, matrix)
                for (_, drawn), matrix in zip(shown, matrices, strict=True)
            ]
            own = self._own_extent() if document.face.visible else (0.0, -GAP_MM)
            before = [ref.kind == "face" and ref.index < document.active for ref, _ in shown]
            shifts = side_by_side(own, extents, before)
        for (ref, drawn), matrix, shift in zip(shown, matrices, shifts, strict=True):
            moved = matrix.copy()
            moved[0, 3] += shift
            yield PlacedItem(ref, drawn, moved)

    def _matrix(self, ref: ItemRef) -> Matrix:
        if ref.kind == "face":
            return np.eye(4)
        if self._guest is not None:
            return similarity_matrix(self._guest.alignment)
        return similarity_matrix(self._session.state.document.scans[ref.index].alignment)

    def _own_extent(self) -> tuple[float, float]:
        x = self._session.model.preview(self._session.state.code)[:, 0]
        return float(x.min()), float(x.max())


def similarity_matrix(alignment: Similarity) -> Matrix:
    """A scan's alignment as `(4, 4)`."""
    matrix = np.eye(4)
    matrix[:3, :3] = alignment.scale * alignment.rotation
    matrix[:3, 3] = alignment.translation
    return matrix


def extent_along_x(vertices: NDArray[np.float32], matrix: Matrix) -> tuple[float, float]:
    """The least and the greatest x of `vertices` `(V, 3)` carried by `matrix`."""
    x = vertices @ matrix[0, :3].astype(np.float32) + np.float32(matrix[0, 3])
    return (float(x.min()), float(x.max())) if len(x) else (0.0, 0.0)


def side_by_side(
    own: tuple[float, float], extents: list[tuple[float, float]], before: list[bool]
) -> list[float]:
    """How far each item moves along x so that none overlaps; the active face stays.

    Args:
        own: extent of the active face.
        extents: of the others.
        before: which of them stand on its left in the picture.
    """
    shifts = [0.0] * len(extents)
    right, left = own[1], own[0]
    for index, (lower, upper) in enumerate(extents):
        if not before[index]:
            shifts[index] = right + GAP_MM - lower
            right = upper + shifts[index]
    for index in reversed(range(len(extents))):
        if before[index]:
            lower, upper = extents[index]
            shifts[index] = left - GAP_MM - upper
            left = lower + shifts[index]
    return shifts
