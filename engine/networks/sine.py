"""Sine networks: plain (SIREN) and with weights that a hyper-network produces.

Sitzmann et al. 2020 for the layers and their initialisation; Gu & Pears, sections 3.2
and 3.3, for their use as template and deformation networks.
"""

import itertools
import math
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class SineConfig:
    """A SIREN from points to scalars.

    Attributes:
        width: units of each hidden layer.
        layers: sine layers; a linear layer follows.
        omega: frequency of the first layer, in radians per normalised unit.
        centre, scale: normalisation of the input, (p − centre) / scale, in mm.
        output_scale: factor on the output, in mm.
    """

    width: int = 128
    layers: int = 4
    omega: float = 30.0
    centre: tuple[float, float, float] = (0.0, 0.0, 0.0)
    scale: float = 150.0
    output_scale: float = 50.0


class SineNetwork(nn.Module):
    """The template's signed distance S(q), `(…, 3)` mm to `(…,)` mm."""

    centre: Tensor

    def __init__(self, config: SineConfig) -> None:
        super().__init__()
        self.config = config
        self.register_buffer("centre", torch.tensor(config.centre))
        sizes = [3] + [config.width] * config.layers
        self.hidden = nn.ModuleList(
            nn.Linear(before, after) for before, after in itertools.pairwise(sizes)
        )
        self.output = nn.Linear(config.width, 1)
        initialise_sine_layers([*self.hidden, self.output], config.omega)

    def forward(self, points: Tensor) -> Tensor:
        h = (points - self.centre) / self.config.scale
        for layer in self.hidden:
            h = torch.sin(layer(h))
        distance: Tensor = self.output(h).squeeze(-1) * self.config.output_scale
        return distance


def initialise_sine_layers(layers: list[nn.Linear], omega: float) -> None:
    """SIREN's initialisation with the frequency ω folded into weights and biases.

    First layer U(−1/3, 1/3)·ω, later layers U(−√(6/n), √(6/n)), so that every sine
    sees about a unit variance.
    """
    for index, layer in enumerate(layers):
        fan_in = layer.in_features
        bound = omega / fan_in if index == 0 else math.sqrt(6.0 / fan_in)
        nn.init.uniform_(layer.weight, -bound, bound)
        bias = math.pi if index == 0 else 1.0 / math.sqrt(fan_in)
        nn.init.uniform_(layer.bias, -bias, bias)
    with torch.no_grad():
        layers[-1].weight.mul_(0.3)


@dataclass(frozen=True, slots=True)
class DeformConfig:
    """One deformation network of the cascade and its hyper-network.

    Attributes:
        code_size: length of the latent code.
        width, layers, omega: of the sine network.
        hyper_width: units of the hyper-network's hidden layer (one, ReLU, as published).
        generated: `all` lets the code produce every weight and bias, as published;
            `edges` all biases, the first and the last layer's weights, so that faces
            share the inner products and folding a code costs almost nothing.
        corrects: whether a signed-distance correction ε comes out beside the motion
            (eq. 5).
        centre, scale: normalisation of the input in mm.
        output_scale: factor on the motion, mm.
    """

    code_size: int
    width: int = 64
    layers: int = 4
    omega: float = 20.0
    hyper_width: int = 128
    generated: str = "edges"
    corrects: bool = False
    centre: tuple[float, float, float] = (0.0, 0.0, 0.0)
    scale: float = 100.0
    output_scale: float = 1.0


class DeformNetwork(nn.Module):
    """Motion field v(q; z) whose weights are a shared base plus a hyper-network's output."""

    centre: Tensor

    def __init__(self, config: DeformConfig) -> None:
        super().__init__()
        self.config = config
        self.register_buffer("centre", torch.tensor(config.centre))
        outputs = 4 if config.corrects else 3
        sizes = [3] + [config.width] * config.layers + [outputs]
        self.layers = nn.ModuleList(
            nn.Linear(before, after) for before, after in itertools.pairwise(sizes)
        )
        initialise_sine_layers(self.linears(), config.omega)
        self._shapes = self._generated_shapes(sizes)
        total = sum(math.prod(shape) for _, _, shape in self._shapes)
        self.hyper_hidden = nn.Linear(config.code_size, config.hyper_width)
        self.hyper_output = nn.Linear(config.hyper_width, total)
        self.hyper_direct = nn.Linear(config.code_size, total, bias=False)
        self._initialise_hyper()

    def linears(self) -> list[nn.Linear]:
        """The base layers, first to last."""
        return [cast(nn.Linear, layer) for layer in self.layers]

    def _generated_shapes(self, sizes: list[int]) -> list[tuple[int, str, tuple[int, ...]]]:
        last = len(sizes) - 2
        shapes: list[tuple[int, str, tuple[int, ...]]] = []
        for index in range(last + 1):
            shapes.append((index, "bias", (sizes[index + 1],)))
            if self.config.generated == "all" or index in (0, last):
                shapes.append((index, "weight", (sizes[index + 1], sizes[index])))
        return shapes

    def _initialise_hyper(self) -> None:
        # The output layer starts as a field linear in the code; the rest starts at the base.
        nn.init.zeros_(self.hyper_output.bias)
        nn.init.normal_(self.hyper_output.weight, std=1e-3)
        nn.init.normal_(self.hyper_direct.weight, std=1e-3)
        with torch.no_grad():
            last = self.linears()[-1]
            last.weight.mul_(0.1)
            last.bias.zero_()

    def generate(self, code: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Weights `(B or 1, out, in)` and biases `(B, 1, out)` of each layer, codes `(B, D)`."""
        flat = self.hyper_output(torch.relu(self.hyper_hidden(code))) + self.hyper_direct(code)
        weights = [layer.weight.unsqueeze(0) for layer in self.linears()]
        biases = [layer.bias.view(1, 1, -1) for layer in self.linears()]
        start = 0
        for index, kind, shape in self._shapes:
            size = math.prod(shape)
            piece = flat[:, start : start + size]
            start += size
            if kind == "bias":
                biases[index] = biases[index] + piece.unsqueeze(1)
            else:
                weights[index] = weights[index] + piece.view(-1, *shape)
        return list(zip(weights, biases, strict=True))

    def field(self, points: Tensor, generated: list[tuple[Tensor, Tensor]]) -> Tensor:
        """Motion, and ε if the network corrects, `(B, N, 3 or 4)` mm at points `(B, N, 3)`."""
        h = (points - self.centre) / self.config.scale
        for weight, bias in generated[:-1]:
            h = torch.sin(_affine(h, weight, bias))
        return _affine(h, *generated[-1]) * self.config.output_scale

    def forward(self, points: Tensor, code: Tensor) -> Tensor:
        return self.field(points, self.generate(code))


def _affine(h: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    if weight.shape[0] == 1:
        return torch.nn.functional.linear(h, weight[0]) + bias
    return torch.baddbmm(bias.expand(h.shape[0], -1, -1), h, weight.transpose(1, 2))
