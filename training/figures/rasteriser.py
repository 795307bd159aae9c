"""Which triangle each pixel of a picture shows: a z-buffer in numpy.

`training.figures.shading.render_mesh` makes a shaded picture of it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.geometry.array_checks import require_faces, require_points
from training.figures.camera import Camera

CANDIDATES = 2_000_000
"""Pairs of pixel and triangle that are tested together, which bounds the memory."""
SLACK = 1e-9
"""Of a weight below zero, so that rounding leaves no hole between neighbours."""
NEAR = 1e-3
"""Triangles with a corner nearer to the camera than this part of its distance are left out."""


@dataclass(frozen=True, slots=True, eq=False)
class Fragments:
    """What each pixel of a picture of H rows and W columns shows; row 0 is the top.

    Attributes:
        face: `(H, W)` the triangle, −1 where there is none.
        barycentric: `(H, W, 3)` float32 weights of its corners on the surface.
        depth: `(H, W)` float32 distance from the camera along its axis in mm, infinite where
            there is nothing.
    """

    face: NDArray[np.int32]
    barycentric: NDArray[np.float32]
    depth: NDArray[np.float32]


def rasterise(
    vertices: NDArray,
    faces: NDArray,
    camera: Camera,
    width: int,
    height: int,
    cull_backfaces: bool = True,
) -> Fragments:
    """The nearest triangle at each pixel's centre, with perspective-correct weights.

    Args:
        vertices: `(V, 3)` mm.
        faces: `(F, 3)`, counter-clockwise seen from outside.
        width, height: of the picture in pixels.
        cull_backfaces: leave out triangles that show their back.

    Raises:
        InputError: the picture has no pixels, or the mesh's arrays are not sound.
    """
    if width < 1 or height < 1:
        raise InputError(f"A picture must have at least one pixel, got {width} × {height}.")
    points = require_points(vertices, "vertices")
    triangles = require_faces(faces, len(points))
    screen, inverse_depth = _project(points, camera, width, height)
    chosen = _drawable(screen, inverse_depth, triangles, camera, cull_backfaces)
    buffer = _Buffer(width, height)
    corners = screen[triangles[chosen]]
    low = np.clip(np.ceil(corners.min(1) - 0.5), 0, [width, height]).astype(np.int64)
    high = np.clip(np.floor(corners.max(1) - 0.5) + 1, 0, [width, height]).astype(np.int64)
    sizes = np.maximum(high - low, 0)
    counts = sizes.prod(1)
    ends = np.cumsum(counts)
    start = 0
    while start < len(chosen):
        done = int(ends[start - 1]) if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, done + CANDIDATES, side="right")))
        rows = slice(start, stop)
        buffer.draw(
            chosen[rows],
            corners[rows],
            inverse_depth[triangles[chosen[rows]]],
            low[rows],
            sizes[rows],
        )
        start = stop
    return buffer.fragments()


def _project(
    points: NDArray[np.float64], camera: Camera, width: int, height: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Pixel coordinates `(V, 2)`, whose centres are at halves, and 1 / depth `(V,)`."""
    local = (points - camera.eye) @ camera.axes.T
    depth = -local[:, 2]
    near = NEAR * float(np.linalg.norm(camera.eye - camera.target))
    with np.errstate(divide="ignore"):
        inverse = np.where(depth > near, 1.0 / depth, np.nan)
    focal = 0.5 * height / np.tan(np.radians(camera.field_of_view_deg) / 2.0)
    x = 0.5 * width + focal * local[:, 0] * inverse
    y = 0.5 * height - focal * local[:, 1] * inverse
    return np.stack([x, y], axis=1), inverse


def _drawable(
    screen: NDArray[np.float64],
    inverse_depth: NDArray[np.float64],
    triangles: NDArray[np.int64],
    camera: Camera,
    cull_backfaces: bool,
) -> NDArray[np.int64]:
    area = _signed_area(screen[triangles])
    # Rows count downward, so a front face turns the other way on the screen.
    seen = area < 0 if cull_backfaces else area != 0
    return np.flatnonzero(seen & np.isfinite(inverse_depth[triangles]).all(1))


def _signed_area(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Twice the signed area `(T,)` of triangles `(T, 3, 2)`."""
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    area: NDArray[np.float64] = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]
    return area


class _Buffer:
    """The z-buffer and what the nearest triangles left in it, one entry per pixel."""

    def __init__(self, width: int, height: int) -> None:
        self._shape = (height, width)
        self._inverse = np.zeros(width * height)
        self._face = np.full(width * height, -1, np.int32)
        self._barycentric = np.zeros((width * height, 3), np.float32)

    def draw(
        self,
        names: NDArray[np.int64],
        corners: NDArray[np.float64],
        inverse: NDArray[np.float64],
        low: NDArray[np.int64],
        sizes: NDArray[np.int64],
    ) -> None:
        """Draw triangles `(T, 3, 2)` with 1 / depth `(T, 3)` in boxes of pixels `(T, 2)`."""
        counts = sizes.prod(1)
        owner = np.repeat(np.arange(len(names)), counts)
        place = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
        wide = sizes[owner, 0]
        column = low[owner, 0] + place % wide
        row = low[owner, 1] + place // wide
        weights = _plane_weights(corners, owner, column + 0.5, row + 0.5)
        inside = (weights >= -SLACK).all(0)
        owner, weights = owner[inside], weights[:, inside]
        pixel = row[inside] * self._shape[1] + column[inside]
        shares = weights * inverse[owner].T
        nearness = shares.sum(0)
        np.maximum.at(self._inverse, pixel, nearness)
        won = nearness >= self._inverse[pixel]
        self._face[pixel[won]] = names[owner[won]]
        self._barycentric[pixel[won]] = (shares[:, won] / nearness[won]).T

    def fragments(self) -> Fragments:
        with np.errstate(divide="ignore"):
            depth = (1.0 / self._inverse).astype(np.float32)
        return Fragments(
            self._face.reshape(self._shape),
            self._barycentric.reshape(*self._shape, 3),
            depth.reshape(self._shape),
        )


def _plane_weights(
    corners: NDArray[np.float64],
    owner: NDArray[np.int64],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Barycentric weights `(3, N)` on the screen of points in the triangles `owner` `(N,)`."""
    area = _signed_area(corners)
    weights = np.empty((3, len(owner)))
    for corner in range(2):
        after, last = corners[:, (corner + 1) % 3], corners[:, (corner + 2) % 3]
        # The edge function of the opposite side, a x + b y + c, scaled by the area.
        a = (after[:, 1] - last[:, 1]) / area
        b = (last[:, 0] - after[:, 0]) / area
        c = -(a * after[:, 0] + b * after[:, 1])
        weights[corner] = a[owner] * x + b[owner] * y + c[owner]
    weights[2] = 1.0 - weights[0] - weights[1]
    return weights
