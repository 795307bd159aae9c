"""The editor's bars on the shipped model, and the naive way as the rival in the same run.

Run with `pytest -m benchmark -s tests/benchmarks/test_editing_speed.py`. Each test prints its
figures; the rival is a dense grid with scikit-image's marching cubes per tick.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from skimage.measure import marching_cubes

from app.window import MainWindow
from engine.assets import load_model
from engine.models.parts_model import PartsModel
from engine.models.protocol import FaceCode
from engine.surface import extract_surface, update_surface
from tests.app.conftest import MakeWindow, viewport_of

pytestmark = pytest.mark.benchmark


@pytest.fixture(scope="module")
def model() -> PartsModel:
    model = load_model("auto")
    extract_surface(model.field(model.mean_code()), 32)
    return model


def random_face(model: PartsModel, seed: int) -> FaceCode:
    rng = np.random.default_rng(seed)
    code = model.mean_code()
    for part in model.parts[:4]:
        code = code.with_part(part.name, rng.standard_normal(part.size).astype(np.float32))
    return code


def median_seconds(work: Callable[[int], object], rounds: int = 5) -> float:
    times = []
    for index in range(rounds):
        started = time.perf_counter()
        work(index)
        times.append(time.perf_counter() - started)
    return float(np.median(times))


@pytest.mark.parametrize(("resolution", "bar"), [(128, 0.6), (256, 2.5)])
def test_a_new_face(model: PartsModel, resolution: int, bar: float) -> None:
    def extract(index: int) -> None:
        extract_surface(model.field(random_face(model, index)), resolution)

    print(f"\nnew face {resolution}³: {median_seconds(extract):.2f} s (bar {bar} s)")


@pytest.mark.parametrize("part", ["nose", "eyes", "mouth"])
@pytest.mark.parametrize(("resolution", "bar"), [(128, 0.2), (256, 0.8)])
def test_after_an_edit_of_one_part(
    model: PartsModel, part: str, resolution: int, bar: float
) -> None:
    code = random_face(model, 1)
    surface = extract_surface(model.field(code), resolution)
    seconds, evaluations = [], []
    for _ in range(5):
        edited = code.with_value(part, 0, float(code.part(part)[0]) + 0.3)

        def changed(points: np.ndarray, before: FaceCode = code, after: FaceCode = edited):
            return model.influence(part, before, after, points)

        started = time.perf_counter()
        surface = update_surface(surface, model.field(edited), changed)
        seconds.append(time.perf_counter() - started)
        evaluations.append(surface.evaluations)
        code = edited
    print(
        f"\nafter an edit of {part} {resolution}³: {np.median(seconds):.2f} s (bar {bar} s), "
        f"{int(np.median(evaluations))} evaluations"
    )


def test_the_template_surface(model: PartsModel) -> None:
    seconds = median_seconds(lambda k: model.template_surface(random_face(model, 10 + k)))
    print(f"\nexact template surface of a new face: {1000 * seconds:.0f} ms")


def test_a_slider_tick_against_a_dense_grid(make_window: MakeWindow, model: PartsModel) -> None:
    window: MainWindow = make_window(model=model)
    slider = window.panel.reveal("nose").row(0).slider
    slider.drag_started.emit()
    times = []
    for value in np.linspace(0.02, 1.0, 120):
        started = time.perf_counter()
        slider.setValue(round(1000 * value))
        times.append(1000 * (time.perf_counter() - started))
    slider.drag_ended.emit()
    assert len(viewport_of(window).vertex_buffer) >= 10_000
    field = model.field(random_face(model, 3))
    size = field.upper - field.lower
    cell = float(size.max()) / 128
    axes = [np.arange(low, high, cell) for low, high in zip(field.lower, field.upper, strict=True)]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).astype(np.float32)

    def dense(index: int) -> None:
        values = field.evaluate(points.reshape(-1, 3)).reshape(points.shape[:3])
        marching_cubes(values, 0.0)

    def banded(index: int) -> None:
        extract_surface(model.field(random_face(model, 3)), 128)

    naive, band = median_seconds(dense, 1), median_seconds(banded, 3)
    tick = float(np.percentile(times, 95))
    print(
        f"\nslider signal to vertex buffer: median {np.median(times):.1f} ms, p95 {tick:.1f} ms "
        f"(bar 16 ms)\ndense 128³ in the face's box: {naive:.2f} s, {naive / band:.1f} x the "
        f"narrow band ({band:.2f} s), {1000 * naive / tick:.0f} x a tick"
    )


def test_field_cost(model: PartsModel) -> None:
    points = np.random.default_rng(0).uniform(-80, 80, (40_000, 3)).astype(np.float32)
    field = model.field(random_face(model, 4))
    seconds = median_seconds(lambda _: field.evaluate(points))
    print(f"\nfield: {1e6 * seconds / len(points):.2f} µs per point")


START = """
import sys, time
started = time.perf_counter()
from pathlib import Path
from app import main
from app.settings import Settings
application = main.make_application()
window = main.make_window(Settings.of_user(), folder=Path(sys.argv[1]))
window.show()
while not window.windowHandle().isExposed():
    application.processEvents()
shown = time.perf_counter() - started
opener = main.ModelOpener(window, "auto", None)
opener.begin()
while not window.session.ready:
    application.processEvents()
application.processEvents()
print(shown, time.perf_counter() - started)
window.close()
"""


def test_start_up(tmp_path: Path, display: str) -> None:
    """From the process's start to the window and to the first face, each in a fresh process."""
    figures = []
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, "-c", START, str(tmp_path)],
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        figures.append([float(x) for x in done.stdout.split()[-2:]])
    window, face = np.median(figures, axis=0)
    print(f"\nwindow {window:.2f} s (bar 1.5 s), first face {face:.2f} s (bar 4 s)")
