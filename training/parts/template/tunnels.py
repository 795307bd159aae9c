"""Tunnels and bridges of a surface that ought to have none, and their removal.

A network blurs thin walls (between the nostrils) and narrow gaps (between the lips), and
a blur can join what is apart. The shortest loop around such a place is found by a
tree-cotree decomposition (Erickson & Whittlesey 2005); a disk across the loop is then
filled in if it lies outside the solid, or cut away if it lies inside.
"""

from collections.abc import Callable
from dataclasses import dataclass

import igl
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from engine.geometry.topology import boundary_loops, unique_edges

Array = NDArray[np.float64]
Faces = NDArray[np.int64]


CUT_COST = 3.0
"""How many times longer a loop may be if filling it spares a cut."""


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """A thick disk that is filled in or cut away, on both sides of the face alike.

    Attributes:
        vertices: `(L + 1, 3)` mm with x ≥ 0: a loop, then its centre.
        faces: `(L, 3)` the fan over them.
        radius: half thickness, mm.
        fills: whether the disk becomes solid; otherwise it becomes empty.
    """

    vertices: Array
    faces: Faces
    radius: float
    fills: bool

    def apply(self, points: Array, distances: Array) -> Array:
        """Signed distances `(N,)` at `points` `(N, 3)` with the patch."""
        folded = np.concatenate([np.abs(points[:, :1]), points[:, 1:]], axis=1)
        reach = self.radius + 8.0
        low, high = self.vertices.min(0) - reach, self.vertices.max(0) + reach
        near = ((folded > low) & (folded < high)).all(1)
        result = distances.copy()
        if near.any():
            squared, _, _ = igl.point_mesh_squared_distance(folded[near], self.vertices, self.faces)
            disk = np.sqrt(squared) - self.radius
            if self.fills:
                result[near] = np.minimum(distances[near], disk)
            else:
                result[near] = np.maximum(distances[near], -disk)
        return result


def fan_over(loop: Array) -> tuple[Array, Faces]:
    """Vertices and triangles of the fan from a closed loop `(L, 3)` to its centre."""
    count = len(loop)
    start = np.arange(count)
    faces = np.stack([start, (start + 1) % count, np.full(count, count)], axis=1)
    return np.concatenate([loop, loop.mean(0, keepdims=True)]), faces


def find_patch(
    vertices: Array, faces: Faces, radius: float, distances: Callable[[Array], Array]
) -> Patch | None:
    """The patch that mends the cheapest tunnel or bridge of a half surface, or None.

    A rim beside the longest is such a loop itself.

    Args:
        vertices, faces: the half surface.
        radius: of the patch, mm.
        distances: the signed distance, which tells a hole from a bridge.
    """
    rims = boundary_loops(faces)
    if len(rims) > 1:
        return _make_patch(vertices[rims[-1]], radius, distances)
    best: Patch | None = None
    root = 0
    for _ in range(3):
        # Loops through a vertex of the last one are tighter than those through any other.
        loops = _generators(vertices, faces, rims, root)
        patches = [_make_patch(vertices[loop], radius, distances) for loop in loops]
        if not patches:
            return None
        index = int(np.argmin([_cost(patch) for patch in patches]))
        if best is None or _cost(patches[index]) < _cost(best):
            best, root = patches[index], int(loops[index][0])
    return best


def _make_patch(loop: Array, radius: float, distances: Callable[[Array], Array]) -> Patch:
    points, fan = fan_over(loop)
    return Patch(points, fan, radius, fills=bool(distances(points[-1:])[0] > 0.0))


def _cost(patch: Patch) -> float:
    """Length of the loop; a thin wall with a hole is better filled than cut open."""
    loop = patch.vertices[:-1]
    length = float(np.linalg.norm(np.roll(loop, -1, axis=0) - loop, axis=1).sum())
    return length if patch.fills else CUT_COST * length


def _generators(vertices: Array, faces: Faces, rims: list[Faces], root: int) -> list[Faces]:
    """Short loops through `root`, without their common tails, that generate the homotopy."""
    edges = unique_edges(faces)
    count = len(vertices)
    length = np.linalg.norm(vertices[edges[:, 0]] - vertices[edges[:, 1]], axis=1) + 1e-9
    graph = csr_array((length, (edges[:, 0], edges[:, 1])), shape=(count, count))
    distance, before = dijkstra(graph, directed=False, indices=root, return_predecessors=True)
    sides = _edge_sides(faces, edges, rims)
    in_tree = (before[edges[:, 0]] == edges[:, 1]) | (before[edges[:, 1]] == edges[:, 0])
    around = distance[edges].sum(1) + length
    # Long edges first into the dual tree, so that the loops that are left are short.
    candidates = np.flatnonzero(~in_tree)
    candidates = candidates[np.argsort(-around[candidates])]
    left = _outside_spanning_tree(sides[candidates], int(sides.max()) + 1)
    return [_loop_of(int(a), int(b), before) for a, b in edges[candidates[left]]]


def _edge_sides(faces: Faces, edges: Faces, rims: list[Faces]) -> Faces:
    """The two faces `(E, 2)` of every edge; beyond a rim lies a face of its own."""
    directed = np.sort(faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    width = int(faces.max()) + 1
    keys = edges[:, 0] * width + edges[:, 1]
    place = np.searchsorted(keys, directed[:, 0] * width + directed[:, 1])
    order = np.argsort(place, kind="stable")
    owner = order // 3
    start = np.searchsorted(place[order], np.arange(len(edges)))
    count = np.bincount(place, minlength=len(edges))
    rim_of = np.full(width, -1)
    for number, rim in enumerate(rims):
        rim_of[rim] = number
    second = np.where(
        count > 1, owner[np.minimum(start + 1, len(owner) - 1)], len(faces) + rim_of[edges[:, 0]]
    )
    return np.stack([owner[start], second], axis=1)


def _outside_spanning_tree(pairs: Faces, node_count: int) -> NDArray[np.int64]:
    """Which of `pairs` `(N, 2)`, taken in order, close a cycle (Kruskal)."""
    parent = list(range(node_count))

    def find(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    left = []
    for index, (a, b) in enumerate(pairs.tolist()):
        first, second = find(a), find(b)
        if first == second:
            left.append(index)
        parent[first] = second
    return np.array(left, dtype=np.int64)


def _loop_of(first: int, second: int, before: Faces) -> Faces:
    """Vertices of the loop that an edge closes in the tree, without the common tail."""
    paths = []
    for vertex in (first, second):
        path = [vertex]
        while before[path[-1]] >= 0:
            path.append(int(before[path[-1]]))
        paths.append(path)
    a, b = paths
    while len(a) > 1 and len(b) > 1 and a[-2] == b[-2]:
        a.pop()
        b.pop()
    return np.array(a + b[-2::-1], dtype=np.int64)
