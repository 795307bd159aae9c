"""The learning rate's course."""

import math

import pytest

from training.photos.schedules import cosine_rate, dropping_rate


def test_a_cosine_goes_up_in_a_line_and_down_to_a_hundredth() -> None:
    rates = [cosine_rate(step, 100, 10) for step in range(101)]
    assert rates[:10] == pytest.approx([0.1 * (step + 1) for step in range(10)])
    assert rates[10] == pytest.approx(1.0)
    assert rates[55] == pytest.approx(0.505)  # half way between 1 and 0.01
    assert rates[100] == pytest.approx(0.01)
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert cosine_rate(0, 100, 0) == 1.0


def test_a_stage_that_only_warms_up_ends_at_its_highest() -> None:
    assert cosine_rate(4, 5, 5) == 1.0
    assert math.isfinite(cosine_rate(5, 5, 5))


def test_drops_multiply() -> None:
    rates = [dropping_rate(step, 80, 2, 0.3, [0.25, 0.5]) for step in (0, 1, 19, 20, 39, 40, 79)]
    assert rates == pytest.approx([0.5, 1.0, 1.0, 0.3, 0.3, 0.09, 0.09])
