"""Finer meshes: every triangle into four at the midpoints of its sides."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.geometry.array_checks import require_faces
from engine.geometry.mesh import Mesh

Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Subdivision:
    """A topology of V vertices, E edges and F faces made four times as fine.

    The finer mesh has the V old vertices first, in their order, then one on each edge.

    Attributes:
        ends: `(E, 2)` old vertices between which the new ones lie, smaller first, sorted.
        faces: `(4 F, 3)` of the finer mesh; the four of an old face lie together, the one in
            its middle last, and run the same way as it does.
    """

    ends: Indices
    faces: Indices

    def carry(self, values: NDArray) -> NDArray:
        """Values `(V + E, …)` on the finer mesh from `(V, …)`: linear along every edge."""
        rows = np.asarray(values)
        first, second = rows[self.ends[:, 0]], rows[self.ends[:, 1]]
        middle = 0.5 * (first.astype(np.float64) + second.astype(np.float64))
        if np.issubdtype(rows.dtype, np.integer):
            middle = np.rint(middle)
        return np.concatenate([rows, middle.astype(rows.dtype)])


def subdivide_faces(faces: NDArray, vertex_count: int) -> Subdivision:
    """Split every triangle of `faces` `(F, 3)` into four.

    Raises:
        InputError: `faces` is no array of triangles on `vertex_count` vertices.
    """
    corners = require_faces(faces, vertex_count).astype(np.int64)
    # Side k runs from corner k to the next.
    sides = np.stack([corners, np.roll(corners, -1, axis=1)], axis=2).reshape(-1, 2)
    keys = np.sort(sides, axis=1) @ np.array([vertex_count, 1])
    unique, place = np.unique(keys, return_inverse=True)
    ends = np.stack([unique // vertex_count, unique % vertex_count], axis=1)
    a, b, c = corners.T
    ab, bc, ca = vertex_count + place.reshape(-1, 3).T
    quads = np.stack(
        [
            np.stack([a, ab, ca], axis=1),
            np.stack([ab, b, bc], axis=1),
            np.stack([ca, bc, c], axis=1),
            np.stack([ab, bc, ca], axis=1),
        ],
        axis=1,
    )
    return Subdivision(ends, quads.reshape(-1, 3))


def subdivide(mesh: Mesh) -> Mesh:
    """`mesh` with every triangle in four; its attributes are linear along the edges.

    The surface itself stays: new vertices lie on the old edges. Texture coordinates are carried
    per vertex, so where a mesh has seams its vertices must be doubled there, as `Mesh` has them.
    """
    finer = subdivide_faces(mesh.faces, len(mesh.vertices))

    def carry(values: NDArray | None) -> NDArray | None:
        return None if values is None else finer.carry(values)

    return Mesh(
        finer.carry(mesh.vertices),
        finer.faces.astype(np.int32),
        carry(mesh.uv),
        carry(mesh.colors),
        carry(mesh.region_weights),
    )
