"""Fitting the linear carrier: how the template's vertices move with the codes.

Each template vertex is bound to the point of the registered canonical face that it lies on,
skin to skin and eyeball to eyeball, and learns that point's motion over the training faces,
which is linear in the codes. (Inverting the trained cascade instead fails where lids or lips
touch: what is far apart on the template is then in one place.) The exact surface is found from
there on the field's zero set, see `PartsModel.template_surface`.
"""

import numpy as np
from numpy.typing import NDArray

from engine.geometry.distance import SurfaceIndex, barycentric_coordinates
from engine.geometry.mesh import Mesh
from engine.models.carrier import Carrier, PartCarrier
from training.parts.registered import RegisteredFaces
from training.parts.template.template_mesh import Kind, TemplateMesh

Floats = NDArray[np.float32]

GROUPS_OF = {Kind.RIGHT_EYE: (1,), Kind.LEFT_EYE: (2,)}
SKIN_GROUPS = (0, 3)
STILL_MM = 0.01
"""Vertices that no coordinate of a part moves further than this per unit stay still."""


def fit_carrier(template: TemplateMesh, faces: RegisteredFaces) -> Carrier:
    """The carrier of `template`, whose vertices lie on the canonical face."""
    registered = faces.vertices(faces.canonical_code())
    rest = template.vertices.copy()
    basis = np.zeros((*rest.shape, faces.basis.shape[2]), np.float32)
    for kind in np.unique(template.kinds):
        rows = np.flatnonzero(template.kinds == kind)
        groups = GROUPS_OF.get(Kind(kind), SKIN_GROUPS)
        triangles = faces.faces[np.isin(faces.groups, groups)]
        if not len(triangles):
            triangles = faces.faces
        corners, weights = bind(template.vertices[rows], registered, triangles)
        rest[rows] += np.einsum("nk,nkd->nd", weights, (faces.rest - registered)[corners])
        basis[rows] = np.einsum("nk,nkdc->ndc", weights, faces.basis[corners])
    parts = {}
    for part, columns in faces.slices.items():
        motion = basis[:, :, columns]
        moved = np.flatnonzero(np.abs(motion).max((1, 2)) > STILL_MM)
        flat = motion[moved].reshape(3 * len(moved), -1)
        parts[part] = PartCarrier(moved, np.ascontiguousarray(flat))
    return Carrier(rest, parts)


def bind(
    points: Floats, vertices: Floats, triangles: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Corners and barycentric weights, both `(N, 3)`, of the places nearest to points `(N, 3)`."""
    mesh = Mesh(vertices, triangles.astype(np.int32))
    found = SurfaceIndex(mesh).closest_points(points)
    return triangles[found.faces], barycentric_coordinates(found.points, mesh, found.faces)
