"""The cases of marching cubes, derived rather than typed in.

Corner c of a cube sits at (c & 1, c >> 1 & 1, c >> 2 & 1). A case is a byte with bit c set
where corner c is inside. Edge e = 4 · axis + k runs along `axis` from corner `EDGE_START[e]`.

On each face of the cube the surface leaves segments; joined end to end they are closed
polygons. A face whose inside corners are diagonal can be cut in two ways. The asymptotic
decider (Nielson and Hamann 1991) chooses by the four values of that face alone, so both
cubes beside it choose the same and no crack can open.

A diagonal of a polygon must not lie in a face of the cube: the cube behind that face could
use the same one, and four triangles would meet in it. Where a polygon has no triangulation
without such a diagonal it becomes a fan around its centre, vertex `CENTRE`.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

CORNERS = np.array([[c & 1, c >> 1 & 1, c >> 2 & 1] for c in range(8)], np.int32).T
"""Offsets `(3, 8)` of a cell's corners, and of its children on the next finer grid."""

EDGE_START = np.array(
    [corner for axis in range(3) for corner in range(8) if not corner >> axis & 1], np.int64
)
"""The lower corner of each edge, `(12,)`."""

EDGE_AXIS = np.repeat(np.arange(3), 4)
"""The axis along which each edge runs, `(12,)`."""

CENTRE = 12
"""Stands for the centre of a polygon among the vertices of a triangle, after the 12 edges."""

FACE_DIRECTIONS = tuple((axis, step) for axis in range(3) for step in (-1, 1))
"""The neighbour behind each of the six faces: an axis and a step along it."""

Segment = tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class CubeCases:
    """Triangles of every case, read with `variant[case, joined]`.

    N variants, T triangles in all.

    Attributes:
        mixed_faces: `(256,)`; bit f set where face f has corners of both signs.
        ambiguous_faces: `(256,)`; bit f set where face f can be cut in two ways.
        edge_ends: `(256,)`; bit c set where corner c is an end of a crossed edge.
        variant: `(256, 64)`; the second index has bit f set where the outside corners of the
            ambiguous face f are joined; the bits of other faces do not matter.
        first: `(N + 1,)`; the triangles of variant v are rows `first[v]` to `first[v + 1]`.
        triangles: `(T, 3)` of edges 0 to 11 or `CENTRE`, counter-clockwise from outside.
        ring: `(N, 12)`; whether an edge is a corner of the polygon around `CENTRE`.
    """

    mixed_faces: NDArray[np.uint8]
    ambiguous_faces: NDArray[np.uint8]
    edge_ends: NDArray[np.uint8]
    variant: NDArray[np.int64]
    first: NDArray[np.int64]
    triangles: NDArray[np.int64]
    ring: NDArray[np.bool_]


@cache
def face_corners(face: int) -> tuple[int, int, int, int]:
    """The corners of a face, counter-clockwise seen from outside the cube."""
    axis, step = FACE_DIRECTIONS[face]
    side = (step > 0) << axis
    u, v = 1 << (axis + 1) % 3, 1 << (axis + 2) % 3
    ring = (side, side | u, side | u | v, side | v)
    return ring if step > 0 else ring[::-1]


@cache
def cube_cases() -> CubeCases:
    """The table of all cases; computed once."""
    mixed, ambiguous = np.zeros(256, np.uint8), np.zeros(256, np.uint8)
    variant = np.zeros((256, 64), np.int64)
    triangles: list[tuple[int, int, int]] = []
    first = [0]
    rings: list[NDArray[np.bool_]] = []
    for case in range(256):
        for face in range(6):
            crossings = len(_crossings(case, face))
            mixed[case] |= (crossings > 0) << face
            ambiguous[case] |= (crossings == 4) << face
        made: dict[int, int] = {}
        for joined in range(64):
            choice = joined & int(ambiguous[case])
            if choice not in made:
                made[choice] = len(rings)
                added, ring = _triangulate_case(case, choice)
                triangles += added
                rings.append(ring)
                first.append(len(triangles))
            variant[case, joined] = made[choice]
    return CubeCases(
        mixed,
        ambiguous,
        _edge_ends(),
        variant,
        np.array(first),
        np.array(triangles, np.int64),
        np.array(rings),
    )


