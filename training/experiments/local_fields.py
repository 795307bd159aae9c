"""Landmark-driven local fields: Gu & Pears, eq. 7, beside what Lineament uses.

    q_k = q_{k−1} + Σ_l ω_l(q_{k−1}) v_{k,l}(q_{k−1} − p_{k,l}; z_k)

for each network k of the cascade (expression, nose, eyes, mouth, head). v_{k,l} are sine
networks about landmark l with weights from the part's code; p_{k,l} is where the landmark lies
before step k. The blend ω is a softmax over l of −|r|² / 2s² + g(r / s), r = q − p_{k,l}, with
learned reaches s and a small network g: the neural blend skinning of eq. 7, after ImFace.

The spline variant carries points by their landmarks in closed form first, as
`engine.networks.landmark_warp` does, and has one field for each part. Without landmarks there
are only the fields. To compare the deformations alone, the template's distance S is exact
here, and the correction ε of eq. 5 is left out.
"""

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from engine.networks.landmark_warp import LandmarkWarp, WarpConfig
from engine.networks.parts import CASCADE
from engine.networks.sine import DeformConfig, DeformNetwork
from training.experiments.landmark_sets import Fields


@dataclass(frozen=True, slots=True)
class FieldsConfig:
    """Sizes of a `LandmarkCascade`.

    Attributes:
        fields: see `LocalFields`.
        code_sizes: length of each part's code, in the order of `CASCADE`.
        landmarks: number H of landmarks in all; rows: those of each part's networks.
        centre, scale: of the face, mm.
        width: of a field that has the face to itself; local_width: of a local one.
    """

    fields: Fields
    code_sizes: tuple[int, ...]
    landmarks: int
    rows: tuple[tuple[int, ...], ...]
    centre: tuple[float, float, float]
    scale: float
    width: int = 64
    local_width: int = 32
    layers: int = 3
    hyper_width: int = 64
    omega: float = 16.0


LOCAL_SCALE_MM = 45.0


class BlendedFields(nn.Module):
    """Σ_l ω_l(q) v_l(q − p_l; z)."""

    def __init__(self, config: FieldsConfig, code_size: int, count: int) -> None:
        super().__init__()
        local = DeformConfig(
            code_size=code_size,
            width=config.local_width,
            layers=config.layers,
            omega=config.omega * LOCAL_SCALE_MM / config.scale,
            hyper_width=config.hyper_width,
            scale=LOCAL_SCALE_MM,
        )
        self.fields = nn.ModuleList(DeformNetwork(local) for _ in range(count))
        self.log_reach = nn.Parameter(torch.full((count,), 20.0).log())
        last = nn.Linear(16, 1)
        nn.init.zeros_(last.weight)
        self.blend = nn.Sequential(nn.Linear(3, 16), nn.Softplus(), last)

    def weights(self, points: Tensor, landmarks: Tensor) -> Tensor:
        """ω `(B, N, L)` of points `(B, N, 3)` and landmarks `(B, L, 3)`; rows add up to 1."""
        offset = points.unsqueeze(2) - landmarks.unsqueeze(1)
        scaled = offset / self.log_reach.exp()[:, None]
        logits = -0.5 * scaled.square().sum(-1) + self.blend(scaled).squeeze(-1)
        return torch.softmax(logits, dim=-1)

    def forward(self, points: Tensor, code: Tensor, landmarks: Tensor) -> Tensor:
        """Motion `(B, N, 3)` mm."""
        weights = self.weights(points, landmarks)
        motion = torch.zeros_like(points)
        for index, field in enumerate(self.fields):
            local = field(points - landmarks[:, index : index + 1], code)
            motion = motion + weights[..., index : index + 1] * local
        return motion


class LandmarkCascade(nn.Module):
    """The deformations of eq. 7, or what they are compared with."""

    def __init__(self, config: FieldsConfig) -> None:
        super().__init__()
        self.config = config
        self.warp = LandmarkWarp(WarpConfig(max(config.landmarks, 1), 1))
        stages: dict[str, nn.Module] = {}
        for part, size, rows in zip(CASCADE, config.code_sizes, config.rows, strict=True):
            if config.fields == "blended":
                stages[part] = BlendedFields(config, size, len(rows))
            else:
                stages[part] = DeformNetwork(
                    DeformConfig(
                        code_size=size,
                        width=config.width,
                        layers=config.layers,
                        omega=config.omega,
                        hyper_width=config.hyper_width,
                        centre=config.centre,
                        scale=config.scale,
                    )
                )
        self.stages = nn.ModuleDict(stages)

    def motion(self, stage: int, points: Tensor, code: Tensor, landmarks: Tensor) -> Tensor:
        """Motion `(B, N, 3)` mm of step `stage`; landmarks `(B, H, 3)` before that step."""
        network = self.stages[CASCADE[stage]]
        if isinstance(network, BlendedFields):
            own = landmarks[:, list(self.config.rows[stage])]
            return cast(Tensor, network(points, code, own))
        return cast(Tensor, network(points, code))

    def carry(self, points: Tensor, landmarks: Tensor, targets: Tensor) -> Tensor:
        """Points `(B, N, 3)` after the spline that takes landmarks to `targets` `(B, H, 3)`."""
        if self.config.fields != "spline":
            return points
        coefficients = self.warp.solve(landmarks, targets - landmarks)
        return points + self.warp.displace(points, landmarks, coefficients)

    def forward(self, points: Tensor, codes: list[Tensor], landmarks: Tensor) -> Tensor:
        """Template points `(B, N, 3)`.

        Args:
            codes: `(B, D)` of each part in the order of `CASCADE`.
            landmarks: `(STATES, B, H, 3)` before each step and on the template.
        """
        q = self.carry(points, landmarks[0], landmarks[-1])
        for stage, code in enumerate(codes):
            q = q + self.motion(stage, q, code, landmarks[stage])
        return q
