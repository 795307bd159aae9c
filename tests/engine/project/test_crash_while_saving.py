"""kill -9 in the middle of a save, again and again, loses nothing saved before."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from engine.atomic_file import write_atomically
from engine.project.archive import open_document, save_document
from engine.project.document import Document
from tests.engine.project.test_archive import make_document

ROOT = Path(__file__).resolve().parents[3]

SAVE_FOR_EVER = """
import sys
import numpy as np
from engine.models.protocol import FaceCode
from engine.project.archive import save_document
from engine.project.document import Document, NamedFace
padding = np.random.default_rng(0).standard_normal(20_000)
number = int(sys.argv[2])
while True:
    number += 1
    code = FaceCode(*(np.full(2, number) for _ in range(4)), padding)
    save_document(sys.argv[1], Document((NamedFace(str(number), code),), "m"))
    print(number, flush=True)
"""

DIE_AT_EVERY_LINE = """
import os, shutil, signal, sys
from pathlib import Path
from engine import atomic_file as atomic
folder, old, new = Path(sys.argv[1]), bytes(9_000), bytes([1]) * 9_000

def die_at(line):
    def trace(frame, event, argument):
        nonlocal line
        if frame.f_code.co_filename != atomic.__file__:
            return None
        line -= event == "line"
        if line < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace
    return trace

line, deaths = 0, 0
while True:
    target = folder / str(line) / "face"
    target.parent.mkdir()
    target.write_bytes(old)
    child = os.fork()
    if child == 0:
        sys.settrace(die_at(line))
        atomic.write_atomically(target, new)
        sys.settrace(None)
        os._exit(0)
    died = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    if not died:
        assert target.read_bytes() == new
        break
    deaths += 1
    assert target.read_bytes() in (old, new), f"line {line} lost the file"
    line += 1
print(deaths)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is of POSIX")
def test_death_at_any_line_of_a_save_leaves_the_old_or_the_new_file(tmp_path: Path) -> None:
    finished = subprocess.run(
        [sys.executable, "-c", DIE_AT_EVERY_LINE, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    assert int(finished.stdout) > 10


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is of POSIX")
def test_what_was_saved_survives_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "face.lineament"
    rng = np.random.default_rng(1)
    last = 0
    for _ in range(15):
        process = subprocess.Popen(
            [sys.executable, "-c", SAVE_FOR_EVER, str(path), str(last)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(rng.uniform(0.0, 0.08))
        process.send_signal(signal.SIGKILL)
        confirmed = int([first, *process.stdout.read().splitlines()][-1])
        process.wait()
        document = open_document(path)
        # The save after the last one confirmed may or may not have been completed.
        assert int(document.face.name) in (confirmed, confirmed + 1)
        assert (document.face.code.nose == int(document.face.name)).all()
        last = int(document.face.name)


def test_leftovers_of_killed_processes_are_removed(tmp_path: Path) -> None:
    dead, old = tmp_path / ".face.lineament.999999999-0.tmp", time.time() - 3600
    fresh = tmp_path / ".face.lineament.999999998-0.tmp"
    alive = tmp_path / f".face.lineament.{os.getppid()}-0.tmp"
    other = tmp_path / ".other.lineament.999999999-0.tmp"
    for leftover in (dead, alive, other):
        leftover.write_bytes(b"x")
        os.utime(leftover, (old, old))
    fresh.write_bytes(b"x")
    write_atomically(tmp_path / "face.lineament", b"y")
    assert not dead.exists()
    assert fresh.exists()
    assert alive.exists()
    assert other.exists()


def test_two_saves_in_one_process_use_two_temporary_files(tmp_path: Path) -> None:
    path = tmp_path / "face.lineament"
    documents = [make_document(seed) for seed in range(8)]

    def save(document: Document) -> None:
        save_document(path, document)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(save, documents))
    assert open_document(path) in documents
    assert [entry.name for entry in tmp_path.iterdir()] == ["face.lineament"]
