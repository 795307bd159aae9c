"""From a crop of a photograph to codes, pose and points: the network of the practical path.

A backbone's features, kept in place by a grid of their own, and the detector's five points go
through two layers to codes and pose. Points are sought in the image's own maps
(`engine.networks.point_maps`), and where they were found corrects codes and pose. Pose and points
begin at those of the mean head fitted to the five points, so that an untrained network is nearly
that baseline.
"""

from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from engine.networks.backbones import BackboneConfig, build_backbone
from engine.networks.point_maps import DOUBT, PointMaps

MAPS = 3
"""How many of the backbone's last taps the points are sought in."""


@dataclass(frozen=True, slots=True)
class PhotoCodesConfig:
    """Sizes.

    Attributes:
        backbone: of the image; its last two taps are used.
        size: pixels per side of the crop, S.
        codes: K, length of the joint code; points: P, points in the image.
        grid: channels of the finer tap that keep their place.
        hidden: width of the two layers after the backbone, and of the two after the points.
        map: channels of the map in which points are sought.
    """

    backbone: BackboneConfig = field(default_factory=lambda: BackboneConfig("resnet50", 0.25))
    size: int = 128
    codes: int = 296
    points: int = 400
    grid: int = 32
    hidden: int = 512
    map: int = 96


@dataclass(frozen=True, slots=True, eq=False)
class PhotoStart:
    """The mean head fitted to a detector's points, in half crops from the crop's middle.

    Attributes:
        five: `(B, 5, 2)` the detector's points.
        rotations `(B, 3, 3)`, scales `(B,)` per mm, translations `(B, 2)`: its pose.
        points: `(B, P, 2)` where it has the network's points.
    """

    five: Tensor
    rotations: Tensor
    scales: Tensor
    translations: Tensor
    points: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class PhotoCodesOutput:
    """What the network says: codes `(B, K)`, the pose as in `PhotoStart`, points `(B, P, 2)` in
    half crops and the logarithm of their deviations `(B, P)`."""

    codes: Tensor
    rotations: Tensor
    scales: Tensor
    translations: Tensor
    points: Tensor
    log_deviations: Tensor


class PhotoCodes(nn.Module):
    """See the head of the file."""

    def __init__(self, config: PhotoCodesConfig) -> None:
        super().__init__()
        self.config = config
        self.backbone = build_backbone(config.backbone)
        fine, coarse = self.backbone.channels[-2:]
        cells = (config.size // self.backbone.strides[-2]) ** 2
        self.grid = nn.Sequential(
            nn.Conv2d(fine, config.grid, 1, bias=False), nn.BatchNorm2d(config.grid), nn.ReLU()
        )
        given = cells * config.grid + coarse + 10 + 9
        self.layers = nn.Sequential(
            nn.Linear(given, config.hidden),
            nn.ReLU(),
            nn.Linear(config.hidden, config.hidden),
            nn.ReLU(),
        )
        self.codes = nn.Linear(config.hidden, config.codes)
        self.pose = nn.Linear(config.hidden, 6)
        self.points = PointMaps(self.backbone.channels[-MAPS:], config.map, config.points)
        self.after_points = nn.Sequential(
            nn.Linear(config.hidden + 3 * config.points, config.hidden),
            nn.ReLU(),
            nn.Linear(config.hidden, config.hidden),
            nn.ReLU(),
        )
        self.corrected = nn.Linear(config.hidden, config.codes + 6)
        for head in (self.codes, self.pose, self.corrected):
            nn.init.normal_(head.weight, std=1e-3)
            nn.init.zeros_(head.bias)

    def forward(self, images: Tensor, start: PhotoStart) -> PhotoCodesOutput:
        """Codes, pose and points of images `(B, 3, S, S)`."""
        taps = self.backbone(images)
        placed = self.grid(taps[-2]).flatten(1).float()
        pooled = taps[-1].mean(dim=(2, 3)).float()
        points, doubts = self.points(taps[-MAPS:], start.points)
        # Half precision is enough for the image, not for places in it.
        with torch.autocast(images.device.type, enabled=False):
            said = [start.five.flatten(1), start.rotations.flatten(1)]
            features = self.layers(torch.cat([placed, pooled, *said], dim=1))
            found = [(points - start.points).flatten(1), doubts - DOUBT]
            later = self.after_points(torch.cat([features, *found], dim=1))
            corrections = self.corrected(later)
            codes = self.codes(features) + corrections[:, :-6]
            pose = self.pose(features) + corrections[:, -6:]
            rotations = rotations_of(pose[:, :3]) @ start.rotations
        return PhotoCodesOutput(
            codes,
            rotations,
            start.scales * torch.exp(pose[:, 3]),
            start.translations + pose[:, 4:6],
            points,
            doubts.clamp(min=-6.2, max=1.0),
        )


def rotations_of(turns: Tensor) -> Tensor:
    """Rotation matrices `(B, 3, 3)` of rotation vectors `(B, 3)`, by the exponential map."""
    x, y, z = turns.unbind(1)
    none = torch.zeros_like(x)
    rows = [none, -z, y, z, none, -x, -y, x, none]
    return torch.linalg.matrix_exp(torch.stack(rows, dim=1).view(-1, 3, 3))


def project(vertices: Tensor, rotations: Tensor, scales: Tensor, translations: Tensor) -> Tensor:
    """Weak perspective `(B, N, 2)` of vertices `(B, N, 3)` or `(N, 3)`, y down."""
    turned = vertices @ rotations.transpose(1, 2)
    down = torch.tensor([1.0, -1.0], device=vertices.device)
    return scales[:, None, None] * turned[..., :2] * down + translations[:, None]
