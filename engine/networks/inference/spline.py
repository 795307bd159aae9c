"""The spline of the landmark warp on one face; see `engine.networks.landmark_warp`."""

import torch
from torch import Tensor

from engine.networks.landmark_warp import CLOSEST_SQUARED, UNIT_MM

ROWS = 1024
"""Points at a time on a CPU: their distances to the handles stay in its cache."""
ROWS_ELSEWHERE = 1 << 18


class Spline:
    """a + Σ_h c_h φ(|p − l_h|) for points p `(N, 3)` mm as `(N, C)`.

    Args:
        handles: l `(H, 3)` mm.
        coefficients: c, and a in the last row, `(H + 1, C)`.
    """

    def __init__(self, handles: Tensor, coefficients: Tensor) -> None:
        squared = handles.square().sum(1, keepdim=True)
        # |p − l|² is one product of matrices: of (p, |p|², 1) and (−2 l, 1, |l|²).
        rows = torch.cat([-2.0 * handles, torch.ones_like(squared), squared], dim=1)
        self._handles = rows.t().contiguous()
        self._coefficients = (coefficients[:-1] / -UNIT_MM).t().contiguous()
        self._constant = coefficients[-1]

    def __call__(self, points: Tensor) -> Tensor:
        squared = points.square().sum(1, keepdim=True)
        extended = torch.cat([points, squared, torch.ones_like(squared)], dim=1)
        size = ROWS if points.device.type == "cpu" else ROWS_ELSEWHERE
        return torch.cat([self._of(rows) for rows in extended.split(size)])

    def _of(self, extended: Tensor) -> Tensor:
        kernel = torch.mm(extended, self._handles).clamp_min_(CLOSEST_SQUARED).sqrt_()
        return torch.nn.functional.linear(kernel, self._coefficients, self._constant)
