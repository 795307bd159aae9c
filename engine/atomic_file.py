"""Writing a file so that a crash at any moment leaves the old one or the new one."""

import contextlib
import itertools
import os
import re
import stat
import sys
import time
from pathlib import Path

from engine.processes import process_is_alive

STALE_SECONDS = 60.0
"""Age after which a temporary file of a dead process is removed."""

_numbers = itertools.count()


def write_atomically(path: Path, content: bytes) -> None:
    """Write `content` to `path`: complete and on disk, or not at all.

    The temporary file lies in the same folder, so that the replacement is one rename;
    a symbolic link is followed and the mode of an existing file is kept.

    Raises:
        OSError: the folder is missing, read-only or full; `path` is as it was.
    """
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file() and not target.is_dir():
        # A device or a pipe is written to; a file in its place would be the loss of it.
        target.write_bytes(content)
        return
    temporary = target.with_name(f".{target.name}.{os.getpid()}-{next(_numbers)}.tmp")
    try:
        with open(temporary, "xb") as file:  # noqa: PTH123 - mode x and fsync together
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            temporary.chmod(stat.S_IMODE(target.stat().st_mode))
        temporary.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    _sync_folder(target.parent)
    _remove_stale(target)


def _sync_folder(folder: Path) -> None:
    """Put the rename itself on disk, where the system can; the file's content is there already."""
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _remove_stale(target: Path) -> None:
    """Remove what killed processes left beside `target`."""
    pattern = re.compile(rf"\.{re.escape(target.name)}\.(\d+)-\d+\.tmp")
    with contextlib.suppress(OSError):
        for sibling in target.parent.iterdir():
            match = pattern.fullmatch(sibling.name)
            if match is None or process_is_alive(int(match[1])):
                continue
            if time.time() - sibling.stat().st_mtime > STALE_SECONDS:
                sibling.unlink()
