"""How long the hand waits; the bounds are generous, the benchmarks measure the bar itself."""

import time

import numpy as np

from app.window import MainWindow
from tests.app.conftest import MakeWindow, viewport_of
from tests.synthetic_model import SyntheticModel

GENEROUS_MS = 40.0


def test_a_tick_is_quick_for_twelve_thousand_vertices(make_window: MakeWindow) -> None:
    window: MainWindow = make_window(model=SyntheticModel(96, 128))
    slider = window.panel.reveal("nose").row(0).slider
    slider.drag_started.emit()
    times = []
    for value in np.linspace(0.02, 3.0, 120):
        started = time.perf_counter()
        slider.setValue(round(1000 * value))
        times.append(1000 * (time.perf_counter() - started))
    slider.drag_ended.emit()
    assert len(viewport_of(window).vertex_buffer) > 10_000
    wanted = window.session.model.preview(window.session.state.code)
    np.testing.assert_allclose(viewport_of(window).vertex_buffer, wanted, atol=1.0)
    assert window.commands.stack.count() == 1
    assert np.percentile(times, 95) < GENEROUS_MS
