"""Perceptual feature pooling: image features where a vertex is seen (Wang et al., section 3.3.1).

The graph convolution that takes the pooled features is linear, and so is bilinear sampling. Their
order can be changed: on a mesh with more vertices than the maps have pixels it is much cheaper
to apply its weights to the maps first, as a 1 × 1 convolution. Both orders give the same.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor
from torch.nn import functional as F

from engine.networks.graph_convolution import GraphConvolution, Neighbours


def sample_maps(maps: Tensor, places: Tensor) -> Tensor:
    """Bilinear samples `(V, B, C)` of maps `(B, C, H, W)` at `places` `(V, B, 2)`.

    Places are in halves of the image's side from its middle, x to the right and y down; beyond
    the border the border's value counts.
    """
    # Always in 32 bits: in bfloat16 a place would be off by a pixel.
    grid = places.transpose(0, 1)[:, :, None].float()
    sampled = F.grid_sample(maps.float(), grid, "bilinear", "border", align_corners=False)
    return sampled[..., 0].permute(2, 0, 1)


def sample_sum(maps: Sequence[Tensor], places: Tensor) -> Tensor:
    """Σ over `maps`, all of C channels, of `sample_maps`: `(V, B, C)`.

    On a CPU, and where no gradient is wanted for the places, it sums rows of pixels: several
    times as fast as sampling map by map.
    """
    if places.requires_grad or places.device.type != "cpu":
        return torch.stack([sample_maps(taps, places) for taps in maps]).sum(0)
    batch, channels = maps[0].shape[:2]
    rows = torch.cat([taps.permute(0, 2, 3, 1).reshape(batch, -1, channels) for taps in maps], 1)
    count, start = rows.shape[1], 0
    corners = []
    for taps in maps:
        corners.append(_corners(taps.shape[2], taps.shape[3], places, start))
        start += taps.shape[2] * taps.shape[3]
    indices = torch.cat([indices for indices, _ in corners], 2)
    indices = indices + count * torch.arange(batch)[:, None]
    weights = torch.cat([weights for _, weights in corners], 2)
    flat = (indices.flatten(0, 1), weights.flatten(0, 1))
    found: Tensor = _SumOfPixels.apply(rows.flatten(0, 1), *flat)
    return found.view(*places.shape[:2], channels)


def _corners(height: int, width: int, places: Tensor, start: int) -> tuple[Tensor, Tensor]:
    """The four pixels about each place `(V, B, 4)`, numbered from `start`, and their weights."""
    x = ((places[..., 0].float() + 1.0) * (width / 2) - 0.5).clamp(0.0, width - 1.0)
    y = ((places[..., 1].float() + 1.0) * (height / 2) - 0.5).clamp(0.0, height - 1.0)
    left, top = x.floor().clamp(max=max(width - 2, 0)), y.floor().clamp(max=max(height - 2, 0))
    right, down = x - left, y - top
    first = (top * width + left).long() + start
    across, below = min(1, width - 1), width * min(1, height - 1)
    indices = torch.stack([first, first + across, first + below, first + below + across], 2)
    weights = torch.stack(
        [(1 - right) * (1 - down), right * (1 - down), (1 - right) * down, right * down], 2
    )
    return indices, weights


class _SumOfPixels(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, rows: Tensor, indices: Tensor, weights: Tensor) -> Tensor:
        ctx.save_for_backward(indices, weights)
        ctx.rows = rows.shape
        with torch.autocast(rows.device.type, enabled=False):
            return F.embedding_bag(
                indices, rows, mode="sum", per_sample_weights=weights.to(rows.dtype)
            )

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        indices, weights = ctx.saved_tensors
        ends = np.arange(0, indices.numel() + 1, indices.shape[1], dtype=np.int32)
        matrix = csr_array(
            (weights.numpy().ravel(), indices.numpy().ravel().astype(np.int32), ends),
            shape=(len(indices), ctx.rows[0]),
        )
        spread = matrix.T @ gradients[0].float().numpy()
        return torch.from_numpy(spread).to(gradients[0].dtype), None, None


class PooledGraphConvolution(GraphConvolution):
    """The first convolution of a block: its input is [pooled maps, other features].

    Args:
        neighbours: of the block's graph.
        channels: of each map; features: further channels per vertex.
        outputs: channels.
    """

    def __init__(
        self, neighbours: Neighbours, channels: Sequence[int], features: int, outputs: int
    ) -> None:
        super().__init__(neighbours, sum(channels) + features, outputs)
        self.channels = tuple(channels)

    def pooled(self, maps: Sequence[Tensor], places: Tensor, features: Tensor) -> Tensor:
        """`(V, B, outputs)` from maps `(B, C, H, W)`, `places` `(V, B, 2)` and `features`."""
        pixels = sum(taps.shape[-2] * taps.shape[-1] for taps in maps)
        if len(places) <= pixels:
            return self.pool_first(maps, places, features)
        return self.weigh_first(maps, places, features)

    def pool_first(self, maps: Sequence[Tensor], places: Tensor, features: Tensor) -> Tensor:
        """As the paper draws it."""
        sampled = [sample_maps(taps, places) for taps in maps]
        return self(torch.cat([*sampled, features.float()], dim=2))

    def weigh_first(self, maps: Sequence[Tensor], places: Tensor, features: Tensor) -> Tensor:
        """The same with the weights applied to the maps before they are sampled."""
        weights = torch.cat([self.own.weight, self.others.weight])
        parts = weights.split([*self.channels, weights.shape[1] - sum(self.channels)], dim=1)
        found = F.linear(features, parts[-1])
        weighed = [
            F.conv2d(taps, weight[:, :, None, None])
            for taps, weight in zip(maps, parts, strict=False)
        ]
        own, others = (found + sample_sum(weighed, places)).chunk(2, dim=2)
        return own + self.own.bias + self.neighbours(others)
