"""`lineament reconstruct`: faces, meshes and scans through the spiral autoencoder."""

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.console_progress import ConsoleProgress
from app.cli.export import choose_face
from app.cli.fit import unit_of
from app.cli.output import Written, print_written, require_output
from app.model_source import load_model
from app.spiral.reconstruction import Reconstruction, carry_face, carry_template, reconstruct
from app.spiral.source import load_spiral
from engine.errors import InputError
from engine.evaluation.fields import same_topology
from engine.geometry.formats import MESH_SUFFIXES, read_mesh, write_mesh
from engine.geometry.mesh import Mesh
from engine.models.protocol import FaceModel
from engine.progress import Progress
from engine.project.archive import SUFFIX, open_document
from engine.project.document import check_model

if TYPE_CHECKING:
    from engine.models.spiral_autoencoder import SpiralModel

ALIGNED, FITTED = 0.25, 0.9
"""Shares of a scan's progress after its alignment and its fit."""


@dataclass(frozen=True, slots=True, eq=False)
class _Carried:
    """A mesh on the autoencoder's topology, and how it came there."""

    mesh: Mesh
    route: str


@dataclass(frozen=True, slots=True, eq=False)
class _Done:
    """One input and what became of it."""

    source: Path
    output: Path
    route: str
    result: Reconstruction
    seconds: float


def run(options: argparse.Namespace) -> int:
    """Reconstruct each of `options.inputs`."""
    sources = [Path(name) for name in options.inputs]
    outputs = _outputs(sources, Path(options.output))
    for source in sources:
        _require_input(source)
    unit_of(options.unit)
    with ConsoleProgress(sys.stderr) as progress:
        progress(0.0, "Loading the models")
        weights = None if options.weights is None else Path(options.weights)
        spiral = load_spiral(weights, options.device)
        reader = _Reader(spiral, options)
        done = []
        for index, (source, output) in enumerate(zip(sources, outputs, strict=True)):
            started = time.perf_counter()
            carried = reader.read(source, _part_of(progress, index, len(sources)))
            result = reconstruct(spiral, carried.mesh)
            write_mesh(output, result.made)
            seconds = time.perf_counter() - started
            done.append(_Done(source, output, carried.route, result, seconds))
    if options.json:
        entries = [_entry(one, spiral) for one in done]
        print(json.dumps(entries[0] if len(entries) == 1 else entries, indent=2))
        return 0
    for one in done:
        result = one.result
        print(
            f"{one.source.name} ({one.route}): mean {result.mean_mm:.3f} mm, "
            f"median {result.median_mm:.3f} mm, p95 {result.p95_mm:.3f} mm; "
            f"encoded and decoded in {1000.0 * result.seconds:.0f} ms"
        )
    print_written(Written(one.output, one.result.made, one.seconds) for one in done)
    return 0


class _Reader:
    """Brings inputs onto the autoencoder's topology; loads the face model if it must."""

    def __init__(self, spiral: "SpiralModel", options: argparse.Namespace) -> None:
        self._spiral, self._options = spiral, options
        self._known: FaceModel | None = None

    def read(self, path: Path, progress: Progress) -> _Carried:
        """The face, mesh or scan in `path`.

        Raises:
            InputError: it cannot be read, or its topology cannot be reached.
            DocumentError: a document cannot be opened.
        """
        progress(0.0, f"Reading {path.name}")
        if path.suffix.lower() == SUFFIX:
            return self._read_face(path)
        try:
            mesh = read_mesh(path)
        except InputError:
            return self._read_scan(path, progress)  # repairs it, or says what is wrong
        if same_topology(mesh, self._spiral.template):
            return _Carried(mesh, "on the autoencoder's topology")
        if same_topology(mesh, self._model.template):
            mesh = carry_template(self._spiral, self._model, mesh.vertices)
            return _Carried(mesh, "on the face model's template")
        return self._read_scan(path, progress)

    @property
    def _model(self) -> FaceModel:
        if self._known is None:
            self._known = load_model(self._options.device)
        return self._known

    def _read_face(self, path: Path) -> _Carried:
        document = open_document(path)
        warning = check_model(document, self._model)
        if warning is not None:
            print(f"lineament: {warning}", file=sys.stderr)
        face = choose_face(document, self._options.face)
        mesh = carry_face(self._spiral, self._model, face.code, face.residual)
        return _Carried(mesh, f"face '{face.name}'")

    def _read_scan(self, path: Path, progress: Progress) -> _Carried:
        """A scan by way of the face model: aligned, fitted, and what is left over on top."""
        from engine.editing.residual import fit_residual
        from engine.fitting import fit_scan
        from engine.scans import align_scan, read_scan

        self._spiral.transfer(self._model)  # before the work, if it cannot be done
        scan = read_scan(path)
        for note in scan.notes:
            print(f"lineament: {path.name}: {note}", file=sys.stderr)
        aligned = None
        for aligned in align_scan(scan.mesh, self._model, unit_of(self._options.unit)):
            progress(ALIGNED * aligned.fraction, f"Aligning {path.name}")
        if aligned is None:
            raise InputError(f"'{path}' could not be aligned with the model.")
        step = None
        for step in fit_scan(self._model, scan.mesh, aligned.similarity):
            share = ALIGNED + (FITTED - ALIGNED) * step.fraction
            progress(share, f"Fitting {path.name}: {step.rms_mm:.2f} mm")
        if step is None:
            raise InputError(f"'{path}' could not be fitted.")
        progress(FITTED, "Residual layer")
        placed = Mesh(step.similarity.apply(scan.mesh.vertices), scan.mesh.faces)
        residual = fit_residual(self._model, step.code, placed)
        mesh = carry_face(self._spiral, self._model, step.code, residual)
        return _Carried(mesh, f"scan, fitted to {step.rms_mm:.2f} mm")


def _outputs(sources: list[Path], output: Path) -> list[Path]:
    """The file of each input: `output`, or one named after each where there are several.

    Raises:
        InputError: a format is unknown, a folder is missing, or two would be the same file.
    """
    require_output(output, MESH_SUFFIXES)
    if len(sources) == 1:
        return [output]
    outputs = [output.with_name(f"{output.stem}-{s.stem}{output.suffix}") for s in sources]
    twice = [path.name for k, path in enumerate(outputs) if path in outputs[:k]]
    if twice:
        raise InputError(
            f"Two inputs would be written to '{twice[0]}'. Files are named after their input: "
            "rename one, or write them one at a time."
        )
    return outputs


def _require_input(path: Path) -> None:
    if not path.is_file():
        raise InputError(f"There is no file '{path}'. Check its name and folder.")
    known = (SUFFIX, *MESH_SUFFIXES)
    if path.suffix.lower() not in known:
        raise InputError(
            f"The format of '{path}' is not known. Give a file that ends in {', '.join(known)}."
        )


def _part_of(progress: Progress, index: int, count: int) -> Callable[[float, str], None]:
    return lambda share, text: progress((index + share) / count, text)


def _entry(done: _Done, spiral: "SpiralModel") -> dict[str, object]:
    return {
        "input": str(done.source),
        "output": str(done.output),
        "route": done.route,
        "method": "spiral",
        "model": spiral.info.identifier,
        **done.result.to_json(),
        "seconds_in_all": round(done.seconds, 3),
    }
