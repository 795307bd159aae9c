"""Fewer vertices by collapsing edges (Garland & Heckbert 1997), onto a subset of the vertices.

An edge collapses onto one of its ends, the one with the smaller sum of squared distances to
the planes gathered there, so what is left are vertices of the old mesh: data on a topology is
carried to the coarser one by choosing rows.
"""

import heapq
import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.geometry.array_checks import require_faces, require_points

RIM_WEIGHT = 100.0
"""Of the planes that hold an open rim, against those of the faces."""
EVENNESS = 1e-3
"""Of the squared edge length in the cost, so that flat parts thin out evenly."""
LEAST_COSINE = 0.2
"""A collapse may not turn a face further than this from its old normal."""

Vector = tuple[float, float, float]
Quadric = tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Decimation:
    """What is left of a mesh: `kept` `(K,)` old vertices, ascending; `faces` `(F, 3)` of them."""

    kept: NDArray[np.int64]
    faces: NDArray[np.int64]


def decimate(
    vertices: NDArray,
    faces: NDArray,
    count: int,
    protected: NDArray | None = None,
    importance: NDArray | None = None,
) -> Decimation:
    """Collapse the cheapest edges until `count` vertices are left.

    The surface keeps its topology, so fewer may not be reachable; then as few as are.

    Args:
        protected: `(P,)` vertices that stay.
        importance: `(V,)` factors on the cost at each vertex; the surface stays denser where
            they are high.

    Raises:
        InputError: an array is unsound or `count` is below 4.
    """
    points = require_points(vertices, "vertices")
    corners = require_faces(faces, len(points))
    if count < 4:
        raise InputError(f"A mesh needs at least 4 vertices, asked for {count}.")
    surface = _Surface(points, corners, np.ones(len(points)) if importance is None else importance)
    stay = set() if protected is None else {int(vertex) for vertex in protected}
    left = len(np.unique(corners))
    heap = surface.all_collapses()
    while left > count and heap:
        _, gone, onto, stamp = heapq.heappop(heap)
        if gone in stay or stamp != surface.stamp(gone, onto):
            continue
        if not surface.allows(gone, onto):
            continue
        surface.collapse(gone, onto)
        left -= 1
        for collapse in surface.collapses_around(onto):
            heapq.heappush(heap, collapse)
    return surface.result()


class _Surface:
    """Vertices, faces and plane quadrics while edges collapse; plain lists, as steps are tiny."""

    def __init__(
        self, points: NDArray[np.float64], corners: NDArray[np.int64], importance: NDArray
    ) -> None:
        self._points: list[Vector] = [tuple(p) for p in points.tolist()]
        self._faces: list[tuple[int, int, int] | None] = [tuple(f) for f in corners.tolist()]
        self._around: list[set[int]] = [set() for _ in self._points]
        for index, face in enumerate(corners.tolist()):
            for vertex in face:
                self._around[vertex].add(index)
        self._importance: list[float] = importance.tolist()
        self._stamps = [0] * len(self._points)
        self._quadrics = _plane_quadrics(points, corners)
        self._rim = _rim_vertices(corners, len(points))

    def stamp(self, gone: int, onto: int) -> int:
        """Changes when the neighbourhood of either vertex does; -1 once one is gone."""
        if not self._around[gone] or not self._around[onto]:
            return -1
        return self._stamps[gone] + self._stamps[onto]

    def all_collapses(self) -> list[tuple[float, int, int, int]]:
        collapses = [
            self._candidate(vertex, other)
            for vertex in range(len(self._points))
            for other in self._neighbours(vertex)
        ]
        heapq.heapify(collapses)
        return collapses

    def collapses_around(self, vertex: int) -> Iterable[tuple[float, int, int, int]]:
        for other in self._neighbours(vertex):
            yield self._candidate(vertex, other)
            yield self._candidate(other, vertex)

    def _candidate(self, gone: int, onto: int) -> tuple[float, int, int, int]:
        place = self._points[onto]
        cost = _evaluate(self._quadrics[gone], place) + _evaluate(self._quadrics[onto], place)
        squared = sum((a - b) ** 2 for a, b in zip(place, self._points[gone], strict=True))
        cost += EVENNESS * squared * squared
        cost *= self._importance[gone]
        return cost, gone, onto, self._stamps[gone] + self._stamps[onto]

    def _neighbours(self, vertex: int) -> set[int]:
        found = {v for index in self._around[vertex] for v in self._face(index)}
        found.discard(vertex)
        return found

    def _face(self, index: int) -> tuple[int, int, int]:
        face = self._faces[index]
        assert face is not None  # faces that are gone are in no vertex's set
        return face

    def allows(self, gone: int, onto: int) -> bool:
        """Whether the surface keeps its topology and no face turns over."""
        shared = self._around[gone] & self._around[onto]
        if not shared:
            return False
        if self._rim[gone] and not (self._rim[onto] and len(shared) == 1):
            return False
        opposite = {v for index in shared for v in self._face(index)} - {gone, onto}
        if self._neighbours(gone) & self._neighbours(onto) != opposite:
            return False
        if len(self._around[onto]) + len(self._around[gone]) - 2 * len(shared) < 3:
            return False
        return all(self._keeps_side(index, gone, onto) for index in self._around[gone] - shared)

    def _keeps_side(self, index: int, gone: int, onto: int) -> bool:
        face = self._face(index)
        before = _normal(*(self._points[v] for v in face))
        after = _normal(*(self._points[onto if v == gone else v] for v in face))
        lengths = math.sqrt(_dot(before, before) * _dot(after, after))
        return lengths > 0 and _dot(before, after) > LEAST_COSINE * lengths

    def collapse(self, gone: int, onto: int) -> None:
        for index in list(self._around[gone]):
            face = self._face(index)
            if onto in face:
                for vertex in face:
                    self._around[vertex].discard(index)
                self._faces[index] = None
            else:
                first, second, third = (onto if v == gone else v for v in face)
                self._faces[index] = (first, second, third)
                self._around[onto].add(index)
        self._around[gone] = set()
        self._quadrics[onto] = tuple(
            a + b for a, b in zip(self._quadrics[onto], self._quadrics[gone], strict=True)
        )
        self._stamps[onto] += 1

    def result(self) -> Decimation:
        faces = np.array([face for face in self._faces if face is not None], dtype=np.int64)
        faces = faces.reshape(-1, 3)
        kept = np.unique(faces)
        return Decimation(kept, np.searchsorted(kept, faces))


