"""The Neural3DMM autoencoder, as set for COMA and BU3DFE, and our variant of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.errors import WeightsError
from engine.geometry.mesh_hierarchy import MeshHierarchy
from engine.networks.linear_skip import LinearSkip
from engine.networks.spiral import SpiralConvolution, UpsampledSpiralConvolution


@dataclass(frozen=True, slots=True)
class SpiralConfig:
    """Sizes of the network.

    Attributes:
        latent: length d of the latent code.
        encoder: channels of the four convolutions before each downsampling.
        decoder: channels of the three convolutions after the first upsamplings; the last
            gives the three coordinates.
        components: principal components of the skip around the spiral network, which is then
            a correction; at least `latent`. The paper has none: 0.
        hidden: width of the skip's own network.
    """

    latent: int = 64
    encoder: tuple[int, ...] = (16, 16, 16, 32)
    decoder: tuple[int, ...] = (32, 16, 16)
    components: int = 0
    hidden: int = 256


def config_from_plain(values: Mapping[str, Any]) -> SpiralConfig:
    """The configuration that a weights file's header holds.

    Raises:
        WeightsError: a value is missing, unknown or of another type.
    """
    try:
        lists = {name: tuple(int(n) for n in values[name]) for name in ("encoder", "decoder")}
        return SpiralConfig(**(dict(values) | lists))
    except (KeyError, TypeError, ValueError) as error:
        raise WeightsError(
            f"The spiral autoencoder's configuration is not whole ({error}). Export it again."
        ) from error


class SpiralAutoencoder(nn.Module):
    """SC(1,16)→DS(4) three times, SC(1,32)→DS(4), FC(d); then FC(32 l), US(4)→SC(1,32),
    US(4)→SC(1,16) twice and US(4)→SC(1,3), with ELU between (Mandelli & Mihalcea, section 4.2).

    Vertices are normalised by the training set's mean and deviation before, and put back after.
    Where the configuration asks for it, `LinearSkip` runs beside; that part is ours.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, hierarchy: MeshHierarchy, config: SpiralConfig) -> None:
        super().__init__()
        self.config = config
        count, self._coarsest = hierarchy.sizes[0], hierarchy.sizes[-1]
        self.register_buffer("mean", torch.zeros(count, 3))
        self.register_buffer("deviation", torch.ones(count, 3))
        widths = (3, *config.encoder)
        levels = zip(hierarchy.spirals[:-1], hierarchy.steps, strict=True)
        self.encoder = nn.ModuleList(
            SpiralConvolution(spirals[step.kept], len(spirals), widths[k], widths[k + 1])
            for k, (spirals, step) in enumerate(levels)
        )
        bottleneck = config.encoder[-1]
        self.to_code = nn.Linear(self._coarsest * bottleneck, config.latent)
        self.from_code = nn.Linear(config.latent, self._coarsest * bottleneck)
        widths = (bottleneck, *config.decoder, 3)
        self.decoder = nn.ModuleList(
            UpsampledSpiralConvolution(
                hierarchy.spirals[-2 - k], hierarchy.steps[-1 - k], widths[k], widths[k + 1]
            )
            for k in range(len(hierarchy.steps))
        )
        if config.components:
            self.skip = LinearSkip(3 * count, config.components, config.latent, config.hidden)
            last = self.decoder[-1]
            assert isinstance(last, UpsampledSpiralConvolution)
            for layer in (self.to_code, last.linear):
                nn.init.zeros_(layer.weight)
                nn.init.zeros_(layer.bias)

    def encode(self, vertices: Tensor) -> Tensor:
        """Codes `(B, d)` of meshes `(B, V, 3)` in mm."""
        return self.encode_normalised((vertices - self.mean) / self.deviation)

    def decode(self, codes: Tensor) -> Tensor:
        """Meshes `(B, V, 3)` in mm of codes `(B, d)`."""
        return self.decode_normalised(codes) * self.deviation + self.mean

    def forward(self, vertices: Tensor) -> Tensor:
        """Normalised meshes `(B, V, 3)`, encoded and decoded again."""
        return self.decode_normalised(self.encode_normalised(vertices))

    def encode_normalised(self, vertices: Tensor) -> Tensor:
        features = vertices.permute(1, 2, 0)
        for convolution in self.encoder:
            features = F.elu(convolution(features))
        codes: Tensor = self.to_code(features.permute(2, 0, 1).flatten(1))
        if self.config.components:
            codes = codes + self.skip.encode(self.skip.coefficients(vertices.flatten(1)))
        return codes

    def decode_normalised(self, codes: Tensor) -> Tensor:
        features = self.from_code(codes).view(len(codes), self._coarsest, -1).permute(1, 2, 0)
        last = len(self.decoder) - 1
        for index, convolution in enumerate(self.decoder):
            features = convolution(features)
            if index < last:
                features = F.elu(features)
        vertices = features.permute(2, 0, 1)
        if self.config.components:
            skipped = self.skip.shape(self.skip.decode(codes))
            vertices = vertices + skipped.view(len(codes), -1, 3)
        return vertices
