"""Which pixels lie in which triangles of a plane."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SLACK = 1e-9
"""Of a weight below zero, so that rounding leaves no hole between neighbours."""


@dataclass(frozen=True, slots=True, eq=False)
class FlatFragments:
    """N pairs of a pixel and a triangle that holds its centre.

    Attributes:
        pixel: `(N,)` row · width + column; face: `(N,)` the triangle.
        weights: `(N, 3)` of the triangle's corners.
    """

    pixel: NDArray[np.int64]
    face: NDArray[np.int64]
    weights: Floats

    def choose(self, rows: NDArray) -> "FlatFragments":
        """Some of the pairs."""
        return FlatFragments(self.pixel[rows], self.face[rows], self.weights[rows])

    def mix(self, values: NDArray, faces: NDArray) -> NDArray[np.float32]:
        """Values `(N, …)` at the pairs, from those at vertices `(V, …)` of `faces` `(F, 3)`."""
        corners = faces[self.face]
        weights = self.weights.astype(np.float32)
        mixed = [
            values[corners[:, k]].astype(np.float32)
            * weights[:, k].reshape(-1, *(1,) * (values.ndim - 1))
            for k in range(3)
        ]
        total: NDArray[np.float32] = mixed[0] + mixed[1] + mixed[2]
        return total


def cover(points: NDArray, faces: NDArray, width: int, height: int) -> FlatFragments:
    """Every pixel centre of a picture in every triangle that holds it.

    Args:
        points: `(V, 2)` px, x right and y down from the picture's corner.
        faces: `(F, 3)`; those without area hold nothing.
    """
    corners = np.asarray(points, np.float64)[faces]
    area = _turn(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    low = np.clip(np.ceil(corners.min(1) - 0.5), 0, (width, height)).astype(np.int64)
    high = np.clip(np.floor(corners.max(1) - 0.5) + 1, 0, (width, height)).astype(np.int64)
    sizes = np.maximum(high - low, 0) * (area != 0)[:, None]
    counts = sizes.prod(axis=1)
    owner = np.repeat(np.arange(len(faces)), counts)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    wide = sizes[owner, 0]
    column, row = low[owner, 0] + place % wide, low[owner, 1] + place // wide
    centre = np.stack([column + 0.5, row + 0.5], axis=1)
    first, second, third = (corners[owner, k] - centre for k in range(3))
    weights = np.stack([_turn(second, third), _turn(third, first), _turn(first, second)], axis=1)
    weights /= area[owner][:, None]
    inside = (weights >= -SLACK).all(axis=1)
    return FlatFragments((row * width + column)[inside], owner[inside], weights[inside])


def _turn(first: Floats, second: Floats) -> Floats:
    """Twice the signed area between vectors `(N, 2)`."""
    turned: Floats = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]
    return turned
