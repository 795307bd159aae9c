"""A face or a mesh, and what the spiral autoencoder makes of it; no Qt here."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.geometry.mesh import Mesh
from engine.models.protocol import FaceCode, FaceModel
from engine.progress import CancelToken, Progress

if TYPE_CHECKING:
    from app.spiral.source import SpiralSource
    from engine.editing.residual import ResidualLayer
    from engine.models.spiral_autoencoder import SpiralModel


@dataclass(frozen=True, slots=True, eq=False)
class Reconstruction:
    """A mesh on the autoencoder's topology, and the same mesh encoded and decoded.

    Attributes:
        given, made: both have V vertices in mm and the same faces.
        distances: `(V,)` mm between corresponding vertices.
        seconds: of encoding and decoding alone.
    """

    given: Mesh
    made: Mesh
    distances: NDArray[np.float32]
    seconds: float

    @property
    def mean_mm(self) -> float:
        return float(self.distances.mean())

    @property
    def median_mm(self) -> float:
        return float(np.median(self.distances))

    @property
    def p95_mm(self) -> float:
        return float(np.percentile(self.distances, 95.0))

    def to_json(self) -> dict[str, float | int]:
        """Figures for programs."""
        return {
            "vertices": len(self.distances),
            "mean_mm": round(self.mean_mm, 4),
            "median_mm": round(self.median_mm, 4),
            "p95_mm": round(self.p95_mm, 4),
            "max_mm": round(float(self.distances.max()), 4),
            "seconds": round(self.seconds, 4),
        }


def carry_face(
    spiral: "SpiralModel",
    model: FaceModel,
    code: FaceCode,
    residual: "ResidualLayer | None" = None,
    cancel: CancelToken | None = None,
) -> Mesh:
    """A face of the editor, on the autoencoder's topology, with the regions it has there.

    Raises:
        InputError: the autoencoder's topology does not say how it lies on a face.
        Cancelled: `cancel` was raised meanwhile.
    """
    template = model.template
    vertices = model.template_surface(code, cancel)
    if residual is not None and template.region_weights is not None:
        vertices = residual.apply(vertices, template.faces, template.region_weights)
    return carry_template(spiral, model, vertices)


def carry_template(spiral: "SpiralModel", model: FaceModel, vertices: NDArray) -> Mesh:
    """`vertices` `(T, 3)` of the editor's template, on the autoencoder's topology.

    Raises:
        InputError: as `carry_face`, or another number of vertices.
    """
    transfer = spiral.transfer(model)
    weights = model.template.region_weights
    if weights is not None:
        weights = np.einsum("vkr,vk->vr", weights[transfer.corners], transfer.weights)
    faces = spiral.template.faces
    return Mesh(transfer.apply(vertices), faces, region_weights=weights)


def reconstruct(spiral: "SpiralModel", given: Mesh) -> Reconstruction:
    """What the autoencoder makes of `given`, a mesh on its topology.

    Raises:
        InputError: another number of vertices.
    """
    spiral.reconstruct(spiral.template.vertices)  # loads the network: not part of the time
    started = time.perf_counter()
    vertices = spiral.reconstruct(given.vertices)
    seconds = time.perf_counter() - started
    return measured(given, given.with_vertices(vertices), seconds)


def measured(given: Mesh, made: Mesh, seconds: float) -> Reconstruction:
    """Two meshes of one topology with the distances of corresponding vertices."""
    distances = np.linalg.norm(made.vertices - given.vertices, axis=1).astype(np.float32)
    return Reconstruction(given, made, distances, seconds)


@dataclass(frozen=True, slots=True, eq=False)
class FaceToReconstruct:
    """A frozen request for a face's reconstruction; called on a worker thread.

    Attributes:
        instead: a mesh on the autoencoder's topology to set against the face, in place of
            its reconstruction.
    """

    source: "SpiralSource"
    model: FaceModel
    name: str
    code: FaceCode
    residual: "ResidualLayer | None" = None
    instead: Mesh | None = None

    def __call__(self, cancel: CancelToken, progress: Progress) -> "ReconstructedFace":
        progress(0.0, f"Reconstructing {self.name}")
        spiral = self.source.get()
        given = carry_face(spiral, self.model, self.code, self.residual, cancel)
        cancel.check()
        if self.instead is None:
            alone = None
            if self.residual is not None:
                alone = carry_face(spiral, self.model, self.code, cancel=cancel)
            return ReconstructedFace(self.name, reconstruct(spiral, given), alone)
        made = given.with_vertices(self.instead.vertices)
        return ReconstructedFace(self.name, measured(given, made, 0.0), decoded=True)


@dataclass(frozen=True, slots=True, eq=False)
class ReconstructedFace:
    """The outcome of `FaceToReconstruct`.

    Attributes:
        codes_alone: the face without the layer that a fit laid over it, where there is one.
        decoded: the mesh is of the latent space, not the face's own reconstruction.
    """

    name: str
    result: Reconstruction
    codes_alone: Mesh | None = None
    decoded: bool = False
