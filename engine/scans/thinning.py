"""Fewer vertices by merging those in one cell of a grid: any size of mesh, in linear time."""

import numpy as np
from numpy.typing import NDArray

from engine.scans.raw_surface import RawSurface

MANY_VERTICES = 300_000
"""Scans with more are thinned; nothing in a face needs them."""
WANTED_VERTICES = 200_000
CHUNK = 1 << 20
TRIALS = 12


def thin(raw: RawSurface, wanted: int = WANTED_VERTICES) -> RawSurface:
    """`raw` (finite) with about `wanted` vertices: each the mean of those in its cell."""
    cell = _cell_for(raw.vertices, wanted)
    keys = _cell_keys(raw.vertices, cell)
    _, labels, counts = np.unique(keys, return_inverse=True, return_counts=True)
    del keys
    vertices = _means(raw.vertices, labels, counts)
    colors = None if raw.colors is None else _means(raw.colors, labels, counts)
    pieces = []
    for start in range(0, len(raw.faces), CHUNK):
        faces = labels[raw.faces[start : start + CHUNK]].astype(np.int32)
        pieces.append(faces[(faces != np.roll(faces, 1, axis=1)).all(axis=1)])
    return RawSurface(
        vertices,
        np.concatenate([np.empty((0, 3), np.int32), *pieces]),
        None if colors is None else np.round(colors).astype(np.uint8),
        raw.notes,
    )


def joined(raw: RawSurface) -> RawSurface:
    """`raw` with vertices at exactly the same place made one; quick for soups of millions.

    Places are told apart by 64 bits mixed from their three floats. The first vertex at a place
    stays, and their order is kept.
    """
    vertices = np.ascontiguousarray(raw.vertices, dtype=np.float32) + np.float32(0)
    mixed = np.zeros(len(vertices), np.uint64)
    for axis, factor in enumerate((0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9)):
        mixed ^= vertices[:, axis].copy().view(np.uint32).astype(np.uint64)
        mixed *= np.uint64(factor)
        mixed ^= mixed >> np.uint64(29)
    _, first, labels = np.unique(mixed, return_index=True, return_inverse=True)
    if len(first) == len(vertices):
        return raw
    kept = np.sort(first)
    places = np.searchsorted(kept, first).astype(np.int32)
    faces = places[labels[raw.faces]]
    whole = (faces != np.roll(faces, 1, axis=1)).all(axis=1)
    colors = None if raw.colors is None else raw.colors[kept]
    return RawSurface(vertices[kept], faces[whole], colors, raw.notes)


def _cell_for(vertices: NDArray, wanted: int) -> float:
    """The edge of cells of which about `wanted` hold vertices, by bisection on a sample."""
    extent = float(np.ptp(vertices, axis=0).max()) or 1.0
    sample = vertices[:: max(1, len(vertices) // 2_000_000)]
    low, high = extent / 20_000.0, extent / 4.0
    for _ in range(TRIALS):
        cell = float(np.sqrt(low * high))
        occupied = len(np.unique(_cell_keys(sample, cell)))
        if occupied > wanted:
            low = cell
        else:
            high = cell
    return high


def _cell_keys(vertices: NDArray, cell: float) -> NDArray[np.int64]:
    lower = vertices.min(axis=0)
    size = np.floor(np.ptp(vertices, axis=0) / cell).astype(np.int64) + 1
    keys = np.zeros(len(vertices), np.int64)
    for axis in range(3):
        column = ((vertices[:, axis] - lower[axis]) / cell).astype(np.int64)
        keys *= size[axis]
        keys += np.minimum(column, size[axis] - 1)
    return keys


def _means(values: NDArray, labels: NDArray, counts: NDArray) -> NDArray[np.float64]:
    columns = [
        np.bincount(labels, values[:, k].astype(np.float64), minlength=len(counts)) / counts
        for k in range(values.shape[1])
    ]
    return np.stack(columns, axis=1)
