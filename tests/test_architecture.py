"""The rules of the house, read from the imports: who may know whom."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

FLOORS = {
    "engine": 0,
    "engine.errors": 1,
    "engine.processes": 1,
    "engine.version": 1,
    "engine.progress": 1.5,  # raises `Cancelled`
    "engine.atomic_file": 1.5,  # asks `processes` whose leftovers a temporary file is
    "engine.devices": 1.5,  # refuses with `InputError`
    "engine.geometry": 2,
    # The contract of the models is small and knows only meshes, so that surfaces can be
    # extracted from a field without knowing a model; the models themselves are on floor 6.
    "engine.models.protocol": 2.5,
    "engine.networks": 3,
    "engine.assets_location": 4,
    "engine.weights": 4,
    "engine.surface": 5,
    "engine.models": 6,
    "engine.assets": 6.5,  # puts the shipped weights into the models
    "engine.scans": 6.7,
    "engine.editing": 7,
    "engine.editing.reflection": 6.6,  # of a mesh; `photo` completes textures with it
    "engine.fitting": 6.8,  # the residual layer of `editing` is fitted with its pairs of points
    "engine.fitting.report": 7.5,  # measures with `evaluation`, and residual layers
    "engine.photo": 7,
    "engine.evaluation": 7,
    "engine.project": 8,
}
"""A room imports from itself and from lower floors; the longest name that fits counts."""

QT = ("PySide6", "shiboken6", "qtpy", "pyvistaqt")
VTK = ("pyvista", "pyvistaqt", "vtk", "vtkmodules")
TORCH = ("torch", "torchvision", "accelerate", "tensorboard")


@dataclass(frozen=True, slots=True)
class Import:
    """`module` imports `target`, at `line` of its file."""

    module: str
    target: str
    line: int

    def __str__(self) -> str:
        return f"{self.module}:{self.line} imports {self.target}"


def imports_of(source: str, module: str, is_package: bool, modules: set[str]) -> Iterator[Import]:
    """Every import in `source`, also those inside functions.

    `from package import name` is an import of `package.name` where that is a module.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(module, alias.name, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            parts = module.split(".")
            up = node.level - is_package
            base = parts[: len(parts) - up] if node.level else []
            package = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                full = f"{package}.{alias.name}"
                yield Import(module, full if full in modules else package, node.lineno)


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def all_imports() -> list[Import]:
    paths = [path for room in ("app", "engine", "training") for path in (ROOT / room).rglob("*.py")]
    modules = {module_name(path) for path in paths}
    return [
        found
        for path in sorted(paths)
        for found in imports_of(
            path.read_text("utf-8"), module_name(path), path.name == "__init__.py", modules
        )
    ]


IMPORTS = all_imports()


def is_in(name: str, *rooms: str) -> bool:
    """Whether the module `name` is one of `rooms` or inside one."""
    return any(name == room or name.startswith(f"{room}.") for room in rooms)


def room_of(module: str) -> str:
    rooms = [room for room in FLOORS if is_in(module, room)]
    return max(rooms, key=len)


def listed(wrong: list[Import]) -> str:
    return "\n" + "\n".join(str(found) for found in wrong)


def forbidden(importers: str, *targets: str) -> list[Import]:
    return [
        found
        for found in IMPORTS
        if is_in(found.module, importers) and is_in(found.target, *targets)
    ]


def test_the_engine_knows_neither_the_app_nor_training() -> None:
    wrong = forbidden("engine", "app", "training", "tests")
    assert not wrong, listed(wrong)


def test_app_and_training_never_meet() -> None:
    wrong = forbidden("app", "training", "tests") + forbidden("training", "app", "tests")
    assert not wrong, listed(wrong)


def test_the_engine_and_training_know_no_window() -> None:
    wrong = forbidden("engine", *QT, *VTK) + forbidden("training", *QT, *VTK)
    assert not wrong, listed(wrong)


def test_the_app_knows_no_torch() -> None:
    wrong = forbidden("app", *TORCH)
    assert not wrong, listed(wrong)


def test_only_the_viewport_knows_vtk() -> None:
    wrong = [found for found in forbidden("app", *VTK) if not is_in(found.module, "app.viewport")]
    assert not wrong, listed(wrong)


def is_panel(module: str) -> bool:
    return is_in(module, "app") and module.endswith("_panel")


def test_panels_know_neither_the_viewport_nor_each_other() -> None:
    """A panel is a module `*_panel` of any room; the widgets it is made of may lie beside it."""
    wrong = [
        found
        for found in IMPORTS
        if (is_panel(found.module) or is_in(found.module, "app.panels"))
        and (
            is_panel(found.target) or is_in(found.target, "app.viewport", "app.main", "app.window")
        )
    ]
    assert not wrong, listed(wrong)


def test_every_room_of_the_engine_has_a_floor() -> None:
    homeless = sorted(
        {found.module for found in IMPORTS if is_in(found.module, "engine")}
        - {found.module for found in IMPORTS if room_of_or_none(found.module)}
    )
    assert not homeless, f"give a floor in FLOORS to: {', '.join(homeless)}"


def room_of_or_none(module: str) -> str | None:
    if not is_in(module, "engine"):
        return None
    room = room_of(module)
    return None if room == "engine" and module != "engine" else room


def test_a_room_imports_only_from_rooms_below() -> None:
    wrong = [
        found
        for found in IMPORTS
        if is_in(found.module, "engine")
        and is_in(found.target, "engine")
        and room_of(found.module) != room_of(found.target)
        and FLOORS[room_of(found.target)] >= FLOORS[room_of(found.module)]
    ]
    assert not wrong, listed(wrong)


def test_the_reader_of_imports_sees_every_kind() -> None:
    source = """
import os, app.window
from engine import errors
from engine.errors import InputError
from . import sibling
from .sibling import name
from ..other import name
def later():
    import torch.nn
"""
    modules = {"engine.errors", "app.panels.sibling", "app.other"}
    in_module = {found.target for found in imports_of(source, "app.panels.one", False, modules)}
    assert in_module == {
        "os",
        "app.window",
        "engine.errors",
        "app.panels.sibling",
        "app.other",
        "torch.nn",
    }
    in_package = {found.target for found in imports_of(source, "app.panels", True, modules)}
    assert in_package == in_module


def test_rooms_are_found_by_their_longest_name() -> None:
    assert room_of("engine.models.protocol") == "engine.models.protocol"
    assert room_of("engine.models.parts_model") == "engine.models"
    assert room_of("engine.assets_location") == "engine.assets_location"
    assert room_of_or_none("engine.attic.box") is None


@pytest.mark.parametrize(
    "code",
    [
        "import engine",
        "import engine.errors, engine.progress, engine.models.protocol, engine.version",
        "import engine.assets_location; engine.assets_location.assets_folder()",
        "import engine.project.archive, engine.project.autosave",
        "import app.cli.main; app.cli.main.main(['--version'])",
        "import app.cli.main; app.cli.main.main(['--help'])",
        "import app.cli.main; app.cli.main.main(['sample', '--help'])",
    ],
)
def test_light_things_load_neither_torch_nor_qt(code: str) -> None:
    program = f"""
import sys
try:
    {code}
except SystemExit:
    pass
heavy = {{"torch", "PySide6", "pyvista", "vtkmodules", "pyvistaqt"}} & set(sys.modules)
assert not heavy, heavy
"""
    finished = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr


def test_help_loads_not_even_numpy() -> None:
    program = """
import sys, app.cli.main
try:
    app.cli.main.main(["--help"])
except SystemExit:
    pass
assert "numpy" not in sys.modules
"""
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0
