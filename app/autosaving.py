"""Keeps unsaved work where a crash cannot reach it, and offers it again."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from app.commands import Commands
from app.documents import Documents
from app.jobs import JobRunner
from app.session import Session
from engine.errors import DocumentError
from engine.progress import CancelToken, Progress
from engine.project.autosave import Autosave, Recovery, find_recoveries
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
        runner: JobRunner,
        folder: Path,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._commands = commands
        self._documents = documents
        self._runner = runner
        self._folder = folder
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
        runner.finished.connect(self._on_kept)
        runner.failed.connect(lambda error: self.said.emit("warning", str(error)))

    def keep(self) -> None:
        """Keep the work now, on a worker thread."""
        if self._autosave is None or not self._session.state.dirty:
            return
        self._runner.request(_kept(self._autosave.save, self._documents.current_document()))

    def recover(self, recovery: Recovery) -> None:
        """Open the work of `recovery` in place of the document."""
        if not self._documents.may_leave():
            self.found.emit(recovery)
            return
        try:
            recovered = recovery.recover()
            warning = self._session.open(recovered.document, recovered.original)
        except DocumentError as error:
            self.said.emit("error", str(error))
            return
        if self._autosave is not None:
            self._autosave.finish()
        self._autosave = recovered.autosave
        self._commands.mark_unsaved()
        self.said.emit("warning" if warning else "done", warning or "Your work is back. Save it.")

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
        self._runner.cancel()
        self._autosave.discard()
        try:
            self._autosave.set_original(self._session.state.path)
        except DocumentError as error:
            self.said.emit("warning", str(error))


def _kept(
    save: Callable[[Document], None], document: Document
) -> Callable[[CancelToken, Progress], None]:
    def work(cancel: CancelToken, progress: Progress) -> None:
        del progress
        cancel.check()
        save(document)

    return work
