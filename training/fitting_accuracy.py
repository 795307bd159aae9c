"""How well scans of held-out faces are fitted: clean, and as bad as real ones."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import igl
import numpy as np
from numpy.typing import NDArray

from engine.editing.residual import fit_residual
from engine.errors import LineamentError
from engine.fitting import FitSettings, fit_scan
from engine.fitting.report import FitReport, fit_report
from engine.fitting.settings import Method
from engine.geometry.mesh import Mesh
from engine.geometry.similarity import Similarity
from engine.models.protocol import REGIONS, FaceModel
from engine.progress import CancelToken, Progress, ignore_progress
from engine.scans import align_scan
from engine.scans.degrade import Degradation, DegradedScan, degrade
from training.experiments.heads import Head, HeadMaker
from training.experiments.measure import HeadFigures, Sampling, measure
from training.parts.registered import RegisteredFaces
from training.parts.sampler import CodeSampler

Floats = NDArray[np.float32]

EXPRESSIONS_EACH = 3
CELL_MM = 1.0
"""Vertices of a remeshed head are about this far apart: some 100,000 on a whole head."""
DEGRADATIONS = (
    Degradation(noise_mm=0.3, holes=0.2, turn_degrees=30.0, unit_mm=1.0),
    Degradation(noise_mm=0.3, holes=0.2, turn_degrees=30.0, unit_mm=1000.0),
    Degradation(noise_mm=0.3, holes=0.2, turn_degrees=30.0, unit_mm=10.0),
)
"""Noise, holes, a turn, and in turn mm, m and cm."""


@dataclass(frozen=True, slots=True)
class ScanAccuracy:
    """One fitted scan.

    Attributes:
        name: identity and expression; kind: `clean` or `degraded`.
        chamfer_mm, fscore: over the covered surface, against the clean surface; `regions`
            maps each of `REGIONS` to the same two, None where nothing is covered.
        chamfer_with_residual_mm: with the residual layer.
        truth_chamfer_mm, truth_fscore: of a clean scan, by the measure of the paper's tables
            (`training.experiments.measure`), which does not ask what is covered.
        unit_factor: the scale that was found, as a share of the true one.
        seconds: alignment and fit; cpu_seconds: of the processor.
        failed: why there is no fit, or empty.
    """

    name: str
    kind: str
    chamfer_mm: float | None = None
    fscore: float | None = None
    regions: dict[str, tuple[float | None, float | None]] | None = None
    chamfer_with_residual_mm: float | None = None
    truth_chamfer_mm: float | None = None
    truth_fscore: float | None = None
    truth_regions: dict[str, tuple[float, float]] | None = None
    unit_factor: float | None = None
    seconds: float | None = None
    cpu_seconds: float | None = None
    iterations: int | None = None
    failed: str = ""


def held_out_heads(faces: RegisteredFaces, count: int, seed: int) -> Iterator[Head]:
    """`count` identities that training never drew, at rest and with two expressions each."""
    rng = np.random.default_rng(seed)
    sampler, maker = CodeSampler(faces), HeadMaker(faces)
    identities = sampler.draw_identities(count, rng)
    for number, identity in enumerate(identities):
        expressions = sampler.draw_expressions(EXPRESSIONS_EACH, rng)
        expressions[0] = 0.0
        for kind, expression in enumerate(expressions):
            code = identity.copy()
            code[faces.slices["expression"]] = expression
            yield maker.make(f"{number + 1}.{kind + 1}", faces.vertices(code), code)


def remeshed(head: Head, rng: np.random.Generator) -> Mesh:
    """A scan of `head` with vertices of its own, on the surface, in mm."""
    plain = head.scan(rng)
    vertices, faces = igl.upsample(
        plain.vertices.astype(np.float64), plain.faces.astype(np.int64), 2
    )[:2]
    turn = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    cells = np.floor(vertices @ turn / CELL_MM).astype(np.int64)
    cells -= cells.min(axis=0)
    size = cells.max(axis=0) + 1
    keys = (cells[:, 0] * size[1] + cells[:, 1]) * size[2] + cells[:, 2]
    _, first, labels = np.unique(keys, return_index=True, return_inverse=True)
    merged = labels[faces]
    merged = merged[(merged != np.roll(merged, 1, axis=1)).all(axis=1)]
    _, once = np.unique(np.sort(merged, axis=1), axis=0, return_index=True)
    return Mesh(vertices[first].astype(np.float32), merged[once].astype(np.int32))


def measure_fits(
    model: FaceModel,
    faces: RegisteredFaces,
    count: int,
    seed: int,
    method: Method = "fast",
    progress: Progress = ignore_progress,
    cancel: CancelToken | None = None,
) -> Iterator[ScanAccuracy]:
    """Fit every head's clean and degraded scan from scratch, alignment included."""
    total = count * EXPRESSIONS_EACH
    for number, head in enumerate(held_out_heads(faces, count, seed)):
        rng = np.random.default_rng([seed, number])
        scan = remeshed(head, rng)
        away = degrade(scan, Degradation(noise_mm=0.0, holes=0.0, turn_degrees=8.0), rng)
        progress(number / total, f"Clean scan {head.name}, {number + 1} of {total}")
        yield _measure(model, head, away, "clean", method, cancel)
        worse = degrade(scan, DEGRADATIONS[number % len(DEGRADATIONS)], rng)
        progress((number + 0.5) / total, f"Degraded scan {head.name}")
        yield _measure(model, head, worse, "degraded", method, cancel)


