"""How much of the sky each vertex sees: ambient occlusion without rays.

Seen from far away along a direction, a vertex is hidden if another lies in the same cell of a
grid across that direction and clearly nearer. The mean over many directions, weighted by the
cosine with the normal, is the ambient light that arrives. It takes some ten milliseconds where
rays take seconds, and looks the same once it is smoothed.
"""

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
    arrived = np.zeros(len(vertices))
    possible = np.full(len(vertices), 1e-6)
    for direction in sphere_directions(DIRECTIONS):
        cosine = normals @ direction
        weight = np.where(cosine > GRAZING, cosine, 0.0)
        arrived += weight * _sees(vertices, cosine, direction)
        possible += weight
    return _smooth((arrived / possible).astype(np.float32), faces)


def sphere_directions(count: int) -> NDArray[np.float32]:
    """Unit vectors `(count, 3)` spread evenly, on a Fibonacci spiral."""
    place = (np.arange(count) + 0.5) / count
    height = 1.0 - 2.0 * place
    turn = np.pi * (1.0 + np.sqrt(5.0)) * np.arange(count)
    width = np.sqrt(1.0 - height**2)
    return np.stack([width * np.cos(turn), height, width * np.sin(turn)], 1).astype(np.float32)


def _sees(vertices: Floats, cosine: Floats, direction: Floats) -> NDArray[np.bool_]:
    """Which vertices `(V,)` nothing hides from a viewer far along `direction`."""
    helper = np.eye(3, dtype=np.float32)[int(np.abs(direction).argmin())]
    right = np.cross(helper, direction)
    right /= np.linalg.norm(right)
    across = np.stack([vertices @ right, vertices @ np.cross(direction, right)])
    cells = np.floor((across - across.min(axis=1, keepdims=True)) / CELL_MM).astype(np.int64)
    cell = cells[0] * (int(cells[1].max()) + 1) + cells[1]
    depth = vertices @ direction
    nearest = np.full(int(cell.max()) + 1, -np.inf, np.float32)
    np.maximum.at(nearest, cell, depth)
    # A sloping surface differs in depth within a cell by about cell · tan(slope).
    safe = np.clip(cosine, GRAZING, 1.0)
    slope = np.sqrt(np.maximum(1.0 - safe**2, 0.0)) / safe
    seen: NDArray[np.bool_] = depth > nearest[cell] - (BIAS_MM + 1.3 * CELL_MM * slope)
    return seen


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