def _plane_quadrics(points: NDArray, corners: NDArray) -> list[Quadric]:
    """Per vertex the ten sums of n nᵀ, n d and d² over its faces' planes, weighted by area."""
    a, b, c = (points[corners[:, k]] for k in range(3))
    cross = np.cross(b - a, c - a)
    twice_area = np.linalg.norm(cross, axis=1)
    normals = cross / np.maximum(twice_area, 1e-30)[:, None]
    total = np.zeros((len(points), 10))
    rows = _quadric_rows(normals, a) * (0.5 * twice_area)[:, None]
    for column in range(3):
        np.add.at(total, corners[:, column], rows)
    for start, end, face in _rim_edges(corners):
        along = points[end] - points[start]
        across = np.cross(along, normals[face])
        length = np.linalg.norm(across)
        if length > 0:
            row = _quadric_rows((across / length)[None], points[start][None])[0]
            total[[start, end]] += RIM_WEIGHT * float(along @ along) * row
    return [tuple(row) for row in total.tolist()]


def _quadric_rows(normals: NDArray, through: NDArray) -> NDArray[np.float64]:
    x, y, z = normals.T
    d = -np.einsum("nk,nk->n", normals, through)
    return np.stack([x * x, y * y, z * z, x * y, x * z, y * z, x * d, y * d, z * d, d * d], axis=1)


def _evaluate(q: Quadric, p: Vector) -> float:
    x, y, z = p
    value = q[0] * x * x + q[1] * y * y + q[2] * z * z + q[9]
    value += 2 * (q[3] * x * y + q[4] * x * z + q[5] * y * z + q[6] * x + q[7] * y + q[8] * z)
    return max(value, 0.0)


def _rim_edges(corners: NDArray) -> list[tuple[int, int, int]]:
    """Edges of one face only, with that face."""
    directed = corners[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    keys = np.sort(directed, axis=1) @ np.array([corners.max(initial=0) + 1, 1])
    _, place, count = np.unique(keys, return_inverse=True, return_counts=True)
    lone = np.flatnonzero(count[place] == 1)
    return [(int(directed[k, 0]), int(directed[k, 1]), int(k) // 3) for k in lone]


def _rim_vertices(corners: NDArray, count: int) -> list[bool]:
    on_rim = [False] * count
    for start, end, _ in _rim_edges(corners):
        on_rim[start] = on_rim[end] = True
    return on_rim


def _normal(a: Vector, b: Vector, c: Vector) -> Vector:
    ux, uy, uz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
    vx, vy, vz = c[0] - a[0], c[1] - a[1], c[2] - a[2]
    return (uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx)


def _dot(a: Vector, b: Vector) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
