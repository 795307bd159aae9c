"""The parts-based implicit face network Φ (Gu & Pears, eqs. 1–7).

    Φ(p) = S(q₅) + ε,   q₀ = warp(p; z),   q_k = q_{k−1} + b_k v_k(q_{k−1}; z_k)

in the paper's order: expression, nose, eyes, mouth, head (the paper's remainder). b_k is
1 for expression and head; for the small parts it is a smooth window, an ellipsoid about
the part (two for the eyes), so that the part's network cannot leak and need not be
evaluated elsewhere. The expression's motion is that of ExpNet with its details.
"""

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from engine.networks.detail import Generated, MotionDetail, MotionDetailConfig
from engine.networks.landmark_warp import LandmarkWarp, WarpConfig
from engine.networks.sine import DeformConfig, DeformNetwork
from engine.networks.template import TemplateConfig, TemplateNetwork

CASCADE = ("expression", "nose", "eyes", "mouth", "head")
WINDOWED = ("nose", "eyes", "mouth")
WINDOW_EDGES = (1.0, 1.35)
"""A window is 1 inside its ellipsoid and 0 beyond this multiple of it."""
WINDOW_PIECES = {"nose": 1, "eyes": 2, "mouth": 1}


def window_rows(part: str) -> list[int]:
    """Rows of `PartsNetwork.window_centres` that belong to a small part."""
    start = sum(WINDOW_PIECES[p] for p in WINDOWED[: WINDOWED.index(part)])
    return list(range(start, start + WINDOW_PIECES[part]))


@dataclass(frozen=True, slots=True)
class PartsConfig:
    """All sizes of a `PartsNetwork`; `deform` follows the order of `CASCADE`, `details` are
    those of the expression."""

    warp: WarpConfig
    template: TemplateConfig
    deform: tuple[DeformConfig, ...]
    details: tuple[MotionDetailConfig, ...] = ()


@dataclass(frozen=True, slots=True)
class Folded:
    """A network with one face's codes worked in; B faces at once.

    Attributes:
        handles: `(B, H, 3)` of the face; spline: `(B, H + 1, 3)` coefficients of the warp.
        stages: generated weights of each stage, in the order of `CASCADE`.
        details: generated weights of the expression's details, one set for each side served.
    """

    handles: Tensor
    spline: Tensor
    stages: tuple[Generated, ...]
    details: tuple[tuple[Generated, ...], ...] = ()


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
        self.details = nn.ModuleList(MotionDetail(detail) for detail in config.details)

    def field_of(self, part: str) -> DeformNetwork:
        """The deformation network of a part."""
        return cast(DeformNetwork, self.deform[part])

    def expression_details(self) -> list[MotionDetail]:
        """The details of the expression."""
        return [cast(MotionDetail, detail) for detail in self.details]

    def fold(self, codes: dict[str, Tensor], joint: Tensor, spline: Tensor | None = None) -> Folded:
        """Work codes `(B, D)` of each part, and the joint code `(B, K)`, into weights.

        A `spline` that was solved before, `(B, H + 1, 3)`, is taken over.
        """
        handles = self.warp.handles(joint)
        stages = tuple(self.field_of(part).generate(codes[part]) for part in CASCADE)
        details = tuple(d.generate(codes["expression"]) for d in self.expression_details())
        if spline is None:
            spline = self.warp.solve(handles, self.warp.template - handles)
        return Folded(handles, spline, stages, details)

    def window(self, part: str, points: Tensor) -> Tensor:
        """Window `(…, 1)` of a small part at aligned points `(…, 3)`."""
        inner, outer = WINDOW_EDGES
        window = torch.zeros_like(points[..., :1])
        for row in window_rows(part):
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
        for stage, part in enumerate(CASCADE):
            motion = self.stage_motion(stage, q, aligned, folded)
            if self.field_of(part).config.corrects:
                correction = correction + motion[..., 3]
            q = q + motion[..., :3]
        return q, correction

    def stage_motion(self, stage: int, points: Tensor, aligned: Tensor, folded: Folded) -> Tensor:
        """b_k v_k, and ε where the stage corrects, `(B, N, 3 or 4)` at points `(B, N, 3)`.

        Args:
            points: q_{k−1}; aligned: q₀ of the same points, in whose space the windows lie.
        """
        part = CASCADE[stage]
        motion = self.field_of(part).field(points, folded.stages[stage])
        if part in WINDOWED:
            return motion * self.window(part, aligned)
        if part == "expression":
            for detail, generated in zip(self.expression_details(), folded.details, strict=True):
                motion = motion + detail(points, generated)
        return motion

    def forward(self, points: Tensor, folded: Folded) -> Tensor:
        """Signed distances Φ `(B, N)` in mm of points `(B, N, 3)` in mm."""
        q, correction = self.to_template(self.align(points, folded), folded)
        distance: Tensor = self.template(q, correction)
        return distance
