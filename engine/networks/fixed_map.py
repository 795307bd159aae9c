"""A fixed sparse matrix applied to rows of features, quick in both directions."""

from typing import Any

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor, nn
from torch.nn import functional as F


class FixedMap(nn.Module):
    """y = M x for a constant sparse M `(N, V)`; also the gradient is a gather, by Mᵀ.

    PyTorch's own gradient of choosing rows scatters them one by one, and its sparse matrices
    cannot travel between processes; sums of embedding bags do neither.
    """

    indices: Tensor
    offsets: Tensor
    weights: Tensor
    back_indices: Tensor
    back_offsets: Tensor
    back_weights: Tensor

    def __init__(self, matrix: csr_array) -> None:
        super().__init__()
        self.shape: tuple[int, int] = matrix.shape
        for prefix, rows in (("", matrix), ("back_", csr_array(matrix.T))):
            self._store(prefix + "indices", rows.indices.astype(np.int64))
            self._store(prefix + "offsets", rows.indptr.astype(np.int64))
            self._store(prefix + "weights", rows.data.astype(np.float32))

    def _store(self, name: str, array: np.ndarray) -> None:
        self.register_buffer(name, torch.from_numpy(array), persistent=False)

    def forward(self, features: Tensor) -> Tensor:
        """`(V, …)` to `(N, …)`."""
        flat = features.reshape(self.shape[1], -1)
        there = (self.indices, self.offsets, self.weights)
        back = (self.back_indices, self.back_offsets, self.back_weights)
        mapped: Tensor = _Apply.apply(flat, *there, *back)
        return mapped.view(self.shape[0], *features.shape[1:])


class BatchedMap(FixedMap):
    """`FixedMap` on every element of a batch, mesh by mesh: a mesh's rows stay in the cache."""

    def forward(self, features: Tensor) -> Tensor:
        """`(B, V, C)` to `(B, N, C)`."""
        there = (self.indices, self.offsets, self.weights)
        back = (self.back_indices, self.back_offsets, self.back_weights)
        mapped: Tensor = _ApplyEach.apply(features, *there, *back)
        return mapped


class _Apply(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, rows: Tensor, *matrices: Tensor) -> Tensor:
        ctx.save_for_backward(*matrices[3:])
        return _sum_rows(rows, *matrices[:3])

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        found = _sum_rows(gradients[0], *ctx.saved_tensors) if ctx.needs_input_grad[0] else None
        return found, None, None, None, None, None, None


class _ApplyEach(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, features: Tensor, *matrices: Tensor) -> Tensor:
        ctx.save_for_backward(*matrices[3:])
        return _sum_each(features, *matrices[:3])

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        found = _sum_each(gradients[0], *ctx.saved_tensors) if ctx.needs_input_grad[0] else None
        return found, None, None, None, None, None, None


def _sum_each(features: Tensor, indices: Tensor, offsets: Tensor, weights: Tensor) -> Tensor:
    if len(features) == 1:
        return _sum_rows(features[0], indices, offsets, weights)[None]
    made = features.new_empty(len(features), len(offsets) - 1, features.shape[2])
    for rows, place in zip(features, made, strict=True):
        place.copy_(_sum_rows(rows, indices, offsets, weights))
    return made


def _sum_rows(rows: Tensor, indices: Tensor, offsets: Tensor, weights: Tensor) -> Tensor:
    with torch.no_grad():
        return F.embedding_bag(
            indices,
            rows.contiguous(),
            offsets,
            mode="sum",
            per_sample_weights=weights,
            include_last_offset=True,
        )
