"""L1 and landmark-weighted L1 (Mandelli & Mihalcea, eqs. 5 and 6)."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from torch import Tensor

from engine.errors import InputError


def landmark_weights(template: NDArray, landmarks: NDArray) -> NDArray[np.float32]:
    """wᵢ = 1 / minⱼ d(pᵢ, Zⱼ) (eq. 6), divided by the largest, `(V,)`; landmarks themselves get 1.

    Args:
        template: `(V, 3)` vertices, mm.
        landmarks: `(L,)` of them.

    Raises:
        InputError: there are no landmarks.
    """
    if not len(landmarks):
        raise InputError("The weighted loss needs landmarks; the set has none. Choose loss l1.")
    distance, _ = cKDTree(template[landmarks]).query(template)
    # 1/0 at a landmark: the smallest distance of any other vertex bounds it.
    away = distance[distance > 1e-6]
    weights = 1.0 / np.maximum(distance, away.min() if len(away) else 1.0)
    return (weights / weights.max()).astype(np.float32)


def l1_loss(found: Tensor, wanted: Tensor, weights: Tensor | None = None) -> Tensor:
    """1/N Σ wᵢ |pᵢ − qᵢ|₁ over meshes `(B, V, 3)` (eq. 5), mean over the three coordinates;
    without weights every wᵢ is 1."""
    difference = (found - wanted).abs()
    if weights is not None:
        difference = difference * weights[:, None]
    return difference.mean()
