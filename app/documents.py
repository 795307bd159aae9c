"""New, open, save: the document and its file."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.commands import Commands
from app.prompts import Prompts
from app.session import Session, fresh_document
from app.settings import Settings
from engine.errors import DocumentError
from engine.project.archive import SUFFIX, open_document, save_document
from engine.project.document import Camera, Document

CameraSource = Callable[[], Camera | None]


class Documents(QObject):
    """Moves the session's document to and from files.

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
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._session = session
        self._commands = commands
        self._settings = settings
        self._prompts = prompts
        self._window = window
        self.camera_source: CameraSource = lambda: None

    def current_document(self) -> Document:
        """The document with the view as it is now."""
        document = self._session.state.document
        return replace(document, view=replace(document.view, camera=self.camera_source()))

    def new(self) -> None:
        """Start again from the mean face."""
        if self._session.ready and self.may_leave():
            self._session.open(fresh_document(self._session.model), None)

    def ask_and_open(self) -> None:
        path = self._prompts.ask_open(self._window, self._settings.folder)
        if path is not None:
            self.open(path)

    def open(self, path: Path) -> bool:
        """Open the document at `path`, after asking about unsaved work.

        Returns:
            Whether it is open now.
        """
        if not self._session.ready:
            self.said.emit("info", "The face model is still loading. Open the document then.")
            return False
        if not self.may_leave():
            return False
        path = path.absolute()
        try:
            document = open_document(path)
            warning = self._session.open(document, path)
        except DocumentError as error:
            self._settings.remove_recent_file(path)
            self.recent_changed.emit()
            self.said.emit("error", str(error))
            return False
        self._remember(path)
        if warning is not None:
            self.said.emit("warning", warning)
        return True

    def save(self) -> bool:
        """Save to the document's file, or ask for one; whether it was saved."""
        if not self._session.ready:
            return False
        path = self._session.state.path
        return self.save_to(path) if path is not None else self.ask_and_save()

    def ask_and_save(self) -> bool:
        """Save to a file the user names; whether it was saved."""
        if not self._session.ready:
            return False
        state = self._session.state
        suggestion = state.path or self._settings.folder / f"{state.title}{SUFFIX}"
        path = self._prompts.ask_save(self._window, suggestion)
        if path is None:
            return False
        return self.save_to(path if path.suffix == SUFFIX else path.with_name(path.name + SUFFIX))

    def save_to(self, path: Path) -> bool:
        """Save to `path`; whether it was saved."""
        path = path.absolute()
        try:
            save_document(path, self.current_document())
        except DocumentError as error:
            self.said.emit("error", str(error))
            return False
        self._session.set_path(path)
        self._commands.mark_saved()
        self._remember(path)
        self.saved.emit()
        self.said.emit("done", f"Saved {path.name}.")
        return True

    def may_leave(self) -> bool:
        """Ask about unsaved work; whether it may be left behind."""
        if not self._session.ready or not self._session.state.dirty:
            return True
        decision = self._prompts.ask_unsaved(self._window, self._session.state.title)
        if decision == "save":
            return self.save()
        return decision == "discard"

    def forget_recent(self) -> None:
        self._settings.clear_recent_files()
        self.recent_changed.emit()

    def _remember(self, path: Path) -> None:
        self._settings.folder = path.parent
        self._settings.add_recent_file(path)
        self.recent_changed.emit()
