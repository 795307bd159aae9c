"""The undoable edits of whole faces, scans and photos."""

from PySide6.QtGui import QUndoCommand, QUndoStack

from app.session import Session
from engine.geometry.similarity import Similarity
from engine.models.protocol import FaceCode
from engine.project import items
from engine.project.document import Document, NamedFace, NamedScan
from engine.project.items import ItemRef

CHANGE_ITEMS_ID = 2
"""Beside `SET_CODE_ID` of the commands of codes."""


class ChangeItems(QUndoCommand):
    """Other faces, scans and photos.

    It holds the items before and after. They are values that are never written, so both
    share what did not change, and a scan that was deleted costs nothing until it is back.

    Args:
        gesture: edits of one gesture become one entry; None stands alone.
        before: where undo returns to; what there is now if None.
    """

    def __init__(
        self,
        session: Session,
        after: Document,
        text: str,
        gesture: int | None = None,
        before: Document | None = None,
    ) -> None:
        super().__init__(text)
        self._session = session
        self._before = before or session.state.document
        self._after = after
        self._gesture = gesture

    def id(self) -> int:
        return CHANGE_ITEMS_ID

    def redo(self) -> None:
        self._session.set_items(self._after)

    def undo(self) -> None:
        self._session.set_items(self._before)

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, ChangeItems) or self._gesture is None:
            return False
        if other._gesture != self._gesture:
            return False
        self._after = other._after
        return True


class ItemCommands:
    """What the outliner, a menu or a finished job can do to the items."""

    def __init__(self, session: Session, stack: QUndoStack) -> None:
        self._session = session
        self._stack = stack

    def add_face(self, code: FaceCode | None = None, name: str = "Face 1") -> None:
        """Another face, the mean one if no code is given; it becomes the active one."""
        wanted = self._session.model.mean_code() if code is None else code
        face = NamedFace(items.free_name(self._document, name), wanted)
        self.change(items.add_face(self._document, face), "Add face")

    def duplicate_face(self, index: int) -> None:
        """A copy of a face, which becomes the active one."""
        self.change(items.duplicate_face(self._document, index), "Duplicate face")

    def add_scan(self, scan: NamedScan) -> None:
        self.change(items.add_scan(self._document, scan), f"Import {scan.name}")

    def may_remove(self, ref: ItemRef) -> bool:
        """Whether an item can go; a document keeps at least one face."""
        return ref.kind != "face" or len(self._document.faces) > 1

    def remove(self, ref: ItemRef) -> None:
        """Delete an item, if it may go."""
        if self.may_remove(ref):
            name = items.item_at(self._document, ref).name
            self.change(items.remove_item(self._document, ref), f"Delete {name}")

    def rename(self, ref: ItemRef, name: str) -> None:
        """Give an item another name; a blank one changes nothing."""
        if name.strip() and name.strip() != items.item_at(self._document, ref).name:
            self.change(items.rename_item(self._document, ref, name), "Rename")

    def move(self, ref: ItemRef, place: int) -> None:
        """Put an item at `place` among those of its kind."""
        moved = items.move_item(self._document, ref, place)
        if items.items_of(moved, ref.kind) != items.items_of(self._document, ref.kind):
            self.change(moved, "Reorder")

    def set_visible(self, ref: ItemRef, visible: bool) -> None:
        if items.item_at(self._document, ref).visible != visible:
            text = "Show" if visible else "Hide"
            self.change(items.set_visible(self._document, ref, visible), text)

    def solo(self, ref: ItemRef) -> None:
        """Show only this item; all of them if it is alone already."""
        self.change(items.solo(self._document, ref), "Solo")

    def set_alignment(self, index: int, alignment: Similarity, accepted: bool) -> None:
        """Put a scan at another place."""
        after = items.set_alignment(self._document, index, alignment, accepted)
        self.change(after, "Align scan")

    def set_residual_strength(
        self, index: int, region: str, strength: float, gesture: int | None = None
    ) -> None:
        """How much of a face's residual layer shows in one of `REGIONS`."""
        residual = items.face_at(self._document, index).residual
        if residual is None:
            return
        stronger = residual.with_strength(region, strength)
        after = items.set_residual(self._document, index, stronger)
        self.change(after, f"Detail of {region}", gesture)

    def remove_residual(self, index: int) -> None:
        """Take a face's residual layer off."""
        if items.face_at(self._document, index).residual is not None:
            after = items.set_residual(self._document, index, None)
            self.change(after, "Remove scan detail")

    def change(self, after: Document, text: str, gesture: int | None = None) -> None:
        """Take the items of `after`, as one step."""
        self._stack.push(ChangeItems(self._session, after, text, gesture))

    def change_from(self, before: Document, after: Document, text: str) -> None:
        """Take the items of `after`; undo returns to `before`, not to what is shown now."""
        self._stack.push(ChangeItems(self._session, after, text, before=before))

    @property
    def _document(self) -> Document:
        return self._session.state.document
