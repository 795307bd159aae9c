"""A trained `engine.networks.motion.MotionNetwork` evaluated without torch.

The editor needs it once, when a model opens, and before torch is loaded.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

CHUNK = 4096


def motion_basis(
    tensors: Mapping[str, NDArray],
    prefix: str,
    config: Mapping[str, Any],
    points: Floats,
    normals: Floats,
    kinds: NDArray[np.integer],
) -> Floats:
    """A(x) `(N, 3, D)`, mm per unit of code, at points of the template.

    Args:
        tensors: the network's arrays, their names led by `prefix`.
        config: the values of its `MotionConfig`.
        points: `(N, 3)` mm; normals: `(N, 3)` of length 1; kinds: `(N,)` 0 to 2.

    Raises:
        KeyError, ValueError: an array is missing or of another shape.
    """
    layers = range(int(config["layers"]))
    hidden = [
        (tensors[f"{prefix}hidden.{k}.weight"], tensors[f"{prefix}hidden.{k}.bias"]) for k in layers
    ]
    weight, bias = tensors[f"{prefix}output.weight"], tensors[f"{prefix}output.bias"]
    place = (points - np.array(config["centre"], np.float32)) / np.float32(config["scale"])
    one_hot = np.eye(3, dtype=np.float32)[kinds]
    inputs = np.concatenate([place, normals, one_hot], axis=1).astype(np.float32)
    result = np.empty((len(points), len(bias)), np.float32)
    for start in range(0, len(points), CHUNK):
        h, features = inputs[start : start + CHUNK], []
        for matrix, offset in hidden:
            h = np.sin(h @ matrix.T + offset)
            features.append(h)
        result[start : start + CHUNK] = np.concatenate(features, axis=1) @ weight.T + bias
    return result.reshape(len(points), 3, -1)
