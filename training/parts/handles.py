"""Choosing the handles that drive the landmark warp."""

import numpy as np
from numpy.typing import NDArray


def choose_handles(
    vertices: NDArray[np.float64],
    region_weights: NDArray[np.float64],
    landmarks: NDArray[np.int64],
    candidates: NDArray[np.int64],
    count: int,
    feature_density: float = 3.0,
) -> NDArray[np.int64]:
    """Farthest-point handles `(count,)`, denser on nose, eyes and mouth, with the landmarks.

    Args:
        vertices: `(V, 3)`; region_weights: `(V, 4)`, last column the head.
        landmarks: `(68,)`, always part of the answer.
        candidates: vertices to choose from.
        feature_density: how many times closer handles stand on a feature than on the head.
    """
    density = 1.0 + (feature_density - 1.0) * (1.0 - region_weights[candidates, -1])
    points = vertices[candidates]
    chosen = list(dict.fromkeys(int(i) for i in landmarks))
    nearest = np.min([np.linalg.norm(points - vertices[i], axis=1) for i in chosen], axis=0)
    while len(chosen) < count:
        pick = int(np.argmax(nearest * density))
        chosen.append(int(candidates[pick]))
        nearest = np.minimum(nearest, np.linalg.norm(points - points[pick], axis=1))
    return np.array(chosen)
