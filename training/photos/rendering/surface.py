"""What is drawn: triangles with normals, colours and gloss."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.photos.rendering.rasteriser import vertex_normals

Floats = NDArray[np.float32]
Integers = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """V vertices and F triangles of one thing in the scene.

    Attributes:
        vertices: `(V, 3)` float32 mm.
        normals: `(V, 3)` unit, outward.
        albedo: `(V, 3)` linear red, green and blue.
        material: `(V, 4)`: strength of the highlight, its exponent, how far light creeps under
            the surface, and how much of the ambient light arrives.
        coverage: `(V,)`, below 1 where the surface frays; `(0,)` if it frays nowhere.
        faces: `(F, 3)` int32.
        closed: no triangle is seen from behind.
    """

    vertices: Floats
    normals: Floats
    albedo: Floats
    material: Floats
    coverage: Floats
    faces: Integers
    closed: bool = False


def plain_surface(
    vertices: NDArray,
    faces: NDArray,
    albedo: NDArray,
    material: tuple[float, float, float, float] = (0.0, 8.0, 0.0, 1.0),
    coverage: NDArray | None = None,
    closed: bool = False,
) -> Surface:
    """A surface of one material; `albedo` is `(3,)` or `(V, 3)`."""
    points = np.ascontiguousarray(vertices, np.float32)
    triangles = np.ascontiguousarray(faces, np.int32)
    normals = np.empty_like(points)
    vertex_normals(points, triangles, normals)
    count = len(points)
    return Surface(
        points,
        normals,
        np.ascontiguousarray(np.broadcast_to(np.asarray(albedo, np.float32), (count, 3))),
        np.ascontiguousarray(np.broadcast_to(np.asarray(material, np.float32), (count, 4))),
        np.zeros(0, np.float32) if coverage is None else np.asarray(coverage, np.float32),
        triangles,
        closed,
    )


def grid_faces(rows: int, columns: int, wrap: bool) -> Integers:
    """Triangles `(F, 3)` of a grid of vertices, row by row; `wrap` joins its sides."""
    row, column = np.meshgrid(
        np.arange(rows - 1), np.arange(columns if wrap else columns - 1), indexing="ij"
    )
    right = (column + 1) % columns
    a, b = row * columns + column, row * columns + right
    c, d = (row + 1) * columns + right, (row + 1) * columns + column
    first, second = np.stack([a, d, c], -1), np.stack([a, c, b], -1)
    return np.concatenate([first.reshape(-1, 3), second.reshape(-1, 3)]).astype(np.int32)


def moved(surface: Surface, rotation: NDArray, shift: NDArray) -> Surface:
    """The surface turned by `rotation` `(3, 3)`, then moved by `shift` `(3,)`."""
    turn = np.asarray(rotation, np.float32)
    return Surface(
        surface.vertices @ turn.T + np.asarray(shift, np.float32),
        surface.normals @ turn.T,
        surface.albedo,
        surface.material,
        surface.coverage,
        surface.faces,
        surface.closed,
    )


def all_vertices(surfaces: Sequence[Surface]) -> Floats:
    return np.concatenate([surface.vertices for surface in surfaces])
