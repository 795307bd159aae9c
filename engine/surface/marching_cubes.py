"""Marching cubes on the crossed cells alone: watertight, welded, outward.

Lorensen and Cline 1987 with the cases of `cube_cases`. A vertex lies where the values at the
ends of a grid edge, interpolated linearly, are zero.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.surface.cells import Band
from engine.surface.cube_cases import CENTRE, EDGE_AXIS, EDGE_START, cube_cases, face_corners

END_MARGIN = 1e-3
"""Vertices keep this distance, in cell sizes, from grid corners: triangles have an area."""


@dataclass(frozen=True, slots=True, eq=False)
class CrossedEdges:
    """Grid edges that the surface crosses; each holds one vertex.

    Attributes:
        starts: lower corner `(3, E)` of each edge, in grid coordinates.
        axes: `(E,)`, along which it runs.
        values: `(2, E)` at its lower and upper end.
        of_cell: `(3, N)`; the edge that starts along each axis from a cell's lowest
            corner, or -1 where that is not crossed.
    """

    starts: NDArray[np.int32]
    axes: NDArray[np.int64]
    values: NDArray[np.float32]
    of_cell: NDArray[np.int32]

    def crossings(self) -> NDArray[np.float64]:
        """Where each edge is crossed, `(E,)` from 0 at its lower end to 1."""
        lower, upper = self.values.astype(np.float64)
        return np.clip(lower / (lower - upper), END_MARGIN, 1.0 - END_MARGIN)

    def places(self, crossings: NDArray[np.float64]) -> NDArray[np.float64]:
        """Vertices `(E, 3)` in grid coordinates at `crossings` `(E,)`."""
        points = self.starts.T.astype(np.float64)
        points[np.arange(len(points)), self.axes] += crossings
        return points


def quadratic_crossings(
    ends: NDArray[np.float64], first: NDArray[np.float64], middle: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Where parabolas are zero between 0 and 1.

    Args:
        ends: values `(2, E)` at 0 and 1, of opposite signs.
        first, middle: a place `(E,)` between and the value there.

    The parabola m + b s + c s² in s = t - first has one zero between the ends, where its
    slope ±√(b² - 4 c m) has the sign of their difference.
    """
    lower, upper = ends
    before, after = (middle - lower) / first, (upper - middle) / (1.0 - first)
    c = after - before
    b = after - c * (1.0 - first)
    slope = np.sign(upper - lower) * np.sqrt(np.maximum(b * b - 4.0 * c * middle, 0.0))
    # Two forms of the same zero; each loses all digits where the other does not.
    safe = b * slope >= 0.0
    near = -2.0 * middle / np.where(safe, b + slope, 1.0)
    far = (slope - b) / np.where(safe, 1.0, 2.0 * c)
    crossing = first + np.where(safe, near, far)
    return np.clip(crossing, END_MARGIN, 1.0 - END_MARGIN)


def find_crossed_edges(band: Band) -> CrossedEdges:
    """Every crossed grid edge once.

    All four cells around a crossed edge are in the band, so each edge is found from the
    one whose lowest corner it starts from.
    """
    inside = band.values < 0
    of_cell = np.full((3, len(band.cases)), -1, np.int32)
    cells, ends = [], []
    count = 0
    for axis in range(3):
        found = np.flatnonzero(inside[0] != inside[1 << axis])
        of_cell[axis, found] = np.arange(count, count + len(found))
        count += len(found)
        cells.append(found)
        ends.append(band.values[1 << axis, found])
    order = np.concatenate(cells)
    axes = np.repeat(np.arange(3), [len(found) for found in cells])
    values = np.stack([band.values[0, order], np.concatenate(ends)])
    return CrossedEdges(band.cells[:, order], axes, values, of_cell)


def march(band: Band, edges: CrossedEdges) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Triangles `(F, 3)`, and rings of edges `(C, 12)` for vertices that are centres.

    Vertex numbers below E are edges; E + c is the centre of ring c: the mean of the edges
    in that row, where -1 stands for none.
    """
    cases = cube_cases()
    variant = cases.variant[band.cases, _joined_faces(band)]
    counts = cases.first[variant + 1] - cases.first[variant]
    cell = np.repeat(np.arange(len(variant)), counts)
    rank = np.arange(len(cell)) - np.repeat(np.cumsum(counts) - counts, counts)
    corners = cases.triangles[np.repeat(cases.first[variant], counts) + rank]

    vertex_of = _EdgeVertices(band, edges)
    is_edge = corners < CENTRE
    faces = vertex_of(np.where(is_edge, corners, 0), cell[:, None])
    ringed = np.flatnonzero(cases.ring[variant].any(axis=1))
    around = cases.ring[variant[ringed]]
    rings = np.where(around, vertex_of(np.arange(12), ringed[:, None]), np.int32(-1))
    row, k = np.nonzero(~is_edge)
    faces[row, k] = len(edges.axes) + np.searchsorted(ringed, cell[row])
    return faces, rings


class _EdgeVertices:
    """Vertex numbers of edges of the band's cells."""

    def __init__(self, band: Band, edges: CrossedEdges) -> None:
        count = len(band.cases)
        self._addresses = band.addresses.ravel()
        self._owner = np.zeros(band.size, np.int32)
        self._owner[band.addresses[0]] = np.arange(count)
        self._vertices = edges.of_cell.ravel()
        self._start = EDGE_START * count
        self._axis = EDGE_AXIS * count

    def __call__(self, edges: NDArray[np.int64], cells: NDArray[np.int64]) -> NDArray[np.int32]:
        """Vertices on `edges` 0 to 11 of `cells`, two shapes that broadcast."""
        owner = self._owner.take(self._addresses.take(self._start.take(edges) + cells))
        return self._vertices.take(self._axis.take(edges) + owner)


def _joined_faces(band: Band) -> NDArray[np.int64]:
    """Per cell `(N,)`, bit f set where the outside corners of ambiguous face f are joined.

    The saddle of the face's bilinear interpolant is outside where the product of the
    outside values is the greater one. Products of float32 are exact in float64, so both
    cells at a face agree.
    """
    joined = np.zeros(len(band.cases), np.int64)
    ambiguous = cube_cases().ambiguous_faces[band.cases]
    some = np.flatnonzero(ambiguous)
    values = band.values[:, some].astype(np.float64)
    for face in range(6):
        a, b, c, d = face_corners(face)
        one, other = values[a] * values[c], values[b] * values[d]
        outside, inside = np.where(values[a] < 0, (other, one), (one, other))
        joined[some] |= ((outside > inside) & (ambiguous[some] >> face & 1 != 0)).astype(
            np.int64
        ) << face
    return joined


def ring_centres(vertices: NDArray[np.float64], rings: NDArray[np.int32]) -> NDArray[np.float64]:
    """Means `(C, 3)` of the vertices in each row of `rings` `(C, 12)`, -1 for none."""
    used = (rings >= 0)[:, :, None]
    return np.where(used, vertices[rings], 0.0).sum(axis=1) / used.sum(axis=1)
