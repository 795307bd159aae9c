"""Autosave: a clean exit leaves nothing, a crash leaves the work."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from engine.errors import DocumentError
from engine.models.protocol import FaceCode
from engine.processes import process_is_alive, process_start
from engine.project.autosave import Autosave, find_recoveries, state_folder
from engine.project.document import Document, NamedFace

ROOT = Path(__file__).resolve().parents[3]

CRASH = """
import os, signal, sys
from pathlib import Path
import numpy as np
from engine.models.protocol import FaceCode
from engine.project.autosave import Autosave
from engine.project.document import Document, NamedFace
autosave = Autosave(Path(sys.argv[1]), Path(sys.argv[2]))
code = FaceCode(*(np.full(2, 7.0) for _ in range(5)))
autosave.save(Document((NamedFace("lost", code),), "m"))
os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
"""


def make_document(value: float) -> Document:
    code = FaceCode(*(np.full(2, value) for _ in range(5)))
    return Document((NamedFace("face", code),), "m")


def crash(folder: Path, original: Path) -> None:
    finished = subprocess.run(
        [sys.executable, "-c", CRASH, str(folder), str(original)], cwd=ROOT, check=False
    )
    assert finished.returncode != 0


def test_a_clean_exit_leaves_nothing(tmp_path: Path) -> None:
    autosave = Autosave(tmp_path / "new" / "state")
    autosave.save(make_document(1))
    assert autosave.path.is_file()
    autosave.finish()
    assert list((tmp_path / "new" / "state").iterdir()) == []


def test_work_of_a_running_editor_is_not_offered(tmp_path: Path) -> None:
    autosave = Autosave(tmp_path)
    autosave.save(make_document(1))
    assert find_recoveries(tmp_path) == ()
    assert find_recoveries(tmp_path / "missing") == ()


def test_a_crash_leaves_the_work_and_where_it_came_from(tmp_path: Path) -> None:
    original = tmp_path / "face.lineament"
    state = tmp_path / "state"
    crash(state, original)
    (recovery,) = find_recoveries(state)
    assert recovery.original == original
    recovered = recovery.recover()
    assert recovered.document.face.name == "lost"
    assert recovered.document.face.code.nose.tolist() == [7.0, 7.0]
    # It is this process's now: not offered again, and still safe on disk.
    assert find_recoveries(state) == ()
    assert recovered.autosave.path.is_file()
    with pytest.raises(DocumentError, match="recovered by another window"):
        recovery.recover()
    recovered.autosave.finish()
    assert list(state.iterdir()) == []


def test_unwanted_work_is_discarded(tmp_path: Path) -> None:
    crash(tmp_path, tmp_path / "face.lineament")
    (recovery,) = find_recoveries(tmp_path)
    recovery.discard()
    assert list(tmp_path.iterdir()) == []


def test_a_reused_process_id_is_not_the_owner(tmp_path: Path) -> None:
    autosave = Autosave(tmp_path)
    autosave.save(make_document(1))
    (lock,) = tmp_path.glob("*.lock")
    values = json.loads(lock.read_text())
    assert values["pid"] == os.getpid()
    lock.write_text(json.dumps({**values, "started": "another boot:1"}))
    assert len(find_recoveries(tmp_path)) == 1


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": "x"}', '{"pid": null}'])
def test_a_damaged_lock_does_not_hide_the_work(tmp_path: Path, content: str) -> None:
    autosave = Autosave(tmp_path)
    autosave.save(make_document(3))
    (lock,) = tmp_path.glob("*.lock")
    lock.write_text(content)
    (recovery,) = find_recoveries(tmp_path)
    assert recovery.original is None
    assert recovery.recover().document == make_document(3)


def test_the_newest_work_comes_first_and_damaged_work_is_explained(tmp_path: Path) -> None:
    for name, age in (("old", 1000), ("new", 2000)):
        path = tmp_path / f"{name}.lineament"
        path.write_bytes(b"PK")
        os.utime(path, (age, age))
    recoveries = find_recoveries(tmp_path)
    assert [recovery.identifier for recovery in recoveries] == ["new", "old"]
    with pytest.raises(DocumentError, match=r"new\.lineament.*damaged"):
        recoveries[0].recover()
    assert recoveries[0].path.exists()


def test_locks_without_work_are_tidied(tmp_path: Path) -> None:
    (tmp_path / "x.lock").write_text('{"pid": 0, "started": "", "original": null}')
    assert find_recoveries(tmp_path) == ()
    assert list(tmp_path.iterdir()) == []


def test_a_discarded_entry_goes_on(tmp_path: Path) -> None:
    autosave = Autosave(tmp_path)
    autosave.save(make_document(1))
    autosave.discard()
    assert not autosave.path.exists()
    autosave.set_original(tmp_path / "saved.lineament")
    autosave.save(make_document(2))
    (lock,) = tmp_path.glob("*.lock")
    assert json.loads(lock.read_text())["original"] == str(tmp_path / "saved.lineament")


def test_a_state_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DocumentError, match="Autosave cannot write to"):
        Autosave(tmp_path / "file" / "state")


def test_the_state_folder_follows_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_STATE_HOME", "/somewhere")
    assert state_folder() == Path("/somewhere/lineament")
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", "/home/ada")
    assert state_folder() == Path("/home/ada/.local/state/lineament")


def test_processes_are_told_apart() -> None:
    assert process_is_alive(os.getpid())
    assert not process_is_alive(0)
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert process_is_alive(child.pid)
    if sys.platform == "linux":
        assert "" != process_start(os.getpid()) != process_start(child.pid) != ""
    child.communicate(b"\n")
    assert not process_is_alive(child.pid)
    assert process_start(2**30) == ""
