"""Fits of a scan of 100,000 vertices with the shipped model.

Run with `pytest -m benchmark -s tests/benchmarks/test_fit_speed.py`. Each test prints its
figures, in seconds of the clock and of the processor, since the machine may be busy; where it is,
set OMP_NUM_THREADS=1, as threads that wait for each other count as work.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import igl
import numpy as np
import pytest

from engine.assets import load_model
from engine.editing.random import random_code
from engine.editing.residual import fit_residual
from engine.fitting import FitSettings, FitStep, fit_scan
from engine.fitting.report import fit_report
from engine.fitting.scan_target import merge_in_cells
from engine.geometry.mesh import Mesh
from engine.geometry.similarity import Similarity
from engine.models.parts_model import PartsModel
from engine.models.protocol import PARTS
from engine.scans import align_scan
from engine.scans.degrade import Degradation, DegradedScan, degrade

pytestmark = pytest.mark.benchmark

BAR_SECONDS = 15.0
RESIDUAL_BAR_SECONDS = 2.0


@dataclass(frozen=True)
class Timed:
    result: object
    seconds: float
    processor: float

    def __str__(self) -> str:
        return f"{self.seconds:.1f} s, {self.processor:.1f} s of the processor"


def timed(work: Callable[[], object]) -> Timed:
    started, processor = time.perf_counter(), time.process_time()
    result = work()
    return Timed(result, time.perf_counter() - started, time.process_time() - processor)


@pytest.fixture(scope="module")
def model() -> PartsModel:
    model = load_model("auto")
    model.template_surface(model.mean_code())
    return model


@pytest.fixture(scope="module")
def scan(model: PartsModel) -> DegradedScan:
    """A random face, its neck open, remeshed to some 100,000 vertices, with noise and turned."""
    code = random_code(model, np.random.default_rng(3), PARTS, strength=0.8)
    faces = model.template.faces
    vertices = model.template_surface(code).astype(np.float64)
    kept = faces[vertices[faces].mean(axis=1)[:, 1] > -140.0]
    vertices, finer = igl.upsample(vertices, kept.astype(np.int64), 2)[:2]
    mesh = merge_in_cells(Mesh(vertices.astype(np.float32), finer.astype(np.int32)), 200_000)
    how = Degradation(noise_mm=0.1, holes=0.0, unit_mm=1000.0)
    return degrade(mesh, how, np.random.default_rng(0))


def aligned(model: PartsModel, scan: DegradedScan) -> Similarity:
    *_, last = align_scan(scan.mesh, model)
    return last.similarity


def fitted(model: PartsModel, scan: DegradedScan, settings: FitSettings) -> FitStep:
    *_, last = fit_scan(model, scan.mesh, scan.truth, settings)
    return last


def test_a_fit_from_scratch(model: PartsModel, scan: DegradedScan) -> None:
    alignment = timed(lambda: aligned(model, scan))
    fit = timed(lambda: fitted(model, scan, FitSettings()))
    step = fit.result
    assert isinstance(step, FitStep)
    placed = Mesh(step.similarity.apply(scan.mesh.vertices), scan.mesh.faces)
    residual = timed(lambda: fit_residual(model, step.code, placed))
    report = timed(lambda: fit_report(model, step.code, step.similarity, scan.mesh))
    print(
        f"\n{len(scan.mesh.vertices)} vertices\nalignment {alignment}\nfit {fit} "
        f"({step.iteration} steps, bar {BAR_SECONDS:g} s)\nresidual layer {residual} "
        f"(bar {RESIDUAL_BAR_SECONDS:g} s)\nreport {report}"
    )


def test_a_part_alone(model: PartsModel, scan: DegradedScan) -> None:
    whole = fitted(model, scan, FitSettings())
    settings = FitSettings(("nose",), start_code=whole.code, pose_free=False)
    print(f"\nnose alone: {timed(lambda: fitted(model, scan, settings))}")


def test_the_published_method(model: PartsModel, scan: DegradedScan) -> None:
    settings = FitSettings(method="published", iterations=50)
    run = timed(lambda: fitted(model, scan, settings))
    print(f"\n50 of the published 1000 epochs: {run}")
