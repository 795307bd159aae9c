#!/usr/bin/env python3
"""Set Lineament up and run it, or test it, with nothing but Python 3.11 or newer.

    python3 packaging/bootstrap.py run [file.lineament]
    python3 packaging/bootstrap.py test [pytest arguments]

`run` opens the editor; where there is no display it takes pictures of a tour instead. Both
install what is missing: system libraries (Debian and Ubuntu, as root; otherwise it prints what
to install), a virtual environment `.venv`, and the packages pinned in `constraints.txt`. What
is there already is not touched again.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - an older Python must read this far to say so
    sys.exit(
        "Lineament needs Python 3.11 or newer, and this is Python %d.%d. Install a newer one and "  # noqa: UP031
        "run this file with it, for example: python3.11 packaging/bootstrap.py run"
        % sys.version_info[:2]
    )

import argparse
import contextlib
import hashlib
import importlib.util
import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
CONSTRAINTS = ROOT / "packaging" / "constraints.txt"
STAMP = VENV / "lineament-setup.txt"
BIN = VENV / ("Scripts" if sys.platform == "win32" else "bin")
PYTHON = BIN / ("python.exe" if sys.platform == "win32" else "python")
TOUR = ROOT / "tour"

LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libGLX.so.0": "libglx0",
    "libX11.so.6": "libx11-6",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libXcursor.so.1": "libxcursor1",
    "libXext.so.6": "libxext6",
    "libXrender.so.1": "libxrender1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-glx.so.0": "libxcb-glx0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xinerama.so.0": "libxcb-xinerama0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
}
"""Debian's package for each shared library that Qt and VTK load and that no wheel brings."""


class SetupError(Exception):
    """Something the user has to do first; the message says what."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says and return the exit status."""
    options = _parse(arguments)
    try:
        set_up(cpu_only=options.cpu)
        if options.command == "test":
            return run_tests(options.rest)
        return run_editor(options.rest)
    except SetupError as error:
        print(f"\nbootstrap: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bootstrap.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--cpu",
        action="store_true",
        help="take PyTorch's much smaller build without CUDA, from download.pytorch.org",
    )
    parser.add_argument("command", choices=["run", "test"], help="what to do")
    parser.add_argument(
        "rest", nargs=argparse.REMAINDER, help="passed on to the editor or to pytest"
    )
    return parser.parse_args(arguments)


def set_up(cpu_only: bool = False) -> None:
    """Install what is missing; well under a second if nothing is.

    Raises:
        SetupError: the user has to install something, or a download failed.
    """
    wanted = fingerprint()
    missing = missing_system_packages()
    current = PYTHON.exists() and STAMP.exists() and STAMP.read_text("utf-8") == wanted
    if current and not missing:
        return
    install_system_packages(missing)
    _make_environment()
    _install_packages(cpu_only)
    STAMP.write_text(wanted, "utf-8")
    _say("Lineament is set up.")


def fingerprint() -> str:
    """What the environment was made from; another value means it must be made anew."""
    digest = hashlib.sha256()
    for path in (CONSTRAINTS, ROOT / "pyproject.toml", ROOT / "setup.py"):
        digest.update(path.read_bytes())
    return f"{sys.version_info[0]}.{sys.version_info[1]} {ROOT} {digest.hexdigest()}\n"


def missing_system_packages() -> list[str]:
    """Debian's names of what the editor needs from the system and what is not there."""
    if not sys.platform.startswith("linux"):
        return []
    known = known_libraries()
    missing = [package for library, package in LIBRARIES.items() if library not in known]
    if shutil.which("Xvfb") is None:
        missing.append("xvfb")
    if not _has_any("/usr/lib", ("dri/*_dri.so", "*/dri/*_dri.so", "*/libgallium*.so")) and not (
        _has_any("/usr/lib64", ("dri/*_dri.so", "libgallium*.so"))
    ):
        missing.append("libgl1-mesa-dri")
    if not _has_any("/usr/share/fonts", ("**/*.ttf", "**/*.otf", "**/*.ttc")):
        missing.append("fonts-dejavu-core")
    if importlib.util.find_spec("ensurepip") is None:
        missing.append("python3-venv")
    return missing


def _has_any(folder: str, patterns: Sequence[str]) -> bool:
    return any(next(Path(folder).glob(pattern), None) is not None for pattern in patterns)


def known_libraries() -> set[str]:
    """Names of the shared libraries that the loader finds."""
    # Debian keeps ldconfig out of an ordinary user's PATH.
    loader = shutil.which("ldconfig") or shutil.which("ldconfig", path="/sbin:/usr/sbin")
    if loader is None:
        return set(LIBRARIES)  # for example musl: the loader itself will say what it lacks
    listing = subprocess.run([loader, "-p"], capture_output=True, text=True, check=False).stdout
    return {line.split()[0] for line in listing.splitlines() if "=>" in line}