def _measure(
    model: FaceModel,
    head: Head,
    scan: DegradedScan,
    kind: str,
    method: Method,
    cancel: CancelToken | None,
) -> ScanAccuracy:
    empty = ScanAccuracy(head.name, kind)
    started, processor = time.perf_counter(), time.process_time()
    try:
        start: Similarity | None = None
        for aligned in align_scan(scan.mesh, model, cancel=cancel):
            start = aligned.similarity
        if start is None:
            return replace(empty, failed="no alignment")
        *_, step = fit_scan(model, scan.mesh, start, FitSettings(method=method), cancel)
    except LineamentError as error:
        if cancel is not None:
            cancel.check()
        return replace(empty, failed=str(error))
    seconds, processor = time.perf_counter() - started, time.process_time() - processor
    # From the true head's frame to the model's, by way of the scan's file.
    placing = step.similarity.after(scan.truth.inverse())
    noisy = Mesh(step.similarity.apply(scan.mesh.vertices), scan.mesh.faces)
    residual = fit_residual(model, step.code, noisy, cancel=cancel)
    report = fit_report(model, step.code, placing, scan.clean, residual, cancel=cancel)
    result = replace(
        _of_report(empty, report),
        unit_factor=placing.scale,
        seconds=seconds,
        cpu_seconds=processor,
        iterations=step.iteration,
    )
    if kind != "clean":
        return result
    fitted = model.template.with_vertices(
        placing.inverse().apply(model.template_surface(step.code, cancel))
    )
    figures = measure(fitted, head, Sampling(full=60_000), np.random.default_rng(0))
    return _with_truth(result, figures)


def _of_report(empty: ScanAccuracy, report: FitReport) -> ScanAccuracy:
    layered = report.with_residual
    return replace(
        empty,
        chamfer_mm=report.whole.chamfer_mm,
        fscore=report.whole.fscore,
        regions={name: (fit.chamfer_mm, fit.fscore) for name, fit in report.regions.items()},
        chamfer_with_residual_mm=layered.chamfer_mm if layered else None,
    )


def _with_truth(result: ScanAccuracy, figures: HeadFigures) -> ScanAccuracy:
    whole = figures.regions["full"]
    return replace(
        result,
        truth_chamfer_mm=whole.scd_mm,
        truth_fscore=whole.f_1mm,
        truth_regions={
            name: (figures.regions[name].scd_mm, figures.regions[name].f_1mm) for name in REGIONS
        },
    )
