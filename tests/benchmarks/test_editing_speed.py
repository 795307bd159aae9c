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

from app.extraction import Extraction
from app.surfaces import on_free_mesh
from app.window import MainWindow
from engine.assets import load_model
from engine.models.parts_model import PartsModel
from engine.models.protocol import FaceCode
from engine.progress import CancelToken, ignore_progress
from engine.surface import extract_surface
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
    extraction, code = Extraction(), random_face(model, 1)
    extraction.extract(model, code, resolution, CancelToken(), ignore_progress)
    seconds, to_show = [], []
    for _ in range(5):
        code = code.with_value(part, 0, float(code.part(part)[0]) + 0.3)
        started = time.perf_counter()
        mesh = extraction.extract(model, code, resolution, CancelToken(), ignore_progress)
        seconds.append(time.perf_counter() - started)
        started = time.perf_counter()
        on_free_mesh(model, code, mesh)
        to_show.append(time.perf_counter() - started)
    print(
        f"\nafter an edit of {part} {resolution}³: {np.median(seconds):.3f} s, each "
        f"{' '.join(f'{s:.3f}' for s in seconds)} (bar {bar} s); its colours and what ties it to "
        f"the template: {np.median(to_show):.3f} s"
    )


def test_the_template_surface(model: PartsModel) -> None:
    seconds = median_seconds(lambda k: model.template_surface(random_face(model, 10 + k)))
    print(f"\nexact template surface of a new face: {1000 * seconds:.0f} ms")


def test_a_slider_tick(make_window: MakeWindow, model: PartsModel) -> None:
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
    print(
        f"\nslider signal to vertex buffer: median {np.median(times):.1f} ms, "
        f"p95 {np.percentile(times, 95):.1f} ms (bar 16 ms)"
    )


@pytest.mark.parametrize("grid", ["box", "cube"])
def test_the_band_against_a_dense_grid(model: PartsModel, grid: str) -> None:
    """A dense grid of the same spacing: in the face's own box, or of 128³ cells."""
    code = random_face(model, 3)
    field = model.field(code)
    sides = field.upper - field.lower
    cell = float(sides.max()) / 128
    counts = np.ceil(sides / cell).astype(int) + 1 if grid == "box" else (129, 129, 129)
    corners = np.stack(np.meshgrid(*map(np.arange, counts), indexing="ij"), axis=-1)
    points = (field.lower + cell * corners).astype(np.float32)

    def dense(index: int) -> None:
        values = field.evaluate(points.reshape(-1, 3)).reshape(points.shape[:3])
        marching_cubes(values, 0.0)

    extraction, edits = Extraction(), []
    extraction.extract(model, code, 128, CancelToken(), ignore_progress)
    for step in range(1, 6):
        edited = code.with_value("nose", 0, float(code.nose[0]) + 0.3 * step)
        started = time.perf_counter()
        extraction.extract(model, edited, 128, CancelToken(), ignore_progress)
        edits.append(time.perf_counter() - started)
    edit = float(np.median(edits))
    band = median_seconds(lambda _: extract_surface(model.field(code), 128))
    naive = median_seconds(dense, 1)
    print(
        f"\ndense 128³, {grid}: {points.size // 3} evaluations, {naive:.2f} s: "
        f"{naive / band:.1f} x a new face ({band:.3f} s), "
        f"{naive / edit:.1f} x an edit of the nose ({edit:.3f} s)"
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
from PySide6.QtCore import QEventLoop
from app import main
from app.settings import Settings
application = main.make_application()
window = main.make_window(Settings.of_user(), folder=Path(sys.argv[1]))
window.show()
# Waiting as the application's own loop does: a busy one would keep the loading thread waiting.
wait = QEventLoop.ProcessEventsFlag.WaitForMoreEvents
while not window.windowHandle().isExposed():
    application.processEvents(wait)
shown = time.perf_counter() - started
opener = main.ModelOpener(window, "auto", None)
opener.begin()
while not window.session.ready:
    application.processEvents(wait)
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
