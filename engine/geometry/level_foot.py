"""A level foot under a surface that ends in a slanting plane, as a head does at its neck.

A print of it stands as the head is worn; on the plane itself it would lie on its back.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.geometry.mesh import Mesh
from engine.geometry.normals import face_areas, face_normals, vertex_normals

FOOT_MM = 2.0
"""Height of the foot where the surface is lowest."""
_FLAT_MM = 0.3
_FLAT_COSINE = np.cos(np.deg2rad(5.0))
_EDGE_COSINE = np.cos(np.deg2rad(30.0))
"""Normals of vertices on the plane's edge lie between those of the plane and of the skin."""
_LEAST_SHARE = 0.01
"""Of the surface's area: a smaller flat place is not where it ends."""
_TRIALS = 64


@dataclass(frozen=True, slots=True)
class _Plane:
    point: NDArray[np.float64]
    normal: NDArray[np.float64]


def with_level_foot(mesh: Mesh) -> Mesh:
    """`mesh` with the plane in which it ends brought straight down to one height.

    The vertices and faces stay what they are, so a closed surface stays closed; the faces
    around the plane become the foot's wall.

    Raises:
        InputError: the surface does not end in a plane that looks down.
    """
    plane = _lower_end(mesh)
    gaps = np.abs((mesh.vertices - plane.point) @ plane.normal)
    aligned = vertex_normals(mesh.vertices, mesh.faces) @ plane.normal
    moved = np.array(mesh.vertices)
    on_plane = (gaps < _FLAT_MM) & (aligned > _EDGE_COSINE)
    moved[on_plane, 1] = mesh.vertices[:, 1].min() - FOOT_MM
    return mesh.with_vertices(moved)


def _lower_end(mesh: Mesh) -> _Plane:
    """The largest flat place below the middle that looks downwards."""
    areas, normals = face_areas(mesh.vertices, mesh.faces), face_normals(mesh.vertices, mesh.faces)
    centres = mesh.vertices[mesh.faces].mean(axis=1)
    middle = np.average(centres[:, 1], weights=areas)
    below = np.flatnonzero((normals[:, 1] < -0.3) & (centres[:, 1] < middle) & (areas > 0.0))
    best, best_area = None, _LEAST_SHARE * float(areas.sum())
    # Evenly over the area, so that a place that large is met by some.
    shares = np.cumsum(areas[below])
    steps = (np.arange(_TRIALS) + 0.5) / _TRIALS * (shares[-1] if len(below) else 0.0)
    for candidate in np.unique(np.searchsorted(shares, steps)) if len(below) else ():
        face = below[candidate]
        flat = normals[below] @ normals[face] > _FLAT_COSINE
        flat &= np.abs((centres[below] - centres[face]) @ normals[face]) < _FLAT_MM
        area = float(areas[below[flat]].sum())
        if area > best_area:
            chosen = below[flat]
            best, best_area = _fit(centres[chosen], normals[chosen], areas[chosen]), area
    if best is None:
        raise InputError(
            "The surface does not end in a plane below, so it gets no foot. Leave the foot out, "
            "or cut the surface in the printer's program."
        )
    return best


def _fit(centres: NDArray, normals: NDArray, areas: NDArray) -> _Plane:
    normal = np.average(normals, axis=0, weights=areas).astype(np.float64)
    point = np.average(centres, axis=0, weights=areas).astype(np.float64)
    return _Plane(point, normal / np.linalg.norm(normal))
