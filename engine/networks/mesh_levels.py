"""Levels of a triangle mesh, each with a vertex at the middle of every edge of the one before."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.geometry.array_checks import require_faces
from engine.geometry.mesh import frozen
from engine.geometry.topology import unique_edges

Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class MeshLevel:
    """One level: `count` V, faces `(F, 3)` int64 and every edge once, `(E, 2)` int64, sorted."""

    count: int
    faces: Indices
    edges: Indices


def make_level(faces: NDArray, count: int) -> MeshLevel:
    """The level of `count` vertices and `faces` `(F, 3)`.

    Raises:
        InputError: a face names a vertex that is not there, or a vertex has no face.
    """
    checked = require_faces(faces, count)
    if len(np.unique(checked)) != count:
        raise InputError(
            f"Every vertex of a start mesh needs a face: {count} vertices, "
            f"{len(np.unique(checked))} in faces."
        )
    return MeshLevel(count, frozen(checked, np.int64), frozen(unique_edges(checked), np.int64))


def subdivide(level: MeshLevel) -> MeshLevel:
    """The next finer level: vertex V + e in the middle of edge e, each face split in four."""
    first, second, third = level.faces.T
    middle = np.stack(
        [_edge_between(level, a, b) for a, b in ((first, second), (second, third), (third, first))],
        axis=1,
    )
    middle += level.count
    corners = [
        np.stack([level.faces[:, k], middle[:, k], middle[:, k - 1]], axis=1) for k in range(3)
    ]
    return make_level(np.concatenate([*corners, middle]), level.count + len(level.edges))


def make_levels(faces: NDArray, count: int, levels: int) -> tuple[MeshLevel, ...]:
    """`levels` levels from coarse to fine, the first of `faces` `(F, 3)` on `count` vertices."""
    made = [make_level(faces, count)]
    for _ in range(levels - 1):
        made.append(subdivide(made[-1]))
    return tuple(made)


def _edge_between(level: MeshLevel, start: Indices, end: Indices) -> Indices:
    """The number of the edge between each pair of vertices."""
    lower, upper = np.minimum(start, end), np.maximum(start, end)
    # Edges are sorted by their first vertex, then their second.
    keys = level.edges[:, 0] * level.count + level.edges[:, 1]
    return np.searchsorted(keys, lower * level.count + upper)


@dataclass(frozen=True, slots=True, eq=False)
class StartMesh:
    """The surface that a network deforms.

    Attributes:
        faces: `(F, 3)` int64 of the coarsest level.
        vertices: `(V, 3)` float32 of each level, from coarse to fine. On a posed start, mm in the
            model's frame; on a fixed one, of the coarsest level only and in the camera's frame,
            in halves of the image's side from its middle, y down and z towards the viewer.
        posed: whether the start is laid over the face by a pose.
    """

    faces: NDArray[np.int64]
    vertices: tuple[NDArray[np.float32], ...]
    posed: bool

    def __post_init__(self) -> None:
        object.__setattr__(self, "faces", frozen(self.faces, np.int64))
        object.__setattr__(
            self, "vertices", tuple(frozen(array, np.float32) for array in self.vertices)
        )

    def levels(self, count: int) -> tuple[MeshLevel, ...]:
        """`count` levels of the start's topology.

        Raises:
            InputError: a posed start has not as many levels, or other numbers of vertices.
        """
        made = make_levels(self.faces, len(self.vertices[0]), count)
        wanted = tuple(level.count for level in made)
        given = tuple(len(array) for array in self.vertices)
        if self.posed and given[:count] != wanted:
            raise InputError(f"The start mesh has levels of {given} vertices, expected {wanted}.")
        return made
