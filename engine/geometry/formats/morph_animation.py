"""Weights of morph targets over time, as a GLB plays them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.geometry.mesh import frozen


@dataclass(frozen=True, slots=True, eq=False)
class MorphAnimation:
    """T keyframes of K morph targets; between keyframes weights run straight.

    Attributes:
        name: what programs call it.
        seconds: `(T,)` float32, from 0 on, each later than the one before.
        weights: `(T, K)` float32 in the order of the targets.

    Raises:
        InputError: other shapes, less than two keyframes, times that do not rise, or values
            that are not finite.
    """

    name: str
    seconds: NDArray[np.float32]
    weights: NDArray[np.float32]

    def __post_init__(self) -> None:
        seconds, weights = np.asarray(self.seconds), np.asarray(self.weights)
        if seconds.ndim != 1 or weights.ndim != 2 or len(weights) != len(seconds):
            raise InputError(
                "An animation needs times of shape (T,) and weights of shape (T, K), got "
                f"{seconds.shape} and {weights.shape}."
            )
        if not (np.isfinite(seconds).all() and np.isfinite(weights).all()):
            raise InputError("The times and weights of an animation must be finite numbers.")
        rising = len(seconds) > 1 and seconds[0] >= 0 and (np.diff(seconds) > 0).all()
        if not rising:
            raise InputError(
                f"An animation needs two or more times that rise from 0 on, got {seconds[:5]}."
            )
        object.__setattr__(self, "seconds", frozen(seconds, np.float32))
        object.__setattr__(self, "weights", frozen(weights, np.float32))
