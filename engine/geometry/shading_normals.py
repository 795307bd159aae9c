"""Normals to draw a surface with, and to write into files.

Where a head ends in a plane, the mean over the faces around a vertex mixes the skin's normals
with the plane's, in shares that change from one triangle to the next: notches of shadow all
along the edge. Here the skin's normals go on to the edge as they are a little above it, and the
plane has its own. Vertices stay shared, as the fixed topology wants it; so the turn from one to
the other lies in the plane, which is seldom seen.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.spatial import KDTree

from engine.geometry.flat_end import FlatEnd, find_flat_end
from engine.geometry.normals import normalized, vertex_normals

Floats = NDArray[np.float32]

EDGE = 0.02
"""Up to this height over the plane normals turn from its own to the skin's. All lengths are
shares of the plane's radius, 55 mm of a head: heads end in an edge rounded over a few mm."""
REACH = 0.1
"""Below this height triangles lie askew on the rounded edge; the skin's normals are those above."""
SHARP = np.cos(np.deg2rad((25.0, 45.0)))
"""A vertex of the plane whose other faces lean this far from it is not, or is, of a sharp edge,
and belongs to the skin."""
SOFTEST = 0.01
"""A distance that makes nearer neighbours no weightier."""
NEIGHBOURS = 6


@dataclass(frozen=True, slots=True, eq=False)
class _Rim:
    """Vertices `rows` `(R,)` whose normals are mixed from others', by `shares` `(R, V)`."""

    rows: NDArray[np.int64]
    shares: csr_array


class ShadingNormals:
    """Normals of the vertices of one topology, wherever they are moved to.

    Args:
        vertices: `(V, 3)`, y up, by which the plane is found in which the surface ends, if it
            does; moved vertices end in the same faces.
        faces: `(F, 3)`, counter-clockwise seen from outside.
    """

    def __init__(self, vertices: NDArray, faces: NDArray) -> None:
        self._faces = faces
        end = find_flat_end(vertices, faces)
        self._rim = None if end is None else _find_rim(vertices, faces, end)

    def at(self, vertices: NDArray) -> Floats:
        """Unit normals `(V, 3)` with the vertices at `(V, 3)`; zero without a face."""
        normals = vertex_normals(vertices, self._faces)
        if self._rim is not None:
            normals[self._rim.rows] = normalized(self._rim.shares @ normals)
        return normals


def shading_normals(vertices: NDArray, faces: NDArray) -> Floats:
    """Unit normals `(V, 3)` of vertices that are not going to move."""
    return ShadingNormals(vertices, faces).at(vertices)


def _find_rim(vertices: NDArray, faces: NDArray, end: FlatEnd) -> _Rim | None:
    """The vertices near the edge of the plane; None where there is nothing above to go by."""
    radius = np.sqrt(end.area / np.pi)
    heights = end.heights(vertices)
    level = _level_faces(heights, faces, end)
    inner = _touched(level, faces, len(vertices)) & ~_touched(~level, faces, len(vertices))
    middle = np.flatnonzero(inner)
    above = np.flatnonzero((heights >= REACH * radius) & (heights < 4.0 * REACH * radius))
    if len(middle) == 0 or len(above) < NEIGHBOURS:
        return None
    rows = np.flatnonzero(~inner & (heights > -end.tolerance) & (heights < REACH * radius))
    # Further away another part of the surface may come near the plane's height.
    away, _ = KDTree(vertices[middle]).query(vertices[rows], distance_upper_bound=radius)
    rows = rows[np.isfinite(away)]
    distances, nearest = KDTree(vertices[above]).query(vertices[rows], k=NEIGHBOURS)
    weights = 1.0 / (distances + SOFTEST * radius) ** 2
    weights /= weights.sum(axis=1, keepdims=True)
    # On an edge rounded by a smooth maximum the skin's share goes with the root of the height.
    rounded = np.sqrt(np.clip(heights[rows] / (EDGE * radius), 0.0, 1.0))
    leaning = vertex_normals(vertices, faces[~level])[rows] @ end.normal
    sharp = np.clip((SHARP[0] - leaning) / (SHARP[0] - SHARP[1]), 0.0, 1.0)
    of_skin = np.maximum(rounded, sharp)[:, None]
    shares = np.concatenate([of_skin * weights, 1.0 - of_skin], axis=1).astype(np.float32)
    centre = middle[np.linalg.norm(vertices[middle] - end.point, axis=1).argmin()]
    sources = np.concatenate([above[nearest], np.full((len(rows), 1), centre)], axis=1)
    starts = np.arange(0, shares.size + 1, NEIGHBOURS + 1)
    shape = len(rows), len(vertices)
    return _Rim(rows, csr_array((shares.ravel(), sources.ravel(), starts), shape=shape))


def _level_faces(heights: NDArray, faces: NDArray, end: FlatEnd) -> NDArray[np.bool_]:
    """Which faces `(F,)` lie in the plane with all their corners."""
    level = np.zeros(len(faces), np.bool_)
    level[end.faces] = (np.abs(heights)[faces[end.faces]] < end.tolerance).all(axis=1)
    return level


def _touched(chosen: NDArray[np.bool_], faces: NDArray, count: int) -> NDArray[np.bool_]:
    """Which vertices `(V,)` are corners of the faces that are `chosen` `(F,)`."""
    touched = np.zeros(count, np.bool_)
    touched[faces[chosen]] = True
    return touched
