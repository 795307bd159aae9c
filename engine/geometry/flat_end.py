"""The plane in which a surface ends below, as a head does at its neck."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.geometry.normals import face_area_vectors

_TOLERANCE = 8e-4
"""How far what lies in the plane may be off it, as a share of the surface's diagonal: 0.3 mm of
a head."""
_FLAT_COSINE = np.cos(np.deg2rad(5.0))
_DOWNWARDS = -0.3
_LEAST_SHARE = 0.01
"""Of the surface's area: a smaller flat place is not where it ends."""
_TRIALS = 64
_ENOUGH = 8000
"""Faces by which trials are judged; more of them would tell no more of a place that is large."""


@dataclass(frozen=True, slots=True, eq=False)
class FlatEnd:
    """The plane in which a surface ends.

    Attributes:
        point: `(3,)` in the middle of it.
        normal: `(3,)` of length 1, out of the surface.
        faces: `(K,)` rows of the faces that lie in it.
        area: of these.
        tolerance: how far they may be off the plane.
    """

    point: NDArray[np.float64]
    normal: NDArray[np.float64]
    faces: NDArray[np.int64]
    area: float
    tolerance: float

    def heights(self, vertices: NDArray) -> NDArray[np.float64]:
        """How far `(V,)` vertices `(V, 3)` lie on the surface's side of the plane."""
        heights: NDArray[np.float64] = (self.point - vertices) @ self.normal
        return heights


def find_flat_end(vertices: NDArray, faces: NDArray) -> FlatEnd | None:
    """The largest flat place below the middle that looks downwards; None if all are small.

    Args:
        vertices: `(V, 3)`, y up, in any unit.
        faces: `(F, 3)`, counter-clockwise seen from outside.
    """
    vectors = face_area_vectors(vertices, faces)
    areas = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    first, second, third = vertices[:, 1].take(faces.T)
    heights = (first + second + third) / 3.0
    if not areas.any():
        return None
    middle = np.average(heights, weights=areas)
    down = (vectors[:, 1] < _DOWNWARDS * areas) & (heights < middle) & (areas > 0.0)
    below = np.flatnonzero(down)
    if not len(below):
        return None
    areas_below = areas[below]
    normals = vectors[below] / areas_below[:, None]
    corners = faces[below].T
    centres = (vertices[corners[0]] + vertices[corners[1]] + vertices[corners[2]]) / 3.0
    tolerance = _TOLERANCE * float(np.linalg.norm(np.ptp(vertices, axis=0)))
    some = slice(None, None, max(1, len(below) // _ENOUGH))
    best, best_area = -1, 0.0
    for trial in _spread_over(areas_below):
        at = centres[trial], normals[trial]
        flat = _lie_flat(centres[some], normals[some], *at, tolerance)
        area = float(areas_below[some][flat].sum())
        if area > best_area:
            best, best_area = int(trial), area
            if 2.0 * area > areas_below[some].sum():
                break  # no other place can be larger
    chosen = _lie_flat(centres, normals, centres[best], normals[best], tolerance)
    area = float(areas_below[chosen].sum())
    if area <= _LEAST_SHARE * areas.sum():
        return None
    weights = areas_below[chosen]
    normal = np.average(normals[chosen], axis=0, weights=weights).astype(np.float64)
    point = np.average(centres[chosen], axis=0, weights=weights).astype(np.float64)
    normal /= np.linalg.norm(normal)
    return FlatEnd(point, normal, below[chosen], area, tolerance)


def _lie_flat(
    centres: NDArray, normals: NDArray, point: NDArray, normal: NDArray, tolerance: float
) -> NDArray[np.bool_]:
    """Which faces `(N,)` lie in the plane through a point."""
    flat: NDArray[np.bool_] = normals @ normal > _FLAT_COSINE
    flat &= np.abs((centres - point) @ normal) < tolerance
    return flat


def _spread_over(areas: NDArray) -> NDArray[np.int64]:
    """Rows spread evenly over the area, so that some lie in every place that is not small."""
    shares = np.cumsum(areas, dtype=np.float64)
    steps = (np.arange(_TRIALS) + 0.5) / _TRIALS * shares[-1]
    return np.unique(np.searchsorted(shares, steps))
