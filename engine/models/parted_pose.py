"""A pose in which lips and lids are apart, so that closest points are the right ones."""

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.models.protocol import FaceCode, FaceModel

PARTED = (("jaw open", 0.35), ("eye wide left", 0.5), ("eye wide right", 0.5))
"""Weights of named expressions."""


def parted_code(model: FaceModel) -> FaceCode:
    """The mean face with lips and lids apart.

    Raises:
        InputError: the model lacks one of the expressions.
    """
    return model.mean_code().with_part("expression", expression_vector(model, dict(PARTED)))


def expression_vector(model: FaceModel, weights: dict[str, float]) -> NDArray[np.float32]:
    """The expression code with `weights` by the names of directions, lower case.

    Raises:
        InputError: the model has no direction of that name.
    """
    names = [direction.name.lower() for direction in model.parts[-1].directions]
    vector = np.zeros(len(names), np.float32)
    for name, value in weights.items():
        if name not in names:
            raise InputError(f"The model has no expression '{name}'. It has {', '.join(names)}.")
        vector[names.index(name)] = value
    return vector
