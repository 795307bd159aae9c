"""How much of the sky each vertex sees: ambient occlusion without rays.

Seen from far away along a direction, a vertex is hidden if another lies in the same cell of a
grid across that direction and clearly nearer. The mean over many directions, weighted by the
cosine with the normal, is the ambient light that arrives. It takes some ten milliseconds where
rays take seconds, and looks the same once it is smoothed.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Floats = NDArray[np.float32]

DIRECTIONS = 96
CELL_MM = 2.5
BIAS_MM = 1.0
GRAZING = 0.12
"""Directions flatter than this cosine tell more of the grid than of the face."""

SMOOTHING = 2


def ambient_light(vertices: Floats, normals: Floats, faces: NDArray[np.int32]) -> Floats:
    """The part `(V,)` in [0, 1] of the ambient light that reaches each vertex.

    Args:
        vertices, normals: `(V, 3)`, mm; vertices about `CELL_MM` apart.
        faces: `(F, 3)`.
    """
    arrived = np.zeros(len(vertices), np.float32)
    possible = np.full(len(vertices), 1e-6, np.float32)
    points = np.ascontiguousarray(vertices.T, np.float32)
    outward = np.ascontiguousarray(normals.T, np.float32)
    for view in _views():
        cosine = (view @ outward)[2]
        facing = np.flatnonzero(cosine > GRAZING)
        weight = cosine[facing]
        arrived[facing] += weight * _sees(view @ points, facing, weight)
        possible[facing] += weight
    return _smooth(arrived / possible, faces)


def sphere_directions(count: int) -> NDArray[np.float32]:
    """Unit vectors `(count, 3)` spread evenly, on a Fibonacci spiral."""
    place = (np.arange(count) + 0.5) / count
    height = 1.0 - 2.0 * place
    turn = np.pi * (1.0 + np.sqrt(5.0)) * np.arange(count)
    width = np.sqrt(1.0 - height**2)
    return np.stack([width * np.cos(turn), height, width * np.sin(turn)], 1).astype(np.float32)


@cache
def _views() -> NDArray[np.float32]:
    """For each direction a frame `(3, 3)`: two unit vectors across it, and the direction."""
    views = []
    for direction in sphere_directions(DIRECTIONS):
        helper = np.eye(3, dtype=np.float32)[int(np.abs(direction).argmin())]
        right = np.cross(helper, direction)
        right /= np.linalg.norm(right)
        views.append([right, np.cross(direction, right), direction])
    return np.array(views, np.float32)


def _sees(seen: Floats, facing: NDArray[np.int64], cosine: Floats) -> NDArray[np.bool_]:
    """Which of the vertices `facing` a viewer, `(N,)`, nothing hides from him.

    Args:
        seen: the places `(3, V)` of all vertices in the frame of the view.
        cosine: between the direction of the view and the normals of those facing it, `(N,)`.
    """
    depth = seen[2]
    across = seen[:2] - seen[:2].min(axis=1, keepdims=True)
    column, row = (across / np.float32(CELL_MM)).astype(np.int32)
    cell = column * (row.max() + np.int32(1)) + row
    nearest = np.full(int(cell.max()) + 1, -np.inf, np.float32)
    np.maximum.at(nearest, cell, depth)
    # A sloping surface differs in depth within a cell by about cell · tan(slope).
    slope = np.sqrt(np.maximum(1.0 - cosine**2, 0.0)) / cosine
    hidden_below = nearest[cell[facing]] - (BIAS_MM + 1.3 * CELL_MM * slope)
    visible: NDArray[np.bool_] = depth[facing] > hidden_below
    return visible


def _smooth(values: Floats, faces: NDArray[np.int32]) -> Floats:
    start = faces[:, [0, 1, 2, 1, 2, 0]].ravel()
    end = faces[:, [1, 2, 0, 0, 1, 2]].ravel()
    mean = csr_array(
        (np.ones(len(start), np.float32), (start, end)), shape=(len(values), len(values))
    )
    count = np.maximum(np.bincount(start, minlength=len(values)), 1)
    for _ in range(SMOOTHING):
        values = 0.5 * values + 0.5 * (mean @ values) / count
    return values.astype(np.float32)
