"""Meshes whose measures are known on paper."""

from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from engine.geometry.mesh import Mesh


def mesh_of(
    vertices: ArrayLike,
    faces: ArrayLike,
    uv: ArrayLike | None = None,
    colors: ArrayLike | None = None,
    region_weights: ArrayLike | None = None,
) -> Mesh:
    """A mesh of lists or arrays of any type."""
    return Mesh(
        np.asarray(vertices, np.float32),
        np.asarray(faces, np.int32).reshape(-1, 3),
        None if uv is None else np.asarray(uv, np.float32),
        None if colors is None else np.asarray(colors, np.uint8),
        None if region_weights is None else np.asarray(region_weights, np.float32),
    )


def tetrahedron() -> Mesh:
    """Corners at the origin and at 1 on each axis; outward faces; volume 1/6."""
    vertices = [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]
    return mesh_of(vertices, [[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])


def grid(columns: int = 4, rows: int = 3, size: float = 1.0) -> Mesh:
    """A plane z = 0 of `columns` × `rows` squares of side `size`, facing +z, with UV."""
    x, y = np.meshgrid(np.arange(columns + 1), np.arange(rows + 1))
    corner = (y * (columns + 1) + x)[:-1, :-1].ravel()
    right, up = corner + 1, corner + columns + 1
    faces = np.concatenate(
        [np.stack([corner, right, up + 1], 1), np.stack([corner, up + 1, up], 1)]
    )
    vertices = np.stack([x.ravel() * size, y.ravel() * size, np.zeros(x.size)], axis=1)
    uv = np.stack([x.ravel() / columns, y.ravel() / rows], axis=1)
    return mesh_of(vertices, faces, uv=uv)


def torus(around: int = 24, along: int = 12, radius: float = 10.0, tube: float = 3.0) -> Mesh:
    """A torus about z, watertight, facing outwards."""
    i, j = (index.ravel() for index in np.meshgrid(np.arange(around), np.arange(along)))
    u, v = 2 * np.pi * i / around, 2 * np.pi * j / along
    ring = radius + tube * np.cos(v)
    vertices = np.stack([ring * np.cos(u), ring * np.sin(u), tube * np.sin(v)], axis=1)

    def at(a, b):
        return (b % along) * around + a % around

    first, second, third, fourth = at(i, j), at(i + 1, j), at(i + 1, j + 1), at(i, j + 1)
    faces = np.concatenate(
        [np.stack([first, second, third], 1), np.stack([first, third, fourth], 1)]
    )
    return mesh_of(vertices, faces)


def sphere(radius: float = 10.0, subdivisions: int = 3, centre=(0.0, 0.0, 0.0)) -> Mesh:
    """An icosahedron halved `subdivisions` times, corners on the sphere, facing outwards."""
    golden = (1 + 5**0.5) / 2
    corners = np.array(
        [(0, a, b * golden) for a in (-1, 1) for b in (-1, 1)]
        + [(a, b * golden, 0) for a in (-1, 1) for b in (-1, 1)]
        + [(b * golden, 0, a) for a in (-1, 1) for b in (-1, 1)],
        dtype=float,
    )
    near = np.isclose(np.linalg.norm(corners[:, None] - corners, axis=2), 2.0)
    faces = np.array(
        [
            (i, j, k)
            for i in range(12)
            for j in range(i + 1, 12)
            for k in range(j + 1, 12)
            if near[i, j] and near[j, k] and near[i, k]
        ]
    )
    normal = np.cross(
        corners[faces[:, 1]] - corners[faces[:, 0]], corners[faces[:, 2]] - corners[faces[:, 0]]
    )
    inward = np.einsum("ij,ij->i", normal, corners[faces[:, 0]]) < 0
    faces[inward] = faces[inward][:, ::-1]
    for _ in range(subdivisions):
        corners, faces = _halve(corners, faces)
    corners = corners / np.linalg.norm(corners, axis=1, keepdims=True)
    return mesh_of(corners * radius + np.array(centre), faces)


def _halve(corners, faces):
    pairs = np.sort(faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    edges, place = np.unique(pairs, axis=0, return_inverse=True)
    middles = corners[edges].mean(axis=1)
    middle = place.reshape(-1, 3) + len(corners)
    first, second, third = faces.T
    a, b, c = middle.T
    split = [(first, a, c), (a, second, b), (c, b, third), (a, b, c)]
    return np.concatenate([corners, middles]), np.concatenate([np.stack(f, 1) for f in split])


def joined(*meshes: Mesh) -> Mesh:
    """Positions and faces of several meshes as one."""
    starts = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes)])
    return mesh_of(
        np.concatenate([mesh.vertices for mesh in meshes]),
        np.concatenate([mesh.faces + start for mesh, start in zip(meshes, starts, strict=False)]),
    )


COLUMN_RADIUS, COLUMN_SLOPE = 60.0, 0.8


def cut_column(around: int = 48, along: int = 24, rounding: float = 0.0) -> Mesh:
    """An upright column of `COLUMN_RADIUS`, uneven triangles, that ends below in a plane which
    rises by `COLUMN_SLOPE` towards -z; `rounding` mm off both sides along that edge.

    Its vertices: `along + 1` rings of the side from the edge upwards, then the disc's rings from
    the edge's neighbours to the middle, then the middles of disc and top.
    """
    rng = np.random.default_rng(0)
    step = 2 * np.pi / around
    rings = []
    for ring in range(along + 1):
        turn = step * (np.arange(around) + rng.uniform(-0.3, 0.3, around))
        x, z = COLUMN_RADIUS * np.sin(turn), COLUMN_RADIUS * np.cos(turn)
        share = np.clip((ring + rng.uniform(-0.4, 0.4, around)) / along, 0, 1)
        share = share if 0 < ring < along else np.full(around, ring / along)
        low = -COLUMN_SLOPE * z
        rings.append(np.stack([x, low + share * (150.0 - low), z], axis=1))
    edge = rings[0]
    inner = around // 6
    disc = [edge * (1 - k / inner) for k in range(1, inner)]
    middles = np.array([[0.0, 0.0, 0.0], [0.0, 150.0, 0.0]])
    normal = np.array([0.0, 1.0, COLUMN_SLOPE]) / np.hypot(1.0, COLUMN_SLOPE)
    outward = edge * (1, 0, 1) / COLUMN_RADIUS
    turned = -np.sum(outward * normal, axis=1, keepdims=True)
    rings[0] = edge + rounding / (1.0 + turned) * (normal - outward)
    column = [*(_band(ring, ring + 1, around) for ring in range(along))]
    levels = [0, *range(along + 1, along + inner)]
    column += [_band(inside, outside, around) for outside, inside in pairwise(levels)]
    last = (along + inner) * around
    j, following = np.arange(around), (np.arange(around) + 1) % around
    innermost, top = levels[-1] * around, along * around
    column.append(np.stack([np.full(around, last), innermost + following, innermost + j], axis=1))
    column.append(np.stack([np.full(around, last + 1), top + j, top + following], axis=1))
    return mesh_of(np.concatenate([*rings, *disc, middles]), np.concatenate(column))


def _band(lower: int, upper: int, around: int):
    """Triangles between two rings of `around` vertices, facing outwards on a side."""
    j, following = np.arange(around), (np.arange(around) + 1) % around
    a, b = lower * around + j, lower * around + following
    c, d = upper * around + j, upper * around + following
    return np.concatenate([np.stack([a, b, c], 1), np.stack([b, d, c], 1)])
