"""Smooth part weights on a registered face, and the split of a displacement by parts.

The paper grafts a part of one subject onto another by the affine map that fits the
part's rim best (Gu & Pears, section 3.4), which leaves seams. Here the rim's motion is a
*linearised similarity* (translation, rotation, uniform scale), so the graft is linear in
the displacement, and smooth weights take the place of a cut, so that there is no seam.
"""

import numpy as np
from numpy.typing import NDArray

from engine.geometry.polyline import polyline_distance

Array = NDArray[np.float64]

# Multi-PIE landmarks that draw each part; a part may have several pieces (two eyes).
PIECES: dict[str, tuple[tuple[tuple[int, ...], ...], float, float]] = {
    # part: (polylines of every piece), full weight up to, no weight beyond (mm)
    "nose": (((27, 28, 29, 30, 33, 32, 31, 30, 35, 34, 33),), 9.0, 21.0),
    "eyes": (((36, 37, 38, 39, 40, 41, 36), (42, 43, 44, 45, 46, 47, 42)), 6.0, 18.0),
    "mouth": (((48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 48),), 6.0, 20.0),
}


def piece_weights(vertices: Array, landmarks: Array) -> dict[str, Array]:
    """Weights `(pieces, V)` of every part but the head, whose weight is what remains.

    Args:
        vertices: `(V, 3)` mean face, mm.
        landmarks: `(68, 3)` Multi-PIE landmarks on it.
    """
    raw = {
        part: np.stack(
            [
                _falloff(polyline_distance(vertices, landmarks[list(line)]), inner, outer)
                for line in lines
            ]
        )
        for part, (lines, inner, outer) in PIECES.items()
    }
    total = np.maximum(1.0, sum(weights.sum(0) for weights in raw.values()))
    return {part: weights / total for part, weights in raw.items()}


def split_displacement(
    displacement: Array, vertices: Array, weights: dict[str, Array]
) -> dict[str, Array]:
    """Displacements `(V, 3)` per part that add up to `displacement` `(V, 3)` exactly."""
    shares = {}
    for part, pieces in weights.items():
        share = np.zeros_like(displacement)
        for weight in pieces:
            carried = rim_motion(displacement, vertices, weight)
            share += weight[:, None] * (displacement - carried)
        shares[part] = share
    shares["head"] = displacement - sum(shares.values())
    return shares


def rim_motion(displacement: Array, vertices: Array, weight: Array) -> Array:
    """The linearised similarity `(V, 3)` that fits `displacement` on the part's rim.

    d(x) = t + ω × (x − c) + s (x − c), least squares with rim weight w (1 − w).
    """
    rim = weight * (1.0 - weight)
    inside = rim > 1e-3
    root = np.sqrt(rim[inside])
    centre = np.average(vertices[inside], axis=0, weights=rim[inside])
    design = _similarity_design(vertices[inside] - centre) * root[:, None, None]
    target = displacement[inside] * root[:, None]
    parameters, *_ = np.linalg.lstsq(design.reshape(-1, 7), target.reshape(-1), rcond=None)
    motion: Array = _similarity_design(vertices - centre) @ parameters
    return motion


def _similarity_design(x: Array) -> Array:
    design = np.zeros((len(x), 3, 7))
    design[:, range(3), range(3)] = 1.0
    design[:, :, 3:6] = np.stack([np.cross(axis, x) for axis in np.eye(3)], axis=2)
    design[:, :, 6] = x
    return design


def _falloff(distance: Array, inner: float, outer: float) -> Array:
    t = np.clip((outer - distance) / (outer - inner), 0.0, 1.0)
    return t * t * t * (t * (6.0 * t - 15.0) + 10.0)
