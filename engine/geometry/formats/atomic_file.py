"""Replacing a file whole, or leaving it as it was."""

import contextlib
import os
import tempfile
from pathlib import Path

from engine.errors import InputError


def replace_file(path: Path, content: bytes) -> None:
    """Write `content` to `path` in one step: afterwards the old file or the new one is there.

    A symbolic link is followed, and an existing file keeps its permissions.

    Raises:
        InputError: the folder is missing, read-only or full; `path` is as it was.
    """
    target = Path(os.path.realpath(path))
    try:
        _write_beside_and_rename(target, content)
    except OSError as error:
        raise InputError(
            f"Cannot write {path}: {error.strerror or error}. "
            "The file is as it was. Choose another folder, or make room and try again."
        ) from error


def _write_beside_and_rename(target: Path, content: bytes) -> None:
    permissions = _permissions(target)
    descriptor, name = tempfile.mkstemp(
        prefix=f".{target.name[:60]}.", suffix=".tmp", dir=target.parent
    )
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(permissions)
        temporary.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def _permissions(target: Path) -> int:
    """Those of the file to replace, else those an ordinary new file gets."""
    with contextlib.suppress(FileNotFoundError):
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
