"""A screen for tests that need one."""

import ctypes
import os
import shutil
import signal
import subprocess
import sys

import pytest

PR_SET_PDEATHSIG = 1


@pytest.fixture(scope="session")
def display() -> str:
    """The display's name; a virtual one is started where there is none."""
    given = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if given or not sys.platform.startswith("linux"):
        return given or ""
    if shutil.which("Xvfb") is None:
        pytest.fail("There is no display and no Xvfb. Install it: apt-get install xvfb")
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", "1", "-screen", "0", "1400x900x24", "-nolisten", "tcp"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        preexec_fn=_die_with_parent,
    )
    assert server.stdout is not None
    os.environ["DISPLAY"] = f":{server.stdout.readline().strip()}"
    return os.environ["DISPLAY"]


@pytest.fixture(scope="session")
def qapp_args(display: str) -> list[str]:
    """pytest-qt's application, on the display."""
    del display
    return ["lineament"]


def _die_with_parent() -> None:
    # Qt ends the process with an error if its screen goes first, so no fixture stops it.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
