"""Outputs on coarser levels that only training has.

A step that is judged on 3,166 or 12,662 vertices costs a tenth or a fifth of one on the finest
level. So each such level gets a convolution of its own to three coordinates, as the finest has;
the network that is exported is the published one without them.
"""

from typing import cast

from torch import Tensor, nn

from engine.geometry.mesh_hierarchy import MeshHierarchy
from engine.networks.coarse_to_fine import CoarseToFine
from engine.networks.coarse_to_fine_config import LEVELS
from engine.networks.spiral_layers import SpiralLayer
from training.photos.coarse_to_fine.targets import GUIDED_LEVELS


class GuidedNetwork(nn.Module):
    """A network with its guides: what a checkpoint holds."""

    def __init__(self, network: CoarseToFine, hierarchy: MeshHierarchy) -> None:
        super().__init__()
        self.network = network
        widths = network.config.decoder
        self.guides = nn.ModuleList(
            SpiralLayer(
                hierarchy.spirals[level], hierarchy.sizes[level], widths[LEVELS - 1 - level], 3
            )
            for level in range(1, GUIDED_LEVELS + 1)
        )
        for guide in self.guides:
            nn.init.zeros_(cast(SpiralLayer, guide).linear.weight)
            nn.init.zeros_(cast(SpiralLayer, guide).linear.bias)

    def displacements(self, embedding: Tensor, level: int) -> Tensor:
        """The coarse mesh's displacements `(B, Vₗ, 3)` on `level`, 0 the finest."""
        decoder = self.network.decoder
        if level == 0:
            made: Tensor = decoder(embedding)
        else:
            made = self.guides[level - 1](decoder.features(embedding, level))
        return made
