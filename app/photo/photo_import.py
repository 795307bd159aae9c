"""Bringing in photos: read, find the face, let the user choose or mark it, reconstruct, add."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.commands import Commands
from app.jobs import JobRunner
from app.photo.adding import told_of, with_photo
from app.photo.import_state import PhotoImportState
from app.photo.person_work import PersonMade, ReconstructPerson
from app.photo.photo_work import PhotoMade, PhotoRead, ReadPhoto, ReconstructPhoto
from app.photo.source import PhotoSource
from app.session import Session
from engine.errors import InputError, LineamentError
from engine.project import items
from engine.project.document import MAXIMUM_NAME_LENGTH
from engine.project.named_photo import NamedPhoto


class PhotoImport(QObject):
    """One photo at a time, the others wait; the document changes when a face is made.

    Signals:
        changed: the `PhotoImportState`, None when there is no import (any more).
        said: level and text for the message bar.
        added: index of the photo that joined the document, and of its scan or None.
    """

    changed = Signal(object)
    said = Signal(str, str)
    added = Signal(int, object)

    def __init__(
        self,
        session: Session,
        commands: Commands,
        source: PhotoSource,
        runner: JobRunner,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._commands, self._source = session, commands, source
        self._runner = runner
        self._state: PhotoImportState | None = None
        self._path = Path()
        self._waiting: list[Path] = []
        self._method = ""
        runner.finished.connect(self._keep)
        runner.failed.connect(self._fail)
        runner.progressed.connect(self._show_progress)
        session.opened.connect(self.close)

    @property
    def state(self) -> PhotoImportState | None:
        return self._state

    # Beginning

    def begin(self, paths: Sequence[Path], person: int | None = None) -> None:
        """Bring in the photos at `paths`, one after the other.

        Args:
            person: the face that they show, which was made of photos; None for faces of their own.
        """
        if not self._session.ready:
            self.said.emit("info", "The face model is still loading. Import the photo then.")
            return
        if not paths:
            return
        self.close()
        self._waiting = list(paths)
        self._read_next(PhotoImportState("", person=person))

    def begin_joining(self, index: int) -> None:
        """Make the face that is edited anew, from its photos and photo `index`."""
        self.close()
        document = self._session.state.document
        photo = items.photo_at(document, index)
        methods = self._source.list_methods()
        self._path = Path(photo.name)
        self._set(
            PhotoImportState(
                photo.name,
                "found",
                photo.picture,
                (photo.found,),
                0,
                methods=methods,
                method=methods[0].name,
                person=document.active,
            )
        )

    def _read_next(self, before: PhotoImportState) -> None:
        """Go on with the next photo, with what was chosen for the last."""
        self._path = self._waiting.pop(0)
        state = PhotoImportState(
            self._path.name[-MAXIMUM_NAME_LENGTH:] or "Photo",
            waiting=len(self._waiting),
            together=before.together,
            same_person=before.same_person,
            person=before.person,
        )
        self._set(state)
        self._runner.request(ReadPhoto(self._source, self._path), cancel_running=True)

    def _take(self, read: PhotoRead) -> None:
        if self._state is None or self._state.stage != "reading" or read.path != self._path:
            return
        names = [choice.name for choice in read.methods]
        method = self._method if self._method in names else names[0]
        self._change(
            stage="found" if read.faces else "none",
            picture=read.picture,
            faces=read.faces,
            chosen=0 if read.faces else None,
            methods=read.methods,
            method=method,
            fraction=0.0,
        )
        if self._state.together and len(read.faces) == 1:
            self.reconstruct()

    # Which face

    def choose_face(self, index: int) -> None:
        """Take one of the faces that were found."""
        if self._state is not None and self._state.stage == "found":
            self._change(chosen=index)

    def choose_method(self, name: str) -> None:
        if self._state is not None and name in [choice.name for choice in self._state.methods]:
            self._method = name
            self._change(method=name)

    def set_same_person(self, same: bool) -> None:
        """Whether the photos that wait show the person of this one."""
        self._change(same_person=same)

    def set_marking(self, marking: bool) -> None:
        """Whether clicks mark a face by hand, rather than choose one that was found."""
        if self._state is not None:
            self._set(self._state.with_marking(marking))

    def mark(self, x: float, y: float) -> None:
        """A click at a pixel of the photo."""
        if self._state is not None:
            self._set(self._state.with_mark(x, y))

    def undo_mark(self) -> None:
        """Forget the last click."""
        if self._state is not None:
            self._change(marks=self._state.marks[:-1])

    # Reconstruction

    def reconstruct(self, together: bool | None = None) -> None:
        """Make a face of the one that is chosen or marked.

        Args:
            together: photos that wait follow by themselves where they show one face.
        """
        state = self._state
        if state is None or state.picture is None or not state.can_reconstruct:
            return
        if together is not None:
            state = replace(state, together=together)
            self._set(state)
        try:
            begun = state.begun()
        except InputError as error:
            self.said.emit("error", str(error))
            return
        self._set(begun)
        self._request(begun)

    def _request(self, begun: PhotoImportState) -> None:
        picture, chosen = begun.picture, begun.chosen
        assert picture is not None
        assert chosen is not None
        found, model, known = begun.faces[chosen], self._session.model, self._known(begun)
        if known:
            request = (self._source, model, begun.method, known, picture, found)
            self._runner.request(ReconstructPerson(*request))
        else:
            self._runner.request(
                ReconstructPhoto(self._source, model, begun.method, picture, found)
            )

    def _known(self, state: PhotoImportState) -> tuple[NamedPhoto, ...]:
        """The photos that the person's face was made from so far."""
        document = self._session.state.document
        if state.person is None or state.person >= len(document.faces):
            return ()
        return tuple(document.photos[k] for k in items.photos_of(document, state.person))

    def _add(self, done: PhotoMade | PersonMade) -> None:
        state = self._state
        if state is None or state.stage != "working" or done.picture is not state.picture:
            return
        first = done.made[0] if isinstance(done, PersonMade) else done.made
        if first.method != state.method:
            return  # it was stopped, and finished nevertheless
        if not self._commands.may_edit:
            self._change(stage="found")
            self.said.emit("warning", "The editor is busy with a fit. Reconstruct it afterwards.")
            return
        stem = self._path.stem[:MAXIMUM_NAME_LENGTH] or "Face"
        title = state.choice.title if state.choice is not None else first.method
        document = self._session.state.document
        try:
            added = with_photo(document, done, state.name, stem, title)
        except LineamentError as error:
            self._change(stage="found")
            self.said.emit("error", str(error))
            return
        self._commands.items.change(added.document, added.text)
        self.said.emit("done", told_of(done, state.name))
        photos = self._session.state.document.photos
        self.added.emit([photo.picture for photo in photos].index(done.picture), added.scan)
        if not self._waiting:
            self._end()
            return
        if state.same_person and state.person is None and added.scan is None:
            state = replace(state, person=self._session.state.document.active)
        self._read_next(state)

    # Ending

    def skip(self) -> None:
        """Leave this photo out and go on with the next."""
        if self._state is not None and self._waiting:
            self._runner.cancel()
            self._read_next(self._state)

    def cancel(self) -> None:
        """Stop the reconstruction, or end the import."""
        if self._state is not None and self._state.stage == "working":
            self._runner.cancel()
            self._change(stage="found", fraction=0.0, together=False)
        else:
            self.close()

    def close(self) -> None:
        """End the import; the photos that joined the document stay."""
        if self._state is not None:
            self._runner.cancel()
            self._end()

    def _end(self) -> None:
        self._state, self._waiting = None, []
        self.changed.emit(None)

    # From the runner

    def _keep(self, result: object) -> None:
        if isinstance(result, PhotoRead):
            self._take(result)
        elif isinstance(result, PhotoMade | PersonMade):
            self._add(result)

    def _fail(self, error: LineamentError) -> None:
        state = self._state
        if state is None:
            return
        self.said.emit("error", str(error))
        if state.stage == "working":
            self._change(stage="found", fraction=0.0)
        elif self._waiting:
            # One bad file never stops the rest.
            self._read_next(state)
        elif state.stage == "reading":
            self._end()

    def _show_progress(self, fraction: float, text: str) -> None:
        if self._state is not None and self._state.stage in ("reading", "working"):
            self._change(fraction=fraction, text=text)

    def _change(self, **changes: Any) -> None:
        if self._state is not None:
            self._set(replace(self._state, **changes))

    def _set(self, state: PhotoImportState) -> None:
        if state is not self._state:
            self._state = state
            self.changed.emit(state)
