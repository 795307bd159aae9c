"""What the coarse-to-fine network is asked for.

The paper's main text, which states its losses, is not at hand, so these are ours: L1 of the
vertices for the coarse mesh, as its supplement's kin use, with two terms that make it a face and
not only a head in the right place; and for the refined mesh normals, smoothness and shading too.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_array
from torch import Tensor, nn
from torch.nn import functional as F

from engine.geometry.spirals import NOBODY
from engine.networks.fixed_map import BatchedMap
from engine.networks.posed_mean import UNIT_MM

NEIGHBOURS = 3
"""Of each vertex whose edges are compared: half of six, so about every edge once."""


@dataclass(frozen=True, slots=True)
class CoarseToFineWeights:
    """Factors of the terms.

    Attributes:
        vertex: mm of every coordinate; shape: the same less shift, turn and size.
        edge: mm along edges, between neighbours.
        normal: 1 - cosine of the refined normals with the true ones.
        smooth: mm by which the refiner moves neighbours apart.
        photometric: difference of the image to the best shading of the refined normals.
    """

    vertex: float = 1.0
    shape: float = 1.0
    edge: float = 4.0
    normal: float = 10.0
    smooth: float = 1.0
    photometric: float = 0.1


class VertexLoss(nn.Module):
    """Terms on one level, of misses `(B, V, 3)` in the head's axes and units of `UNIT_MM`.

    Args:
        rest: `(V, 3)` the mean head; weights: `(V,)`, adding up to 1.
        spirals: `(V, L)` of the level.
    """

    basis: Tensor
    weights: Tensor
    edge_weights: Tensor

    def __init__(self, rest: Tensor, weights: Tensor, spirals: NDArray[np.int64]) -> None:
        super().__init__()
        self.register_buffer("weights", weights, persistent=False)
        self.register_buffer("basis", similarity_basis(rest, weights), persistent=False)
        ring = spirals[:, 1 : 1 + NEIGHBOURS]
        owner = np.repeat(np.arange(len(ring)), ring.shape[1])
        there = ring.ravel() != NOBODY
        first, second = owner[there], ring.ravel()[there]
        rows = np.tile(np.arange(len(first)), 2)
        signs = np.repeat(np.array([1.0, -1.0], np.float32), len(first))
        place = (rows, np.concatenate([first, second]))
        self.differences = BatchedMap(csr_array((signs, place), shape=(len(first), len(ring))))
        shares = weights[torch.from_numpy(first)]
        self.register_buffer("edge_weights", shares / shares.sum(), persistent=False)

    def vertex(self, misses: Tensor) -> Tensor:
        """Mean over coordinates of |miss|, mm."""
        return UNIT_MM * (misses.abs().mean(2) @ self.weights).mean()

    def shape(self, misses: Tensor) -> Tensor:
        """`vertex` of what no shift, turn or size explains."""
        return self.vertex(self.without_similarity(misses))

    def without_similarity(self, misses: Tensor) -> Tensor:
        """Misses `(B, V, 3)` less the shift, turn and change of size nearest to them."""
        flat = misses.flatten(1)
        spread = self.weights.sqrt().repeat_interleave(3)
        rigid = ((flat * spread) @ self.basis) @ self.basis.T / spread
        return (flat - rigid).view_as(misses)

    def edge(self, misses: Tensor) -> Tensor:
        """Mean of |difference of the misses at an edge's ends|, mm."""
        return UNIT_MM * (self.differences(misses).abs().mean(2) @ self.edge_weights).mean()


def similarity_basis(rest: Tensor, weights: Tensor) -> Tensor:
    """Orthonormal `(3 V, 7)`: small shifts, turns and a change of size of `rest` `(V, 3)`, each
    vertex times the root of its weight."""
    centred = (rest - weights @ rest).double()
    columns = torch.zeros(7, *centred.shape, dtype=torch.float64)
    for axis in range(3):
        columns[axis, :, axis] = 1.0
        turn = torch.eye(3, dtype=torch.float64)[axis].expand_as(centred)
        columns[3 + axis] = torch.linalg.cross(turn, centred)
    columns[6] = centred
    columns *= weights.double().sqrt()[:, None]
    return torch.linalg.qr(columns.flatten(1).T)[0].float()


def normal_loss(found: Tensor, true: Tensor, weights: Tensor) -> Tensor:
    """Weighted mean of 1 - cosine between unit normals `(B, V, 3)`."""
    return ((1.0 - (found * true).sum(2)) @ weights).mean()


FACING, RIDGE = 0.3, 1e-3


def photometric_loss(colours: Tensor, albedo: Tensor, normals: Tensor, weights: Tensor) -> Tensor:
    """How far the image is from the best second-order lighting of the normals.

    Per image, the brightness under every vertex that faces the viewer is explained by albedo
    times nine spherical harmonics of its normal (Ramamoorthi & Hanrahan 2001), whose lights are
    the least-squares solution; what is left is the loss.

    Args:
        colours: `(B, V, 3)` of the image under the vertices; albedo: `(V,)` brightness of the
            template; normals: `(B, V, 3)` with z towards the viewer; weights: `(V,)`.
    """
    share = weights * (normals[..., 2] > FACING)
    share = share / share.sum(1, keepdim=True).clamp(min=1e-6)
    shades = albedo[:, None] * _harmonics(normals)
    brightness = colours.mean(2)
    gram = torch.einsum("bv,bvi,bvj->bij", share, shades, shades)
    wanted = torch.einsum("bv,bvi,bv->bi", share, shades, brightness)
    identity = RIDGE * torch.eye(9, device=gram.device)
    lights = torch.linalg.solve(gram + identity, wanted)
    left = brightness - torch.einsum("bvi,bi->bv", shades, lights)
    return (share * F.smooth_l1_loss(left, torch.zeros_like(left), reduction="none")).sum(1).mean()


def _harmonics(normals: Tensor) -> Tensor:
    x, y, z = normals.unbind(2)
    rows = [torch.ones_like(x), x, y, z, x * y, x * z, y * z, x * x - y * y, 3.0 * z * z - 1.0]
    return torch.stack(rows, dim=2)
