"""Levels of a triangle mesh, each with a vertex at the middle of every edge of the one before."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.geometry.array_checks import require_faces
from engine.geometry.mesh import frozen
from engine.geometry.subdivision import subdivide_faces
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
    finer = subdivide_faces(level.faces, level.count)
    return make_level(finer.faces, level.count + len(finer.ends))


def make_levels(faces: NDArray, count: int, levels: int) -> tuple[MeshLevel, ...]:
    """`levels` levels from coarse to fine, the first of `faces` `(F, 3)` on `count` vertices."""
    made = [make_level(faces, count)]
    for _ in range(levels - 1):
        made.append(subdivide(made[-1]))
    return tuple(made)


@dataclass(frozen=True, slots=True, eq=False)
class StartMesh:
    """The surface that a network deforms.

    Attributes:
        faces: `(F, 3)` int64 of the coarsest level, counter-clockwise seen from outside where y
            is up: in the model's frame, not in the camera's.
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

    def vertices_on(self, count: int) -> NDArray[np.float32]:
        """Vertices `(V, 3)` on the last of `count` levels; a fixed start's new ones lie at the
        middles of edges."""
        if self.posed:
            return self.vertices[count - 1]
        points = self.vertices[0]
        for level in self.levels(count)[:-1]:
            points = np.concatenate([points, points[level.edges].mean(1)])
        return points