def _edge_ends() -> NDArray[np.uint8]:
    cases = np.arange(256)
    ends = np.zeros(256, np.int64)
    for start, axis in zip(EDGE_START, EDGE_AXIS, strict=True):
        end = start | 1 << axis
        crossed = (cases >> start ^ cases >> end) & 1
        ends |= crossed << start | crossed << end
    return ends.astype(np.uint8)


@cache
def _crossings(case: int, face: int) -> list[tuple[int, bool]]:
    """Crossed edges around a face, in order, and whether the walk leaves the inside there."""
    corners = face_corners(face)
    found = []
    for here, there in zip(corners, (*corners[1:], corners[0]), strict=True):
        if (case >> here & 1) != (case >> there & 1):
            found.append((_edge_between(here, there), bool(case >> here & 1)))
    return found


@cache
def _edge_between(a: int, b: int) -> int:
    axis = (a ^ b).bit_length() - 1
    return [*zip(EDGE_START.tolist(), EDGE_AXIS.tolist(), strict=True)].index((min(a, b), axis))


def _face_segments(case: int, face: int, joined: int) -> list[Segment]:
    """Segments that the surface leaves on a face, each from an edge out to an edge in."""
    crossings = _crossings(case, face)
    if not crossings:
        return []
    while not crossings[0][1]:
        crossings = crossings[1:] + crossings[:1]
    edges = [edge for edge, _ in crossings]
    if len(edges) == 2:
        return [(edges[0], edges[1])]
    if joined >> face & 1:
        return [(edges[0], edges[3]), (edges[2], edges[1])]
    return [(edges[0], edges[1]), (edges[2], edges[3])]


def _polygons(case: int, joined: int) -> list[list[int]]:
    """The closed polygons of edges that bound the surface in a cube."""
    following = dict(segment for face in range(6) for segment in _face_segments(case, face, joined))
    polygons = []
    while following:
        start, edge = following.popitem()
        polygon = [start]
        while edge != start:
            polygon.append(edge)
            edge = following.pop(edge)
        polygons.append(polygon[::-1])
    return polygons


def _triangulate_case(
    case: int, joined: int
) -> tuple[list[tuple[int, int, int]], NDArray[np.bool_]]:
    triangles: list[tuple[int, int, int]] = []
    ring = np.zeros(12, bool)
    for polygon in _polygons(case, joined):
        inner = _triangulate(polygon)
        if inner is None:
            following = [*polygon[1:], polygon[0]]
            inner = [(a, b, CENTRE) for a, b in zip(polygon, following, strict=True)]
            ring[polygon] = True
        triangles += inner
    return triangles, ring


def _triangulate(polygon: list[int]) -> list[tuple[int, int, int]] | None:
    """The triangulation with the shortest diagonals off the cube's faces, if there is one."""
    size = len(polygon)
    cost = {(i, i + 1): 0.0 for i in range(size - 1)}
    split: dict[tuple[int, int], int] = {}
    for width in range(2, size):
        for i in range(size - width):
            k = i + width
            best = min(range(i + 1, k), key=lambda j: cost[i, j] + cost[j, k])
            side = 0.0 if width == size - 1 else _diagonal_cost(polygon[i], polygon[k])
            cost[i, k] = cost[i, best] + cost[best, k] + side
            split[i, k] = best
    if not np.isfinite(cost[0, size - 1]):
        return None
    triangles, open_sides = [], [(0, size - 1)]
    while open_sides:
        i, k = open_sides.pop()
        if k - i > 1:
            j = split[i, k]
            triangles.append((polygon[i], polygon[j], polygon[k]))
            open_sides += [(i, j), (j, k)]
    return triangles


@cache
def _diagonal_cost(a: int, b: int) -> float:
    """Squared length between the middles of two edges; infinite if one face holds both."""
    if _edge_faces(a) & _edge_faces(b):
        return float("inf")
    return float(((_edge_middle(a) - _edge_middle(b)) ** 2).sum())


def _edge_middle(edge: int) -> NDArray[np.float64]:
    start = int(EDGE_START[edge])
    middle = np.array([start & 1, start >> 1 & 1, start >> 2 & 1], float)
    middle[EDGE_AXIS[edge]] = 0.5
    return middle


def _edge_faces(edge: int) -> int:
    """The two faces that hold an edge, as bits."""
    start = int(EDGE_START[edge])
    end = start | 1 << int(EDGE_AXIS[edge])
    return sum(1 << face for face in range(6) if {start, end} <= set(face_corners(face)))
