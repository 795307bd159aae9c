"""Looking through a photo's camera: which photo lies behind the face, and how much shows of it."""

from PySide6.QtCore import QObject, Signal

from app.face_view import FaceView
from app.session import Session
from engine.project.document import Document
from engine.project.items import photos_of
from engine.project.named_photo import NamedPhoto
from engine.project.picture import Picture

FIRST_SHARE = 0.35
"""Enough to see where the features of both lie."""


class PhotoOverlay(QObject):
    """Keeps the view at a photo's camera until somebody turns away; not part of the document.

    Attributes:
        share: how much of the photo is seen where the face is, 0 to 1.

    Signals:
        changed: another photo is looked through or could be, or more or less of it shows.
    """

    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._view: FaceView | None = None
        self._picture: Picture | None = None
        self.share = FIRST_SHARE
        session.opened.connect(self._forget)
        session.items_changed.connect(self._follow)
        session.selection_changed.connect(lambda _ref: self.changed.emit())

    @property
    def shown(self) -> int | None:
        """Index of the photo that is looked through."""
        return self._index() if self._session.ready else None

    @property
    def candidate(self) -> int | None:
        """The photo at hand: the one looked through, chosen, of the active face, or any."""
        if not self._session.ready:
            return None
        state = self._session.state
        document = state.document
        posed = [k for k, photo in enumerate(document.photos) if photo.camera is not None]
        chosen = () if state.photo is None else (state.photo,)
        for index in (*_one(self._index()), *chosen, *photos_of(document, document.active), *posed):
            if index in posed:
                return index
        return None

    def attach_view(self, view: FaceView) -> None:
        self._view = view
        view.photo.set_share(self.share)

    def look_through(self, index: int) -> None:
        """Look at the face as the camera of photo `index` did; its face becomes the active one."""
        photo = self._session.state.document.photos[index]
        if photo.camera is None:
            return
        if photo.face is not None:
            self._session.activate(photo.face)
        self._picture = photo.picture
        self._show(photo)
        self.changed.emit()

    def toggle(self, on: bool) -> None:
        """Look through the photo at hand, or no longer."""
        index = self.candidate
        if on and index is not None:
            self.look_through(index)
        else:
            self.leave()

    def leave(self) -> None:
        """Look from the orbit again."""
        if self._picture is not None:
            self._picture = None
            if self._view is not None:
                self._view.photo.hide()
        self.changed.emit()

    def set_share(self, share: float) -> None:
        self.share = share
        if self._view is not None:
            self._view.photo.set_share(share)
        self.changed.emit()

    def on_turned_away(self) -> None:
        """The viewer turned the head: the photo's camera is left already."""
        self._picture = None
        self.changed.emit()

    def _follow(self, before: Document, after: Document) -> None:
        del before, after
        index = self._index()
        if self._picture is not None and index is None:
            self.leave()
        elif index is not None:
            self._show(self._session.state.document.photos[index])
        self.changed.emit()

    def _show(self, photo: NamedPhoto) -> None:
        if self._view is None:
            return
        if photo.camera is None:
            self.leave()
            return
        self._view.photo.set_drawn(photo.visible)
        self._view.photo.show(photo.picture, photo.camera, photo.found.box)

    def _forget(self) -> None:
        self.leave()

    def _index(self) -> int | None:
        """Where the photo that is looked through is now."""
        if self._picture is None:
            return None
        photos = self._session.state.document.photos
        places = [k for k, photo in enumerate(photos) if photo.picture is self._picture]
        return places[0] if places else None


def _one(index: int | None) -> tuple[int, ...]:
    return () if index is None else (index,)
