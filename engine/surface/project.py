"""Points moved onto the zero set of a field."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.geometry.mesh import frozen
from engine.models.protocol import SignedField
from engine.progress import CancelToken
from engine.surface.sampler import FieldSampler

Gradient = Callable[[NDArray[np.float32]], NDArray[np.floating]]
"""Maps points `(N, 3)` in mm to the field's gradients `(N, 3)`."""

PROBE_MM = 0.25
"""Half the side of the cube whose corners hold the four probes of a gradient."""

CLOSE_ENOUGH_MM = 1e-3
"""Points this near to the zero set stay where they are."""

WEAKEST_GRADIENT = 0.1
"""Smaller gradients are taken for this: their direction says little and steps would be long."""

TETRAHEDRON = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]], np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """Points near a surface and how far they still are from it.

    Attributes:
        points: `(N, 3)` float32 mm.
        residual: |Φ| at them, `(N,)` float32 mm.
    """

    points: NDArray[np.float32]
    residual: NDArray[np.float32]

    def __post_init__(self) -> None:
        for name in ("points", "residual"):
            object.__setattr__(self, name, frozen(getattr(self, name), np.float32))


def project_to_surface(
    points: NDArray,
    field: SignedField,
    iterations: int = 2,
    max_step_mm: float = 2.0,
    gradient: Gradient | None = None,
    cancel: CancelToken | None = None,
) -> Projection:
    """Move `points` `(N, 3)` onto the zero set of `field` along its gradient.

    Newton's step p - Φ ∇Φ / |∇Φ|², limited in length. A step that brings a point no nearer
    to the zero set is taken back and the next one is half as long, so no point ends further
    away than it began.

    Args:
        iterations: steps at most; a point that is close enough takes no more.
        max_step_mm: the longest step.
        gradient: the field's gradient, if known; otherwise it is found from four values of
            the field around each point.

    Raises:
        InputError: points of another shape or not finite, or a field that is not finite.
        Cancelled: `cancel` was raised meanwhile.
    """
    start = np.asarray(points, np.float64)
    if start.ndim != 2 or start.shape[1] != 3 or not np.isfinite(start).all():
        raise InputError(f"Expected finite points of shape (N, 3), got {start.shape}.")
    if iterations < 0 or not max_step_mm > 0:
        raise InputError(
            "Projection needs a positive longest step and no negative number of iterations, "
            f"got {max_step_mm} mm and {iterations}."
        )
    sampler = FieldSampler(field, cancel)
    best = start.copy()
    values = sampler.sample(best).astype(np.float64)
    longest = np.full(len(best), float(max_step_mm))
    for _ in range(iterations):
        active = np.flatnonzero(np.abs(values) > CLOSE_ENOUGH_MM)
        if not active.size:
            break
        slopes = _gradients(sampler, best[active], gradient)
        tried = best[active] - newton_steps(values[active], slopes, longest[active])
        reached = sampler.sample(tried).astype(np.float64)
        nearer = np.abs(reached) < np.abs(values[active])
        best[active[nearer]] = tried[nearer]
        values[active[nearer]] = reached[nearer]
        longest[active[~nearer]] /= 2
    return Projection(best.astype(np.float32), np.abs(values).astype(np.float32))


def newton_steps(
    values: NDArray[np.float64], slopes: NDArray[np.float64], longest: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Steps `(N, 3)`, to be subtracted, from values `(N,)` and gradients `(N, 3)`."""
    norms = np.linalg.norm(slopes, axis=1)
    lengths = np.clip(values / np.maximum(norms, WEAKEST_GRADIENT), -longest, longest)
    steps: NDArray[np.float64] = slopes * (lengths / np.maximum(norms, 1e-12))[:, None]
    return steps


def _gradients(
    sampler: FieldSampler, points: NDArray[np.float64], gradient: Gradient | None
) -> NDArray[np.float64]:
    if gradient is not None:
        slopes = np.asarray(gradient(points.astype(np.float32)), np.float64)
        if slopes.shape != points.shape:
            raise InputError(f"Expected gradients {points.shape}, got {slopes.shape}.")
        return slopes
    probes = points[:, None, :] + PROBE_MM * TETRAHEDRON
    values = sampler.sample(probes.reshape(-1, 3)).reshape(-1, 4)
    differences: NDArray[np.float64] = values.astype(np.float64) @ TETRAHEDRON
    return differences / (4 * PROBE_MM)
