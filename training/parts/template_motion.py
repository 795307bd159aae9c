"""What the template's motion should be: its vertices bound to the registered faces.

Each template vertex is bound to the point of the registered canonical face that it lies on,
skin to skin and eyeball to eyeball. The binding tells which vertices a part moves, and how far
the motion that the networks learned is from the true one; the motion itself that ships is the
networks'. (Inverting the trained cascade instead fails where lids or lips touch: what is far
apart on the template is then in one place.)
"""

import numpy as np
from numpy.typing import NDArray

from engine.geometry.distance import SurfaceIndex, barycentric_coordinates
from engine.geometry.mesh import Mesh
from engine.models.carrier import Carrier
from training.parts.handles import choose_handles
from training.parts.motion_trainer import STILL_MM
from training.parts.registered import RegisteredFaces
from training.parts.template.template_mesh import Kind, TemplateMesh

Floats = NDArray[np.float32]

GROUPS_OF = {Kind.RIGHT_EYE: (1,), Kind.LEFT_EYE: (2,)}
SKIN_GROUPS = (0, 3)


def true_motion(template: TemplateMesh, faces: RegisteredFaces) -> Floats:
    """Motion `(V, 3, K)` of the template's vertices, mm per unit of the joint code."""
    registered = faces.vertices(faces.canonical_code())
    motion = np.zeros((len(template.vertices), 3, faces.basis.shape[2]), np.float32)
    for kind in np.unique(template.kinds):
        rows = np.flatnonzero(template.kinds == kind)
        groups = GROUPS_OF.get(Kind(kind), SKIN_GROUPS)
        triangles = faces.faces[np.isin(faces.groups, groups)]
        if not len(triangles):
            triangles = faces.faces
        corners, weights = bind(template.vertices[rows], registered, triangles)
        motion[rows] = np.einsum("nk,nkdc->ndc", weights, faces.basis[corners])
    return motion


def moved_vertices(motion: Floats, faces: RegisteredFaces) -> dict[str, NDArray[np.int32]]:
    """The vertices that each part moves, from the motion `(V, 3, K)` of all."""
    return {
        part: np.flatnonzero(np.abs(motion[:, :, columns]).max((1, 2)) > STILL_MM).astype(np.int32)
        for part, columns in faces.slices.items()
    }


def template_handles(template: TemplateMesh, count: int) -> NDArray[np.int64]:
    """Vertices `(count,)` of the template that drive the landmark warp."""
    skin = np.flatnonzero((template.kinds != Kind.RIGHT_EYE) & (template.kinds != Kind.LEFT_EYE))
    return choose_handles(
        template.vertices.astype(np.float64),
        template.region_weights.astype(np.float64),
        template.landmarks.astype(np.int64),
        skin,
        min(count, len(skin)),
    )


def carrier_error(carrier: Carrier, motion: Floats, codes: Floats) -> Floats:
    """Distances `(N, V)` in mm between carried and true vertices for joint codes `(N, K)`."""
    learned = carrier.motion(np.arange(len(carrier.rest)))
    wrong = (learned - motion).reshape(-1, motion.shape[2])
    errors: Floats = np.linalg.norm((wrong @ codes.T).reshape(len(motion), 3, -1), axis=1).T
    return errors


def bind(
    points: Floats, vertices: Floats, triangles: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Corners and barycentric weights, both `(N, 3)`, of the places nearest to points `(N, 3)`."""
    mesh = Mesh(vertices, triangles.astype(np.int32))
    found = SurfaceIndex(mesh).closest_points(points)
    return triangles[found.faces], barycentric_coordinates(found.points, mesh, found.faces)
