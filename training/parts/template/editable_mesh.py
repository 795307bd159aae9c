"""A triangle mesh whose edges can be collapsed and flipped, for the remesher.

Curves are chains of edges the remesher must keep: the rim on x = 0 and the borders
between labels. A vertex on a curve moves along it only; where curves meet it stays.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from training.parts.template.split import split_edges

Array = NDArray[np.float64]
Faces = NDArray[np.int64]

INTERIOR, CURVE, CORNER = 0, 1, 2
FLATTEST_TURN = 0.3
"""Smallest cosine between a triangle's normals before and after an operation."""
SHARPEST_FOLD = 0.7
"""Smallest cosine between the two triangles a flip makes."""


class EditableMesh:
    """Vertices `(V, 3)`, faces `(F, 3)` and a label `(F,)` per face; edited in place."""

    def __init__(self, vertices: Array, faces: Faces, labels: NDArray[np.int64]) -> None:
        self.vertices = vertices.copy()
        self.faces = faces.copy()
        self.labels = labels.copy()
        self._link()

    def _link(self) -> None:
        """Rebuild what the local operations need from the arrays."""
        self._corners: list[list[int]] = self.faces.tolist()
        self._around: list[set[int]] = [set() for _ in range(len(self.vertices))]
        for face, corners in enumerate(self._corners):
            for vertex in corners:
                self._around[vertex].add(face)
        self.curve_edges = find_curve_edges(self.faces, self.labels)
        self._curves = {(int(a), int(b)) for a, b in self.curve_edges}
        self.kinds = vertex_kinds(self.curve_edges, len(self.vertices))

    def commit(self) -> None:
        """Write local edits back to the arrays and drop what is no longer used."""
        alive = np.array([bool(c) for c in self._corners])
        faces = np.array([c for c in self._corners if c], dtype=np.int64)
        self.labels = self.labels[alive]
        used = np.unique(faces)
        order = np.full(len(self.vertices), -1)
        order[used] = np.arange(len(used))
        self.vertices = self.vertices[used]
        self.faces = order[faces]
        self._link()

    def edges(self) -> Faces:
        """Every edge `(E, 2)` once, smaller vertex first."""
        sides = np.sort(self.faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
        return np.unique(sides, axis=0)

    def split(self, edges: Faces) -> None:
        """Halve `edges` `(E, 2)`."""
        middle = self.vertices[edges].mean(1)
        result = split_edges(self.faces, len(self.vertices), edges)
        self.vertices = np.concatenate([self.vertices, middle])
        self.labels = self.labels[result.parents]
        self.faces = result.faces
        self._link()

    def collapse(self, edges: Iterable[tuple[int, int]], longest: Array) -> int:
        """Collapse those of `edges` that may be; returns how many were.

        Args:
            edges: in the order to try.
            longest: `(V,)` length that no edge at a vertex may exceed afterwards.
        """
        done = 0
        for a, b in edges:
            if self._around[a] and self._around[b]:
                done += self._try_collapse(a, b, longest)
        self.commit()
        return done

    def _try_collapse(self, a: int, b: int, longest: Array) -> bool:
        kind_a, kind_b = self.kinds[a], self.kinds[b]
        if kind_a < kind_b:
            a, b, kind_a, kind_b = b, a, kind_b, kind_a
        key = (min(a, b), max(a, b))
        on_curve = key in self._curves
        if kind_b == CORNER or (kind_b == CURVE and not on_curve):
            return False
        shared = self._around[a] & self._around[b]
        opposite = {v for f in shared for v in self._corners[f]} - {a, b}
        ring_a, ring_b = self._ring(a), self._ring(b)
        if len(opposite) != len(shared) or (ring_a & ring_b) != opposite:
            return False
        if any(len(self._around[v]) <= 3 for v in opposite):
            return False
        target = (
            self.vertices[a] if kind_a > kind_b else 0.5 * (self.vertices[a] + self.vertices[b])
        )
        if not self._collapse_is_good(a, b, shared, (ring_a | ring_b) - {a, b}, target, longest):
            return False
        self._merge(a, b, shared, target)
        return True

    def _collapse_is_good(
        self, a: int, b: int, shared: set[int], ring: set[int], target: Array, longest: Array
    ) -> bool:
        limit = min(longest[a], longest[b])
        around = self.vertices[list(ring)] - target
        if (around * around).sum(1).max() > limit * limit:
            return False
        faces = list((self._around[a] | self._around[b]) - shared)
        corners = np.array([self._corners[f] for f in faces])
        before = self.vertices[corners]
        after = before.copy()
        after[(corners == a) | (corners == b)] = target
        return _normals_agree(before, after)

    def _merge(self, a: int, b: int, shared: set[int], target: Array) -> None:
        self.vertices[a] = target
        neighbours = [v for v in self._ring(b) if (min(v, b), max(v, b)) in self._curves]
        for face in shared:
            for vertex in self._corners[face]:
                self._around[vertex].discard(face)
            self._corners[face] = []
        for face in self._around[b]:
            self._corners[face] = [a if v == b else v for v in self._corners[face]]
            self._around[a].add(face)
        self._around[b] = set()
        for vertex in neighbours:
            self._curves.discard((min(vertex, b), max(vertex, b)))
            if vertex != a:
                self._curves.add((min(vertex, a), max(vertex, a)))

    def _ring(self, vertex: int) -> set[int]:
        ring = {v for f in self._around[vertex] for v in self._corners[f]}
        ring.discard(vertex)
        return ring

    def flip(self, by_angle: bool) -> int:
        """Flip edges to even the valence, or to enlarge the smallest angle; returns how many."""
        done = 0
        for a, b in self.edges().tolist():
            if (a, b) not in self._curves and self._try_flip(a, b, by_angle):
                done += 1
        self.commit()
        return done

    def _try_flip(self, a: int, b: int, by_angle: bool) -> bool:
        shared = list(self._around[a] & self._around[b])
        if len(shared) != 2:
            return False
        first, second = shared
        c = next(v for v in self._corners[first] if v not in (a, b))
        d = next(v for v in self._corners[second] if v not in (a, b))
        if c == d or self._around[c] & self._around[d]:
            return False
        turn = self._corners[first]
        if turn[(turn.index(a) + 1) % 3] != b:
            c, d = d, c
        gain = self._angle_gain(a, b, c, d) if by_angle else self._valence_gain(a, b, c, d)
        if gain <= 0 or not self._flip_is_flat(a, b, c, d):
            return False
        # The triangles (a, b, c) and (b, a, d) become (a, d, c) and (d, b, c).
        self._corners[first], self._corners[second] = [a, d, c], [d, b, c]
        for face, corners in ((first, (a, d, c)), (second, (d, b, c))):
            for vertex in (a, b, c, d):
                if vertex in corners:
                    self._around[vertex].add(face)
                else:
                    self._around[vertex].discard(face)
        return True

    def _valence_gain(self, a: int, b: int, c: int, d: int) -> float:
        """How far the four vertices' valences come closer to 6, or 4 on the rim."""
        gain = 0
        for vertex, change in ((a, -1), (b, -1), (c, 1), (d, 1)):
            goal = 6 if self.kinds[vertex] == INTERIOR else 6 - 2 * self._on_rim(vertex)
            error = len(self._around[vertex]) + self._on_rim(vertex) - goal
            gain += error * error - (error + change) ** 2
        return gain

    def _on_rim(self, vertex: int) -> bool:
        return bool(self.vertices[vertex, 0] == 0.0)

    def _angle_gain(self, a: int, b: int, c: int, d: int) -> float:
        p = self.vertices
        before = min(_smallest_angle(p[[a, b, c]]), _smallest_angle(p[[b, a, d]]))
        after = min(_smallest_angle(p[[a, d, c]]), _smallest_angle(p[[d, b, c]]))
        return after - before - 0.01

    def _flip_is_flat(self, a: int, b: int, c: int, d: int) -> bool:
        p = self.vertices
        before = _unit_normals(p[[[a, b, c], [b, a, d]]])
        after = _unit_normals(p[[[a, d, c], [d, b, c]]])
        return bool(
            after[0] @ after[1] > min(SHARPEST_FOLD, before[0] @ before[1])
            and (after @ before.sum(0)).min() > 0.2
        )


def find_curve_edges(faces: Faces, labels: NDArray[np.int64]) -> Faces:
    """Edges `(C, 2)` with one face only, or between faces of different labels."""
    sides = np.sort(faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    edges, place, count = np.unique(sides, axis=0, return_inverse=True, return_counts=True)
    owner = np.repeat(labels, 3)
    low = np.full(len(edges), labels.max() + 1)
    high = np.full(len(edges), labels.min() - 1)
    np.minimum.at(low, place.ravel(), owner)
    np.maximum.at(high, place.ravel(), owner)
    return edges[(count == 1) | (low != high)]


def vertex_kinds(curve_edges: Faces, vertex_count: int) -> NDArray[np.int64]:
    """INTERIOR, CURVE (two curve edges) or CORNER (any other number) `(V,)`."""
    count = np.bincount(curve_edges.ravel(), minlength=vertex_count)
    return np.where(count == 0, INTERIOR, np.where(count == 2, CURVE, CORNER))


def _unit_normals(triangles: Array) -> Array:
    cross = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    unit: Array = cross / np.maximum(np.linalg.norm(cross, axis=1, keepdims=True), 1e-12)
    return unit


def _normals_agree(before: Array, after: Array) -> bool:
    turned = (_unit_normals(before) * _unit_normals(after)).sum(1)
    cross = np.cross(after[:, 1] - after[:, 0], after[:, 2] - after[:, 0])
    longest = ((after - np.roll(after, 1, axis=1)) ** 2).sum(2).max(1)
    # A needle has hardly any area for its longest side.
    thin = np.linalg.norm(cross, axis=1) < 0.1 * longest
    sliver = np.linalg.norm(
        np.cross(before[:, 1] - before[:, 0], before[:, 2] - before[:, 0]), axis=1
    ) < 0.1 * ((before - np.roll(before, 1, axis=1)) ** 2).sum(2).max(1)
    return bool(((turned > FLATTEST_TURN) | sliver).all() and not (thin & ~sliver).any())


def _smallest_angle(triangle: Array) -> float:
    side = np.roll(triangle, -1, axis=0) - triangle
    length = np.linalg.norm(side, axis=1)
    cosine = -(side * np.roll(side, 1, axis=0)).sum(1) / np.maximum(
        length * np.roll(length, 1), 1e-12
    )
    return float(np.arccos(np.clip(cosine.max(), -1.0, 1.0)))
