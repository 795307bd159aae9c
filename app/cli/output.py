"""What the commands that write files share."""

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.editing.export_form import ExportForm
from engine.editing.topology_choice import Topology
from engine.errors import InputError
from engine.geometry.formats import MORPH_SUFFIXES, FileFrame, default_frame
from engine.geometry.mesh import Mesh


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written: its mesh, None for a document, and how long it took."""

    path: Path
    mesh: Mesh | None
    seconds: float

    def to_json(self) -> dict[str, Any]:
        entry: dict[str, Any] = {"path": str(self.path), "seconds": round(self.seconds, 3)}
        if self.mesh is not None:
            entry |= {"vertices": len(self.mesh.vertices), "faces": len(self.mesh.faces)}
        return entry


def print_written(files: Iterable[Written]) -> None:
    """A line for each file."""
    for file in files:
        size = "document"
        if file.mesh is not None:
            size = f"{len(file.mesh.vertices):,} vertices, {len(file.mesh.faces):,} faces"
        print(f"{file.path}: {size}, {file.seconds:.1f} s")


def topology_for(path: Path, chosen: Topology | None) -> Topology:
    """The topology asked for, or the one that suits the format."""
    if chosen is not None:
        return chosen
    return "template" if path.suffix.lower() in MORPH_SUFFIXES else "free"


def require_output(path: Path, suffixes: Sequence[str], numbered: bool = False) -> None:
    """Check before the work begins that its result will have a place.

    Args:
        numbered: it is the first of many files, whose own folder is made if it is missing.

    Raises:
        InputError: no such suffix or folder.
    """
    if path.suffix.lower() not in suffixes:
        raise InputError(
            f"The format of '{path}' is not known. Choose a name that ends in "
            f"{', '.join(suffixes)}."
        )
    if numbered and not path.parent.exists() and path.parent.parent.is_dir():
        make_folder(path.parent)
    if not path.parent.is_dir():
        raise InputError(f"There is no folder '{path.parent}' for '{path.name}'. Make it first.")
    if path.is_dir():
        raise InputError(f"'{path}' is a folder. Choose the name of a file.")


def make_folder(folder: Path) -> None:
    """Make `folder` in one that is there.

    Raises:
        InputError: it cannot be made.
    """
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise InputError(
            f"Could not make the folder '{folder}': {error.strerror}. Choose another."
        ) from error


def form_of(options: argparse.Namespace, path: Path) -> ExportForm:
    """What `options` ask of the mesh file `path`.

    Raises:
        InputError: the format of `path` does not hold it.
    """
    frame = None
    suffix = path.suffix.lower()
    if options.unit is not None or options.up is not None:
        usual = default_frame(suffix)
        frame = FileFrame(options.unit or usual.unit, options.up or usual.up)
    form = ExportForm(
        1.0 if options.scale is None else options.scale / 100.0,
        options.height,
        frame,
        morph_names=options.morph_names,
        groups=options.groups,
        foot=options.foot,
    )
    form.require_suffix(suffix)
    return form
