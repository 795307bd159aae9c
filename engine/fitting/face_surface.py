"""Which of the model's surface a scan can show, and how much of it each vertex stands for."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from engine.geometry.mesh import Mesh
from engine.geometry.normals import face_areas, vertex_normals
from engine.geometry.visibility import hidden_points, hidden_vertices, neck_end
from engine.models.protocol import FaceModel

Mask = NDArray[np.bool_]

RAYS = 16
DETAIL, ELSEWHERE = 3.0, 0.25
"""How much a mm² counts in nose, eyes and mouth, which are full of detail, and far from the face,
where scans have hair, caps and collars; the face counts 1."""
FACE_MM = (25.0, 60.0)
"""The face ends this far from the nearest landmark: fully inside, fully outside."""
REMEMBERED = 4


def never_seen(model: FaceModel) -> Mask:
    """The template vertices `(V,)` that no scan shows of the mean face at rest.

    The inside of the mouth, the eyeballs behind the lids, and the closed end of the neck.
    """
    template = model.template
    chin = float(template.vertices[model.landmarks, 1].min())
    return _never_seen(_TemplateKey(model.info.identifier, template), chin)


def detailed_vertices(template: Mesh) -> Mask:
    """The vertices `(V,)` of nose, eyes and mouth, rims included; all without region weights."""
    weights = template.region_weights
    if weights is None:
        return np.ones(len(template.vertices), np.bool_)
    detailed: Mask = weights[:, :3].sum(axis=1) > 0
    return detailed


def face_share(model: FaceModel) -> NDArray[np.float64]:
    """How far each template vertex `(V,)` belongs to the face: 1 inside, 0 where hair may be."""
    template = model.template
    tree = cKDTree(template.vertices[model.landmarks])
    away = tree.query(template.vertices)[0]
    share: NDArray[np.float64] = np.clip((FACE_MM[1] - away) / (FACE_MM[1] - FACE_MM[0]), 0.0, 1.0)
    return share


def emphasis_of(model: FaceModel) -> NDArray[np.float64]:
    """How much each template vertex `(V,)` counts in a fit."""
    emphasis = ELSEWHERE + (1.0 - ELSEWHERE) * face_share(model)
    weights = model.template.region_weights
    if weights is None:
        return emphasis
    detail = weights[:, :3].sum(axis=1)
    return emphasis + (DETAIL - emphasis) * detail


def usable_vertices(mesh: Mesh, never: Mask, asked: Mask) -> Mask:
    """The vertices `(V,)` that can be seen on the face `mesh`.

    Args:
        never: `(V,)` those that cannot in any face; asked: `(V,)` those that `mesh` may hide.
    """
    rows = np.flatnonzero(~never & asked)
    normals = vertex_normals(mesh.vertices, mesh.faces)[rows]
    usable: Mask = ~never
    usable[rows] &= ~hidden_points(mesh, mesh.vertices[rows], normals, RAYS)
    return usable


def vertex_areas(mesh: Mesh) -> NDArray[np.float64]:
    """A third of the area of the faces around each vertex `(V,)`, mm²."""
    thirds = np.repeat(face_areas(mesh.vertices, mesh.faces) / 3.0, 3)
    areas: NDArray[np.float64] = np.bincount(
        mesh.faces.ravel(), thirds.astype(np.float64), len(mesh.vertices)
    ).astype(np.float64)
    return areas


class _TemplateKey:
    """A template, equal to another of the same model and size."""

    def __init__(self, identifier: str, template: Mesh) -> None:
        self.template = template
        self._key = (identifier, len(template.vertices))

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _TemplateKey) and self._key == other._key


@lru_cache(maxsize=REMEMBERED)
def _never_seen(key: _TemplateKey, chin: float) -> Mask:
    mask = neck_end(key.template, chin) | hidden_vertices(key.template, RAYS)
    mask.setflags(write=False)
    return mask
