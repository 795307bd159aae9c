"""Spiral convolution and pooling on a fixed topology (Bouritsas et al., ICCV 2019).

Features are `(V, C, B)`, the batch last: a vertex is one contiguous row of the whole batch, and
the rows of a spiral are the columns of its convolution as they lie, so that nothing is ever
rearranged. A convolution followed by downsampling is evaluated only where vertices stay, and one
preceded by upsampling multiplies by its weights on the coarse level: both are exact, and take
a quarter of the work.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_array
from torch import Tensor, nn

from engine.geometry.mesh_hierarchy import Step
from engine.geometry.spirals import NOBODY
from engine.networks.fixed_map import FixedMap


class SpiralConvolution(nn.Module):
    """(f ∗ g)ₓ = b + Σₗ Gₗ f(Sₗ(x)) (eq. 3); places past a spiral's end count as zero.

    Args:
        spirals: `(N, L)` of the vertices x at which to evaluate, `NOBODY` where short.
        vertices: V, of the input.
        inputs, outputs: channels.
    """

    def __init__(
        self, spirals: NDArray[np.int64], vertices: int, inputs: int, outputs: int
    ) -> None:
        super().__init__()
        self.count, self.length = spirals.shape
        self.gather = FixedMap(selection(spirals, vertices))
        self.linear = nn.Linear(self.length * inputs, outputs)

    def forward(self, features: Tensor) -> Tensor:
        """`(V, inputs, B)` to `(N, outputs, B)`."""
        rows = self.gather(features).view(self.count, -1, features.shape[2])
        weights = self.linear.weight.expand(self.count, -1, -1)
        return torch.bmm(weights, rows) + self.linear.bias[:, None]


class UpsampledSpiralConvolution(nn.Module):
    """Barycentric upsampling and then a spiral convolution on the finer level.

    Args:
        spirals: `(V, L)` of the finer level.
        step: between it and the coarser level of K vertices.
    """

    def __init__(self, spirals: NDArray[np.int64], step: Step, inputs: int, outputs: int) -> None:
        super().__init__()
        self.count, self.length = spirals.shape
        self.outputs = outputs
        self.spread = FixedMap(_spread(spirals, step))
        self.linear = nn.Linear(self.length * inputs, outputs)

    def forward(self, features: Tensor) -> Tensor:
        """`(K, inputs, B)` to `(V, outputs, B)`."""
        coarse, channels, batch = features.shape
        weights = self.linear.weight.view(self.outputs, self.length, channels)
        stacked = weights.transpose(0, 1).reshape(-1, channels)
        weighed = torch.bmm(stacked.expand(coarse, -1, -1), features)
        rows = weighed.view(coarse * self.length, self.outputs, batch)
        found: Tensor = self.spread(rows) + self.linear.bias[:, None]
        return found


def selection(spirals: NDArray[np.int64], vertices: int) -> csr_array:
    """The matrix `(N L, V)` that lays the rows of every spiral one after another."""
    places = spirals.ravel()
    rows = np.flatnonzero(places != NOBODY)
    ones = np.ones(len(rows), np.float32)
    return csr_array((ones, (rows, places[rows])), shape=(len(places), vertices))


def upsampling(step: Step) -> csr_array:
    """The matrix `(V, K)` of barycentric interpolation; rows add up to 1."""
    count = len(step.corners)
    rows = np.repeat(np.arange(count), 3)
    matrix = csr_array(
        (step.weights.ravel(), (rows, step.corners.ravel())), shape=(count, len(step.kept))
    )
    matrix.eliminate_zeros()
    return matrix


def _spread(spirals: NDArray[np.int64], step: Step) -> csr_array:
    """The matrix `(V, K L)` that sums over l what upsampling puts at place l of each spiral."""
    (count, length), coarse = spirals.shape, len(step.kept)
    rows = (selection(spirals, count) @ upsampling(step)).tocoo()
    # Row x L + l, column k becomes row x, column k L + l.
    return csr_array(
        (rows.data, (rows.row // length, rows.col * length + rows.row % length)),
        shape=(count, coarse * length),
    )
