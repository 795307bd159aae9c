"""From a face model's template to another topology of the same face."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from engine.errors import InputError
from engine.geometry.distance import SurfaceIndex, barycentric_coordinates
from engine.geometry.mesh import Mesh
from engine.geometry.mesh_hierarchy import topology_hash
from engine.geometry.normals import vertex_normals
from engine.models.parted_pose import parted_code
from engine.models.protocol import FaceModel

CANDIDATES = 12
"""Template vertices near a vertex whose normals are compared with its own."""


@dataclass(frozen=True, slots=True, eq=False)
class TemplateTransfer:
    """V vertices as means of template vertices.

    Attributes:
        corners: `(V, 3)` template vertices.
        weights: `(V, 3)` float32, not negative, rows that add up to 1.
        template_size: vertices of the template.
    """

    corners: NDArray[np.int64]
    weights: NDArray[np.float32]
    template_size: int

    def apply(self, vertices: NDArray) -> NDArray[np.float32]:
        """Vertices `(V, 3)` of a face given on the template `(T, 3)`.

        Raises:
            InputError: another number of template vertices.
        """
        if np.shape(vertices) != (self.template_size, 3):
            raise InputError(
                f"Expected template vertices of shape ({self.template_size}, 3), "
                f"got {np.shape(vertices)}."
            )
        given = np.asarray(vertices, np.float32)
        found: NDArray[np.float32] = np.einsum("vkc,vk->vc", given[self.corners], self.weights)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class TemplateOrigin:
    """How a topology of V vertices was chosen from a template.

    Attributes:
        rows: `(V,)` template vertices.
        parted: `(V, 3)` where they are on the mean face in `parted_code`'s pose, mm.
        topology: `topology_hash` of the template.
    """

    rows: NDArray[np.int64]
    parted: NDArray[np.float32]
    topology: str

    @staticmethod
    def of(model: FaceModel, rows: NDArray) -> "TemplateOrigin":
        """Vertices `rows` of the template of `model`."""
        template = model.template
        name = topology_hash(template.faces, len(template.vertices))
        return TemplateOrigin(rows, model.preview(parted_code(model))[rows], name)

    def tensors(self) -> dict[str, NDArray]:
        """Arrays for a file."""
        digits = np.frombuffer(self.topology.encode(), np.uint8)
        return {
            "template_rows": self.rows.astype(np.int32),
            "parted": self.parted,
            "template_topology": digits,
        }

    @staticmethod
    def from_tensors(tensors: Mapping[str, NDArray]) -> "TemplateOrigin | None":
        """What `tensors` wrote, or None where there is nothing of it."""
        if "template_rows" not in tensors:
            return None
        return TemplateOrigin(
            tensors["template_rows"].astype(np.int64),
            tensors["parted"].astype(np.float32),
            bytes(tensors["template_topology"]).decode(errors="replace"),
        )

    def transfer(self, model: FaceModel, faces: NDArray) -> TemplateTransfer:
        """From the template of `model` onto this topology with its `faces` `(F, 3)`.

        Of the template it was chosen from, vertices are taken as they are; on any other,
        the closest points of the mean face.
        """
        template, count = model.template, len(model.template.vertices)
        if topology_hash(template.faces, count) == self.topology:
            corners = np.repeat(self.rows[:, None], 3, axis=1)
            weights = np.tile(np.array([1.0, 0.0, 0.0], np.float32), (len(corners), 1))
            return TemplateTransfer(corners, weights, count)
        parted = Mesh(model.preview(parted_code(model)), template.faces)
        return TemplateTransfer(*_on_surface(parted, Mesh(self.parted, faces)), count)


def _on_surface(template: Mesh, parted: Mesh) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Closest points, from where the surface runs the same way: not the other lip's."""
    points = parted.vertices.astype(np.float64)
    normals = vertex_normals(parted.vertices, parted.faces)
    theirs = vertex_normals(template.vertices, template.faces)
    distance, near = cKDTree(template.vertices).query(points, k=CANDIDATES)
    opposed = np.einsum("nkc,nc->nk", theirs[near], normals) < 0.0
    best = np.argmin(np.where(opposed, distance + 1e6, distance), axis=1)
    anchor = template.vertices[near[np.arange(len(points)), best]]
    # The closest point is sought from beside the anchor, so that it stays on its side.
    found = SurfaceIndex(template).closest_points(0.5 * (points + anchor))
    weights = barycentric_coordinates(found.points, template, found.faces).clip(0.0)
    weights /= weights.sum(axis=1, keepdims=True)
    return template.faces[found.faces].astype(np.int64), weights.astype(np.float32)
