"""The coarse-to-fine spiral network: image → coarse mesh → refined mesh.

Cheng, Tzimiropoulos, Shen & Pantic, "Faster, Better and More Detailed: 3D Face Reconstruction with
Graph Convolutional Networks" (ACCV 2020), sizes from its supplement. An image encoder ends in an
embedding of 256 numbers; a spiral decoder makes of it, level by level, the coarse mesh; a refiner
adds to that what its normals, the colours under its vertices and the encoder's finer feature maps
(AddF) tell. Ours: what the decoder gives is a displacement of the mean face posed on a detector's
five points, which the encoder may read too.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.errors import WeightsError
from engine.geometry.mesh import Mesh
from engine.geometry.mesh_hierarchy import MeshHierarchy
from engine.networks.coarse_to_fine_config import LEVELS, CoarseToFineConfig
from engine.networks.coarse_to_fine_stages import (
    FAR_TAP,
    NEAR_TAP,
    CoarseDecoder,
    ImageEncoder,
    Refiner,
    sampled,
)
from engine.networks.posed_mean import PosedMean
from engine.networks.spiral_layers import VertexNormals


@dataclass(frozen=True, slots=True, eq=False)
class CoarseToFineOutput:
    """Camera coordinates `(B, V, 3)` as in `PosedMean`: the posed mean, coarse and refined."""

    mean: Tensor
    coarse: Tensor
    refined: Tensor


class CoarseToFine(nn.Module):
    """Encoder, decoder and refiner on one hierarchy.

    Args:
        hierarchy: of `engine.geometry.subdivided_hierarchy`.
        mesh: its finest level, the mean head in mm.
    """

    rest: Tensor

    def __init__(self, hierarchy: MeshHierarchy, mesh: Mesh, config: CoarseToFineConfig) -> None:
        super().__init__()
        if len(hierarchy.sizes) != LEVELS or hierarchy.sizes[0] != len(mesh.vertices):
            raise WeightsError(
                f"A coarse-to-fine network needs a hierarchy of {LEVELS} levels whose finest has "
                f"the mesh's {len(mesh.vertices)} vertices, got {hierarchy.sizes}."
            )
        self.config = config
        self.encoder = ImageEncoder(config)
        self.decoder = CoarseDecoder(hierarchy, config)
        channels = self.encoder.backbone.channels
        self.refiner = Refiner(hierarchy, config, (channels[NEAR_TAP], channels[FAR_TAP]))
        self.normals = VertexNormals(mesh.faces, len(mesh.vertices))
        self.register_buffer("rest", torch.tensor(mesh.vertices), persistent=False)

    def forward(self, images: Tensor, start: PosedMean) -> CoarseToFineOutput:
        """Heads in normalised images `(B, 3, S, S)`."""
        embedding, taps = self.encoder(images, start)
        mean = start.place(self.rest)
        coarse = mean + start.move(self.decoder(embedding), self.config.frame)
        return CoarseToFineOutput(mean, coarse, self.refine(coarse, images, start, taps))

    def refine(
        self, coarse: Tensor, images: Tensor, start: PosedMean, taps: list[Tensor]
    ) -> Tensor:
        """The refined mesh `(B, V, 3)` of a coarse one; `taps` are the encoder's."""
        # Normals where y is up, so that they point out of the head.
        normals = self.normals(coarse * coarse.new_tensor((1.0, -1.0, 1.0)))
        places = coarse[..., :2]
        given = torch.cat([normals, sampled(images, places)], dim=2)
        moved: Tensor = start.move(self.refiner(given, places, taps), self.config.frame)
        return coarse + moved
