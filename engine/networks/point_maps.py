"""Finds points in an image: every cell of a map votes for where each point is.

A point's cell and its offset from the cell's middle are said apart, after Jin et al., *Pixel-in-
Pixel Net* (2021), and joined by the expectation over all cells, after Sun et al., *Integral Human
Pose Regression* (2018): places finer than a cell from a map that is cheap to compute, and where a
point is out of sight the cells around it still vote.
"""

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

TOLD = 4
"""Numbers that a cell tells about a point: its vote, an offset in x and y, and how sure it is."""
NEAR = 0.35
"""Half crops around its start in which a point is sought before anything is learned."""
DOUBT = -3.0
"""Logarithm of a point's deviation before anything is learned, half crops."""


class PointMaps(nn.Module):
    """Seeks P points in maps of an image, from where a start says they are.

    Args:
        channels: of the maps, fine to coarse, each half as wide and high as the one before it.
        width: channels of the map in which the points are sought.
        points: P.
    """

    def __init__(self, channels: Sequence[int], width: int, points: int) -> None:
        super().__init__()
        self.points = points
        self.lateral = nn.ModuleList(nn.Conv2d(given, width, 1) for given in channels)
        self.mixed = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()
            )
            for _ in channels[:-1]
        )
        self.told = nn.Conv2d(width, TOLD * points, 1)
        nn.init.normal_(self.told.weight, std=1e-3)
        self.told.bias = nn.Parameter(torch.zeros(TOLD * points))
        self.log_near = nn.Parameter(torch.full((points,), math.log(NEAR)))

    def forward(self, maps: Sequence[Tensor], start: Tensor) -> tuple[Tensor, Tensor]:
        """Points `(B, P, 2)` in half crops and the logarithm of their deviations `(B, P)`.

        Args:
            maps: `(B, C, H, W)` each, fine to coarse.
            start: `(B, P, 2)` where the points are expected, half crops.
        """
        joined = self.lateral[-1](maps[-1])
        for level in range(len(maps) - 2, -1, -1):
            wider = F.interpolate(joined, scale_factor=2.0, mode="nearest")
            joined = self.mixed[level](self.lateral[level](maps[level]) + wider)
        told = self.told(joined)
        high, wide = told.shape[-2:]
        # Half precision is enough for what a cell says, not for places in the image.
        told = told.reshape(len(told), TOLD, self.points, high * wide).float()
        with torch.autocast(told.device.type, enabled=False):
            cells = _middles(high, wide, told.device)
            away = torch.cdist(start, cells.expand(len(told), -1, -1))
            votes = told[:, 0] - 0.5 * (away / self.log_near.exp()[:, None]) ** 2
            shares = votes.softmax(dim=2)
            offsets = (told[:, 1:3] * shares[:, None]).sum(dim=3) * (2.0 / wide)
            doubts = (told[:, 3] * shares).sum(dim=2) + DOUBT
            return shares @ cells + offsets.transpose(1, 2), doubts


def _middles(high: int, wide: int, device: torch.device) -> Tensor:
    """Middles of the cells `(high · wide, 2)`, half crops from the crop's middle."""
    y = (torch.arange(high, device=device) + 0.5) * (2.0 / high) - 1.0
    x = (torch.arange(wide, device=device) + 0.5) * (2.0 / wide) - 1.0
    rows, columns = torch.meshgrid(y, x, indexing="ij")
    return torch.stack([columns, rows], dim=-1).view(-1, 2)
