"""How the template moves with a code: the landmark and correspondence model, learned.

Gu & Pears let an MLP predict where landmarks lie from the codes (eq. 10).  Here one network a
part predicts it for every point x of the template's surface at once, linear in the code z:

    m(x; z) = A(x) z,   A(x) `(3, D)` = W h(x),   h = all sine layers of (x, n(x), kind of x).

The normal n tells the upper lip from the lower and an outer side from an inner one where they lie
close, and the kind (skin, right eyeball, left eyeball) an eyeball from the lid on it. Linear
in z, A is evaluated once for a template mesh and then carries it in a few milliseconds.
"""

import itertools
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from engine.networks.sine import initialise_sine_layers

KINDS = 3
"""Skin, right eyeball, left eyeball."""


@dataclass(frozen=True, slots=True)
class MotionConfig:
    """Sizes of a `MotionNetwork`.

    Attributes:
        code_size: length D of the part's code.
        width, layers: of the sine layers; a linear layer on all of them follows.
        omega: frequency of the first layer, radians per normalised unit.
        normal_omega: the same for the normals, of length 1.
        centre, scale: normalisation of the points, (x − centre) / scale, mm.
    """

    code_size: int
    width: int = 192
    layers: int = 3
    omega: float = 12.0
    normal_omega: float = 2.0
    centre: tuple[float, float, float] = (0.0, 0.0, 0.0)
    scale: float = 100.0


class MotionNetwork(nn.Module):
    """A(x), mm per unit of code."""

    def __init__(self, config: MotionConfig) -> None:
        super().__init__()
        self.config = config
        sizes = [6 + KINDS] + [config.width] * config.layers
        self.hidden = nn.ModuleList(
            nn.Linear(before, after) for before, after in itertools.pairwise(sizes)
        )
        self.output = nn.Linear(config.width * config.layers, 3 * config.code_size)
        hidden = [cast(nn.Linear, layer) for layer in self.hidden]
        initialise_sine_layers([*hidden, self.output], 1.0)
        bound = 3.0 * torch.tensor(
            [config.omega] * 3 + [config.normal_omega] * 3 + [1.0] * KINDS
        ).unsqueeze(0)
        with torch.no_grad():
            hidden[0].weight.mul_(bound)

    def features(self, points: Tensor, normals: Tensor, kinds: Tensor) -> Tensor:
        """h(x) `(N, layers · width)` of points `(N, 3)` mm, normals `(N, 3)`, kinds `(N,)`."""
        config = self.config
        place = (points - points.new_tensor(config.centre)) / config.scale
        one_hot = torch.nn.functional.one_hot(kinds, KINDS).to(points.dtype)
        h = torch.cat([place, normals, one_hot], dim=1)
        layers = []
        for layer in self.hidden:
            h = torch.sin(layer(h))
            layers.append(h)
        return torch.cat(layers, dim=1)

    def forward(self, points: Tensor, normals: Tensor, kinds: Tensor) -> Tensor:
        """A(x) `(N, 3, D)`."""
        flat: Tensor = self.output(self.features(points, normals, kinds))
        return flat.view(len(points), 3, self.config.code_size)
