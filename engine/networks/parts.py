"""The parts-based implicit face network Φ (Gu & Pears, eqs. 1–7).

    Φ(p) = S(q₅) + ε,   q₀ = warp(p; z),   q_k = q_{k−1} + b_k v_k(q_{k−1}; z_k)

in the paper's order: expression, nose, eyes, mouth, head (the paper's remainder). b_k is
1 for expression and head; for the small parts it is a smooth window, an ellipsoid about
the part (two for the eyes), so that the part's network cannot leak and need not be
evaluated elsewhere.
"""

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from engine.networks.landmark_warp import LandmarkWarp, WarpConfig
from engine.networks.sine import DeformConfig, DeformNetwork
from engine.networks.template import TemplateConfig, TemplateNetwork

CASCADE = ("expression", "nose", "eyes", "mouth", "head")
WINDOWED = ("nose", "eyes", "mouth")
WINDOW_EDGES = (1.0, 1.35)
"""A window is 1 inside its ellipsoid and 0 beyond this multiple of it."""
WINDOW_PIECES = {"nose": 1, "eyes": 2, "mouth": 1}


@dataclass(frozen=True, slots=True)
class PartsConfig:
    """All sizes of a `PartsNetwork`; `deform` follows the order of `CASCADE`."""

    warp: WarpConfig
    template: TemplateConfig
    deform: tuple[DeformConfig, ...]


@dataclass(frozen=True, slots=True)
class Folded:
    """A network with one face's codes worked in; B faces at once.

    Attributes:
        handles: `(B, H, 3)` of the face; spline: `(B, H + 1, 3)` coefficients of the warp.
        stages: generated weights of each stage, in the order of `CASCADE`.
    """

    handles: Tensor
    spline: Tensor
    stages: tuple[list[tuple[Tensor, Tensor]], ...]


class PartsNetwork(nn.Module):
    """Φ and the correspondence to the template, for batches of faces.

    Buffers `window_centres` and `window_radii` `(4, 3)` in mm: the ellipsoids of nose,
    right eye, left eye and mouth on the template.
    """

    window_centres: Tensor
    window_radii: Tensor

    def __init__(self, config: PartsConfig) -> None:
        super().__init__()
        self.config = config
        self.warp = LandmarkWarp(config.warp)
        self.template = TemplateNetwork(config.template)
        pieces = sum(WINDOW_PIECES.values())
        self.register_buffer("window_centres", torch.zeros(pieces, 3))
        self.register_buffer("window_radii", torch.ones(pieces, 3))
        self.deform = nn.ModuleDict(
            {part: DeformNetwork(c) for part, c in zip(CASCADE, config.deform, strict=True)}
        )

    def field_of(self, part: str) -> DeformNetwork:
        """The deformation network of a part."""
        return cast(DeformNetwork, self.deform[part])

    def fold(self, codes: dict[str, Tensor], joint: Tensor, spline: Tensor | None = None) -> Folded:
        """Work codes `(B, D)` of each part, and the joint code `(B, K)`, into weights.

        A `spline` that was solved before, `(B, H + 1, 3)`, is taken over.
        """
        handles = self.warp.handles(joint)
        stages = tuple(self.field_of(part).generate(codes[part]) for part in CASCADE)
        if spline is None:
            spline = self.warp.solve(handles, self.warp.template - handles)
        return Folded(handles, spline, stages)

    def window(self, part: str, points: Tensor) -> Tensor:
        """Window `(…, 1)` of a small part at aligned points `(…, 3)`."""
        start = sum(WINDOW_PIECES[p] for p in WINDOWED[: WINDOWED.index(part)])
        inner, outer = WINDOW_EDGES
        window = torch.zeros_like(points[..., :1])
        for row in range(start, start + WINDOW_PIECES[part]):
            scaled = (points - self.window_centres[row]) / self.window_radii[row]
            radius = scaled.square().sum(-1, keepdim=True).clamp_min(1e-6).sqrt()
            t = ((outer - radius) / (outer - inner)).clamp(0.0, 1.0)
            window = window + t * t * (3.0 - 2.0 * t)
        return window.clamp_max(1.0)

    def align(self, points: Tensor, folded: Folded) -> Tensor:
        """Points `(B, N, 3)` after the landmark warp, q₀."""
        return points + self.warp.displace(points, folded.handles, folded.spline)

    def to_template(self, aligned: Tensor, folded: Folded) -> tuple[Tensor, Tensor]:
        """Template points q₅ `(B, N, 3)` and corrections ε `(B, N)` of aligned points q₀."""
        q = aligned
        correction = torch.zeros_like(q[..., 0])
        for part, generated in zip(CASCADE, folded.stages, strict=True):
            motion = self.field_of(part).field(q, generated)
            if self.field_of(part).config.corrects:
                correction = correction + motion[..., 3]
            motion = motion[..., :3]
            q = q + (motion * self.window(part, aligned) if part in WINDOWED else motion)
        return q, correction

    def forward(self, points: Tensor, folded: Folded) -> Tensor:
        """Signed distances Φ `(B, N)` in mm of points `(B, N, 3)` in mm."""
        q, correction = self.to_template(self.align(points, folded), folded)
        distance: Tensor = self.template(q, correction)
        return distance
