"""Spiral convolutions on features `(B, V, C)`, quick for a single mesh of fifty thousand vertices.

The sum b + Σₗ Gₗ f(Sₗ(x)) (Bouritsas et al., eq. 3) is linear in the features and in the choice of
rows, so either may come first. Rows laid out along every spiral and then multiplied by all Gₗ move
L · C numbers per vertex; all Gₗ applied where the features lie, and the products then summed along
spirals, move L · C'. The second pays on a fine mesh whose channels become fewer, the more so after
unpooling, when the products are made on the coarse level.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_array
from torch import Tensor, nn
from torch.nn import functional as F

from engine.geometry.mesh_hierarchy import Step
from engine.networks.fixed_map import BatchedMap
from engine.networks.spiral import selection, upsampling


class SpiralLayer(nn.Module):
    """A spiral convolution; with `step`, of features unpooled from a coarser level first.

    Args:
        spirals: `(N, L)` of the vertices at which to evaluate, `NOBODY` where short.
        vertices: V, of the level on which the spirals lie.
        inputs, outputs: channels.
        step: between that level and the coarser one of K vertices that the features are on.
    """

    def __init__(
        self,
        spirals: NDArray[np.int64],
        vertices: int,
        inputs: int,
        outputs: int,
        step: Step | None = None,
    ) -> None:
        super().__init__()
        self.count, self.length = spirals.shape
        self.inputs, self.outputs = inputs, outputs
        self.linear = nn.Linear(self.length * inputs, outputs)
        rows = selection(spirals, vertices)
        if step is not None:
            rows = csr_array(rows @ upsampling(step))
        given = rows.shape[1]
        self.weighs_first = given * outputs <= self.count * inputs
        self.rows = BatchedMap(_summed(rows, self.length) if self.weighs_first else rows)

    def forward(self, features: Tensor) -> Tensor:
        """`(B, V, inputs)`, or `(B, K, inputs)` with a step, to `(B, N, outputs)`."""
        if not self.weighs_first:
            made: Tensor = self.linear(self.rows(features).view(len(features), self.count, -1))
            return made
        weights = self.linear.weight.view(self.outputs, self.length, self.inputs)
        products = F.linear(features, weights.transpose(0, 1).reshape(-1, self.inputs))
        summed: Tensor = self.rows(products.view(len(features), -1, self.outputs))
        return summed + self.linear.bias


class VertexNormals(nn.Module):
    """Unit normals of vertices, the mean of their faces' weighted by area.

    Args:
        faces: `(F, 3)` on V vertices, counter-clockwise seen from outside.
    """

    def __init__(self, faces: NDArray[np.integer], vertices: int) -> None:
        super().__init__()
        corners = np.asarray(faces, np.int64)
        count = len(corners)
        # Both sides of each face from its first corner, `(2 F, V)`.
        ends = corners.T[1:].ravel()
        rows = np.concatenate([np.arange(2 * count)] * 2)
        signs = np.repeat(np.array([1.0, -1.0], np.float32), 2 * count)
        places = np.concatenate([ends, np.tile(corners[:, 0], 2)])
        self.sides = BatchedMap(csr_array((signs, (rows, places)), shape=(2 * count, vertices)))
        ones = np.ones(corners.size, np.float32)
        place = (corners.ravel(), np.repeat(np.arange(count), 3))
        self.sums = BatchedMap(csr_array((ones, place), shape=(vertices, count)))

    def forward(self, vertices: Tensor) -> Tensor:
        """`(B, V, 3)` to `(B, V, 3)`."""
        first, second = self.sides(vertices).chunk(2, dim=1)
        return F.normalize(self.sums(torch.linalg.cross(first, second)), dim=-1)


def _summed(rows: csr_array, length: int) -> csr_array:
    """The matrix `(N, K L)` that sums over l what `rows` `(N L, K)` puts at place l."""
    found = rows.tocoo()
    count = found.shape[0] // length
    place = (found.row // length, found.col.astype(np.int64) * length + found.row % length)
    return csr_array((found.data, place), shape=(count, found.shape[1] * length))
