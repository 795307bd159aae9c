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
        session.spread_changed.connect(self._on_spread)

    @property
    def shown(self) -> int | None:
        """Index of the photo that is looked through."""
        return self._index() if self._session.ready else None

    @property
    def alone(self) -> bool:
        """Whether nothing but the edited face belongs over the photo, which was made from it."""
        index = self.shown
        if index is None:
            return False
        document = self._session.state.document
        photo = document.photos[index]
        return photo.visible and photo.face == document.active and document.face.visible

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
        self._picture = photo.picture
        if photo.face is not None:
            self._session.activate(photo.face)
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

    def make_way(self) -> None:
        """Look from the orbit again if a photo is looked through, for something else to be seen."""
        if self._picture is not None:
            self.leave()

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
        if self._picture is not None:
            photo = self._photo_of(before, after, self._picture)
            if photo is None:
                self.leave()
            else:
                self._picture = photo.picture
                self._show(photo)
        self.changed.emit()

    def _photo_of(self, before: Document, after: Document, picture: Picture) -> NamedPhoto | None:
        """What is looked through after a change: the same photo, or that of the face edited now.

        Another face than the photo's has no business over it, nor has the next one when the
        photo's face was deleted.
        """
        photo, was = _with_picture(after, picture), _with_picture(before, picture)
        if photo is None or photo.face == after.active:
            return photo
        if photo.face is None:
            return None if was is not None and was.face is not None else photo
        own = (after.photos[k] for k in photos_of(after, after.active))
        return next((other for other in own if other.camera is not None), None)

    def _on_spread(self, spread: bool) -> None:
        if spread:
            self.make_way()  # what stands side by side is not where a photo shows it

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


def _with_picture(document: Document, picture: Picture) -> NamedPhoto | None:
    return next((photo for photo in document.photos if photo.picture is picture), None)


def _one(index: int | None) -> tuple[int, ...]:
    return () if index is None else (index,)
