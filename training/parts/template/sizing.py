"""How long the edges of the template shall be, from curvature and from where they are."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from engine.geometry.topology import unique_edges
from training.parts.template.labels import Label, LabelledSurface
from training.parts.template.symmetric_field import SymmetricField

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SizingChoice:
    """What the sizing field aims at; lengths in mm.

    Attributes:
        vertex_count: of the whole mesh; the field is scaled to meet it.
        chord_error: largest distance between an edge's middle and the surface.
        lids, lips, nose, brows, ears, face, head, mouth, cap: longest edges there.
        shortest: of any edge on the face; shortest_elsewhere: behind the face.
        rim: of any edge near the sharp end of the neck.
        gradation: growth of the length per millimetre along the surface.
    """

    vertex_count: int = 12_500
    chord_error: float = 0.15
    lids: float = 1.35
    lips: float = 1.9
    nose: float = 2.3
    brows: float = 2.6
    ears: float = 2.8
    face: float = 3.6
    head: float = 8.0
    mouth: float = 5.0
    cap: float = 8.0
    shortest: float = 1.2
    shortest_elsewhere: float = 2.0
    rim: float = 4.5
    gradation: float = 0.22


# Landmark polylines about which the mesh is fine: which length, and how far it reaches (mm).
LIDS = ((36, 37, 38, 39, 40, 41, 36), (42, 43, 44, 45, 46, 47, 42))
LIPS = ((48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 48), (60, 61, 62, 63, 64, 65, 66, 67, 60))
NOSE = ((29, 30, 33), (31, 32, 33, 34, 35), (31, 30, 35))
BROWS = ((17, 18, 19, 20, 21), (22, 23, 24, 25, 26))
JAW = (tuple(range(1, 16)),)
BRIDGE = ((27, 28, 29),)


class SizingField:
    """Edge lengths `(V,)` known on a dense surface and looked up near it."""

    def __init__(self, points: Array, lengths: Array) -> None:
        self.points = points
        self.lengths = lengths
        self._tree = cKDTree(points)

    def at(self, points: Array) -> Array:
        """Edge lengths `(N,)` in mm at `points` `(N, 3)` on the surface."""
        _, index = self._tree.query(points)
        return self.lengths[index]


def choose_sizes(
    labelled: LabelledSurface, field: SymmetricField, landmarks: Array, choice: SizingChoice
) -> SizingField:
    """The sizing field of a half surface.

    Args:
        labelled: the dense surface.
        field: its signed distance, for the curvature.
        landmarks: `(68, 3)` of the registered canonical face, mm.
        choice: lengths and the number of vertices to meet.
    """
    surface = labelled.surface
    curvature = estimate_curvature(surface.vertices, surface.faces, field)
    # An edge of length h on a circle of curvature k is off by h² k / 8 in the middle.
    wanted = np.sqrt(8.0 * choice.chord_error / np.maximum(curvature, 1e-4))
    longest = _longest(labelled, landmarks, choice)
    near = front_distance(surface.vertices, landmarks) < 4.0
    shortest = np.where(near, choice.shortest, choice.shortest_elsewhere)
    shortest[_near_label(labelled, Label.CAP, 14.0)] = choice.rim
    area = _vertex_areas(surface.vertices, surface.faces)
    edges = unique_edges(surface.faces)
    scale = 1.0
    for _ in range(12):
        lengths = np.clip(scale * wanted, shortest, scale * longest)
        lengths = limit_gradation(lengths, surface.vertices, edges, choice.gradation)
        # A vertex of an even mesh of edge h owns h² √3 / 2; two halves.
        count = 2.0 * (area / lengths**2).sum() * 2.0 / np.sqrt(3.0)
        scale *= (count / choice.vertex_count) ** 0.7
    return SizingField(surface.vertices, lengths)


def front_distance(points: Array, landmarks: Array) -> Array:
    """Distance `(N,)` to the lines of lids, lips and nose."""
    return np.minimum.reduce([lines_distance(points, landmarks, g) for g in (LIDS, LIPS, NOSE)])


def _longest(labelled: LabelledSurface, landmarks: Array, choice: SizingChoice) -> Array:
    """Longest edge `(V,)` by place alone."""
    surface = labelled.surface
    points = surface.vertices
    result = np.full(len(points), choice.head)
    for lines, length, reach in (
        (LIDS, choice.lids, 3.0),
        (LIPS, choice.lips, 2.5),
        (NOSE, choice.nose, 6.0),
        (BRIDGE, choice.face, 12.0),
        (BROWS, choice.brows, 6.5),
        (BROWS, choice.face, 16.0),
        (JAW, choice.face, 12.0),
        (LIPS, choice.face, 22.0),
        (LIDS, choice.face, 22.0),
        (NOSE, choice.face, 25.0),
    ):
        near = lines_distance(points, landmarks, lines) < reach
        result[near] = np.minimum(result[near], length)
    result[ear_region(points, landmarks)] = choice.ears
    for label, length in ((Label.MOUTH, choice.mouth), (Label.CAP, choice.cap)):
        inside = _inner_vertices(labelled, label)
        result[inside] = length
    return result


def ear_region(points: Array, landmarks: Array) -> NDArray[np.bool_]:
    """Points `(N,)` on the ears: beside and behind the jaw's upper ends, standing off the head."""
    width, top, front = landmarks[16]
    x, y, z = np.abs(points[:, 0]), points[:, 1], points[:, 2]
    beside = (x > width) & (z < front - 20.0) & (z > front - 78.0)
    ear: NDArray[np.bool_] = beside & (y > top - 66.0) & (y < top + 10.0)
    return ear


