"""The parts of a step that have closed forms."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from engine.fitting.gauss_newton import robust_weights, rotation_of, spread_of, turned
from engine.geometry.similarity import Similarity


@pytest.mark.parametrize("turn", [(0.0, 0.0, 0.0), (0.3, -0.2, 0.9), (1e-9, 0.0, 0.0)])
def test_rotations_are_those_of_scipy(turn: tuple[float, float, float]) -> None:
    assert np.allclose(rotation_of(np.array(turn)), Rotation.from_rotvec(turn).as_matrix())


def test_a_turn_keeps_its_centre_and_a_shift_moves_it() -> None:
    centre = np.array([10.0, -4.0, 30.0])
    still = turned(Similarity.identity(), centre, np.array([0.1, 0.2, -0.3, 0, 0, 0, 0.05]))
    assert np.allclose(still.apply(centre[None]), centre)
    assert still.scale == pytest.approx(np.exp(0.05))
    moved = turned(Similarity.identity(), centre, np.array([0.1, 0.2, -0.3, 1.0, 2.0, 3.0, 0.0]))
    assert np.allclose(moved.apply(centre[None]), centre + np.array([1.0, 2.0, 3.0]))


def test_weights_fade_beyond_the_scale() -> None:
    weights = robust_weights(np.array([0.0, 2.0, 200.0]), 2.0)
    assert weights == pytest.approx([1.0, 0.25, 0.0], abs=1e-6)


def test_the_spread_of_normal_residuals_is_their_deviation_whatever_the_outliers() -> None:
    rng = np.random.default_rng(0)
    residuals = np.concatenate([rng.normal(0.0, 0.7, 20_000), np.full(1000, 90.0)])
    weights = np.concatenate([np.ones(20_000), np.zeros(1000)])
    assert spread_of(residuals, weights) == pytest.approx(0.7, rel=0.03)
