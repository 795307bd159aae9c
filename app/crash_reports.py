"""Unexpected errors: logged to a file, told in the window, so that the work can be saved."""

import faulthandler
import logging
import sys
import threading
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject, Signal

from engine.errors import LineamentError

LOG_NAME = "lineament.log"
LOG_BYTES = 512 * 1024
LOGGER = logging.getLogger("lineament")


class CrashReports(QObject):
    """Takes errors that nothing else took.

    Signals:
        happened: level and text for the message bar; from any thread.
    """

    happened = Signal(str, str)

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self.log_path: Path | None = None

    def install(self) -> None:
        """Take uncaught errors of this process from now on."""
        self.log_path = _open_log(self._folder)
        if self.log_path is not None:
            # Kept open for the life of the process: a crash in C writes its stacks there.
            self._fault_file = self.log_path.with_suffix(".crash").open("a", encoding="utf-8")
            faulthandler.enable(self._fault_file)
        sys.excepthook = self.report
        threading.excepthook = self._report_thread

    def report(
        self,
        kind: type[BaseException],
        error: BaseException,
        trace: TracebackType | None,
    ) -> None:
        """Log an error and tell the user."""
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        if isinstance(error, LineamentError):
            self.happened.emit("error", str(error))
            return
        LOGGER.error("Unexpected error", exc_info=(kind, error, trace))
        where = f" Details are in {self.log_path}." if self.log_path is not None else ""
        self.happened.emit(
            "error",
            f"Something unexpected went wrong ({kind.__name__}: {error}). Your work is still "
            f"here: save it under a new name.{where}",
        )

    def _report_thread(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self.report(args.exc_type, args.exc_value, args.exc_traceback)


def _open_log(folder: Path) -> Path | None:
    path = folder / LOG_NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(path, maxBytes=LOG_BYTES, backupCount=2, encoding="utf-8")
    except OSError:
        return None  # a read-only home: the window still tells
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.INFO)
    return path
