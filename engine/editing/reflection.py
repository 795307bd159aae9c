"""The template's left and right: which point of it lies opposite to each vertex."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from engine.geometry.distance import SurfaceIndex, barycentric_coordinates
from engine.geometry.mesh import Mesh

FLIP = np.array([-1.0, 1.0, 1.0], np.float32)
"""Reflection through the plane x = 0, which lies between the subject's left and right."""

TWIN_MM = 1.0
"""A vertex is another's mirror image if it lies this near to where the plane reflects it."""


@dataclass(frozen=True, slots=True, eq=False)
class Reflection:
    """The point opposite to each of V vertices, as a mix of three vertices.

    Attributes:
        corners: `(V, 3)` vertices of the triangle that the point lies in.
        weights: `(V, 3)` of them, adding up to one.
        exact: the vertices are each other's images; `corners` names one vertex thrice then.
    """

    corners: NDArray[np.int64]
    weights: NDArray[np.float32]
    exact: bool

    def opposite(self, vertex: int) -> int:
        """The vertex nearest to the image of `vertex`."""
        return int(self.corners[vertex, self.weights[vertex].argmax()])

    def of_motion(self, motion: NDArray[np.float32]) -> NDArray[np.float32]:
        """The mirror image `(V, 3)` of a motion `(V, 3)` of the vertices."""
        if self.exact:
            return motion[self.corners[:, 0]] * FLIP
        mixed: NDArray[np.float32] = np.einsum("vk,vkd->vd", self.weights, motion[self.corners])
        return mixed * FLIP


def find_reflection(template: Mesh) -> Reflection:
    """Pair the template's vertices across x = 0; unpaired ones take the nearest surface point."""
    images = template.vertices * FLIP
    distances, nearest = cKDTree(template.vertices).query(images)
    count = len(images)
    if distances.max() < TWIN_MM and (nearest[nearest] == np.arange(count)).all():
        weights = np.zeros((count, 3), np.float32)
        weights[:, 0] = 1.0
        return Reflection(np.repeat(nearest[:, None], 3, axis=1), weights, exact=True)
    found = SurfaceIndex(template).closest_points(images)
    corners = barycentric_coordinates(found.points, template, found.faces)
    return Reflection(
        template.faces[found.faces].astype(np.int64), corners.astype(np.float32), exact=False
    )
