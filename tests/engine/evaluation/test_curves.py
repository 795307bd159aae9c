import numpy as np
import pytest

from engine.errors import InputError
from engine.evaluation.curves import cumulative_curve, merge_curves


def test_evenly_spread_errors_give_a_straight_line():
    curve = cumulative_curve(np.linspace(0.0, 2.0, 1001))
    np.testing.assert_allclose(
        curve.share_within(np.array([0.0, 0.5, 1.0, 2.0, 9.0])), [0, 0.25, 0.5, 1, 1], atol=1e-6
    )
    assert curve.area_under(2.0) == pytest.approx(0.5, abs=1e-3)
    assert curve.area_under(4.0) == pytest.approx(0.75, abs=1e-3)


def test_the_curve_counts_as_the_naive_count_does():
    errors = np.random.default_rng(0).gamma(2.0, 0.5, size=20_000)
    limits = np.linspace(0.01, 6.0, 50)
    naive = [(errors <= limit).mean() for limit in limits]
    np.testing.assert_allclose(cumulative_curve(errors).share_within(limits), naive, atol=0.004)


def test_equal_errors_make_a_step():
    curve = cumulative_curve(np.full(10, 0.7))
    np.testing.assert_array_equal(curve.share_within(np.array([0.699, 0.7, 0.701])), [0, 1, 1])
    zero = cumulative_curve(np.zeros(5))
    np.testing.assert_array_equal(zero.share_within(np.array([0.0, 1.0])), [1, 1])


def test_merging_counts_every_pair_the_same():
    near, far = cumulative_curve(np.full(10, 0.2)), cumulative_curve(np.full(99, 0.8))
    merged = merge_curves([near, far])
    assert merged.share_within(np.array([0.5]))[0] == pytest.approx(0.5, abs=0.01)


def test_no_errors_make_no_curve():
    for errors in ([], [-1.0], [np.nan], [[1.0]]):
        with pytest.raises(InputError, match="cumulative curve"):
            cumulative_curve(np.array(errors))
    with pytest.raises(InputError, match="no curve"):
        merge_curves([])
    with pytest.raises(InputError, match="above 0 mm"):
        cumulative_curve(np.ones(3)).area_under(0.0)
