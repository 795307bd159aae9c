"""A dense layer, by the quicker of torch's two libraries.

On processors of other makers than its own, MKL leaves half of the vector width idle; oneDNN, which
torch brings along for its compiler, does not. It builds a program for every shape that it meets,
so it is given few shapes.
"""

from functools import cache

import torch
from torch import Tensor

BLOCK = 256
"""oneDNN gets multiples of so many rows, MKL the rest."""
NARROWEST = 32
"""Layers of fewer inputs or outputs gain nothing."""


def dense(rows: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """rows Wᵀ + b as `(N, out)`, of rows `(N, in)`, W `(out, in)` and b `(out,)`."""
    count, width = rows.shape
    if (
        count
        and count % BLOCK == 0
        and width >= NARROWEST
        and len(bias) >= NARROWEST
        and rows.device.type == "cpu"
        and rows.dtype == torch.float32
        and has_onednn()
    ):
        found: Tensor = torch.ops.mkldnn._linear_pointwise(rows, weight, bias, "none", [], "")
        return found
    return torch.addmm(bias, rows, weight.t())


@cache
def has_onednn() -> bool:
    """Whether this build of torch has oneDNN's dense layer, and it works."""
    if not torch.backends.mkldnn.is_available():
        return False
    rows = torch.linspace(-1.0, 1.0, 4 * NARROWEST).view(4, NARROWEST)
    weight, bias = rows[:2].contiguous(), torch.tensor([1.0, -2.0])
    try:
        found = torch.ops.mkldnn._linear_pointwise(rows, weight, bias, "none", [], "")
    except (AttributeError, RuntimeError):
        return False
    return torch.allclose(found, rows @ weight.t() + bias, atol=1e-4)
