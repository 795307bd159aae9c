"""`lineament render`: surfaces and their errors as a picture."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.cli.console_progress import ConsoleProgress
from app.cli.output import require_output
from app.comparison.surface_files import NamedSurface, SurfaceReader, surface_files
from engine.errors import InputError
from engine.evaluation.alignment import AlignmentRequest, align_pair, move_mesh
from engine.evaluation.fields import FIELD_TITLES, Reference, ScalarField, measure_field
from engine.evaluation.heat import HeatStyle, fitting_style
from engine.geometry.mesh import Mesh

WHITE, DARK = (255, 255, 255), (24, 26, 31)


def run(options: argparse.Namespace) -> int:
    """Draw `options.files` into `options.output`."""
    path = Path(options.output)
    require_output(path, (".png",))
    _require_range(options)
    files = surface_files(options.files)
    reader = SurfaceReader(options.device)
    with ConsoleProgress(sys.stderr) as progress:
        surfaces = []
        for index, file in enumerate(files):
            progress(0.5 * index / len(files), f"Reading {file.name}")
            surfaces.append(reader.read(file))
        for note in (note for surface in surfaces for note in surface.notes):
            print(f"lineament: {note}", file=sys.stderr)
        reference = None
        if options.against is not None:
            reference = reader.read(surface_files([options.against])[0])
        progress(0.5, "Drawing")
        picture = _draw(surfaces, reference, options)
    from app.viewport.offscreen import save_picture

    save_picture(picture, options.output)
    height, width = picture.shape[:2]
    print(f"{path}: {width} × {height} pixels")
    return 0


def _require_range(options: argparse.Namespace) -> None:
    """Raise `InputError`, before anything is read, if `--range` has no sense."""
    if options.range is None:
        return
    low, high = options.range
    if options.against is None:
        raise InputError("--range colours distances to a reference. Name it with --against.")
    if not (low < high and np.isfinite((low, high)).all()):
        raise InputError(f"--range must go from a lower to a higher number, got {low:g} {high:g}.")


def _draw(
    surfaces: list[NamedSurface], reference: NamedSurface | None, options: argparse.Namespace
) -> NDArray[np.uint8]:
    # VTK takes a second to load, and wrong arguments are told before.
    from app.viewport.offscreen import Scale, Shot, take_picture

    width, height = options.size
    shot = Shot(width, height, options.view, DARK if options.dark else WHITE)
    if reference is None:
        meshes = [surface.mesh for surface in surfaces]
        return np.concatenate([take_picture(mesh, shot) for mesh in meshes], axis=1)
    prepared = Reference(reference.mesh)
    measured = [_measure(surface, prepared, options) for surface in surfaces]
    style = _style([field for _, field in measured], options)
    bar = Scale(style.colors, style.low, style.high, "mm")
    scale = None if options.no_bar else bar
    pictures = [
        take_picture(mesh, shot, style.paint(field), scale, reference.mesh.vertices)
        for mesh, field in measured
    ]
    print(f"{FIELD_TITLES[options.kind]}: colours from {style.low:.3g} to {style.high:.3g} mm")
    return np.concatenate(pictures, axis=1)


def _measure(
    surface: NamedSurface, reference: Reference, options: argparse.Namespace
) -> tuple[Mesh, ScalarField]:
    alignment = align_pair(surface.mesh, reference, AlignmentRequest(options.align))
    moved = move_mesh(surface.mesh, alignment.similarity)
    return moved, measure_field(options.kind, moved, reference)


def _style(fields: list[ScalarField], options: argparse.Namespace) -> HeatStyle:
    style = fitting_style(fields)
    if options.range is not None:
        style = replace(style, low=options.range[0], high=options.range[1])
    return replace(
        style,
        map_name=options.map or style.map_name,
        reverse=options.reverse,
        mask_below=options.mask,
    )
