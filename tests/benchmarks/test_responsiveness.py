"""How long the window's event loop stands still while a hand works, with real threads.

Run with `pytest -m benchmark -s tests/benchmarks/test_responsiveness.py`. Drawing is left out:
how long a frame takes depends on the graphics card, and without one on the whole screen.
"""

import gc

import numpy as np
import pytest

from app.jobs import ThreadExecutor
from app.viewport.viewport import Viewport
from app.window import MainWindow
from engine.assets import load_model
from tests.app.conftest import MakeWindow
from tests.benchmarks.pauses import measure_pauses, settle

pytestmark = pytest.mark.benchmark


@pytest.fixture
def still_window(make_window: MakeWindow, monkeypatch: pytest.MonkeyPatch) -> MainWindow:
    """A window with the shipped model that never draws."""
    window = make_window(executors=ThreadExecutor, model=load_model("auto"))
    settle(5.0)
    gc.freeze()  # as in the program, see LateCollection
    monkeypatch.setattr(Viewport, "schedule_render", lambda self: None)
    return window


@pytest.mark.parametrize("topology", ["template", "free"])
def test_dragging_a_slider(still_window: MainWindow, topology: str) -> None:
    window = still_window
    window.session.set_view(window.session.state.view.__class__(topology=topology, resolution=128))
    settle(5.0)
    slider = window.panel.reveal("nose").row(0).slider
    slider.drag_started.emit()
    measure_pauses(
        f"dragging on the {topology} surface",
        4.0,
        lambda tick: slider.setValue(round(900 * np.sin(tick / 15))),
    )
    slider.drag_ended.emit()
    measure_pauses("after the hand rests", 4.0)


def test_random_faces(still_window: MainWindow) -> None:
    def press(tick: int) -> None:
        if tick % 30 == 0:
            still_window.actions_by_name["random"].trigger()

    measure_pauses("random faces", 6.0, press)
