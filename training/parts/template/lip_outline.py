"""The outline of the lips seen from the front."""

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

Array = NDArray[np.float64]

OUTER_LIPS = tuple(range(48, 60))


def lip_outline(landmarks: Array) -> Array:
    """A closed curve `(L, 3)` through the outer lips' landmarks, sharp at the mouth's corners."""
    knots = landmarks[[*OUTER_LIPS, OUTER_LIPS[0]]]
    steps = np.arange(len(knots))
    upper = CubicSpline(steps[:7], knots[:7])(np.linspace(0, 6, 90))[:-1]
    lower = CubicSpline(steps[6:], knots[6:])(np.linspace(6, 12, 90))[:-1]
    return np.concatenate([upper, lower])


def lip_depth(points: Array, outline: Array) -> Array:
    """Distance `(V,)` from the outline in the frontal plane, positive inside, mm.

    Points in front of, behind or beside the lips by far get −4.
    """
    low = outline.min(0) - np.array([4.0, 4.0, 14.0])
    high = outline.max(0) + np.array([4.0, 4.0, 8.0])
    near = np.flatnonzero(((points > low) & (points < high)).all(1))
    depth = np.full(len(points), -4.0)
    flat, ring = points[near, :2], outline[:, :2]
    distance = np.linalg.norm(flat[:, None] - ring[None], axis=2).min(1)
    depth[near] = np.where(_inside(flat, ring), distance, -distance)
    return depth


def _inside(points: Array, polygon: Array) -> NDArray[np.bool_]:
    """Which `points` `(N, 2)` a polygon `(P, 2)` holds, by counting crossings."""
    a, b = polygon, np.roll(polygon, -1, axis=0)
    x, y = points[:, :1], points[:, 1:]
    spans = (a[:, 1] > y) != (b[:, 1] > y)
    height = np.where(b[:, 1] == a[:, 1], 1e-12, b[:, 1] - a[:, 1])
    crossing = a[:, 0] + (y - a[:, 1]) / height * (b[:, 0] - a[:, 0])
    inside: NDArray[np.bool_] = (spans & (x < crossing)).sum(1) % 2 == 1
    return inside
