"""`lineament sample`: random faces as files."""

import argparse
import json
import secrets
import sys
import time
from pathlib import Path

import numpy as np

from app.cli.console_progress import ConsoleProgress
from app.cli.output import Written, form_of, print_written, require_output, topology_for
from app.model_source import load_model
from engine.editing.export import export_face
from engine.editing.random import random_code
from engine.geometry.formats import MESH_SUFFIXES
from engine.models.protocol import PARTS, FaceCode, FaceModel
from engine.progress import Progress
from engine.project.archive import SUFFIX, save_document
from engine.project.document import Document, NamedFace


def run(options: argparse.Namespace) -> int:
    """Write `options.count` random faces."""
    paths = numbered(Path(options.output), options.count)
    require_output(paths[0], (*MESH_SUFFIXES, SUFFIX), numbered=len(paths) > 1)
    if paths[0].suffix.lower() != SUFFIX:
        form_of(options, paths[0])  # refused now rather than after the first face
    seed = secrets.randbits(32) if options.seed is None else options.seed
    rng = np.random.default_rng(seed)
    written = []
    with ConsoleProgress(sys.stderr) as progress:
        progress(0.0, "Loading the model")
        model = load_model(options.device)
        for index, path in enumerate(paths):
            code = random_code(model, rng, options.part or PARTS, strength=options.strength)
            within = _share(progress, index, len(paths))
            written.append(_write(model, code, path, options, within))
    if options.json:
        print(json.dumps({"seed": seed, "files": [entry.to_json() for entry in written]}))
    else:
        if options.seed is None:
            print(f"seed {seed}")
        print_written(written)
    return 0


def numbered(path: Path, count: int) -> list[Path]:
    """`path` itself, or `count` paths with numbers from 1 before the suffix."""
    if count == 1:
        return [path]
    width = len(str(count))
    return [path.with_stem(f"{path.stem}-{k:0{width}}") for k in range(1, count + 1)]


def _share(progress: Progress, index: int, count: int) -> Progress:
    """The part of `progress` that belongs to one of `count` files."""
    name = f"{index + 1} of {count}: " if count > 1 else ""
    return lambda fraction, text: progress((index + fraction) / count, f"{name}{text}")


def _write(
    model: FaceModel, code: FaceCode, path: Path, options: argparse.Namespace, progress: Progress
) -> Written:
    started = time.perf_counter()
    if path.suffix.lower() == SUFFIX:
        face = NamedFace(path.stem[:200], code)
        save_document(path, Document((face,), model.info.identifier))
        return Written(path, None, time.perf_counter() - started)
    topology = topology_for(path, options.topology)
    form = form_of(options, path)
    written = export_face(
        model, code, path, topology, options.resolution, progress=progress, form=form
    )
    return Written(path, written.mesh, time.perf_counter() - started)
