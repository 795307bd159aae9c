"""Ties the viewport to the items beside the face that is edited."""

from PySide6.QtCore import QObject

from app.other_items import OtherItems
from app.session import Session
from app.viewport.viewport import Viewport
from engine.project.document import Document


class ItemsPresenter(QObject):
    """Shows other visible items, and hides the active face when its eye is closed."""

    def __init__(
        self,
        session: Session,
        others: OtherItems,
        viewport: Viewport,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._viewport = viewport
        others.changed.connect(viewport.show_items)
        others.rearranged.connect(self._rearrange)
        session.opened.connect(self._show_face)
        session.items_changed.connect(self._on_items)
        session.spread_changed.connect(lambda _on: viewport.frame_face())
        viewport.show_items(others.placed)
        if session.ready:
            self._show_face()

    def _on_items(self, before: Document, after: Document) -> None:
        del before, after
        self._show_face()

    def _show_face(self) -> None:
        self._viewport.set_face_visible(self._session.state.document.face.visible)

    def _rearrange(self) -> None:
        if self._session.state.spread:
            self._viewport.frame_face()
