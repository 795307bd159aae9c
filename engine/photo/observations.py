"""What is given to a fit of codes and cameras: points seen, where to begin, and how."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.geometry.mesh import frozen
from engine.photo.point_basis import PointBasis
from engine.photo.weak_perspective import WeakPerspective

Floats = NDArray[np.float64]

TRUSTED = (1e6, 1e6)
"""`RefiningSettings.robust` for points that a person set: none is taken for a mistake."""


@dataclass(frozen=True, slots=True, eq=False)
class PointObservations:
    """Points of a face seen in one photograph.

    Attributes:
        basis: where the P points are for a code.
        pixels: `(P, 2)` where they were seen.
        deviations: `(P,)` standard deviation of each coordinate, px; large where a guess.
    """

    basis: PointBasis
    pixels: Floats
    deviations: Floats

    def __post_init__(self) -> None:
        pixels, deviations = np.asarray(self.pixels), np.asarray(self.deviations)
        count = len(self.basis.rows)
        if pixels.shape != (count, 2) or deviations.shape != (count,):
            raise InputError(
                f"Expected pixels ({count}, 2) and deviations ({count},), got {pixels.shape} and "
                f"{deviations.shape}."
            )
        if not np.isfinite(pixels).all() or not np.isfinite(deviations).all():
            raise InputError("Points seen in a photograph must have finite pixels and deviations.")
        if not (deviations > 0).all():
            raise InputError("The deviation of a point seen must be above 0 px.")
        object.__setattr__(self, "pixels", frozen(pixels, np.float64))
        object.__setattr__(self, "deviations", frozen(deviations, np.float64))


@dataclass(frozen=True, slots=True, eq=False)
class PhotoState:
    """One photograph of a person.

    Attributes:
        expression: `(E,)` weights.
        pose: of the head.
        nearness: of the camera, per mm.
        pivot: `(3,)` mm that the camera's axis goes through; the middle of the points seen if None.
    """

    expression: Floats
    pose: WeakPerspective
    nearness: float = 0.0
    pivot: Floats | None = None


@dataclass(frozen=True, slots=True)
class RefiningSettings:
    """How codes are refined.

    Attributes:
        independent: how many points with independent errors a photograph's points are worth. A
            network's errors are alike within some 25 mm, and its codes and points, which both
            count, come from one image: on rendered photographs 30 of 369 are best.
        noise_scale: factor on all deviations.
        nearness: mean and deviation of the camera's nearness, per mm; None keeps it as it is. It
            gains a tenth of the shape error in portraits and costs nothing from afar.
        pose_free: whether poses and nearness are refined.
        robust: from how many deviations on a point loses its say, in the first step and at last;
            `TRUSTED` where no point can be wrong.
        iterations: the most steps.
    """

    independent: float = 30.0
    noise_scale: float = 1.0
    nearness: tuple[float, float] | None = (0.9e-3, 0.6e-3)
    pose_free: bool = True
    robust: tuple[float, float] = (12.0, 3.0)
    iterations: int = 8

    def __post_init__(self) -> None:
        if not (self.independent > 0 and self.noise_scale > 0 and self.iterations > 0):
            raise InputError(f"Refining needs numbers above 0, got {self}.")
