"""How long the window's event loop stands still with photographs, with real threads.

Run with `pytest -m benchmark -s tests/benchmarks/test_photo_responsiveness.py`. Drawing is left
out as in `test_responsiveness`. The photographs have twelve megapixels each.
"""

import gc
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QApplication
from skimage import data

from app.jobs import ThreadExecutor
from app.main import SWITCH_SECONDS
from app.viewport.comparison_view import ComparisonView
from app.viewport.viewport import Viewport
from app.window import MainWindow
from engine.assets import load_model
from tests.app.conftest import MakeWindow
from tests.benchmarks.pauses import measure_pauses, once, settle

pytestmark = pytest.mark.benchmark

PHOTOS = 4
SIZE = (4000, 3000)
"""Pixels of a photograph, twelve million."""


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The astronaut in the size of a camera's pictures, with its noise."""
    folder = tmp_path_factory.mktemp("photographs")
    face = Image.fromarray(data.astronaut()[:384]).resize(SIZE, Image.Resampling.BICUBIC)
    rng = np.random.default_rng(0)
    paths = []
    for number in range(PHOTOS):
        noise = rng.normal(0.0, 4.0, (*SIZE[::-1], 3))
        pixels = np.clip(np.asarray(face) + noise, 0, 255).astype(np.uint8)
        paths.append(folder / f"portrait-{number + 1}.jpg")
        Image.fromarray(pixels).save(paths[-1], quality=92)
    return paths


@pytest.fixture
def window(make_window: MakeWindow, monkeypatch: pytest.MonkeyPatch) -> Iterator[MainWindow]:
    """A window with the shipped model that never draws, its threads as in the program."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_SECONDS)
    for view in (Viewport, ComparisonView):
        monkeypatch.setattr(view, "schedule_render", lambda self: None)
        monkeypatch.setattr(view, "paintGL", lambda self: None, raising=False)
    made = make_window(executors=ThreadExecutor, model=load_model("auto"))
    settle(5.0)
    gc.freeze()  # as in the program, see LateCollection
    yield made
    sys.setswitchinterval(before)


def wait_for(condition: Callable[[], bool], seconds: float = 120.0) -> None:
    end = time.perf_counter() + seconds
    while not condition():
        assert time.perf_counter() < end, "it took too long"
        QApplication.processEvents()
        time.sleep(0.005)


def import_one(window: MainWindow, path: Path) -> None:
    photos = window.photos
    photos.bring_in([path])
    wait_for(lambda: photos.panel.reconstruct.isEnabled())
    photos.panel.reconstruct.click()
    wait_for(lambda: photos.photo_import.state is None)
    settle(1.0)


def test_importing(window: MainWindow, photographs: list[Path]) -> None:
    photos = window.photos
    for path in photographs[:2]:
        measure_pauses(
            f"reading {path.name} and finding its face",
            60.0,
            once(partial(photos.bring_in, [path])),
            lambda: photos.panel.reconstruct.isEnabled(),
        )
        measure_pauses(
            f"reconstructing {path.name}",
            60.0,
            once(photos.panel.reconstruct.click),
            lambda: photos.photo_import.state is None,
        )
        measure_pauses("afterwards", 2.0)


def test_looking_at_photos(window: MainWindow, photographs: list[Path]) -> None:
    for path in photographs[:3]:
        import_one(window, path)
    overlay, bar = window.photos.overlay, window.photos.bar

    def switch(tick: int) -> None:
        if tick % 30 == 5:
            overlay.look_through(tick // 30 % 3)

    def zoom(tick: int) -> None:
        view = window.view
        assert isinstance(view, Viewport)
        view.photo.zoom(1.05 if tick % 20 < 10 else 1 / 1.05, 50.0, 20.0)

    measure_pauses("switching between photo faces", 6.0, switch)
    measure_pauses("fading the photo", 3.0, lambda tick: bar.slider.setValue(tick * 7 % 101))
    measure_pauses("zooming the photo", 3.0, zoom)


def test_dragging_a_landmark(window: MainWindow, photographs: list[Path]) -> None:
    import_one(window, photographs[0])
    landmarks = window.photos.landmarks
    measure_pauses("opening the landmarks", 2.0, once(lambda: landmarks.open(0)))
    assert landmarks.landmarks is not None
    x, y = landmarks.landmarks[30]
    landmarks.press(30)
    measure_pauses(
        "dragging a landmark with live refit",
        5.0,
        lambda tick: landmarks.move(x + 60 * np.sin(tick / 15), y + 40),
    )
    landmarks.release()
    measure_pauses("after the landmark rests", 3.0)


def test_projecting(window: MainWindow, photographs: list[Path]) -> None:
    import_one(window, photographs[0])
    document = lambda: window.session.state.document  # noqa: E731
    face = document().active
    measure_pauses(
        "projecting the photo",
        60.0,
        once(lambda: window.photos.texturing.project(face, (0,))),
        lambda: document().faces[face].texture is not None,
    )
    measure_pauses("after projecting", 2.0)


def test_files(window: MainWindow, photographs: list[Path], tmp_path: Path) -> None:
    for path in photographs:
        import_one(window, path)
    session = window.session
    measure_pauses("autosave", 6.0, once(window.autosaving.keep))
    path = tmp_path / "four.lineament"
    measure_pauses("saving", 8.0, once(lambda: window.documents.save_to(path)))
    wait_for(lambda: not session.state.dirty)
    print(f"the document has {path.stat().st_size / 1e6:.0f} MB")
    window.actions_by_name["new"].trigger()
    settle(2.0)
    measure_pauses(
        "opening",
        60.0,
        once(lambda: window.documents.open(path)),
        lambda: len(session.state.document.photos) == PHOTOS,
    )
    measure_pauses("after opening", 3.0)


def test_all_methods(window: MainWindow, photographs: list[Path]) -> None:
    import_one(window, photographs[0])
    methods = window.photos.methods
    measure_pauses(
        "running all methods, and opening the comparison",
        120.0,
        once(window.photos.compare_methods),
        lambda: methods.bar is not None and methods.bar.isVisible(),
    )
    measure_pauses("measuring them", 8.0)

    def step(tick: int) -> None:
        if tick % 30 == 5:
            assert methods.bar is not None
            methods.bar.slider.setValue(1 + tick // 30 % methods.bar.slider.maximum())

    measure_pauses("stepping through their stages", 6.0, step)
