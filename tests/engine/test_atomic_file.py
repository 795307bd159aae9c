"""What is not a plain file is not replaced by one."""

import os
import stat
import sys
import threading
from pathlib import Path

import pytest

from engine.atomic_file import write_atomically


@pytest.mark.skipif(sys.platform == "win32", reason="has no named pipes among its files")
def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    write_atomically(pipe, b"a face")
    reader.join(timeout=10.0)
    assert got == [b"a face"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert list(tmp_path.iterdir()) == [pipe]


def test_a_folder_is_refused_and_left(tmp_path: Path) -> None:
    folder = tmp_path / "face.lineament"
    folder.mkdir()
    with pytest.raises(OSError, match="face"):
        write_atomically(folder, b"a face")
    assert folder.is_dir()
    assert list(tmp_path.iterdir()) == [folder]
