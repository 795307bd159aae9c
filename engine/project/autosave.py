"""Autosave: what a crash leaves behind, and how the next start finds it.

Each open document has an entry of two files in the state folder, `ID.lineament` and
`ID.lock`. The lock says which process owns the entry and where the document came from. A
clean exit removes both, so an entry whose owner no longer runs is what a crash left.
"""

import contextlib
import json
import os
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from engine.atomic_file import write_atomically
from engine.errors import DocumentError
from engine.processes import process_is_alive, process_start
from engine.project.archive import SUFFIX, open_document, save_document
from engine.project.document import Document

CLAIM_SECONDS = 60.0
"""A claim is held for milliseconds; an older one is of a process that died holding it."""


def state_folder() -> Path:
    """Where this system keeps what a program must remember between starts."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
        return base / "Lineament"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "Lineament"
    base = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    return base / "lineament"


class Autosave:
    """The autosave entry of one open document, owned by this process."""

    def __init__(
        self, folder: Path, original: Path | None = None, identifier: str | None = None
    ) -> None:
        """Begin an entry in `folder`, which is made if missing.

        Args:
            folder: the state folder.
            original: the document's own file, None if it was never saved.
            identifier: of an entry to take over, None for a new one.

        Raises:
            DocumentError: the folder cannot be written.
        """
        self._folder = folder
        self._identifier = identifier or uuid.uuid4().hex
        self.set_original(original)

    @property
    def path(self) -> Path:
        """The file with the unsaved work."""
        return self._folder / f"{self._identifier}{SUFFIX}"

    def set_original(self, original: Path | None) -> None:
        """Note where the document was saved or opened from.

        Raises:
            DocumentError: the folder cannot be written.
        """
        lock = _Lock(os.getpid(), process_start(os.getpid()), original and original.absolute())
        _write_lock(self._folder, self._identifier, lock)

    def save(self, document: Document) -> None:
        """Keep `document`, atomically.

        Raises:
            DocumentError: the state folder cannot be written.
        """
        save_document(self.path, document)

    def discard(self) -> None:
        """Forget what was kept, because the document itself was just saved."""
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)

    def finish(self) -> None:
        """Remove the entry on a clean exit."""
        self.discard()
        with contextlib.suppress(OSError):
            _lock_path(self._folder, self._identifier).unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Recovery:
    """Unsaved work of a process that crashed.

    Attributes:
        folder, identifier: the autosave entry.
        original: the document's own file, None if it had none or it is not known.
        saved_at: when the work was kept last.
    """

    folder: Path
    identifier: str
    original: Path | None
    saved_at: datetime

    @property
    def path(self) -> Path:
        """The file with the unsaved work, an ordinary document."""
        return self.folder / f"{self.identifier}{SUFFIX}"

    def recover(self) -> "RecoveredDocument":
        """Open the work and take its entry over, so that it stays safe from here on.

        Raises:
            DocumentError: another window was quicker, or the file is damaged.
        """
        document = open_document(self.path)
        with _claim(self):
            autosave = Autosave(self.folder, self.original, self.identifier)
        return RecoveredDocument(document, self.original, autosave)

    def discard(self) -> None:
        """Delete the work, because the user does not want it."""
        for path in (self.path, _lock_path(self.folder, self.identifier)):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class RecoveredDocument:
    """A recovered document, its own file if it had one, and its autosave from here on."""

    document: Document
    original: Path | None
    autosave: Autosave


def find_recoveries(folder: Path) -> tuple[Recovery, ...]:
    """What crashed processes left in `folder`, newest first; empty after clean exits."""
    if not folder.is_dir():
        return ()
    _remove_ownerless_locks(folder)
    found = []
    for path in folder.glob(f"*{SUFFIX}"):
        lock = _read_lock(folder, path.stem)
        if lock is not None and lock.is_held():
            continue
        with contextlib.suppress(OSError):
            saved_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            original = lock.original if lock is not None else None
            found.append(Recovery(folder, path.stem, original, saved_at))
    return tuple(sorted(found, key=lambda recovery: recovery.saved_at, reverse=True))


@dataclass(frozen=True, slots=True)
class _Lock:
    pid: int
    started: str
    original: Path | None

    def is_held(self) -> bool:
        """Whether the very process that wrote this lock still runs."""
        return process_is_alive(self.pid) and process_start(self.pid) == self.started


def _lock_path(folder: Path, identifier: str) -> Path:
    return folder / f"{identifier}.lock"


def _write_lock(folder: Path, identifier: str, lock: _Lock) -> None:
    values = {
        "pid": lock.pid,
        "started": lock.started,
        "original": None if lock.original is None else str(lock.original),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(_lock_path(folder, identifier), json.dumps(values).encode("utf-8"))
    except OSError as error:
        raise DocumentError(
            f"Autosave cannot write to '{folder}': {error.strerror or error}. "
            "Save your work often, or make the folder writable."
        ) from error


def _read_lock(folder: Path, identifier: str) -> _Lock | None:
    """The lock of an entry; None if it is missing or damaged."""
    try:
        values = json.loads(_lock_path(folder, identifier).read_bytes())
        original = values["original"]
        return _Lock(
            int(values["pid"]), str(values["started"]), None if original is None else Path(original)
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


@contextlib.contextmanager
def _claim(recovery: Recovery) -> Iterator[None]:
    """Hold the right to take the entry over; one process gets it."""
    claim = recovery.folder / f"{recovery.identifier}.claim"
    taken = DocumentError("This work was just recovered by another window. Look for it there.")
    with contextlib.suppress(OSError):
        if time.time() - claim.stat().st_mtime > CLAIM_SECONDS:
            claim.unlink()
    try:
        claim.touch(exist_ok=False)
    except FileExistsError as error:
        raise taken from error
    except OSError as error:
        raise DocumentError(
            f"Could not take over '{recovery.path}': {error.strerror or error}. "
            "Open that file itself to get the work back."
        ) from error
    try:
        lock = _read_lock(recovery.folder, recovery.identifier)
        if lock is not None and lock.is_held():
            raise taken
        yield
    finally:
        with contextlib.suppress(OSError):
            claim.unlink()


def _remove_ownerless_locks(folder: Path) -> None:
    """Remove locks of dead processes that kept no work."""
    for path in folder.glob("*.lock"):
        lock = _read_lock(folder, path.stem)
        if lock is not None and lock.is_held():
            continue
        if not (folder / f"{path.stem}{SUFFIX}").exists():
            with contextlib.suppress(OSError):
                path.unlink()
