"""The three networks of the coarse-to-fine reconstruction (Cheng et al., supplement, section 1)."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.geometry.mesh_hierarchy import MeshHierarchy
from engine.networks.backbones import build_backbone
from engine.networks.coarse_to_fine_config import LEVELS, CoarseToFineConfig
from engine.networks.posed_mean import DESCRIBED, PosedMean
from engine.networks.spiral_layers import SpiralLayer

NEAR_TAP, FAR_TAP, PLACED_TAP = 0, 1, -2
"""Feature maps that AddF samples, of strides 2 and 4, which are 128² and 64² of an image of 256²;
and the one whose features may keep their place in the embedding."""


class ImageEncoder(nn.Module):
    """A backbone, its mean over the image, and FC to the embedding."""

    def __init__(self, config: CoarseToFineConfig) -> None:
        super().__init__()
        self.backbone = build_backbone(config.backbone)
        self._start, self.grid = config.start, None
        channels, strides = self.backbone.channels, self.backbone.strides
        given = channels[-1] + (DESCRIBED if config.start else 0)
        if config.grid:
            self.grid = nn.Sequential(
                nn.Conv2d(channels[PLACED_TAP], config.grid, 1, bias=False),
                nn.BatchNorm2d(config.grid),
                nn.ReLU(),
            )
            given += config.grid * (config.size // strides[PLACED_TAP]) ** 2
        self.embed = nn.Linear(given, config.embedding)

    def forward(self, images: Tensor, start: PosedMean) -> tuple[Tensor, list[Tensor]]:
        """The embedding `(B, D)` of images `(B, 3, S, S)`, and the near and far taps for AddF."""
        taps = self.backbone(images)
        told = [taps[-1].float().mean((2, 3))]
        if self.grid is not None:
            told.append(self.grid(taps[PLACED_TAP]).flatten(1).float())
        if self._start:
            told.append(start.described())
        # Half precision is enough for the image, not for places in it.
        with torch.autocast(images.device.type, enabled=False):
            embedding: Tensor = self.embed(torch.cat(told, dim=1))
        return embedding, [taps[NEAR_TAP].float(), taps[FAR_TAP].float()]


class CoarseDecoder(nn.Module):
    """FC(V₅·128) → [Unpool(4) → SPConv] × 5 → SPConv(3), ELU but at the output."""

    def __init__(self, hierarchy: MeshHierarchy, config: CoarseToFineConfig) -> None:
        super().__init__()
        widths, sizes = config.decoder, hierarchy.sizes
        self._coarsest = sizes[-1]
        self.fc = nn.Linear(config.embedding, sizes[-1] * widths[0])
        self.layers = nn.ModuleList(
            SpiralLayer(
                hierarchy.spirals[level],
                sizes[level],
                widths[LEVELS - 2 - level],
                widths[LEVELS - 1 - level],
                hierarchy.steps[level],
            )
            for level in reversed(range(LEVELS - 1))
        )
        self.output = SpiralLayer(hierarchy.spirals[0], sizes[0], widths[-1], 3)
        _start_small(self.output)

    def forward(self, embedding: Tensor) -> Tensor:
        """Displacements `(B, V, 3)` on the finest level."""
        made: Tensor = self.output(self.features(embedding, 0))
        return made

    def features(self, embedding: Tensor, level: int) -> Tensor:
        """Features `(B, Vₗ, C)` on `level`, 0 the finest."""
        features = F.elu(self.fc(embedding)).view(len(embedding), self._coarsest, -1)
        for layer in self.layers[: LEVELS - 1 - level]:
            features = F.elu(layer(features))
        return features


class AddFeatures(nn.Module):
    """AddF: encoder features at the vertices' pixels, adapted to the mesh's channels, added.

    The adaptation is linear and interpolation weights add up to one, so it runs on the feature
    map before sampling: the same numbers, with fewer channels to sample.
    """

    def __init__(self, channels: int, outputs: int) -> None:
        super().__init__()
        self.adapt = nn.Conv2d(channels, outputs, 1)

    def forward(self, features: Tensor, taps: Tensor, places: Tensor) -> Tensor:
        """Features `(B, N, C)` with those of `taps` `(B, T, H, W)` at `places` `(B, N, 2)`."""
        return features + sampled(self.adapt(taps), places)


class Refiner(nn.Module):
    """Displacements of the coarse mesh from its normals and the colours under its vertices.

    SPConv 8 → Pool → SPConv 16 → Pool → SPConv 32 → AddF → Unpool → SPConv 16 → AddF → Unpool →
    SPConv 8 → SPConv 3. Pooling keeps vertices, so convolutions before it run only on those.
    """

    def __init__(
        self, hierarchy: MeshHierarchy, config: CoarseToFineConfig, taps: tuple[int, int]
    ) -> None:
        """`taps`: channels of the near and the far feature map."""
        super().__init__()
        rings, sizes, steps = hierarchy.spirals, hierarchy.sizes, hierarchy.steps
        w = config.refiner
        self._kept = torch.from_numpy(steps[1].kept)
        self._middle = sizes[1]
        self.down = nn.ModuleList(
            [
                SpiralLayer(rings[0][steps[0].kept], sizes[0], 6, w[0]),
                SpiralLayer(rings[1][steps[1].kept], sizes[1], w[0], w[1]),
                SpiralLayer(rings[2], sizes[2], w[1], w[2]),
            ]
        )
        self.far = AddFeatures(taps[1], w[2])
        self.up = nn.ModuleList(
            [
                SpiralLayer(rings[1], sizes[1], w[2], w[3], steps[1]),
                SpiralLayer(rings[0], sizes[0], w[3], w[4], steps[0]),
            ]
        )
        self.near = AddFeatures(taps[0], w[3])
        self.output = SpiralLayer(rings[0], sizes[0], w[4], 3)
        _start_small(self.output)

    def forward(self, given: Tensor, places: Tensor, taps: list[Tensor]) -> Tensor:
        """Displacements `(B, V, 3)`.

        Args:
            given: `(B, V, 6)` normals and colours.
            places: `(B, V, 2)` of the vertices on the image, -1 and 1 at its borders.
            taps: the near and the far feature map.
        """
        middle = places[:, : self._middle]
        far = middle[:, self._kept.to(places.device)]
        features = given
        for layer in self.down:
            features = F.elu(layer(features))
        features = self.far(features, taps[1], far)
        features = self.near(F.elu(self.up[0](features)), taps[0], middle)
        made: Tensor = self.output(F.elu(self.up[1](features)))
        return made


def sampled(maps: Tensor, places: Tensor) -> Tensor:
    """Bilinear values `(B, N, C)` of `maps` `(B, C, H, W)` at `places` `(B, N, 2)`.

    -1 and 1 are the borders of the map; beyond them its nearest value counts.
    """
    found = F.grid_sample(maps, places[:, :, None], padding_mode="border", align_corners=False)
    return found[..., 0].transpose(1, 2)


def _start_small(layer: SpiralLayer) -> None:
    """Begin at no displacement; the layers before keep their usual start."""
    nn.init.zeros_(layer.linear.weight)
    nn.init.zeros_(layer.linear.bias)