def install_system_packages(packages: Sequence[str]) -> None:
    """Install Debian `packages`, if this is Debian and we may.

    Raises:
        SetupError: apt-get failed, or the user must install them.
    """
    if not packages:
        return
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if shutil.which("apt-get") is None:
        raise SetupError(
            "the editor needs libraries that this system lacks. Install what provides them; "
            f"Debian calls the packages: {' '.join(packages)}"
        )
    if os.geteuid() != 0:
        raise SetupError(
            "the editor needs libraries that this system lacks, and only root may install them. "
            f"Run this, then start again:\n\n    sudo apt-get update && sudo {shlex.join(command)}"
        )
    _say(f"Installing system libraries: {' '.join(packages)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["apt-get", "update", "-q"], command):
        if subprocess.run(step, env=environment, check=False).returncode != 0:
            raise SetupError(
                f"'{shlex.join(step)}' failed; its message is above. Check the network and the "
                "package sources, and start again."
            )
    importlib.invalidate_caches()


def _make_environment() -> None:
    if PYTHON.exists() and _runs([PYTHON, "-m", "pip", "--version"]):
        return
    _say(f"Making the virtual environment {VENV}")
    # --clear also mends one that was interrupted, or made by a Python that is gone.
    if subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=False).returncode:
        raise SetupError(
            f"could not make the virtual environment {VENV}; the message is above. "
            "Python's 'venv' module must be installed and the folder writable."
        )


def _runs(command: Sequence[str | Path]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _install_packages(cpu_only: bool) -> None:
    command: list[str | Path] = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check"]
    if cpu_only:
        command += ["--extra-index-url", "https://download.pytorch.org/whl/cpu"]
    command += ["-c", CONSTRAINTS, "-e", f"{ROOT}[test,train]"]
    _say("Installing Python packages (the first time this downloads PyTorch, Qt and VTK)")
    without_gpu = sys.platform.startswith("linux") and not Path("/proc/driver/nvidia").exists()
    if without_gpu and not cpu_only:
        print("There is no NVIDIA GPU here: 'bootstrap.py --cpu' downloads a few GB less.")
    if subprocess.run(command, check=False).returncode != 0:
        raise SetupError(
            "pip could not install the packages; its message is above. Check the network and "
            "the free disk space, and start again: what was downloaded is kept."
        )


def run_editor(arguments: Sequence[str]) -> int:
    """Open the editor, or take the tour on a virtual display where there is none."""
    editor = BIN / ("lineament.exe" if sys.platform == "win32" else "lineament")
    if has_display():
        return subprocess.run([editor, *arguments], check=False).returncode
    _say(
        "There is no display here (DISPLAY and WAYLAND_DISPLAY are not set), so the editor\n"
        "opens on a virtual one and takes pictures of what it does."
    )
    with virtual_display() as environment:
        status = subprocess.run(
            [editor, "tour", "-o", TOUR], env=environment, check=False
        ).returncode
    if status == 0:
        _say(f"The pictures and meshes are in {TOUR}")
    return status


def run_tests(arguments: Sequence[str]) -> int:
    """ruff, mypy, then pytest, whose summary comes last; the first failure's status."""
    checks: list[list[str | Path]] = [
        [PYTHON, "-m", "ruff", "check", "."],
        [PYTHON, "-m", "ruff", "format", "--check", "."],
        [PYTHON, "-m", "mypy"],
    ]
    failed = []
    status = 0
    for check in checks:
        name = " ".join(str(word) for word in check[2:])
        _say(name)
        code = subprocess.run(check, cwd=ROOT, check=False).returncode
        if code != 0:
            failed.append(name)
            status = status or code
    if failed:
        _say(f"FAILED: {', '.join(failed)}")
    _say("pytest")
    # Our own virtual display even beside a real one: the tests' windows steal no focus.
    with virtual_display() as environment:
        tests = subprocess.run(
            [PYTHON, "-m", "pytest", *arguments], cwd=ROOT, env=environment, check=False
        )
    return status or tests.returncode


def has_display() -> bool:
    """Whether a window can be shown here."""
    if not sys.platform.startswith("linux"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


@contextlib.contextmanager
def virtual_display() -> Iterator[dict[str, str]]:
    """Run an X server without a screen; gives the environment for programs to use it.

    Raises:
        SetupError: Xvfb does not start.
    """
    environment = dict(os.environ)
    if not sys.platform.startswith("linux"):
        yield environment
        return
    reading, writing = os.pipe()
    # Xvfb chooses a free display number itself and writes it once it takes connections.
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1600x1000x24", "-nolisten", "tcp"],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    try:
        with open(reading, encoding="ascii") as answer:  # noqa: PTH123 - a descriptor
            number = answer.readline().strip()
        if not number:
            raise SetupError("the virtual display Xvfb did not start. Try 'Xvfb :99' to see why.")
        environment["DISPLAY"] = f":{number}"
        environment.pop("WAYLAND_DISPLAY", None)
        environment["QT_QPA_PLATFORM"] = "xcb"
        yield environment
    finally:
        server.terminate()
        server.wait()


def _say(text: str) -> None:
    print(f"\n== {time.strftime('%H:%M:%S')} {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
