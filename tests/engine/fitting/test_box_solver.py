"""Least squares in a box: the closed form, and scipy's slow solver as the twin."""

import numpy as np
import pytest
from scipy.optimize import lsq_linear

from engine.fitting.box_solver import solve_in_box


def test_without_ends_it_is_the_plain_solution() -> None:
    rng = np.random.default_rng(0)
    design = rng.normal(size=(20, 6))
    matrix, target = design.T @ design, rng.normal(size=6)
    ends = np.full(6, np.inf)
    assert np.allclose(solve_in_box(matrix, target, -ends, ends), np.linalg.solve(matrix, target))


def test_a_diagonal_problem_is_cut_at_the_ends() -> None:
    found = solve_in_box(
        np.diag([1.0, 2.0, 4.0]), np.array([3.0, -8.0, 2.0]), np.full(3, -1.0), np.ones(3)
    )
    assert np.allclose(found, [1.0, -1.0, 0.5])


@pytest.mark.parametrize("seed", range(8))
def test_it_agrees_with_scipy_where_columns_are_alike(seed: int) -> None:
    """Columns that nearly coincide make full exchanges go round in circles."""
    rng = np.random.default_rng(seed)
    count = 40
    design = rng.normal(size=(120, 8)) @ rng.normal(size=(8, count))
    design += 0.05 * rng.normal(size=design.shape)
    wanted = design @ rng.uniform(-1.0, 2.0, count)
    lower, upper = np.zeros(count), np.ones(count)
    found = solve_in_box(design.T @ design, design.T @ wanted, lower, upper)
    twin = lsq_linear(design, wanted, (lower, upper), method="bvls", tol=1e-14).x
    assert found.min() >= 0.0
    assert found.max() <= 1.0
    assert np.linalg.norm(design @ found - wanted) <= 1.0001 * np.linalg.norm(
        design @ twin - wanted
    )
