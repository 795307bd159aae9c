"""Spirals: every vertex's neighbourhood in one fixed order, ring by ring.

The spiral patch operator of Bouritsas et al., "Neural 3D Morphable Models" (ICCV 2019):
S(x) = {x, R¹₁(x), R¹₂(x), …, Rʰ(x)} (eq. 2). Rings run counter-clockwise seen from outside, and
the first ring starts at the neighbour that is geodesically nearest to a reference vertex
(eq. 4). The reference implementation walks the mesh vertex by vertex; here whole arrays of
vertices take each step together.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from engine.errors import InputError
from engine.geometry.array_checks import require_faces, require_points
from engine.geometry.topology import unique_edges

Indices = NDArray[np.int64]

NOBODY = -1
"""Fills rows of rings and spirals that are shorter than the longest."""


def spirals(
    vertices: NDArray, faces: NDArray, reference: int, hops: int = 1, length: int | None = None
) -> Indices:
    """The spiral of every vertex, `(V, L)`; `NOBODY` fills those that are shorter.

    Args:
        vertices: `(V, 3)`, for the lengths of edges only.
        faces: `(F, 3)`.
        reference: the vertex x₀ towards which every spiral starts.
        hops: rings of a spiral.
        length: L; longer spirals are cut off. None takes `usual_length`.

    Raises:
        InputError: an array is unsound, or `reference` or `hops` out of range.
    """
    points = require_points(vertices, "vertices")
    corners = require_faces(faces, len(points))
    if not 0 <= reference < len(points) or hops < 1:
        raise InputError(
            f"Expected a reference vertex below {len(points)} and at least one hop, "
            f"got {reference} and {hops}."
        )
    ordered = ordered_neighbours(corners, len(points))
    ring = _starting_nearest(ordered, geodesic_distances(points, corners, reference))
    centre = np.arange(len(points))[:, None]
    parts, parents = [centre, ring], np.where(ring == NOBODY, NOBODY, centre)
    for _ in range(hops - 1):
        ring, parents = _next_ring(ordered, ring, parents, np.concatenate(parts, axis=1))
        parts.append(ring)
    whole = _pushed_left(np.concatenate(parts, axis=1))
    wanted = usual_length(whole) if length is None else length
    missing = max(0, wanted - whole.shape[1])
    return np.pad(whole, ((0, 0), (0, missing)), constant_values=NOBODY)[:, :wanted]


def usual_length(whole: Indices) -> int:
    """Mean length and two standard deviations, as the reference implementation cuts spirals."""
    lengths = (whole != NOBODY).sum(axis=1)
    return max(1, int(np.ceil(lengths.mean() + 2.0 * lengths.std())))


def geodesic_distances(vertices: NDArray, faces: NDArray, source: int) -> NDArray[np.float64]:
    """Length `(V,)` of the shortest path of edges to vertex `source`; infinite without one."""
    edges = unique_edges(faces)
    lengths = np.linalg.norm(vertices[edges[:, 0]] - vertices[edges[:, 1]], axis=1)
    # A path over an edge of length 0 must not vanish from the sparse graph.
    graph = coo_array(
        (np.maximum(lengths, 1e-12), (edges[:, 0], edges[:, 1])),
        shape=(len(vertices), len(vertices)),
    ).tocsr()
    distances: NDArray[np.float64] = dijkstra(graph, directed=False, indices=source)
    return distances


def ordered_neighbours(faces: NDArray, vertex_count: int) -> Indices:
    """Neighbours of every vertex `(V, D)`, counter-clockwise; D is the highest degree.

    At a rim the order begins where the fan of faces begins. Fans that touch in a vertex
    follow each other.
    """
    corners = require_faces(faces, vertex_count)
    if not len(corners):
        return np.full((vertex_count, 0), NOBODY, dtype=np.int64)
    # A spoke is a pair (vertex, neighbour); within a face (x, a, b), b follows a around x.
    around = np.concatenate([np.roll(corners, -k, axis=1) for k in range(3)])
    here, keys = around[:, 0], around[:, 0] * vertex_count
    spokes = np.unique(np.concatenate([keys + around[:, 1], keys + around[:, 2]]))
    follower = np.full(len(spokes), NOBODY)
    follower[np.searchsorted(spokes, here * vertex_count + around[:, 1])] = np.searchsorted(
        spokes, here * vertex_count + around[:, 2]
    )
    owner, target = spokes // vertex_count, spokes % vertex_count
    rank = _ranks_along(follower, owner)
    degree = np.bincount(owner, minlength=vertex_count)
    table = np.full((vertex_count, int(degree.max())), NOBODY, dtype=np.int64)
    order = np.lexsort((rank, owner))
    place = np.arange(len(spokes)) - np.repeat(np.cumsum(degree) - degree, degree)
    table[owner[order], place] = target[order]
    return table


def _ranks_along(follower: Indices, owner: Indices) -> Indices:
    """The place of each spoke in the walk around its vertex."""
    rank = np.full(len(follower), NOBODY)
    led = np.zeros(len(follower), dtype=bool)
    led[follower[follower != NOBODY]] = True
    done = 0
    while (rank == NOBODY).any():
        # Fans begin at spokes that nobody leads to; closed rings at their lowest spoke.
        waiting = rank == NOBODY
        open_start = np.flatnonzero(waiting & ~led)
        starts = open_start if len(open_start) else np.flatnonzero(waiting)
        current = starts[np.unique(owner[starts], return_index=True)[1]]
        while len(current):
            rank[current] = done
            done += 1
            current = follower[current]
            current = current[current != NOBODY]
            current = current[rank[current] == NOBODY]
    return rank


def _starting_nearest(ordered: Indices, distances: NDArray[np.float64]) -> Indices:
    """Rings `(V, D)` turned so that the neighbour nearest to the reference comes first."""
    if not ordered.shape[1]:
        return ordered
    away = np.where(ordered == NOBODY, np.inf, distances[ordered])
    return _turned(ordered, np.argmin(away, axis=1))


def _turned(ordered: Indices, start: Indices) -> Indices:
    """Rows of `ordered` `(N, D)` begun at their element `start` `(N,)`."""
    degree = np.maximum((ordered != NOBODY).sum(axis=1), 1)[:, None]
    place = np.arange(ordered.shape[1])[None]
    turned = np.take_along_axis(ordered, (place + start[:, None]) % degree, axis=1)
    return np.where(place < degree, turned, NOBODY)


def _next_ring(
    ordered: Indices, ring: Indices, parents: Indices, seen: Indices
) -> tuple[Indices, Indices]:
    """The ring outside of `ring` `(V, R)` and the vertex from which each of it was reached.

    Around each vertex of the ring, in turn, the neighbours are visited counter-clockwise from
    the one it was reached from, so the new ring runs the same way as the old.
    """
    count, width = ring.shape
    rows = ordered[np.maximum(ring, 0).ravel()]
    inner = np.argmax(rows == parents.reshape(-1, 1), axis=1)
    reached = _turned(rows, inner).reshape(count, width, -1)
    reached = np.where((ring == NOBODY)[:, :, None], NOBODY, reached)
    origin = np.broadcast_to(ring[:, :, None], reached.shape).reshape(count, -1)
    found = reached.reshape(count, -1)
    known = np.zeros(found.shape, dtype=bool)
    for column in seen.T:
        known |= found == column[:, None]
    found = np.where(known, NOBODY, found)
    # A stable sort brings equal vertices together, the earliest visit first.
    order = np.argsort(found, axis=1, kind="stable")
    by_vertex = np.take_along_axis(found, order, axis=1)
    first = np.ones(found.shape, dtype=bool)
    first[:, 1:] = by_vertex[:, 1:] != by_vertex[:, :-1]
    keep = np.zeros(found.shape, dtype=bool)
    np.put_along_axis(keep, order, first, axis=1)
    found = np.where(keep, found, NOBODY)
    return _pushed_left(found), _pushed_left(np.where(found == NOBODY, NOBODY, origin))


def _pushed_left(rows: Indices) -> Indices:
    """Rows with their `NOBODY` moved to the end, and columns of nothing else removed."""
    empty = rows == NOBODY
    order = np.argsort(empty, axis=1, kind="stable")
    width = int((~empty).sum(axis=1).max()) if rows.size else 0
    return np.take_along_axis(rows, order, axis=1)[:, :width]
