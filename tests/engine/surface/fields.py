"""Signed fields whose zero sets are known on paper, and the naive way to extract them."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from skimage.measure import marching_cubes

from engine.models.protocol import SignedField
from engine.surface.extract import Surface
from engine.surface.grid import make_grid
from engine.surface.sampler import FieldSampler

Evaluate = Callable[[NDArray[np.float32]], NDArray[np.float32]]

HEAD_BOX = (130.0, 170.0, 115.0)
"""Half the sides of a box as large as a head's, mm."""


def field_of(
    evaluate: Evaluate, half: ArrayLike = HEAD_BOX, lipschitz: float = 1.01
) -> SignedField:
    """A field in the box from -half to half."""
    upper = np.broadcast_to(np.asarray(half, np.float32), (3,)).copy()
    return SignedField(evaluate, -upper, upper, lipschitz)


def sphere(
    radius: float = 80.0, centre: ArrayLike = (3.0, -5.0, 7.0), half: ArrayLike = HEAD_BOX
) -> SignedField:
    middle = np.asarray(centre, np.float32)
    return field_of(lambda p: np.linalg.norm(p - middle, axis=1) - np.float32(radius), half)


def ellipsoid(radii: ArrayLike = (78.0, 115.0, 95.0), half: ArrayLike = HEAD_BOX) -> SignedField:
    """Not a distance, but zero on the ellipsoid and of gradient between r_min / r_max and 1."""
    r = np.asarray(radii, np.float32)

    def evaluate(p: NDArray[np.float32]) -> NDArray[np.float32]:
        return (r.min() * (np.linalg.norm(p / r, axis=1) - 1)).astype(np.float32)

    return field_of(evaluate, half)


def torus(ring: float = 70.0, tube: float = 25.0, half: ArrayLike = 110.0) -> SignedField:
    def evaluate(p: NDArray[np.float32]) -> NDArray[np.float32]:
        across = np.hypot(p[:, 0], p[:, 1]) - np.float32(ring)
        return np.hypot(across, p[:, 2]) - np.float32(tube)

    return field_of(evaluate, half)


def union(*fields: SignedField) -> SignedField:
    """Points inside any of `fields`, in the box of the first."""
    first = fields[0]

    def evaluate(p: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.min([field.evaluate(p) for field in fields], axis=0)

    lipschitz = max(field.lipschitz for field in fields)
    return SignedField(evaluate, first.lower, first.upper, lipschitz)


def noise(half: float = 10.0) -> SignedField:
    """Values in [-0.5, 0.5] that look independent at points of any grid."""

    def evaluate(p: NDArray[np.float32]) -> NDArray[np.float32]:
        mixed = np.sin(p.astype(np.float64) @ (127.1, 311.7, 74.7)) * 43758.5453
        return (mixed - np.floor(mixed) - 0.5).astype(np.float32)

    return field_of(evaluate, half, lipschitz=1e3)


class Counting:
    """A field that remembers the points it was asked for."""

    def __init__(self, field: SignedField) -> None:
        self._evaluate = field.evaluate
        self.calls: list[NDArray[np.float32]] = []
        self.field = SignedField(self._count, field.lower, field.upper, field.lipschitz)

    @property
    def points(self) -> NDArray[np.float32]:
        return np.concatenate([np.zeros((0, 3), np.float32), *self.calls])

    def _count(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        self.calls.append(points.copy())
        return self._evaluate(points)


def dense_values(field: SignedField, resolution: int) -> NDArray[np.float32]:
    """The field at every corner of the finest grid."""
    grid = make_grid(field, resolution)
    level = grid.levels - 1
    shape = [count + 1 for count in grid.shape(level)]
    corners = np.indices(shape).reshape(3, -1)
    return FieldSampler(field).sample_cut_off(grid, grid.positions(level, corners)).reshape(shape)


def dense_surface(
    field: SignedField, resolution: int
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Vertices `(V, 3)` and faces `(F, 3)` by scikit-image on the dense grid."""
    grid = make_grid(field, resolution)
    vertices, faces, _, _ = marching_cubes(
        dense_values(field, resolution), 0.0, gradient_direction="ascent"
    )
    return grid.origin + grid.spacing * vertices.astype(np.float64), faces


def crossed_edges(values: NDArray[np.float32]) -> int:
    """How many edges of a dense grid have ends of both signs."""
    inside = values < 0
    return sum(int(np.diff(inside, axis=axis).sum()) for axis in range(3))


def volume(surface: Surface) -> float:
    """Enclosed volume, positive if faces look outwards."""
    a, b, c = np.moveaxis(surface.mesh.vertices.astype(np.float64)[surface.mesh.faces], 1, 0)
    return float((a * np.cross(b, c)).sum() / 6)


def area(surface: Surface) -> float:
    a, b, c = np.moveaxis(surface.mesh.vertices.astype(np.float64)[surface.mesh.faces], 1, 0)
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)
