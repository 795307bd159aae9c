"""A level foot under a surface that ends in a slanting plane, as a head does at its neck.

A print of it stands as the head is worn; on the plane itself it would lie on its back.
"""

import numpy as np

from engine.errors import InputError
from engine.geometry.flat_end import find_flat_end
from engine.geometry.mesh import Mesh
from engine.geometry.normals import vertex_normals

FOOT_MM = 2.0
"""Height of the foot where the surface is lowest."""
_EDGE_COSINE = np.cos(np.deg2rad(30.0))
"""Normals of vertices on the plane's edge lie between those of the plane and of the skin."""


def with_level_foot(mesh: Mesh) -> Mesh:
    """`mesh` with the plane in which it ends brought straight down to one height.

    The vertices and faces stay what they are, so a closed surface stays closed; the faces
    around the plane become the foot's wall.

    Raises:
        InputError: the surface does not end in a plane that looks down.
    """
    end = find_flat_end(mesh.vertices, mesh.faces)
    if end is None:
        raise InputError(
            "The surface does not end in a plane below, so it gets no foot. Leave the foot out, "
            "or cut the surface in the printer's program."
        )
    aligned = vertex_normals(mesh.vertices, mesh.faces) @ end.normal
    moved = np.array(mesh.vertices)
    on_plane = (np.abs(end.heights(mesh.vertices)) < end.tolerance) & (aligned > _EDGE_COSINE)
    moved[on_plane, 1] = mesh.vertices[:, 1].min() - FOOT_MM
    return mesh.with_vertices(moved)
