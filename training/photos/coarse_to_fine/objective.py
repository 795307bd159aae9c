"""From a batch of photographs to the loss of either stage."""

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from engine.geometry.mesh_hierarchy import MeshHierarchy
from engine.networks.coarse_to_fine_stages import sampled
from engine.networks.posed_mean import PosedMean
from training.photos.batches import PhotoBatch
from training.photos.coarse_to_fine.guides import GuidedNetwork
from training.photos.coarse_to_fine.losses import (
    CoarseToFineWeights,
    VertexLoss,
    normal_loss,
    photometric_loss,
)
from training.photos.coarse_to_fine.targets import GUIDED_LEVELS, Targets, start_of


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """The weighted sum, and the value of each term."""

    total: Tensor
    values: dict[str, Tensor]


class CoarseToFineObjective(nn.Module):
    """Runs a network on batches and judges it.

    Args:
        guided: the network with its guides.
        albedo: `(V, 3)` colours of the finest level, 0 to 255.
    """

    albedo: Tensor

    def __init__(
        self,
        guided: GuidedNetwork,
        targets: Targets,
        hierarchy: MeshHierarchy,
        albedo: Tensor,
        weights: CoarseToFineWeights,
    ) -> None:
        super().__init__()
        self.guided, self.targets, self._weights = guided, targets, weights
        self.losses = nn.ModuleList(
            VertexLoss(targets.rest(level), targets.weights(level), hierarchy.spirals[level])
            for level in range(GUIDED_LEVELS + 1)
        )
        brightness = albedo.float().mean(1) / 255.0
        self.register_buffer("albedo", brightness, persistent=False)
        self._half = guided.network.config.size / 2

    @property
    def device(self) -> torch.device:
        return self.albedo.device

    def coarse(self, batch: PhotoBatch, level: int, bfloat16: bool) -> Terms:
        """The coarse mesh, judged on `level`: 0 the finest."""
        self.guided.train()
        network, start = self.guided.network, start_of(batch, self._half)
        images = batch.images.contiguous(memory_format=torch.channels_last)
        with torch.autocast(images.device.type, torch.bfloat16, enabled=bfloat16):
            embedding, _ = network.encoder(images, start)
        moved = start.move(self.guided.displacements(embedding, level), network.config.frame)
        wanted = self.targets.truth(batch, level, self._half)
        placed = start.place(self.targets.rest(level)) + moved
        misses = start.measure(placed - wanted, "head")
        loss = cast(VertexLoss, self.losses[level])
        return self._weighed(
            {
                "vertex": loss.vertex(misses),
                "shape": loss.shape(misses),
                "edge": loss.edge(misses),
            }
        )

    def refine(self, batch: PhotoBatch, bfloat16: bool) -> Terms:
        """The refined mesh; encoder and decoder stay as they are.

        What is left to find is what the coarse network got wrong of a smooth true surface.
        """
        self.guided.eval()
        network, start = self.guided.network, start_of(batch, self._half)
        with torch.no_grad():
            images = batch.images.contiguous(memory_format=torch.channels_last)
            with torch.autocast(images.device.type, torch.bfloat16, enabled=bfloat16):
                embedding, taps = network.encoder(images, start)
            placed = start.place(network.rest)
            coarse = placed + start.move(network.decoder(embedding), network.config.frame)
            wanted = self.targets.truth(batch, 0, self._half)
            true_normals = network.normals(_upright(wanted))
            colours = sampled(batch.images, coarse[..., :2])
        refined = network.refine(coarse, batch.images, start, taps)
        return self._weighed(
            self._refined_terms(start, coarse, refined, wanted)
            | self._lit_terms(refined, true_normals, colours)
        )

    def _refined_terms(
        self, start: PosedMean, coarse: Tensor, refined: Tensor, wanted: Tensor
    ) -> dict[str, Tensor]:
        loss = cast(VertexLoss, self.losses[0])
        misses = start.measure(refined - wanted, "head")
        return {
            "vertex": loss.vertex(misses),
            "shape": loss.shape(misses),
            "edge": loss.edge(misses),
            "smooth": loss.edge(start.measure(refined - coarse, "head")),
        }

    def _lit_terms(self, refined: Tensor, true: Tensor, colours: Tensor) -> dict[str, Tensor]:
        normals = self.guided.network.normals(_upright(refined))
        weights = cast(VertexLoss, self.losses[0]).weights
        return {
            "normal": normal_loss(normals, true, weights),
            "photometric": photometric_loss(colours, self.albedo, normals, weights),
        }

    def _weighed(self, values: dict[str, Tensor]) -> Terms:
        total = sum(
            (getattr(self._weights, name) * value for name, value in values.items()),
            torch.zeros((), device=self.device),
        )
        return Terms(total, {name: value.detach() for name, value in values.items()})


def _upright(camera: Tensor) -> Tensor:
    """Camera coordinates with y up, for normals that point outward."""
    return camera * camera.new_tensor((1.0, -1.0, 1.0))
