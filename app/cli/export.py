"""`lineament export`: a document's face as a mesh."""

import argparse
import json
import sys
import time
from pathlib import Path

from app.cli.console_progress import ConsoleProgress
from app.cli.output import Written, form_of, print_written, require_output, topology_for
from app.export.exporting import texture_of
from app.model_source import load_model
from engine.editing.export import export_face
from engine.errors import InputError
from engine.geometry.formats import MESH_SUFFIXES
from engine.project.archive import open_document
from engine.project.document import Document, NamedFace, check_model


def run(options: argparse.Namespace) -> int:
    """Write one face of `options.document` to `options.output`."""
    path = Path(options.output)
    require_output(path, MESH_SUFFIXES)
    form = form_of(options, path)
    document = open_document(options.document)
    face = choose_face(document, options.face)
    started = time.perf_counter()
    with ConsoleProgress(sys.stderr) as progress:
        progress(0.0, "Loading the model")
        model = load_model(options.device)
        warning = check_model(document, model)
        topology = topology_for(path, options.topology)
        exported = export_face(
            model,
            face.code,
            path,
            topology,
            options.resolution,
            progress=progress,
            residual=face.residual,
            texture=texture_of(face.texture, model.template),
            form=form,
        )
    if warning is not None:
        print(f"lineament: {warning}", file=sys.stderr)
    written = Written(path, exported.mesh, time.perf_counter() - started)
    if options.json:
        print(json.dumps({"face": face.name, "topology": topology, **written.to_json()}))
    else:
        print_written([written])
    return 0


def choose_face(document: Document, wanted: str | None) -> NamedFace:
    """The face called `wanted`, or of that number from 1; the active one if None.

    Raises:
        InputError: there is no such face.
    """
    if wanted is None:
        return document.face
    for face in document.faces:
        if face.name == wanted:
            return face
    if wanted.isdecimal() and 1 <= int(wanted) <= len(document.faces):
        return document.faces[int(wanted) - 1]
    names = ", ".join(f"{k} '{face.name}'" for k, face in enumerate(document.faces[:20], 1))
    raise InputError(f"There is no face '{wanted}' in the document. Its faces are: {names}.")
