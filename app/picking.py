"""Pointing at surfaces: where a ray meets triangles, and the marks of what was pointed at."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.theme import Rgb
from engine.project.items import ItemRef

Floats = NDArray[np.float64]

ALL_SIDES = 0b1111
"""Of a ray: right, left, above and below."""


@dataclass(frozen=True, slots=True, eq=False)
class Ray:
    """Starts at `origin` `(3,)` and goes along the unit `direction` `(3,)`."""

    origin: Floats
    direction: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Hit:
    """Where a ray first meets a surface.

    Attributes:
        point: `(3,)`, in the surface's coordinates.
        distance: from the ray's origin.
        face: the triangle.
    """

    point: Floats
    distance: float
    face: int


@dataclass(frozen=True, slots=True, eq=False)
class Pick:
    """What the user pointed at.

    Attributes:
        ref: a face or scan beside the active face; None for the active face itself.
        point: `(3,)` in the item's own coordinates: of a scan, those of its file.
        face: the triangle.
    """

    ref: ItemRef | None
    point: Floats
    face: int


@dataclass(frozen=True, slots=True)
class Marker:
    """A numbered dot in the scene, mm."""

    position: tuple[float, float, float]
    label: str
    color: Rgb


def first_hit(vertices: NDArray, faces: NDArray[np.int32], ray: Ray) -> Hit | None:
    """Where `ray` first meets the triangles `faces` `(F, 3)` of `vertices` `(V, 3)`.

    Seen along the ray, it can only meet triangles whose box lies around it: few are left.
    """
    arms = np.asarray(vertices, np.float64) - ray.origin
    sides = np.zeros(len(arms), np.uint8)
    for bit, axis in enumerate(_across(ray.direction)):
        side = arms @ axis
        sides |= np.left_shift(side >= 0, 2 * bit, dtype=np.uint8)
        sides |= np.left_shift(side <= 0, 2 * bit + 1, dtype=np.uint8)
    around = sides[faces[:, 0]] | sides[faces[:, 1]] | sides[faces[:, 2]]
    return _nearest(arms, faces, np.flatnonzero(around == ALL_SIDES), ray)


def _across(direction: Floats) -> tuple[Floats, Floats]:
    """Two unit vectors that are perpendicular to `direction` and to each other."""
    least = np.eye(3)[int(np.abs(direction).argmin())]
    one = np.cross(direction, least)
    one /= np.linalg.norm(one)
    return one, np.cross(direction, one)


def _nearest(
    arms: Floats, faces: NDArray[np.int32], chosen: NDArray[np.intp], ray: Ray
) -> Hit | None:
    """The nearest hit among the `chosen` faces; Möller & Trumbore, 1997."""
    corners = arms[faces[chosen]]
    first, one, two = corners[:, 0], corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    cross = np.cross(ray.direction, two)
    determinant = np.einsum("ij,ij->i", one, cross)
    solid = np.abs(determinant) > 1e-12 * np.abs(one).max(initial=1e-30) ** 2
    inverse = np.divide(1.0, determinant, out=np.zeros_like(determinant), where=solid)
    u = -inverse * np.einsum("ij,ij->i", first, cross)
    other = np.cross(-first, one)
    v = inverse * (other @ ray.direction)
    distance = inverse * np.einsum("ij,ij->i", two, other)
    met = solid & (u >= -1e-9) & (v >= -1e-9) & (u + v <= 1 + 1e-9) & (distance > 0)
    if not met.any():
        return None
    best = int(np.argmin(np.where(met, distance, np.inf)))
    nearest = float(distance[best])
    return Hit(ray.origin + nearest * ray.direction, nearest, int(chosen[best]))


def carried(ray: Ray, matrix: Floats) -> Ray:
    """`ray` in coordinates that `matrix` `(4, 4)`, a similarity, carries to the ray's own."""
    inverse = np.linalg.inv(matrix)
    direction = inverse[:3, :3] @ ray.direction
    unit = direction / np.linalg.norm(direction)
    return Ray(inverse[:3, :3] @ ray.origin + inverse[:3, 3], unit)
