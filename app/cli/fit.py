"""`lineament fit`: a scan as codes of the model."""

import argparse
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from app.cli.console_progress import ConsoleProgress
from app.cli.export import choose_face
from app.cli.output import Written, print_written, require_output
from app.model_source import load_model
from engine.atomic_file import write_atomically
from engine.editing.export import expression_morphs
from engine.editing.residual import ResidualLayer, fit_residual
from engine.errors import InputError
from engine.fitting import FitSettings, FitStep, fit_scan
from engine.fitting.report import FitReport, fit_report
from engine.geometry.formats import MESH_SUFFIXES, MORPH_SUFFIXES, FileFrame, write_mesh
from engine.geometry.mesh import Mesh
from engine.geometry.similarity import Similarity
from engine.models.protocol import PARTS, FaceCode, FaceModel
from engine.progress import Progress
from engine.project.archive import SUFFIX, open_document, save_document
from engine.project.document import Document, NamedFace, NamedScan, check_model
from engine.scans import Scan, align_scan, read_scan
from engine.scans.units import UNITS

ALIGNED, FITTED, LAYERED = 0.25, 0.8, 0.9
"""Shares of the progress after alignment, fit and residual layer."""


def run(options: argparse.Namespace) -> int:
    """Fit `options.scan` and write `options.output`."""
    path = Path(options.output)
    require_output(path, (*MESH_SUFFIXES, SUFFIX))
    if options.json:
        require_output(Path(options.json), (".json",))
    scan = read_scan(options.scan)
    for note in scan.notes:
        print(f"lineament: {note}", file=sys.stderr)
    begun = time.perf_counter()
    with ConsoleProgress(sys.stderr) as progress:
        progress(0.0, "Loading the model")
        model = load_model(options.device)
        result = _fit(model, scan, options, progress)
        progress(0.95, "Writing")
        mesh = _write(model, scan, result, path, options.scan_frame)
    report = result.report.to_json() | {"unit": result.unit_name, "method": options.method}
    if options.json:
        _write_json(Path(options.json), report)
    _print_summary(result.report)
    print_written([Written(path, mesh, time.perf_counter() - begun)])
    return 0


@dataclass(frozen=True, slots=True, eq=False)
class _Result:
    code: FaceCode
    similarity: Similarity
    residual: ResidualLayer | None
    report: FitReport
    unit_name: str


def _fit(model: FaceModel, scan: Scan, options: argparse.Namespace, progress: Progress) -> _Result:
    start_code = _start_code(model, options)
    started = time.perf_counter()
    aligned = None
    for aligned in align_scan(scan.mesh, model, unit_of(options.unit)):
        progress(ALIGNED * aligned.fraction, "Aligning")
    if aligned is None:
        raise InputError(f"'{scan.name}' could not be aligned with the model.")
    settings = FitSettings(
        parts=tuple(options.part or PARTS),
        start_code=start_code,
        pose_free=True,
        method=options.method,
        iterations=options.iterations,
    )
    step: FitStep | None = None
    for step in fit_scan(model, scan.mesh, aligned.similarity, settings):
        share = ALIGNED + (FITTED - ALIGNED) * step.fraction
        progress(share, f"Fitting: step {step.iteration}, {step.rms_mm:.2f} mm")
    if step is None:
        raise InputError(f"'{scan.name}' could not be fitted.")
    seconds = time.perf_counter() - started
    residual = None
    if not options.no_residual:
        progress(FITTED, "Residual layer")
        placed = Mesh(step.similarity.apply(scan.mesh.vertices), scan.mesh.faces)
        residual = fit_residual(model, step.code, placed)
    progress(LAYERED, "Measuring")
    report = fit_report(
        model, step.code, step.similarity, scan.mesh, residual, seconds, step.iteration
    )
    return _Result(step.code, step.similarity, residual, report, aligned.unit_name)


def unit_of(text: str | None) -> float | None:
    """Millimetres of a unit's name or number; None where it is to be guessed.

    Raises:
        InputError: neither a known unit nor a number above 0.
    """
    if text is None:
        return None
    for unit in UNITS:
        if text.lower() == unit.name:
            return unit.millimetres
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.0 < value < float("inf"):
        names = ", ".join(unit.name for unit in UNITS)
        raise InputError(
            f"'{text}' is no unit. Give {names}, or how many millimetres one unit of the file is."
        )
    return value


def _start_code(model: FaceModel, options: argparse.Namespace) -> FaceCode | None:
    if options.start is None:
        return None
    document = open_document(options.start)
    warning = check_model(document, model)
    if warning is not None:
        print(f"lineament: {warning}", file=sys.stderr)
    return choose_face(document, options.face).code


def _write(
    model: FaceModel, scan: Scan, result: _Result, path: Path, scan_frame: bool
) -> Mesh | None:
    name = scan.name[:180] or "Scan"
    if path.suffix.lower() == SUFFIX:
        face = NamedFace(f"{name} fitted", result.code, residual=result.residual)
        shown = NamedScan(name, scan.mesh, result.similarity, accepted=True)
        save_document(path, Document((face,), model.info.identifier, scans=(shown,)))
        return None
    suffix = path.suffix.lower()
    with_morphs = suffix in MORPH_SUFFIXES and not scan_frame
    code = result.code.at_rest() if with_morphs else result.code
    vertices = model.template_surface(code)
    template = model.template
    if result.residual is not None and template.region_weights is not None:
        vertices = result.residual.apply(vertices, template.faces, template.region_weights)
    if scan_frame:
        vertices = result.similarity.inverse().apply(vertices)
    mesh = template.with_vertices(vertices)
    if with_morphs:
        write_mesh(path, mesh, expression_morphs(model, result.code))
    else:
        # A scan's own frame is kept as it is; the model's is written as suits the format.
        write_mesh(path, mesh, frame=FileFrame() if scan_frame and suffix != ".glb" else None)
    return mesh


def _write_json(path: Path, report: dict[str, object]) -> None:
    try:
        write_atomically(path, (json.dumps(report, indent=2) + "\n").encode())
    except OSError as error:
        raise InputError(f"'{path}' could not be written: {error.strerror}.") from error


def _print_summary(report: FitReport) -> None:
    whole, layered = report.whole, report.with_residual
    print(
        f"chamfer {whole.chamfer_mm:.2f} mm, F-score {whole.fscore:.1f} % at 1 mm, over "
        f"{100 * report.covered_share:.0f} % of the face; {report.seconds:.1f} s"
    )
    regions = (
        f"{name} {fit.chamfer_mm:.2f} mm" if fit.chamfer_mm is not None else f"{name} not covered"
        for name, fit in report.regions.items()
    )
    print(", ".join(regions))
    if layered is not None and layered.chamfer_mm is not None:
        print(f"with the residual layer {layered.chamfer_mm:.2f} mm")
