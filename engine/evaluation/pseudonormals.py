"""Which side of a surface a point is on, also where the closest point is an edge or a corner."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.geometry.distance import ClosestPoints, barycentric_coordinates
from engine.geometry.mesh import Mesh

ON_BORDER = 1e-6
"""A barycentric weight below this is zero: the point lies on the opposite side's border."""


@dataclass(frozen=True, slots=True, eq=False)
class Pseudonormals:
    """Normals of a mesh's faces, edges and vertices that tell inside from outside.

    Bærentzen & Aanæs, "Signed Distance Computation Using the Angle Weighted Pseudonormal",
    2005: with these the sign of (p - q) · n is right for the closest point q of any p, while a
    face's own normal can be wrong where q is on the face's border.

    Attributes:
        faces: `(F, 3)` unit normals; zero where a face has no area.
        edges: `(F, 3, 3)`, of the side opposite each corner: the sum of both its faces' normals.
        vertices: `(V, 3)`, the faces' normals weighted by their angles.
    """

    faces: NDArray[np.float64]
    edges: NDArray[np.float64]
    vertices: NDArray[np.float64]

    def at(self, mesh: Mesh, found: ClosestPoints) -> NDArray[np.float64]:
        """Unit normals `(N, 3)` at closest points of `mesh`, whose pseudonormals these are."""
        weights = barycentric_coordinates(found.points, mesh, found.faces)
        small = weights < ON_BORDER
        on = small.sum(axis=1)
        normals = self.faces[found.faces]
        rows = np.flatnonzero(on == 1)
        normals[rows] = self.edges[found.faces[rows], small[rows].argmax(axis=1)]
        rows = np.flatnonzero(on == 2)
        corners = mesh.faces[found.faces[rows], weights[rows].argmax(axis=1)]
        normals[rows] = self.vertices[corners]
        return _unit(normals)


def pseudonormals(mesh: Mesh) -> Pseudonormals:
    """The pseudonormals of `mesh`."""
    corners = mesh.vertices[mesh.faces].astype(np.float64)
    sides = np.roll(corners, -1, axis=1) - corners
    faces = _unit(np.cross(sides[:, 0], sides[:, 1]))
    return Pseudonormals(faces, _of_edges(mesh, faces), _of_vertices(mesh, sides, faces))


def _of_edges(mesh: Mesh, normals: NDArray[np.float64]) -> NDArray[np.float64]:
    opposite = mesh.faces[:, [[1, 2], [2, 0], [0, 1]]].astype(np.int64).reshape(-1, 2)
    low, high = opposite.min(axis=1), opposite.max(axis=1)
    _, edge = np.unique((low << 32) | high, return_inverse=True)
    owner = np.repeat(normals, 3, axis=0)
    sums = np.stack([np.bincount(edge, owner[:, axis]) for axis in range(3)], axis=1)
    return sums[edge].reshape(-1, 3, 3).astype(np.float64)


def _of_vertices(mesh: Mesh, sides: NDArray, normals: NDArray) -> NDArray[np.float64]:
    along = _unit(sides.reshape(-1, 3)).reshape(sides.shape)
    before = -np.roll(along, 1, axis=1)
    angles = np.arctan2(
        np.linalg.norm(np.cross(along, before), axis=2), np.einsum("fkd,fkd->fk", along, before)
    )
    corner = mesh.faces.ravel()
    weighted = (angles[:, :, None] * normals[:, None, :]).reshape(-1, 3)
    count = len(mesh.vertices)
    return np.stack([np.bincount(corner, weighted[:, axis], count) for axis in range(3)], axis=1)


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))[:, None]
    unit: NDArray[np.float64] = np.divide(
        vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0
    )
    return unit
