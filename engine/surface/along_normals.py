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
    iterations: int = 3,
) -> Floats:
    """Points `(N, 3)` moved along unit `normals` `(N, 3)` to where `distance` vanishes.

    Secant steps t ← t − Φ / (∂Φ/∂t) along the normal; the first slope is taken as 1. A step
    that does not bring a point nearer is taken back, but its slope is kept for the next. No
    point goes further than `LARGEST_STEP_MM`.
    """
    travelled = np.zeros(len(points), np.float32)
    values = distance(points)
    slope = np.ones_like(values)
    for _ in range(iterations):
        if cancel is not None:
            cancel.check()
        target = np.clip(travelled - values / slope, -LARGEST_STEP_MM, LARGEST_STEP_MM)
        found = distance((points + target[:, None] * normals).astype(np.float32))
        step = target - travelled
        moved = np.abs(step) > 1e-4
        secant = (found - values) / np.where(moved, step, 1.0)
        slope = np.where(moved, np.maximum(secant, SHALLOWEST_SLOPE), slope).astype(np.float32)
        better = np.abs(found) < np.abs(values)
        travelled = np.where(better, target, travelled).astype(np.float32)
        values = np.where(better, found, values)
    projected: Floats = (points + travelled[:, None] * normals).astype(np.float32)
    return projected
