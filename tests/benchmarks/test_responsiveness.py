"""How long the window's event loop stands still while a hand works, with real threads.

Run with `pytest -m benchmark -s tests/benchmarks/test_responsiveness.py`. Drawing is left out:
how long a frame takes depends on the graphics card, and without one on the whole screen.
"""

import time
from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from app.jobs import ThreadExecutor
from app.viewport.viewport import Viewport
from app.window import MainWindow
from engine.assets import load_model
from tests.app.conftest import MakeWindow

pytestmark = pytest.mark.benchmark

BAR_MS = 50.0


@pytest.fixture
def still_window(make_window: MakeWindow, monkeypatch: pytest.MonkeyPatch) -> MainWindow:
    """A window with the shipped model that never draws."""
    window = make_window(executors=ThreadExecutor, model=load_model("auto"))
    settle(5.0)
    monkeypatch.setattr(Viewport, "schedule_render", lambda self: None)
    return window


def settle(seconds: float) -> None:
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        QApplication.processEvents()
        time.sleep(0.005)


def longest_gaps(seconds: float, act: Callable[[int], None] | None = None) -> list[float]:
    """Milliseconds of every turn of the event loop, `act` included, longest first."""
    gaps, tick = [], 0
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        started = time.perf_counter()
        if act is not None:
            act(tick)
        QApplication.processEvents()
        gaps.append(1000 * (time.perf_counter() - started))
        tick += 1
        time.sleep(0.016)
    return sorted(gaps, reverse=True)


def show(what: str, gaps: list[float]) -> None:
    p99 = np.percentile(gaps, 99)
    print(f"\n{what}: longest {gaps[0]:.0f} ms, p99 {p99:.0f} ms (bar {BAR_MS:.0f} ms)")


@pytest.mark.parametrize("topology", ["template", "free"])
def test_dragging_a_slider(still_window: MainWindow, topology: str) -> None:
    window = still_window
    window.session.set_view(window.session.state.view.__class__(topology=topology, resolution=128))
    settle(5.0)
    slider = window.panel.reveal("nose").row(0).slider
    slider.drag_started.emit()
    drag = longest_gaps(4.0, lambda tick: slider.setValue(round(900 * np.sin(tick / 15))))
    slider.drag_ended.emit()
    after = longest_gaps(4.0)
    show(f"dragging on the {topology} surface", drag)
    show("after the hand rests", after)


def test_random_faces(still_window: MainWindow) -> None:
    def press(tick: int) -> None:
        if tick % 30 == 0:
            still_window.actions_by_name["random"].trigger()

    show("random faces", longest_gaps(6.0, press))
