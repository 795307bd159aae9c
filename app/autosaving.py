"""Keeps unsaved work where a crash cannot reach it, and offers it again."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from app.commands import Commands
from app.documents import Documents
from app.runners import Runners
from app.session import Session
from engine.errors import DocumentError, LineamentError
from engine.progress import CancelToken, Progress
from engine.project.autosave import Autosave, RecoveredDocument, Recovery, find_recoveries
from engine.project.document import Document

AUTOSAVE_MS = 4000
"""Work is kept this long after the last edit at the latest."""


class Autosaving(QObject):
    """Autosaves the session's document and recovers what a crash left.

    Signals:
        said: level and text for the message bar.
        found: a `Recovery`, newest first, to be offered to the user.
    """

    said = Signal(str, str)
    found = Signal(object)

    def __init__(
        self,
        session: Session,
        commands: Commands,
        documents: Documents,
        runners: Runners,
        folder: Path,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._commands = commands
        self._documents = documents
        self._runner, self._opener = runners.autosave, runners.opening
        self._folder = folder
        self._recovering: Recovery | None = None
        self._autosave: Autosave | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(AUTOSAVE_MS)
        self._timer.timeout.connect(self.keep)
        session.started.connect(self._begin)
        session.code_changed.connect(self._wait)
        session.items_changed.connect(self._wait)
        session.opened.connect(self._on_opened)
        documents.saved.connect(self._on_saved)
        self._runner.finished.connect(self._on_kept)
        self._runner.failed.connect(lambda error: self.said.emit("warning", str(error)))
        self._opener.finished.connect(self._take)
        self._opener.failed.connect(self._fail)

    def keep(self) -> None:
        """Keep the work now, on a worker thread."""
        if self._autosave is None or not self._session.state.dirty:
            return
        document, path = self._documents.current_document(), self._session.state.path
        self._runner.request(KeepWork(self._autosave, path, document))

    def recover(self, recovery: Recovery) -> None:
        """Open the work of `recovery` in place of the document."""
        if not self._documents.may_leave():
            self.found.emit(recovery)
            return
        self._recovering = recovery
        self._opener.request(RecoverWork(recovery), cancel_running=True)

    def _take(self, recovered: object) -> None:
        if not isinstance(recovered, RecoveredDocument):
            return
        self._recovering = None
        own, self._autosave = self._autosave, None  # what opens now is kept already
        try:
            warning = self._session.open(recovered.document, recovered.original)
        except DocumentError as error:
            self._autosave = own
            self.said.emit("error", str(error))
            return
        if own is not None:
            own.finish()
        self._autosave = recovered.autosave
        self._commands.mark_unsaved()
        self.said.emit("warning" if warning else "done", warning or "Your work is back. Save it.")

    def _fail(self, error: LineamentError) -> None:
        if self._recovering is not None:
            self._recovering = None
            self.said.emit("error", str(error))

    def discard(self, recovery: Recovery) -> None:
        """Delete the work of `recovery`."""
        recovery.discard()
        self._offer()

    def finish(self) -> None:
        """Leave nothing behind: a clean exit."""
        self._timer.stop()
        if self._autosave is not None:
            self._autosave.finish()
            self._autosave = None

    def _begin(self) -> None:
        try:
            self._autosave = Autosave(self._folder)
        except DocumentError as error:
            self.said.emit("warning", str(error))
        self._offer()

    def _offer(self) -> None:
        recoveries = find_recoveries(self._folder)
        if recoveries:
            self.found.emit(recoveries[0])

    def _wait(self) -> None:
        # Not restarted by each edit: a long drag must not put it off for ever.
        if not self._timer.isActive():
            self._timer.start()

    def _on_opened(self) -> None:
        self._timer.stop()
        self._note_file()

    def _on_saved(self) -> None:
        self._note_file()

    def _on_kept(self) -> None:
        # The document was saved or left while its copy was being written.
        if self._autosave is not None and not self._session.state.dirty:
            self._autosave.discard()

    def _note_file(self) -> None:
        if self._autosave is None:
            return
        # What was edited while the file was being written is kept again.
        dirty = self._session.state.dirty
        document = self._documents.current_document() if dirty else None
        request = KeepWork(self._autosave, self._session.state.path, document)
        self._runner.request(request, cancel_running=True)


@dataclass(frozen=True, slots=True, eq=False)
class KeepWork:
    """Keep a document's unsaved work where a crash cannot reach it; called on a worker thread.

    Attributes:
        original: the document's own file, None if it has none.
        document: the work; None if there is none that is unsaved.
    """

    autosave: Autosave
    original: Path | None
    document: Document | None

    def __call__(self, cancel: CancelToken, progress: Progress) -> None:
        del progress
        cancel.check()
        self.autosave.set_original(self.original)
        if self.document is None:
            self.autosave.discard()
        else:
            self.autosave.save(self.document)


@dataclass(frozen=True, slots=True, eq=False)
class RecoverWork:
    """Read what a crash left; called on a worker thread."""

    recovery: Recovery

    def __call__(self, cancel: CancelToken, progress: Progress) -> RecoveredDocument:
        del progress
        cancel.check()
        return self.recovery.recover()
