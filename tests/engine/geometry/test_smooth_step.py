"""Steps without corners."""

import numpy as np
import pytest

from engine.geometry.smooth_step import smooth_step


@pytest.mark.parametrize(("start", "end"), [(1.0, 3.0), (3.0, 1.0)])
def test_a_step_runs_from_nothing_to_all(start: float, end: float) -> None:
    at = start + (end - start) * np.array([-0.5, 0.0, 0.25, 0.5, 1.0, 2.0])
    assert np.allclose(smooth_step(at, start, end), [0.0, 0.0, 0.15625, 0.5, 1.0, 1.0])


def test_a_step_has_no_corners() -> None:
    slope = np.diff(smooth_step(np.linspace(-0.5, 1.5, 2001), 0.0, 1.0)) / 1e-3
    assert np.abs(np.diff(slope)).max() < 0.01
