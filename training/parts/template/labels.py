"""What a triangle of the template shows: skin, lips, an eyeball, the mouth's inside, the cap.

The registered faces know; the labels are carried over to our own surface by distance and
their borders are cut into it, so that the remesher can keep them as edges.
"""

from dataclasses import dataclass
from enum import IntEnum

import igl
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array, diags_array
from scipy.sparse.csgraph import dijkstra

from engine.errors import InputError
from engine.geometry.topology import unique_edges, vertex_components
from training.parts.registered import RegisteredFaces
from training.parts.template.extract import HalfSurface
from training.parts.template.lip_outline import lip_depth, lip_outline
from training.parts.template.split import split_edges

Array = NDArray[np.float64]
Faces = NDArray[np.int64]

INNER_LIPS = (60, 61, 62, 63, 64, 65, 66, 67)
CAPS_GROUP = 3


class Label(IntEnum):
    """Labels of triangles; EYE is the right eyeball or the left by the sign of x."""

    SKIN = 0
    EYE = 1
    MOUTH = 2
    CAP = 3
    LIPS = 4


@dataclass(frozen=True, slots=True, eq=False)
class LabelledSurface:
    """A half surface with a `Label` `(F,)` per triangle."""

    surface: HalfSurface
    labels: NDArray[np.int64]


def registered_labels(faces: RegisteredFaces, vertices: Array) -> NDArray[np.int64]:
    """Label `(F,)` of every registered triangle; hidden caps count as skin."""
    labels = np.full(len(faces.faces), int(Label.SKIN))
    labels[(faces.groups == 1) | (faces.groups == 2)] = Label.EYE
    skin = faces.groups == 0
    labels[skin & _mouth_faces(faces, vertices)] = Label.MOUTH
    # The neck is closed by a fan, whose centre has far more triangles than any other vertex.
    hub = np.argmax(np.bincount(faces.faces[skin].ravel()))
    labels[skin & (faces.faces == hub).any(1)] = Label.CAP
    return labels


def _mouth_faces(faces: RegisteredFaces, vertices: Array) -> NDArray[np.bool_]:
    """Triangles `(F,)` behind the loop through the landmarks of the inner lips."""
    count = len(vertices)
    skin = faces.faces[faces.groups == 0]
    loop = _closed_path(skin, vertices, faces.landmarks[list(INNER_LIPS)])
    open_faces = skin[~np.isin(skin, loop).any(1)]
    label = vertex_components(open_faces, count)
    sizes = np.bincount(label[np.unique(open_faces)])
    parts = np.flatnonzero(sizes)
    if len(parts) < 2:
        raise InputError(
            "The inner lips do not separate the mouth from the face, so the registered faces "
            "have no mouth cavity. Give the template a surface with an open mouth."
        )
    bag = label == parts[np.argsort(sizes[parts])[-2]]
    bag[loop] = True
    inside = bag[faces.faces].all(1)
    # A triangle with all corners on the loop belongs to neither side by itself: skin.
    return inside & ~np.isin(faces.faces, loop).all(1)


def _closed_path(triangles: Faces, vertices: Array, stops: NDArray[np.int64]) -> NDArray[np.int64]:
    """Vertices of the loop of shortest edge paths from each stop to the next."""
    edges = unique_edges(triangles)
    length = np.linalg.norm(vertices[edges[:, 0]] - vertices[edges[:, 1]], axis=1)
    graph = csr_array((length, (edges[:, 0], edges[:, 1])), shape=(len(vertices),) * 2)
    _, before = dijkstra(graph, directed=False, indices=stops, return_predecessors=True)
    path: list[int] = []
    for index, start in enumerate(stops):
        vertex = int(stops[(index + 1) % len(stops)])
        while vertex != start:
            path.append(vertex)
            vertex = int(before[index, vertex])
    return np.unique(path)


