"""Details of ExpNet where one smooth network cannot follow: lids that meet, lips that part.

Lids that touch lie nine millimetres apart on the template. Between them the motion of an expression
tears, within a fraction of a millimetre, and its distance needs a correction. As SDFNet has
details (`engine.networks.template`), so ExpNet gets small sine networks of their own, each
within a smooth ellipsoidal window and in coordinates scaled to it:

    v_E(q) = v₀(q) + Σ_i w_i(q) v_i(q; z_E),   and so for ε.

A mirrored detail serves both sides through |x|: on the side x > 0 it sees the mirrored point and
the expression with left and right exchanged, and its motion is mirrored back.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.networks.sine import DeformConfig, DeformNetwork

Generated = list[tuple[Tensor, Tensor]]


@dataclass(frozen=True, slots=True)
class MotionDetailConfig:
    """A detail and its window.

    Attributes:
        deform: its network; centre and scale are the window's, and it corrects.
        radii: of the ellipsoid about `deform.centre` beyond which the detail vanishes, mm.
        mirrored: whether it serves x and −x; the centre is then on the side x < 0.
        exchange: for a mirrored one, the expression's coordinates with left and right exchanged.
    """

    deform: DeformConfig
    radii: tuple[float, float, float]
    mirrored: bool = False
    exchange: tuple[int, ...] = ()


class MotionDetail(nn.Module):
    """One detail: motion and correction, `(…, 4)` mm."""

    exchange: Tensor
    sign: Tensor

    def __init__(self, config: MotionDetailConfig) -> None:
        super().__init__()
        self.config = config
        self.network = DeformNetwork(config.deform)
        exchange = torch.tensor(config.exchange, dtype=torch.long)
        self.register_buffer("exchange", exchange, persistent=False)
        sign = torch.tensor([-1.0, 1.0, 1.0, 1.0])
        self.register_buffer("sign", sign, persistent=False)

    def generate(self, code: Tensor) -> tuple[Generated, ...]:
        """Weights for codes `(B, E)`: one set, or for a mirrored detail one each side."""
        first = self.network.generate(code)
        if not self.config.mirrored:
            return (first,)
        return first, self.network.generate(code[:, self.exchange])

    def window(self, points: Tensor, side: int) -> Tensor:
        """The window of one side `(…,)` at points `(…, 3)`."""
        centre = points.new_tensor(self.config.deform.centre)
        if side:
            centre = centre * self.sign[:3]
        squared = ((points - centre) / points.new_tensor(self.config.radii)).square().sum(-1)
        t = (1.0 - squared).clamp_min(0.0)
        return t * t * (3.0 - 2.0 * t)

    def motion(self, points: Tensor, generated: Generated, side: int) -> Tensor:
        """Motion and correction of one side `(B, N, 4)` at points `(B, N, 3)`, no window yet."""
        if not side:
            return self.network.field(points, generated)
        return self.network.field(points * self.sign[:3], generated) * self.sign

    def forward(self, points: Tensor, generated: tuple[Generated, ...]) -> Tensor:
        """Both sides with their windows, `(B, N, 4)` at points `(B, N, 3)`."""
        total = torch.zeros_like(points[..., :1]).expand(*points.shape[:-1], 4)
        for side, weights in enumerate(generated):
            window = self.window(points, side).unsqueeze(-1)
            total = total + window * self.motion(points, weights, side)
        return total
