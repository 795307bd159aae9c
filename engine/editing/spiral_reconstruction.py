"""A face of the editor, or a fitted scan, as the spiral autoencoder sees it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.editing.residual import ResidualLayer
from engine.errors import InputError
from engine.geometry.mesh import Mesh
from engine.models.protocol import FaceCode, FaceModel
from engine.models.spiral_autoencoder import SpiralModel
from engine.progress import CancelToken


@dataclass(frozen=True, slots=True, eq=False)
class SpiralReconstruction:
    """A face on the autoencoder's topology, before and after, with V vertices.

    Attributes:
        reference: what was given; reconstructed: what the autoencoder makes of it.
        code: `(d,)`, from which the latter is decoded.
    """

    reference: Mesh
    reconstructed: Mesh
    code: NDArray[np.float32]

    @property
    def errors_mm(self) -> NDArray[np.float32]:
        """Distance `(V,)` between corresponding vertices."""
        apart = self.reconstructed.vertices - self.reference.vertices
        distances: NDArray[np.float32] = np.linalg.norm(apart, axis=1)
        return distances


def reconstruct_face(
    spiral: SpiralModel,
    model: FaceModel,
    code: FaceCode,
    residual: ResidualLayer | None = None,
    cancel: CancelToken | None = None,
) -> SpiralReconstruction:
    """Carry the face with `code` onto the autoencoder's topology and reconstruct it.

    A scan comes in by its fit: the code of `engine.fitting.fit_scan` and the residual of
    `engine.editing.residual.fit_residual`.

    Raises:
        InputError: the autoencoder was trained on meshes of a topology of their own.
        Cancelled: `cancel` was raised meanwhile.
    """
    transfer = spiral.transfer(model)
    vertices = model.template_surface(code, cancel)
    if residual is not None:
        template = model.template
        if template.region_weights is None:
            raise InputError("The template has no region weights, which a residual needs.")
        vertices = residual.apply(vertices, template.faces, template.region_weights)
    return reconstruct_mesh(spiral, transfer.apply(vertices))


def reconstruct_mesh(spiral: SpiralModel, vertices: NDArray) -> SpiralReconstruction:
    """Reconstruct a registered mesh, vertices `(V, 3)` in mm on the autoencoder's topology.

    Raises:
        InputError: another number of vertices, or one that is not finite.
    """
    code = spiral.encode(vertices)
    faces = spiral.template.faces
    return SpiralReconstruction(Mesh(vertices, faces), Mesh(spiral.decode(code), faces), code)
