"""Moving a mesh onto a zero set along its own normals."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from engine.progress import CancelToken

Floats = NDArray[np.float32]

LARGEST_STEP_MM = 1.5
SHALLOWEST_SLOPE = 0.3
"""Slopes below this are taken as this: between touching lips the field hardly changes."""


def project_along(
    points: Floats,
    normals: Floats,
    distance: Callable[[Floats], Floats],
    cancel: CancelToken | None = None,
    iterations: int = 2,
) -> Floats:
    """Points `(N, 3)` moved along unit `normals` `(N, 3)` to where `distance` vanishes.

    Secant steps x ← x − n Φ(x) / (∂Φ/∂n); the slope of the first step is taken as 1. A point
    whose |Φ| does not shrink, or that would leave by more than `LARGEST_STEP_MM` in all,
    stays at the best place it has seen.
    """
    travelled = np.zeros(len(points), np.float32)
    values = distance(points)
    slope = np.ones_like(values)
    best, best_values = travelled.copy(), np.abs(values)
    for _ in range(iterations):
        if cancel is not None:
            cancel.check()
        step = -values / slope
        target = np.clip(travelled + step, -LARGEST_STEP_MM, LARGEST_STEP_MM)
        new_values = distance((points + target[:, None] * normals).astype(np.float32))
        moved = target - travelled
        safe = np.where(np.abs(moved) > 1e-4, moved, 1.0)
        slope = np.where(np.abs(moved) > 1e-4, (new_values - values) / safe, slope)
        slope = np.maximum(slope, SHALLOWEST_SLOPE).astype(np.float32)
        travelled, values = target, new_values
        better = np.abs(values) < best_values
        best[better], best_values[better] = travelled[better], np.abs(values)[better]
    projected: Floats = (points + best[:, None] * normals).astype(np.float32)
    return projected
