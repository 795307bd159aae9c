from itertools import permutations

import numpy as np
import pytest

from engine.errors import InputError
from engine.evaluation.earth_mover import assignment_distance, earth_mover_distance
from tests.engine.geometry.shapes import mesh_of, sphere


def test_a_shift_costs_its_length():
    points = np.random.default_rng(0).normal(size=(60, 3))
    assert assignment_distance(points, points + np.array([3.0, 4.0, 0.0])) == pytest.approx(5.0)


def test_the_best_assignment_beats_all_others():
    rng = np.random.default_rng(1)
    first, second = rng.normal(size=(6, 3)), rng.normal(size=(6, 3))
    naive = min(
        np.linalg.norm(first - second[list(order)], axis=1).mean()
        for order in permutations(range(6))
    )
    assert assignment_distance(first, second) == pytest.approx(naive)


def test_it_agrees_with_pythons_optimal_transport():
    ot = pytest.importorskip("ot")
    rng = np.random.default_rng(2)
    first, second = rng.normal(size=(120, 3)), rng.normal(size=(120, 3)) * 2
    theirs = ot.emd2([], [], ot.dist(first, second, metric="euclidean"))
    assert assignment_distance(first, second) == pytest.approx(float(theirs), rel=1e-6)


def test_two_samplings_of_one_surface_are_the_floor_apart():
    rng = np.random.default_rng(3)
    same = earth_mover_distance(sphere(10.0, 3), sphere(10.0, 3), rng, 500)
    assert same.mean_mm == pytest.approx(same.floor_mm, rel=0.35)
    apart = earth_mover_distance(sphere(10.0, 3, centre=(90.0, 0, 0)), sphere(10.0, 3), rng, 500)
    assert apart.mean_mm == pytest.approx(90.0, abs=2.0)


def test_unsound_sets_are_refused():
    with pytest.raises(InputError, match="as many points"):
        assignment_distance(np.zeros((2, 3)), np.zeros((3, 3)))
    with pytest.raises(InputError, match="at least one sample"):
        earth_mover_distance(sphere(1.0, 1), sphere(1.0, 1), np.random.default_rng(0), 0)
    with pytest.raises(InputError, match="area"):
        earth_mover_distance(
            mesh_of(np.zeros((3, 3)), [[0, 1, 2]]), sphere(1.0, 1), np.random.default_rng(0), 10
        )
