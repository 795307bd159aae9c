"""`lineament transplant`: parts of one face on another."""

import argparse
import json
import sys
import time
from dataclasses import replace
from pathlib import Path

from app.cli.console_progress import ConsoleProgress
from app.cli.export import choose_face
from app.cli.output import Written, form_of, print_written, require_output, topology_for
from app.export.exporting import texture_of
from app.model_source import load_model
from engine.editing.export import export_face
from engine.editing.residual_blend import blend_layers
from engine.editing.transplant import transplant
from engine.geometry.formats import MESH_SUFFIXES
from engine.geometry.mesh import Mesh
from engine.project.archive import SUFFIX, open_document, save_document
from engine.project.document import Document, check_model


def run(options: argparse.Namespace) -> int:
    """Write the face of `options.onto` with parts of that of `options.source`."""
    path = Path(options.output)
    require_output(path, (*MESH_SUFFIXES, SUFFIX))
    form = None if path.suffix.lower() == SUFFIX else form_of(options, path)
    onto_document = open_document(options.onto)
    source_document = open_document(options.source)
    onto = choose_face(onto_document, options.onto_face)
    source = choose_face(source_document, options.source_face)
    started = time.perf_counter()
    with ConsoleProgress(sys.stderr) as progress:
        progress(0.0, "Loading the model")
        model = load_model(options.device)
        warnings = {check_model(document, model) for document in (onto_document, source_document)}
        code = transplant(onto.code, source.code, options.part, options.strength)
        shares = dict.fromkeys(options.part, options.strength)
        weights = model.template.region_weights
        residual = blend_layers(onto.residual, source.residual, shares, weights)
        mesh: Mesh | None = None
        if form is None:
            # One face alone, with the layers of scan detail that both have.
            made = replace(onto, code=code, residual=residual)
            save_document(path, Document((made,), onto_document.model))
        else:
            topology = topology_for(path, options.topology)
            mesh = export_face(
                model,
                code,
                path,
                topology,
                options.resolution,
                progress=progress,
                residual=residual,
                texture=texture_of(onto.texture, model.template),
                form=form,
            ).mesh
    for warning in sorted(warnings - {None}, key=str):
        print(f"lineament: {warning}", file=sys.stderr)
    written = Written(path, mesh, time.perf_counter() - started)
    if options.json:
        parts = sorted(set(options.part), key=options.part.index)
        facts = {"onto": onto.name, "source": source.name, "parts": parts}
        print(json.dumps({**facts, "strength": options.strength, **written.to_json()}))
    else:
        print_written([written])
    return 0
