"""Distances to a polyline."""

import itertools

import numpy as np
from numpy.typing import NDArray


def polyline_distance(points: NDArray, line: NDArray) -> NDArray[np.float64]:
    """Distance `(N,)` of `points` `(N, 3)` from the polyline through `line` `(M, 3)`, M ≥ 2."""
    distances = []
    for start, end in itertools.pairwise(line.astype(np.float64)):
        along = end - start
        t = np.clip((points - start) @ along / max(float(along @ along), 1e-12), 0.0, 1.0)
        distances.append(np.linalg.norm(points - start - t[:, None] * along, axis=1))
    nearest: NDArray[np.float64] = np.min(distances, axis=0)
    return nearest
