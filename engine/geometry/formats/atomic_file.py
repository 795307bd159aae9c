"""Replacing a mesh file whole, or leaving it as it was, with a message for the user."""

from pathlib import Path

from engine.atomic_file import write_atomically
from engine.errors import InputError


def replace_file(path: Path, content: bytes) -> None:
    """`write_atomically`, for files that a user names.

    Raises:
        InputError: the folder is missing, read-only or full; `path` is as it was.
    """
    try:
        write_atomically(path, content)
    except OSError as error:
        raise InputError(
            f"Cannot write {path}: {error.strerror or error}. "
            "The file is as it was. Choose another folder, or make room and try again."
        ) from error
