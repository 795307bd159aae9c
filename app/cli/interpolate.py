"""`lineament interpolate`: the way from one face to another, as files or as one animation."""

import argparse
import json
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from app.cli.console_progress import ConsoleProgress
from app.cli.export import choose_face
from app.cli.output import Written, print_written, require_output
from app.cli.sample import numbered
from app.model_source import load_model
from engine.editing.animation import animated_face
from engine.editing.face_mesh import face_mesh
from engine.editing.interpolation import Frame, transition
from engine.editing.part_names import require_same_layout
from engine.editing.residual import ResidualLayer
from engine.editing.residual_blend import blend_layers
from engine.errors import InputError
from engine.geometry.formats import MESH_SUFFIXES, MORPH_SUFFIXES, write_mesh
from engine.models.protocol import PARTS, FaceModel
from engine.progress import Progress
from engine.project.archive import SUFFIX, open_document, save_document
from engine.project.document import Document, NamedFace, check_model

PICTURE_SUFFIX = ".png"
PATTERN = re.compile(r"%0?\d*d")


def run(options: argparse.Namespace) -> int:
    """Write the transition from `options.start` to `options.end`."""
    if options.part and options.parts_in_order:
        raise InputError(
            "Give --part for parts that move together or --parts-in-order for one after the "
            "other, not both."
        )
    output = Path(options.output)
    animated = output.suffix.lower() in MORPH_SUFFIXES and not PATTERN.search(output.name)
    paths = [output] if animated else frame_paths(output, options.frames)
    suffixes = (*MESH_SUFFIXES, SUFFIX, PICTURE_SUFFIX)
    require_output(paths[0], suffixes, numbered=not animated)
    documents = open_document(options.start), open_document(options.end)
    start = choose_face(documents[0], options.from_face)
    end = choose_face(documents[1], options.to_face)
    require_same_layout(start.code, end.code)
    with ConsoleProgress(sys.stderr) as progress:
        progress(0.0, "Loading the model")
        model = load_model(options.device)
        warnings = {check_model(document, model) for document in documents}
        write = _write_animation if animated else _write_frames
        if output.suffix.lower() == PICTURE_SUFFIX:
            write = _write_pictures
        written = write(model, start, end, paths, options, progress)
    for warning in sorted(warnings - {None}, key=str):
        print(f"lineament: {warning}", file=sys.stderr)
    if options.json:
        files = [entry.to_json() for entry in written]
        print(
            json.dumps(
                {"from": start.name, "to": end.name, "frames": options.frames, "files": files}
            )
        )
    else:
        print_written(written)
    return 0


def frame_paths(output: Path, count: int) -> list[Path]:
    """A path for each frame, numbered from 1 as the pattern in the name says.

    Raises:
        InputError: the name holds a % that is no number, or two numbers.
    """
    if "%" not in output.name:
        return numbered(output, count)
    if len(PATTERN.findall(output.name)) != 1 or output.name.count("%") != 1:
        raise InputError(
            f"The name '{output.name}' must hold one number such as %03d, as in frames/%03d.obj."
        )
    return [output.with_name(output.name % number) for number in range(1, count + 1)]


def _write_animation(
    model: FaceModel,
    start: NamedFace,
    end: NamedFace,
    paths: list[Path],
    options: argparse.Namespace,
    progress: Progress,
) -> list[Written]:
    began = time.perf_counter()
    made = animated_face(
        model,
        start.code,
        end.code,
        options.frames,
        options.parts_in_order or options.part or PARTS,
        bool(options.parts_in_order),
        options.easing,
        options.fps,
        progress=progress,
        layers=(start.residual, end.residual),
    )
    write_mesh(paths[0], made.mesh, made.morphs, made.animation)
    return [Written(paths[0], made.mesh, time.perf_counter() - began)]


def _write_frames(
    model: FaceModel,
    start: NamedFace,
    end: NamedFace,
    paths: list[Path],
    options: argparse.Namespace,
    progress: Progress,
) -> list[Written]:
    written = []
    for number, (path, frame) in enumerate(zip(paths, _frames(start, end, options), strict=True)):
        progress(number / len(paths), f"Frame {number + 1} of {len(paths)}")
        written.append(_write_frame(model, frame, path, options, _layer(model, start, end, frame)))
    return written


def _write_pictures(
    model: FaceModel,
    start: NamedFace,
    end: NamedFace,
    paths: list[Path],
    options: argparse.Namespace,
    progress: Progress,
) -> list[Written]:
    # VTK takes a second to load.
    from app.viewport.offscreen import Shot, save_picture, take_picture

    shot = Shot(options.size, options.size, options.view)
    frames = list(_frames(start, end, options))
    # All pictures are taken from one place, from where the first and the last fit in.
    ends = np.concatenate([model.preview(frames[k].code) for k in (0, -1)])
    written = []
    for number, (path, frame) in enumerate(zip(paths, frames, strict=True)):
        began = time.perf_counter()
        progress(number / len(paths), f"Picture {number + 1} of {len(paths)}")
        mesh = face_mesh(
            model,
            frame.code,
            options.topology,
            options.resolution,
            residual=_layer(model, start, end, frame),
        )
        save_picture(take_picture(mesh, shot, framed=ends), str(path))
        written.append(Written(path, mesh, time.perf_counter() - began))
    return written


def _frames(start: NamedFace, end: NamedFace, options: argparse.Namespace) -> Iterator[Frame]:
    return transition(
        start.code,
        end.code,
        options.frames,
        options.parts_in_order or options.part or PARTS,
        bool(options.parts_in_order),
        options.easing,
    )


def _layer(
    model: FaceModel, start: NamedFace, end: NamedFace, frame: Frame
) -> ResidualLayer | None:
    weights = model.template.region_weights
    return blend_layers(start.residual, end.residual, frame.fractions, weights)


def _write_frame(
    model: FaceModel,
    frame: Frame,
    path: Path,
    options: argparse.Namespace,
    residual: ResidualLayer | None,
) -> Written:
    began = time.perf_counter()
    if path.suffix.lower() == SUFFIX:
        face = NamedFace(path.stem[:200], frame.code, residual=residual)
        save_document(path, Document((face,), model.info.identifier))
        return Written(path, None, time.perf_counter() - began)
    mesh = face_mesh(model, frame.code, options.topology, options.resolution, residual=residual)
    write_mesh(path, mesh)
    return Written(path, mesh, time.perf_counter() - began)
