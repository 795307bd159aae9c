"""Graph convolution of order 1 and the graph ResNet of Pixel2Mesh (Wang et al., section 3.3).

Features are `(V, B, C)`, vertices first: the rows of all images of a batch lie side by side, so
one pass over the graph serves them all.
"""

from typing import Any

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor, nn
from torch.nn import functional as F

from engine.errors import InputError
from engine.networks.mesh_levels import MeshLevel


def normalised_adjacency(level: MeshLevel) -> csr_array:
    """D^(-1/2) A D^(-1/2) `(V, V)` of the graph of a mesh's edges: symmetric, eigenvalues ≤ 1."""
    start, end = level.edges.T
    rows, columns = np.concatenate([start, end]), np.concatenate([end, start])
    degree = np.bincount(rows, minlength=level.count)
    data = 1.0 / np.sqrt(degree[rows] * degree[columns])
    return csr_array((data.astype(np.float32), (rows, columns)), shape=(level.count, level.count))


class Neighbours(nn.Module):
    """x → A x for the normalised adjacency; symmetric, so the gradient is the same sum."""

    indices: Tensor
    offsets: Tensor
    weights: Tensor

    def __init__(self, level: MeshLevel) -> None:
        super().__init__()
        matrix = normalised_adjacency(level)
        self.register_buffer(
            "indices", torch.from_numpy(matrix.indices.astype(np.int64)), persistent=False
        )
        self.register_buffer(
            "offsets", torch.from_numpy(matrix.indptr.astype(np.int64)), persistent=False
        )
        self.register_buffer("weights", torch.from_numpy(matrix.data), persistent=False)

    def forward(self, features: Tensor) -> Tensor:
        """`(V, …)` to `(V, …)`, in the features' own precision."""
        flat = features.reshape(len(features), -1)
        mixed: Tensor = _SumOverNeighbours.apply(flat, self.indices, self.offsets, self.weights)
        return mixed.view(features.shape)


class _SumOverNeighbours(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, rows: Tensor, indices: Tensor, offsets: Tensor, weights: Tensor
    ) -> Tensor:
        ctx.save_for_backward(indices, offsets, weights)
        return _sum_rows(rows, indices, offsets, weights)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        return _sum_rows(gradients[0], *ctx.saved_tensors), None, None, None


def _sum_rows(rows: Tensor, indices: Tensor, offsets: Tensor, weights: Tensor) -> Tensor:
    with torch.no_grad(), torch.autocast(rows.device.type, enabled=False):
        return F.embedding_bag(
            indices,
            rows.contiguous(),
            offsets,
            mode="sum",
            per_sample_weights=weights.to(rows.dtype),
            include_last_offset=True,
        )


class GraphConvolution(nn.Module):
    """y = x W₀ + A x W₁ + b (eq. 1, with normalised sums over the neighbours).

    Args:
        neighbours: of the graph; several layers share one.
        inputs, outputs: channels.
    """

    def __init__(self, neighbours: Neighbours, inputs: int, outputs: int) -> None:
        super().__init__()
        self.neighbours = neighbours
        self.own = nn.Linear(inputs, outputs)
        self.others = nn.Linear(inputs, outputs, bias=False)
        for layer in (self.own, self.others):
            # Each of the two carries half of the variance that a layer before a ReLU needs.
            nn.init.xavier_uniform_(layer.weight)
        nn.init.zeros_(self.own.bias)

    def forward(self, features: Tensor) -> Tensor:
        """`(V, B, inputs)` to `(V, B, outputs)`."""
        # A acts on vertices and W₁ on channels, so either may come first: fewer channels do.
        if self.others.in_features <= self.others.out_features:
            mixed = self.others(self.neighbours(features))
        else:
            mixed = self.neighbours(self.others(features))
        found: Tensor = self.own(features) + mixed
        return found


class GraphResidual(nn.Module):
    """Two convolutions f with a shortcut: (x + f(x)) / 2."""

    def __init__(self, neighbours: Neighbours, channels: int, shortcut: bool = True) -> None:
        super().__init__()
        self.first = GraphConvolution(neighbours, channels, channels)
        self.second = GraphConvolution(neighbours, channels, channels)
        self.shortcut = shortcut

    def forward(self, features: Tensor) -> Tensor:
        found = torch.relu(self.second(torch.relu(self.first(features))))
        return (features + found) * 0.5 if self.shortcut else found


def residual_blocks(
    neighbours: Neighbours, channels: int, layers: int, shortcut: bool = True
) -> nn.Sequential:
    """The middle of a graph ResNet of `layers` convolutions: the first, which takes the image's
    features, and the last, which gives coordinates, are its caller's.

    Raises:
        InputError: the number of layers is odd or below 2.
    """
    if layers < 2 or layers % 2:
        raise InputError(f"A graph ResNet needs an even number of layers from 2 on, got {layers}.")
    return nn.Sequential(
        *(GraphResidual(neighbours, channels, shortcut) for _ in range(layers // 2 - 1))
    )