def label_surface(surface: HalfSurface, faces: RegisteredFaces) -> LabelledSurface:
    """Cut the borders of the lips, the eyeball, the mouth and the neck's cap into `surface`."""
    vertices = faces.vertices(faces.canonical_code()).astype(np.float64)
    known = registered_labels(faces, vertices)
    visible = faces.groups != CAPS_GROUP
    result = LabelledSurface(surface, np.zeros(len(surface.faces), np.int64))
    # The mouth's label comes after the lips' and takes back what lies behind them.
    outline = lip_outline(vertices[faces.landmarks])
    result = _cut(result, lip_depth(surface.vertices, outline), Label.LIPS)
    for label in (Label.EYE, Label.MOUTH, Label.CAP):
        inside = faces.faces[visible & (known == label)]
        outside = faces.faces[visible & (known != label)]
        points = result.surface.vertices
        closer = _distance(points, vertices, outside) - _distance(points, vertices, inside)
        level = smooth_on_surface(closer, result.surface, rounds=6)
        result = _cut(result, level, label)
    return result


def _distance(points: Array, vertices: Array, triangles: Faces) -> Array:
    squared, _, _ = igl.point_mesh_squared_distance(points, vertices, triangles)
    distance: Array = np.sqrt(squared)
    return distance


def smooth_on_surface(values: Array, surface: HalfSurface, rounds: int) -> Array:
    """Average a field `(V,)` over neighbours, `rounds` times."""
    edges = unique_edges(surface.faces)
    count = len(surface.vertices)
    both = np.concatenate([edges, edges[:, ::-1]])
    graph = coo_array((np.ones(len(both)), (both[:, 0], both[:, 1])), shape=(count, count))
    average = diags_array(1.0 / np.maximum(graph.sum(axis=1), 1.0)) @ graph.tocsr()
    for _ in range(rounds):
        values = 0.5 * values + 0.5 * (average @ values)
    return values


def _cut(labelled: LabelledSurface, level: Array, label: Label) -> LabelledSurface:
    """Split triangles where `level` `(V,)` changes sign; give `label` to the positive side."""
    surface = labelled.surface
    # A crossing very near a vertex would leave slivers: let the vertex carry the border.
    scale = np.median(np.abs(level[surface.faces[:, 0]] - level[surface.faces[:, 1]])) + 1e-9
    level = np.where(np.abs(level) < 0.02 * scale, 0.0, level)
    edges = unique_edges(surface.faces)
    a, b = level[edges[:, 0]], level[edges[:, 1]]
    crossed = a * b < 0.0
    t = (a[crossed] / (a[crossed] - b[crossed]))[:, None]
    ends = surface.vertices[edges[crossed]]
    middle = ends[:, 0] + t * (ends[:, 1] - ends[:, 0])
    cut = split_edges(surface.faces, len(surface.vertices), edges[crossed])
    value = np.concatenate([level, np.zeros(len(middle))])
    labels = labelled.labels[cut.parents]
    positive = value[cut.faces].sum(1) > 0.0
    vertices = np.concatenate([surface.vertices, middle])
    positive = _largest_patch(positive, cut.faces)
    return LabelledSurface(HalfSurface(vertices, cut.faces), np.where(positive, int(label), labels))


def _largest_patch(chosen: NDArray[np.bool_], faces: Faces) -> NDArray[np.bool_]:
    """Keep of the chosen triangles `(F,)` the largest patch, and fill its holes."""
    kept = _largest_part(chosen, faces)
    return ~_largest_part(~kept, faces)


def _largest_part(chosen: NDArray[np.bool_], faces: Faces) -> NDArray[np.bool_]:
    if not chosen.any():
        raise InputError(
            "The template network's surface has no eye, mouth or neck end near that of the "
            "registered faces. Train the template network first."
        )
    label = vertex_components(faces[chosen], int(faces.max()) + 1)
    own = label[faces[:, 0]]
    largest = np.argmax(np.bincount(own[chosen]))
    part: NDArray[np.bool_] = chosen & (own == largest)
    return part
