"""How much each vertex of a head says of the face."""

import numpy as np
from numpy.typing import NDArray

from engine.geometry.smooth_step import smooth_step

FULL_MM, FADED_MM, LEAST = 45.0, 110.0, 0.1
"""A vertex as near as the first to a landmark counts fully in losses, one as far as the second
only this much: hair and collars hide the back of the head and the neck."""


def landmark_weights(vertices: NDArray, landmarks: NDArray) -> NDArray[np.float32]:
    """Weights `(V,)` that fall smoothly with the distance to the nearest of `landmarks`."""
    away = np.linalg.norm(vertices[:, None] - landmarks[None], axis=2).min(1)
    near = smooth_step(away, FADED_MM, FULL_MM)
    weights: NDArray[np.float32] = (LEAST + (1.0 - LEAST) * near).astype(np.float32)
    return weights
