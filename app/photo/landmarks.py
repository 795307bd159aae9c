"""Dragging landmarks over a photo: the face follows while the hand moves; one step of undo."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from app.commands import Commands
from app.jobs import JobRunner
from app.photo.landmark_work import (
    SURE,
    Basis,
    LandmarksRefitted,
    RefitLandmarks,
    Scope,
    part_of,
    parts_that_follow,
    pinned_of,
)
from app.session import Session
from engine.errors import LineamentError
from engine.models.protocol import FaceCode
from engine.project import items
from engine.project.items import ItemRef
from engine.project.named_photo import NamedPhoto
from engine.project.picture import Picture


@dataclass(slots=True, eq=False)
class Held:
    """A landmark under the hand.

    Attributes:
        gesture: edits of the drag are one step of undo.
        number: of the landmark.
        photo, code: as they were when it was pressed.
        place: `(2,)` px where it is now.
        parts: that follow.
    """

    gesture: int
    number: int
    photo: NamedPhoto
    code: FaceCode
    place: NDArray[np.float64]
    parts: tuple[str, ...]


class LandmarkEditing(QObject):
    """The photo whose landmarks are edited, and the drag that goes on.

    Signals:
        changed: the photo, the landmark that is held or the scope; read them here.
        said: level and text for the message bar.
    """

    changed = Signal()
    said = Signal(str, str)

    def __init__(
        self,
        session: Session,
        commands: Commands,
        runner: JobRunner,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._commands, self._runner = session, commands, runner
        self._basis = Basis()
        self._picture: Picture | None = None
        self._held: Held | None = None
        self._last: Held | None = None
        self._shown: FaceCode | None = None
        self._scope: Scope = "part"
        runner.finished.connect(self._take)
        runner.failed.connect(self._fail)
        session.opened.connect(self.close)
        session.items_changed.connect(lambda _before, _after: self._follow())

    @property
    def index(self) -> int | None:
        """Of the photo that is edited."""
        if self._picture is None or not self._session.ready:
            return None
        photos = self._session.state.document.photos
        places = [k for k, photo in enumerate(photos) if photo.picture is self._picture]
        return places[0] if places else None

    @property
    def photo(self) -> NamedPhoto | None:
        index = self.index
        return None if index is None else self._session.state.document.photos[index]

    @property
    def landmarks(self) -> NDArray[np.float64] | None:
        """`(68, 2)` px as they are shown: the one under the hand where the hand is."""
        photo = self.photo
        if photo is None or photo.landmarks is None:
            return None
        shown = photo.landmarks.copy()
        if self._held is not None:
            shown[self._held.number] = self._held.place
        return shown

    @property
    def scope(self) -> Scope:
        return self._scope

    def part_of(self, number: int) -> str:
        """The part that a landmark belongs to."""
        return part_of(self._session.model, number)

    def open(self, index: int) -> None:
        """Edit the landmarks of photo `index`."""
        photo = self._session.state.document.photos[index]
        if photo.landmarks is None or photo.face is None:
            self.said.emit(
                "info",
                f"{photo.name} has no editable face. Import it with the method Face codes.",
            )
            self.close()
            return
        self._picture = photo.picture
        self._session.activate(photo.face)
        self.changed.emit()

    def close(self) -> None:
        if self._picture is not None:
            self._picture, self._held, self._last = None, None, None
            self._runner.cancel()
        self.changed.emit()

    def set_scope(self, scope: Scope) -> None:
        """What follows a landmark."""
        self._scope = scope
        self.changed.emit()

    # A drag

    def press(self, number: int) -> None:
        """Take hold of a landmark."""
        photo = self.photo
        if photo is None or photo.landmarks is None or photo.face is None:
            return
        if not self._commands.may_edit:
            self.said.emit("info", "Wait until the fit is over, or cancel it.")
            return
        part = self.part_of(number)
        parts = parts_that_follow(part, self._scope, self._session.state.locks)
        if not parts:
            self.said.emit("info", f"The {part} is locked. Unlock it to move its landmarks.")
            return
        self._session.activate(photo.face)
        code = self._session.state.document.faces[photo.face].code
        gesture = self._commands.begin_gesture()
        place = photo.landmarks[number].copy()
        self._held = Held(gesture, number, photo, code, place, parts)
        self._last, self._shown = self._held, code

    def move(self, x: float, y: float) -> None:
        """The hand is at a pixel of the photo."""
        if self._held is not None:
            self._held.place = np.array([x, y])
            self._request(self._held)
            self.changed.emit()

    def release(self) -> None:
        """Let go; the last fit may still be on its way."""
        if self._held is not None:
            self._commands.end_gesture()
            self._held = None
            self.changed.emit()

    def let_go(self, number: int | None = None) -> None:
        """Pin a landmark no longer, or none at all."""
        index, photo = self.index, self.photo
        if index is None or photo is None or photo.confidences is None:
            return
        chosen = pinned_of(photo)
        if number is not None:
            chosen = chosen & (np.arange(len(chosen)) == number)
        if chosen.any():
            loose = replace(photo, confidences=np.where(chosen, SURE, photo.confidences))
            document = self._session.state.document
            after = items.replace_item(document, ItemRef("photo", index), loose)
            self._commands.items.change(after, "Let landmarks go")

    def _request(self, held: Held) -> None:
        assert held.photo.landmarks is not None
        landmarks, pinned = held.photo.landmarks.copy(), pinned_of(held.photo).copy()
        landmarks[held.number] = held.place
        pinned[held.number] = True
        self._runner.request(
            RefitLandmarks(
                held.gesture,
                self._session.model,
                self._basis,
                held.photo,
                held.code,
                landmarks,
                pinned,
                held.parts,
            )
        )

    def _take(self, done: LandmarksRefitted) -> None:
        last = self._last
        if last is None or done.gesture != last.gesture:
            return
        document = self._session.state.document
        after = done.apply(document)
        photo = self.photo
        if after is None or photo is None or photo.face is None:
            return
        if document.faces[photo.face].code != self._shown:
            return  # something else was done to the face since the hand let go
        text = f"Drag a landmark of the {self.part_of(last.number)}"
        self._commands.items.change(after, text, last.gesture)
        self._shown = done.code
        self.changed.emit()

    def _fail(self, error: LineamentError) -> None:
        self.said.emit("error", str(error))

    def _follow(self) -> None:
        if self._picture is None:
            return
        if self.index is None:
            self.close()
        else:
            self.changed.emit()
