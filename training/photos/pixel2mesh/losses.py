"""The losses of Pixel2Mesh (Wang et al., section 4), as means, so that levels compare.

Predicted vertices are `(V, B, 3)`, true points `(B, N, 3)`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy.sparse import csr_array
from scipy.spatial import cKDTree
from torch import Tensor, nn

from engine.networks.fixed_map import FixedMap
from engine.networks.mesh_levels import MeshLevel
from engine.networks.pixel2mesh import DeformedMeshes
from training.photos.pixel2mesh.targets import MeshTargets

OVERALL = 100.0
"""Factor on the whole: lengths are below 1, their squares far below Adam's epsilon's comfort."""


@dataclass(frozen=True, slots=True)
class MeshLossWeights:
    """Weights of the terms; the defaults are those of Wang et al. and their public code.

    Attributes:
        chamfer: of squared distances; reverse: factor on its part from the true points.
        first_chamfer: factor on the chamfer distance of the first block.
        normal: of the squared cosine between edges and the true normal (eq. 4, of unit edges).
        laplacian: of changes of Laplacian coordinates (eq. 6); first_laplacian: factor on it in
            the first block; early_laplacian: factor on it at the first step, which falls to 1
            by the middle of the training (section 5.4.3 asks for it, without numbers).
        move: of squared moves, from the second block on.
        edge: of squared edge lengths (eqs. 7 and 8).
        colour: of squared differences of colours (eq. 9).
        correspondence: of distances to where the start's vertices truly lie. Ours, not the
            papers': 0 is theirs.
        regions: whether points count by region of the head (eqs. 3 and 8).
    """

    chamfer: float = 1.0
    reverse: float = 0.55
    first_chamfer: float = 1.0
    normal: float = 1.6e-4
    laplacian: float = 0.3
    first_laplacian: float = 0.1
    early_laplacian: float = 1.0
    move: float = 0.033
    edge: float = 0.1
    colour: float = 0.0
    correspondence: float = 0.0
    regions: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class NearestPairs:
    """`truth` `(B, V)` the true point nearest to each vertex; `vertex` `(B, N)` the converse."""

    truth: Tensor
    vertex: Tensor


def nearest_pairs(vertices: Tensor, points: Tensor) -> NearestPairs:
    """Exact nearest neighbours both ways, by trees."""
    predicted = vertices.detach().transpose(0, 1).float().cpu().numpy()
    true = points.detach().cpu().numpy()
    there = np.empty(predicted.shape[:2], np.int64)
    back = np.empty(true.shape[:2], np.int64)
    for row, (rows, wanted) in enumerate(zip(predicted, true, strict=True)):
        there[row] = cKDTree(wanted, balanced_tree=False).query(rows)[1]
        back[row] = cKDTree(rows, balanced_tree=False).query(wanted)[1]
    device = vertices.device
    return NearestPairs(torch.from_numpy(there).to(device), torch.from_numpy(back).to(device))


def chamfer_loss(
    vertices: Tensor, points: Tensor, weights: Tensor, pairs: NearestPairs, reverse: float
) -> Tensor:
    """Weighted chamfer distance (eq. 3) of means."""
    predicted = vertices.transpose(0, 1)
    nearest = rows_of(points, pairs.truth)
    there = (predicted - nearest).square().sum(2) * weights[pairs.truth]
    back = (points - rows_of(predicted, pairs.vertex)).square().sum(2) * weights
    return there.mean() + reverse * back.mean()


def rows_of(values: Tensor, rows: Tensor) -> Tensor:
    """`values` `(B, N, D)` at `rows` `(B, M)`: `(B, M, D)`."""
    return values.gather(1, rows[:, :, None].expand(-1, -1, values.shape[2]))


class LevelTerms(nn.Module):
    """The terms that need the edges of one level."""

    starts: Tensor
    ends: Tensor

    def __init__(self, level: MeshLevel) -> None:
        super().__init__()
        start, end = torch.from_numpy(level.edges.copy()).T.contiguous()
        self.register_buffer("starts", start, persistent=False)
        self.register_buffer("ends", end, persistent=False)
        rows, columns = np.concatenate([level.edges, level.edges[:, ::-1]]).T
        degree = np.bincount(rows, minlength=level.count).astype(np.float32)
        self.mean = FixedMap(
            csr_array((1.0 / degree[rows], (rows, columns)), shape=(level.count, level.count))
        )

    def laplacian(self, before: Tensor, after: Tensor) -> Tensor:
        """Eq. 6: how far each vertex moved otherwise than its neighbours."""
        moved = after - before
        return (moved - self.mean(moved)).square().sum(2).mean()

    def edges(self, vertices: Tensor) -> Tensor:
        """Vectors `(E, B, 3)` along all edges."""
        return vertices.index_select(0, self.ends) - vertices.index_select(0, self.starts)

    def edge(self, vectors: Tensor, weights: Tensor) -> Tensor:
        """Eq. 8 with `weights` `(B, V)` of the vertices' nearest true points."""
        rows = weights.T
        share = 0.5 * (rows.index_select(0, self.starts) + rows.index_select(0, self.ends))
        return (vectors.square().sum(2) * share).mean()

    def normal(self, vectors: Tensor, normals: Tensor) -> Tensor:
        """Eq. 4 with `normals` `(B, V, 3)` of the vertices' nearest true points."""
        along = torch.nn.functional.normalize(vectors, dim=2, eps=1e-6)
        rows = normals.transpose(0, 1)
        first = (along * rows.index_select(0, self.starts)).sum(2).square()
        second = (along * rows.index_select(0, self.ends)).sum(2).square()
        return 0.5 * (first + second).mean()