def _inner_vertices(labelled: LabelledSurface, label: Label) -> NDArray[np.bool_]:
    """Vertices `(V,)` all of whose triangles have `label`."""
    faces = labelled.surface.faces
    inside = np.zeros(len(labelled.surface.vertices), dtype=bool)
    inside[faces[labelled.labels == label]] = True
    inside[faces[labelled.labels != label]] = False
    return inside


def _near_label(labelled: LabelledSurface, label: Label, reach: float) -> NDArray[np.bool_]:
    """Vertices `(V,)` of triangles with `label`, or within `reach` mm of one."""
    points = labelled.surface.vertices
    own = points[np.unique(labelled.surface.faces[labelled.labels == label])]
    distance, _ = cKDTree(own).query(points, distance_upper_bound=reach)
    return np.isfinite(distance)


def lines_distance(points: Array, landmarks: Array, lines: tuple[tuple[int, ...], ...]) -> Array:
    """Distance `(N,)` from `points` `(N, 3)` to polylines through landmarks."""
    best = np.full(len(points), np.inf)
    for line in lines:
        for first, second in pairwise(line):
            start, along = landmarks[first], landmarks[second] - landmarks[first]
            t = np.clip((points - start) @ along / max(along @ along, 1e-9), 0.0, 1.0)
            best = np.minimum(best, np.linalg.norm(points - start - t[:, None] * along, axis=1))
    return best


def estimate_curvature(vertices: Array, faces: NDArray[np.int64], field: SymmetricField) -> Array:
    """Largest turn of the field's normal per millimetre along the edges at a vertex, `(V,)`.

    Averaged over neighbours, so that single triangles of the dense surface do not matter.
    """
    gradient = field.gradients(vertices)
    normal = gradient / np.maximum(np.linalg.norm(gradient, axis=1, keepdims=True), 1e-9)
    edges = unique_edges(faces)
    length = np.linalg.norm(vertices[edges[:, 0]] - vertices[edges[:, 1]], axis=1)
    turn = np.linalg.norm(normal[edges[:, 0]] - normal[edges[:, 1]], axis=1)
    keep = length > 0.25 * np.median(length)
    curvature = np.zeros(len(vertices))
    for side in (0, 1):
        np.maximum.at(curvature, edges[keep, side], turn[keep] / length[keep])
    both = np.concatenate([edges, edges[:, ::-1]])
    degree = np.maximum(np.bincount(both[:, 0], minlength=len(vertices)), 1)
    for _ in range(3):
        total = np.bincount(both[:, 0], weights=curvature[both[:, 1]], minlength=len(vertices))
        curvature = 0.5 * curvature + 0.5 * total / degree
    return curvature


def limit_gradation(
    lengths: Array, vertices: Array, edges: NDArray[np.int64], slope: float
) -> Array:
    """The largest field below `lengths` `(V,)` that grows at most by `slope` along the edges."""
    distance = slope * np.linalg.norm(vertices[edges[:, 0]] - vertices[edges[:, 1]], axis=1)
    # A source vertex joined to v by an edge of length lengths[v] makes it one shortest path.
    count = len(vertices)
    rows = np.concatenate([edges[:, 0], np.full(count, count)])
    columns = np.concatenate([edges[:, 1], np.arange(count)])
    weights = np.concatenate([distance + 1e-12, lengths])
    graph = csr_array((weights, (rows, columns)), shape=(count + 1, count + 1))
    limited: Array = dijkstra(graph, directed=False, indices=count)[:count]
    return limited


def _vertex_areas(vertices: Array, faces: NDArray[np.int64]) -> Array:
    corners = vertices[faces]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = np.linalg.norm(cross, axis=1) / 6.0
    total: Array = np.bincount(
        faces.ravel(), weights=np.repeat(area, 3), minlength=len(vertices)
    ).astype(np.float64)
    return total
