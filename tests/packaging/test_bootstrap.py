"""The bootstrap's decisions; that it works on a bare system is tried by hand (see its README)."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import pytest

from app.display import require_display

ROOT = Path(__file__).resolve().parents[2]


class Commands:
    """Takes the place of `subprocess.run` and notes what would have been run."""

    def __init__(self, status: dict[str, int] | None = None) -> None:
        self.lines: list[str] = []
        self._status = status or {}

    def __call__(self, command: Sequence[str | Path], **_: object) -> object:
        line = " ".join(str(word) for word in command)
        self.lines.append(line)
        status = next((code for word, code in self._status.items() if word in line), 0)
        return subprocess.CompletedProcess(command, status, stdout="")


@pytest.fixture
def bootstrap(tmp_path: Path) -> ModuleType:
    """The bootstrap in a small project of its own."""
    (tmp_path / "packaging").mkdir()
    for name in ("packaging/bootstrap.py", "packaging/constraints.txt"):
        shutil.copy(ROOT / name, tmp_path / name)
    for name in ("pyproject.toml", "setup.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    spec = importlib.util.spec_from_file_location(
        "bootstrap", tmp_path / "packaging" / "bootstrap.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def replace_commands(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, **status: int
) -> Commands:
    commands = Commands(status)
    monkeypatch.setattr(bootstrap.subprocess, "run", commands)
    return commands


def test_an_old_python_is_told_what_to_do() -> None:
    program = (
        "import sys, runpy; sys.version_info = (3, 9, 2); "
        "runpy.run_path('packaging/bootstrap.py', run_name='__main__')"
    )
    finished = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 1
    assert "needs Python 3.11 or newer, and this is Python 3.9" in finished.stderr
    assert "Traceback" not in finished.stderr


def test_a_bare_system_is_set_up_once(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = ["libegl1", "python3-venv"]
    monkeypatch.setattr(bootstrap, "missing_system_packages", lambda: list(missing))
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: 0, raising=False)
    commands = replace_commands(bootstrap, monkeypatch)
    bootstrap.VENV.mkdir()
    bootstrap.set_up()
    update, install, venv, pip = commands.lines
    assert update.startswith("apt-get update")
    assert install.endswith("libegl1 python3-venv")
    assert "-m venv" in venv
    assert f"-c {bootstrap.CONSTRAINTS}" in pip
    assert pip.endswith("[test,train]")

    missing.clear()
    bootstrap.PYTHON.parent.mkdir(parents=True)
    bootstrap.PYTHON.touch()
    started = time.perf_counter()
    bootstrap.set_up()
    assert time.perf_counter() - started < 0.5
    assert len(commands.lines) == 4

    with bootstrap.CONSTRAINTS.open("a") as constraints:
        constraints.write("another==1.0\n")
    bootstrap.set_up()
    assert [line for line in commands.lines[4:] if "pip install" in line]
    assert not [line for line in commands.lines[4:] if "apt-get" in line]


def test_who_may_not_install_is_told_what_to_type(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "missing_system_packages", lambda: ["libegl1", "xvfb"])
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: 1000, raising=False)
    commands = replace_commands(bootstrap, monkeypatch)
    assert bootstrap.main(["run"]) == 2
    assert commands.lines == []
    assert (
        "sudo apt-get update && sudo apt-get install -y --no-install-recommends libegl1 xvfb"
        in capsys.readouterr().err
    )
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: None)
    assert bootstrap.main(["run"]) == 2
    assert "Debian calls the packages: libegl1 xvfb" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("failing", "message"),
    [("apt-get", "'apt-get update -q' failed"), ("venv", "virtual environment"), ("pip", "pip")],
)
def test_a_failed_step_ends_with_2_and_is_tried_again(
    bootstrap: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    failing: str,
    message: str,
) -> None:
    monkeypatch.setattr(bootstrap, "missing_system_packages", lambda: ["libegl1"])
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: 0, raising=False)
    bootstrap.VENV.mkdir()
    replace_commands(bootstrap, monkeypatch, **{failing: 1})
    assert bootstrap.main(["test"]) == 2
    assert message in capsys.readouterr().err
    assert not bootstrap.STAMP.exists()


def test_missing_libraries_are_seen(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name, path=None: f"/usr/bin/{name}")
    monkeypatch.setattr(
        bootstrap, "known_libraries", lambda: set(bootstrap.LIBRARIES) - {"libEGL.so.1"}
    )
    assert "libegl1" in bootstrap.missing_system_packages()
    assert "libgl1" not in bootstrap.missing_system_packages()
    assert "xvfb" not in bootstrap.missing_system_packages()
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name, path=None: None)
    assert "xvfb" in bootstrap.missing_system_packages()
    monkeypatch.setattr(sys, "platform", "darwin")
    assert bootstrap.missing_system_packages() == []


def test_tests_run_last_and_every_failure_counts(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    commands = replace_commands(bootstrap, monkeypatch)
    assert bootstrap.run_tests(["-k", "x"]) == 0
    assert [line.split(" -m ")[1] for line in commands.lines] == [
        "ruff check .",
        "ruff format --check .",
        "mypy",
        "pytest -k x",
    ]
    commands = replace_commands(bootstrap, monkeypatch, mypy=1)
    assert bootstrap.run_tests([]) == 1
    assert commands.lines[-1].endswith("pytest")
    replace_commands(bootstrap, monkeypatch, pytest=5)
    assert bootstrap.run_tests([]) == 5


@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="needs Xvfb")
def test_without_a_display_the_tour_is_taken_on_a_virtual_one(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    ran: list[list[str]] = []

    def run(command: list[str], env: dict[str, str], **_: object) -> object:
        ran.append([str(word) for word in command])
        monkeypatch.setattr(os, "environ", env)
        require_display()  # the virtual display answers
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(bootstrap.subprocess, "run", run)
    assert bootstrap.run_editor([]) == 0
    assert ran[0][1:] == ["tour", "-o", str(bootstrap.TOUR)]
    printed = capsys.readouterr().out
    assert "There is no display" in printed
    assert str(bootstrap.TOUR) in printed


def test_with_a_display_the_editor_opens(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", ":7")
    commands = replace_commands(bootstrap, monkeypatch, lineament=3)
    assert bootstrap.run_editor(["face.lineament"]) == 3
    assert commands.lines[0].endswith("face.lineament")


def test_every_dependency_is_pinned_exactly() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    wanted = [name for group in groups for name in group]
    lines = (ROOT / "packaging" / "constraints.txt").read_text("utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][0-9A-Za-z.]*", pin) for pin in pins)
    pinned = {normalised(pin.split("==")[0]) for pin in pins}
    assert {normalised(re.split(r"[<>=]", name)[0]) for name in wanted} <= pinned


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
