"""The template's signed distance made exactly symmetric about the plane x = 0."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from training.parts.template.tunnels import Patch

Array = NDArray[np.float64]
Evaluate = Callable[[NDArray[np.float32]], NDArray[np.float32]]

CHUNK = 65_536
STEP_MM = 0.04
"""Half width of the central difference: far below the lids' curvature, far above rounding."""


@dataclass(frozen=True, slots=True)
class SymmetricField:
    """Mean of a signed distance and of its mirror image, (S(x, y, z) + S(−x, y, z)) / 2.

    Attributes:
        evaluate: points `(N, 3)` float32 mm to distances `(N,)` float32 mm, negative inside.
        patches: tunnels filled in and bridges cut away.
    """

    evaluate: Evaluate
    patches: tuple[Patch, ...] = ()

    def values(self, points: Array) -> Array:
        """Signed distances `(N,)` in mm at `points` `(N, 3)`."""
        if points.ndim != 2 or points.shape[1] != 3:
            raise InputError(f"Points must have shape (N, 3), got {points.shape}.")
        result = np.empty(len(points))
        mirror = np.array([-1.0, 1.0, 1.0])
        for start in range(0, len(points), CHUNK):
            part = points[start : start + CHUNK]
            both = np.concatenate([part, part * mirror]).astype(np.float32)
            distance = np.asarray(self.evaluate(both), dtype=np.float64)
            result[start : start + CHUNK] = 0.5 * (distance[: len(part)] + distance[len(part) :])
        for patch in self.patches:
            result = patch.apply(points, result)
        return result

    def gradients(self, points: Array) -> Array:
        """Gradients `(N, 3)` by central differences."""
        offsets = STEP_MM * np.concatenate([np.eye(3), -np.eye(3)])
        around = (points[None] + offsets[:, None]).reshape(-1, 3)
        values = self.values(around).reshape(6, len(points))
        gradient: Array = ((values[:3] - values[3:]) / (2.0 * STEP_MM)).T
        return gradient

    def project(self, points: Array, fixed_x: NDArray[np.bool_], steps: int = 3) -> Array:
        """Points `(N, 3)` carried onto the zero set by damped Newton steps.

        Args:
            points: near the surface.
            fixed_x: `(N,)` points that must stay in their plane of constant x.
            steps: Newton steps; each moves by at most 1 mm.
        """
        moved = points.copy()
        for _ in range(steps):
            gradient = self.gradients(moved)
            gradient[fixed_x, 0] = 0.0
            squared = np.maximum((gradient * gradient).sum(1), 0.05)
            step = (self.values(moved) / squared)[:, None] * gradient
            length = np.linalg.norm(step, axis=1, keepdims=True)
            moved -= step * np.minimum(1.0, 1.0 / np.maximum(length, 1e-12))
        return moved
