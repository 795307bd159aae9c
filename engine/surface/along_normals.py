"""Moving a mesh onto a zero set along its own normals."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from engine.progress import CancelToken

Floats = NDArray[np.float32]

FAR_MM = (1.0, 2.0)
"""Points up to the first distance from the zero set go all the way, points beyond the second stay:
they lie between lips or in a fold, where another sheet of the surface is nearer than their own."""
SHALLOWEST_SLOPE = 0.3
"""Slopes below this are taken as this: between touching lips the field hardly changes."""


def project_along(
    points: Floats,
    normals: Floats,
    distance: Callable[[Floats], Floats],
    trust: Floats | None = None,
    cancel: CancelToken | None = None,
    iterations: int = 3,
    room: Floats | None = None,
) -> Floats:
    """Points `(N, 3)` moved along unit `normals` `(N, 3)` to where `distance` vanishes.

    Secant steps t ← t − Φ / (∂Φ/∂t) along the normal; the first slope is taken as 1. A step
    that does not bring a point nearer is taken back, but its slope is kept for the next.

    Args:
        trust: share `(N,)` in [0, 1] of its way that each point goes; all of it where None.
        room: factors `(N,)` of `FAR_MM`, for points with no other sheet near; 1 where None.
    """
    factor = np.float32(1.0) if room is None else room
    near, far = FAR_MM[0] * factor, FAR_MM[1] * factor
    travelled = np.zeros(len(points), np.float32)
    values = distance(points)
    share = np.clip((far - np.abs(values)) / (far - near), 0.0, 1.0)
    slope = np.ones_like(values)
    for _ in range(iterations):
        if cancel is not None:
            cancel.check()
        target = np.clip(travelled - values / slope, -far, far)
        found = distance((points + target[:, None] * normals).astype(np.float32))
        step = target - travelled
        moved = np.abs(step) > 1e-4
        secant = (found - values) / np.where(moved, step, 1.0)
        slope = np.where(moved, np.maximum(secant, SHALLOWEST_SLOPE), slope).astype(np.float32)
        better = np.abs(found) < np.abs(values)
        travelled = np.where(better, target, travelled).astype(np.float32)
        values = np.where(better, found, values)
    if trust is not None:
        share = share * trust
    projected: Floats = (points + (share * travelled)[:, None] * normals).astype(np.float32)
    return projected
