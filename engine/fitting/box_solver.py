"""Least squares inside a box, small and dense."""

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

Floats = NDArray[np.float64]
Held = NDArray[np.int64]

EXCHANGES = 12
"""Rounds in which all violations are mended at once; nearly always enough."""
CAREFUL_ROUNDS = 1000


def solve_in_box(matrix: Floats, target: Floats, lower: Floats, upper: Floats) -> Floats:
    """The x `(K,)` in [lower, upper] that minimises ½ xᵀ A x − bᵀ x.

    Every coordinate is free or held at an end. First those that violate their condition change
    sides all at once (Kunisch & Rendl, "An infeasible active set method for quadratic problems
    with simple bounds", 2003), which takes few rounds but may go round in circles; then an
    ordinary active-set method, whose value falls with every round, finishes.

    Args:
        matrix: A `(K, K)`, symmetric and positive definite; target: b `(K,)`.
        lower, upper: `(K,)`, infinite where there is no end.
    """
    held = np.zeros(len(target), np.int64)
    slack = 1e-10 * float(np.abs(np.diag(matrix)).max())
    x = np.zeros(len(target))
    for _ in range(EXCHANGES):
        x = _with_held(matrix, target, lower, upper, held)
        gradient = matrix @ x - target
        below, above = (held == 0) & (x < lower), (held == 0) & (x > upper)
        inward = _drawn_inward(held, gradient, slack)
        if not (below | above | inward).any():
            return x
        held = np.where(inward, 0, held) - below + above
    return _finish(matrix, target, lower, upper, np.clip(x, lower, upper), slack)


def _finish(
    matrix: Floats, target: Floats, lower: Floats, upper: Floats, x: Floats, slack: float
) -> Floats:
    """The same from a point inside, `x`: to the minimum of the face it is on, or to its rim."""
    held: Held = np.where(x <= lower, -1, np.where(x >= upper, 1, 0))
    for _ in range(CAREFUL_ROUNDS):
        wanted = _with_held(matrix, target, lower, upper, held)
        path = wanted - x
        end = np.where(path < 0, lower, upper)
        with np.errstate(divide="ignore", invalid="ignore"):
            room = np.where((held == 0) & (path != 0), (end - x) / path, np.inf)
        first = int(np.argmin(room))
        if room[first] < 1.0:
            x = x + room[first] * path
            held[first] = -1 if path[first] < 0 else 1
            x[first] = end[first]
            continue
        x = wanted
        gradient = matrix @ x - target
        inward = _drawn_inward(held, gradient, slack)
        if not inward.any():
            break
        held[int(np.argmax(np.where(inward, np.abs(gradient), 0.0)))] = 0
    return x


def _drawn_inward(held: Held, gradient: Floats, slack: float) -> NDArray[np.bool_]:
    """Which held coordinates `(K,)` would lower the value by leaving their end."""
    inward: NDArray[np.bool_] = ((held < 0) & (gradient < -slack)) | (
        (held > 0) & (gradient > slack)
    )
    return inward


def _with_held(matrix: Floats, target: Floats, lower: Floats, upper: Floats, held: Held) -> Floats:
    """The minimiser where `held` coordinates are at their ends and the others are free."""
    x = np.where(held < 0, lower, np.where(held > 0, upper, 0.0))
    free = held == 0
    if free.any():
        right = target[free] - matrix[np.ix_(free, ~free)] @ x[~free]
        x[free] = cho_solve(cho_factor(matrix[np.ix_(free, free)]), right)
    return x
