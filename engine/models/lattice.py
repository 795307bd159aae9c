"""Asking a smooth field about many points by asking about few."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

CORNERS = np.indices((2, 2, 2)).reshape(3, 8).T
WORTHWHILE = 0.6
"""The lattice is used where it has fewer corners than this share of the points."""
REACH = 1 << 20
"""Lattice coordinates are below this, so that three of them fit into one integer."""


def largest_about(
    points: Floats, evaluate: Callable[[Floats], Floats], spacing_mm: float
) -> Floats:
    """For each of `points` `(N, 3)` the largest value at the corners of its cell of a lattice.

    Where the points lie too far apart for that to save anything, they are asked about themselves.

    Args:
        evaluate: the field, `(M, 3)` mm to `(M,)`; asked once about each corner.
        spacing_mm: of the lattice.
    """
    cells = np.floor(points / spacing_mm).astype(np.int64) + REACH // 2
    keys = (cells[:, 0] * REACH + cells[:, 1]) * REACH + cells[:, 2]
    distinct, cell_of = np.unique(keys, return_inverse=True)
    steps = (CORNERS[:, 0] * REACH + CORNERS[:, 1]) * REACH + CORNERS[:, 2]
    nodes, node_of = np.unique(distinct[:, None] + steps, return_inverse=True)
    if len(nodes) > WORTHWHILE * len(points):
        return evaluate(points)
    places = np.stack([nodes // REACH // REACH, nodes // REACH % REACH, nodes % REACH], axis=1)
    values = evaluate(((places - REACH // 2) * spacing_mm).astype(np.float32))
    about: Floats = values[node_of.reshape(-1, 8)].max(axis=1)[cell_of]
    return about
