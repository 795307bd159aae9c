"""Many ellipsoids at once: where smooth windows begin and end."""

import torch
from torch import Tensor


class Ellipsoids:
    """K ellipsoids of `centres` and `radii` `(K, 3)` in mm."""

    def __init__(self, centres: Tensor, radii: Tensor) -> None:
        weights = radii.square().reciprocal()
        # Σ ((p − c) / r)² written out, so that it is one product of matrices.
        self._matrix = torch.cat([weights, -2.0 * centres * weights], dim=1).t().contiguous()
        self._offset = (centres.square() * weights).sum(1)

    def squared(self, points: Tensor) -> Tensor:
        """Squared distances `(N, K)` of points `(N, 3)` from the centres, in units of the radii."""
        return torch.addmm(
            self._offset, torch.cat([points.square(), points], dim=1), self._matrix
        ).clamp_min_(0.0)


def smooth_step(t: Tensor) -> Tensor:
    """3 t² − 2 t³: from 0 to 1 with level ends."""
    return t * t * (3.0 - 2.0 * t)
