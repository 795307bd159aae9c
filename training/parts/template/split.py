"""Splitting edges of a triangle mesh, all at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Faces = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class SplitFaces:
    """Triangles `(F, 3)` after a split, and the triangle `(F,)` each was part of."""

    faces: Faces
    parents: NDArray[np.int64]


def split_edges(faces: Faces, vertex_count: int, edges: Faces) -> SplitFaces:
    """Insert one vertex into each of `edges` `(E, 2)`, smaller vertex first.

    Vertex `vertex_count + k` lies on edge k. A triangle with one split edge becomes two,
    with two three, with three four.
    """
    middle = _middles(faces, vertex_count, edges)
    count = (middle >= 0).sum(1)
    everyone = np.arange(len(faces))
    pieces = [faces[count == 0]]
    parents = [everyone[count == 0]]

    # Rotate so that the split edge (one) or the whole edge (two) is the first of three.
    odd = np.where(count == 1, np.argmax(middle >= 0, axis=1), np.argmax(middle < 0, axis=1))
    turn = (odd[:, None] + np.arange(3)) % 3
    f = np.take_along_axis(faces, turn, axis=1)
    m = np.take_along_axis(middle, turn, axis=1)
    patterns = {
        1: (lambda a, b, c, p, q, r: [(a, p, c), (p, b, c)]),
        2: (lambda a, b, c, p, q, r: [(a, b, q), (a, q, r), (r, q, c)]),
        3: (lambda a, b, c, p, q, r: [(a, p, r), (p, b, q), (r, q, c), (p, q, r)]),
    }
    for number, pattern in patterns.items():
        chosen = count == number
        corners = [*f[chosen].T, *m[chosen].T]
        for triangle in pattern(*corners):
            pieces.append(np.stack(triangle, axis=1))
            parents.append(everyone[chosen])
    return SplitFaces(np.concatenate(pieces), np.concatenate(parents))


def _middles(faces: Faces, vertex_count: int, edges: Faces) -> Faces:
    """New vertex on each side `(F, 3)` of each triangle, or −1; side k runs from corner k on."""
    if not len(edges):
        return np.full(faces.shape, -1)
    sides = np.sort(np.stack([faces, np.roll(faces, -1, axis=1)], axis=2), axis=2)
    keys = sides[..., 0] * vertex_count + sides[..., 1]
    wanted = edges[:, 0] * vertex_count + edges[:, 1]
    order = np.argsort(wanted)
    place = np.minimum(np.searchsorted(wanted[order], keys), len(wanted) - 1)
    found = wanted[order][place] == keys
    return np.where(found, vertex_count + order[place], -1)