@dataclass(frozen=True, slots=True, eq=False)
class MeshLoss:
    """`total` to minimise, and its terms without their weights."""

    total: Tensor
    terms: dict[str, Tensor]


class MeshObjective(nn.Module):
    """All terms of all blocks."""

    def __init__(self, levels: Sequence[MeshLevel], weights: MeshLossWeights) -> None:
        super().__init__()
        self.weights = weights
        self.levels = nn.ModuleList(LevelTerms(level) for level in levels)

    def forward(self, meshes: DeformedMeshes, targets: MeshTargets, done: float = 1.0) -> MeshLoss:
        """The loss of the blocks that were run; terms are of the last of them.

        Args:
            done: share of the training's steps that are over.
        """
        total = meshes.afters[0].new_zeros(())
        terms: dict[str, Tensor] = {}
        pairs = None
        for index, (before, after) in enumerate(zip(meshes.befores, meshes.afters, strict=True)):
            pairs = nearest_pairs(after, targets.points)
            terms = self._block(index, before, after, targets, pairs)
            total = total + self._weighed(index, terms, done)
        if meshes.colours is not None and pairs is not None and self.weights.colour:
            wrong = meshes.colours.transpose(0, 1) - rows_of(targets.colours, pairs.truth)
            seen = targets.seen.gather(1, pairs.truth).float()
            squared = (wrong.square().sum(2) * seen).sum() / seen.sum().clamp(min=1.0)
            terms["colour"] = squared
            total = total + self.weights.colour * squared
        return MeshLoss(OVERALL * total, {name: value.detach() for name, value in terms.items()})

    def _block(
        self,
        index: int,
        before: Tensor,
        after: Tensor,
        targets: MeshTargets,
        pairs: NearestPairs,
    ) -> dict[str, Tensor]:
        level = self.levels[index]
        assert isinstance(level, LevelTerms)
        weights = targets.weights
        vectors = level.edges(after)
        terms = {
            "chamfer": chamfer_loss(after, targets.points, weights, pairs, self.weights.reverse),
            "laplacian": level.laplacian(before, after),
            "edge": level.edge(vectors, weights[pairs.truth]),
            "normal": level.normal(vectors, rows_of(targets.normals, pairs.truth)),
        }
        if index:
            terms["move"] = (after - before).square().sum(2).mean()
        if targets.places is not None and targets.place_weights is not None:
            count = len(after)
            away = (after - targets.places[:count]).square().sum(2).add(1e-8).sqrt()
            share = targets.place_weights[:count, None]
            terms["correspondence"] = (away * share).sum() / (share.sum() * away.shape[1])
        return terms

    def _weighed(self, index: int, terms: dict[str, Tensor], done: float) -> Tensor:
        own = self.weights
        early = own.early_laplacian ** max(0.0, 1.0 - 2.0 * done)
        factors = {
            "chamfer": own.chamfer * (own.first_chamfer if index == 0 else 1.0),
            "laplacian": early * own.laplacian * (own.first_laplacian if index == 0 else 1.0),
            "edge": own.edge,
            "normal": own.normal,
            "move": own.move,
            "correspondence": own.correspondence,
        }
        total = terms["chamfer"].new_zeros(())
        for name, value in terms.items():
            if factors[name]:
                total = total + factors[name] * value
        return total
