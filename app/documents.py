"""New, open, save: the document and its file."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QEventLoop, QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from app.commands import Commands
from app.document_work import DocumentOpened, OpenDocument, SaveDocument, same_items
from app.editor_state import fresh_document
from app.prompts import Prompts
from app.runners import Runners
from app.session import Session
from app.settings import Settings
from engine.errors import DocumentError, LineamentError
from engine.project.archive import SUFFIX
from engine.project.document import Camera, Document

CameraSource = Callable[[], Camera | None]

SLOW_MS = 400
"""Opening that takes longer is told."""


class Documents(QObject):
    """Moves the session's document to and from files, on worker threads.

    Signals:
        said: level and text for the message bar.
        saved, recent_changed: after a save; after the list of recent files changed.
    """

    said = Signal(str, str)
    saved = Signal()
    recent_changed = Signal()

    def __init__(
        self,
        session: Session,
        commands: Commands,
        settings: Settings,
        prompts: Prompts,
        runners: Runners,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._session, self._commands = session, commands
        self._settings, self._prompts, self._window = settings, prompts, window
        self._opener, self._saver = runners.opening, runners.saving
        self._opening: OpenDocument | None = None
        self._told = False
        self._waiting: list[SaveDocument] = []
        self.camera_source: CameraSource = lambda: None
        self._slow = QTimer(self)
        self._slow.setSingleShot(True)
        self._slow.setInterval(SLOW_MS)
        self._slow.timeout.connect(self._tell_opening)
        self._opener.finished.connect(self._take)
        self._opener.failed.connect(self._fail_opening)
        self._saver.finished.connect(self._keep_saved)
        self._saver.failed.connect(self._fail_saving)
        session.opened.connect(self._forget_opening)

    def current_document(self) -> Document:
        """The document with the view as it is now."""
        document = self._session.state.document
        return replace(document, view=replace(document.view, camera=self.camera_source()))

    def new(self) -> None:
        """Start again from the mean face."""
        if self._session.ready and self.may_leave():
            self._session.open(fresh_document(self._session.model), None)

    # Opening

    def ask_and_open(self) -> None:
        path = self._prompts.ask_open(self._window, self._settings.folder)
        if path is not None:
            self.open(path)

    def open(self, path: Path) -> None:
        """Open the document at `path`, after asking about unsaved work."""
        if not self._session.ready:
            self.said.emit("info", "The face model is still loading. Open the document then.")
            return
        if not self.may_leave():
            return
        self._opening = OpenDocument(path.absolute(), self._session.state.document)
        self._told = False
        self._slow.start()
        self._opener.request(self._opening, cancel_running=True)

    def _take(self, opened: object) -> None:
        if not isinstance(opened, DocumentOpened) or opened.request is not self._opening:
            return
        request, told = opened.request, self._told
        self._forget_opening()
        edited = not same_items(request.left, self._session.state.document)
        if edited and not self.may_leave():
            return
        try:
            warning = self._session.open(opened.document, request.path)
        except DocumentError as error:
            self._tell_bad_file(request.path, error)
            return
        self._remember(request.path)
        if warning is not None:
            self.said.emit("warning", warning)
        elif told:
            self.said.emit("done", f"Opened {request.path.name}.")

    def _fail_opening(self, error: LineamentError) -> None:
        if self._opening is not None:
            path = self._opening.path
            self._forget_opening()
            self._tell_bad_file(path, error)

    def _tell_bad_file(self, path: Path, error: LineamentError) -> None:
        self._settings.remove_recent_file(path)
        self.recent_changed.emit()
        self.said.emit("error", str(error))

    def _tell_opening(self) -> None:
        if self._opening is not None:
            self._told = True
            self.said.emit("info", f"Opening {self._opening.path.name}…")

    def _forget_opening(self) -> None:
        self._opening = None
        self._slow.stop()

    # Saving

    def save(self) -> None:
        """Save to the document's file, or ask for one."""
        if self._session.ready:
            path = self._session.state.path
            self.save_to(path) if path is not None else self.ask_and_save()

    def ask_and_save(self) -> None:
        """Save to a file the user names."""
        path = self._ask_for_name() if self._session.ready else None
        if path is not None:
            self.save_to(path)

    def save_to(self, path: Path) -> None:
        """Save to `path` what is there now; it can be edited meanwhile."""
        # One after the other: none is left out, and the newest is written last.
        self._waiting.append(SaveDocument(path.absolute(), self.current_document()))
        if len(self._waiting) == 1:
            self._saver.request(self._waiting[0])

    def finish_saving(self) -> None:
        """Wait until everything that was to be saved is."""
        while self._waiting:
            loop = QEventLoop()
            self._saver.finished.connect(loop.quit)
            self._saver.failed.connect(loop.quit)
            loop.exec(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)

    def may_leave(self) -> bool:
        """Ask about unsaved work; whether it may be left behind."""
        if not self._session.ready:
            return True
        self.finish_saving()
        if not self._session.state.dirty:
            return True
        decision = self._prompts.ask_unsaved(self._window, self._session.state.title)
        if decision != "save":
            return decision == "discard"
        self.save()
        self.finish_saving()
        return not self._session.state.dirty

    def _ask_for_name(self) -> Path | None:
        state = self._session.state
        suggestion = state.path or self._settings.folder / f"{state.title}{SUFFIX}"
        path = self._prompts.ask_save(self._window, suggestion)
        if path is None or path.suffix == SUFFIX:
            return path
        return path.with_name(path.name + SUFFIX)

    def _keep_saved(self, done: SaveDocument) -> None:
        self._save_next()
        self._session.set_path(done.path)
        if same_items(done.document, self._session.state.document):
            self._commands.mark_saved()
        self._remember(done.path)
        self.saved.emit()
        self.said.emit("done", f"Saved {done.path.name}.")

    def _fail_saving(self, error: LineamentError) -> None:
        self._save_next()
        self.said.emit("error", str(error))

    def _save_next(self) -> None:
        self._waiting.pop(0)
        if self._waiting:
            self._saver.request(self._waiting[0])

    def _remember(self, path: Path) -> None:
        self._settings.folder = path.parent
        self._settings.add_recent_file(path)
        self.recent_changed.emit()
