"""Cumulative error curves: how much of a surface lies within each distance."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError

LEVELS = 401


@dataclass(frozen=True, slots=True)
class CumulativeCurve:
    """The distribution of a set of errors, without the set.

    The curve every benchmark of face reconstruction draws (for example NoW: Sanyal et al.,
    "Learning to Regress 3D Face Shape and Expression from an Image without 3D Supervision",
    2019): the share of samples whose error is at most a distance, over the distance.

    Attributes:
        quantiles: errors in mm at even shares of the samples from 0 to 1, rising.
    """

    quantiles: tuple[float, ...]

    @property
    def errors(self) -> NDArray[np.float64]:
        """The quantiles `(L,)`, the error in mm that each share does not exceed."""
        return np.array(self.quantiles, np.float64)

    @property
    def shares(self) -> NDArray[np.float64]:
        """Even shares `(L,)` from 0 to 1."""
        return np.linspace(0.0, 1.0, len(self.quantiles))

    def share_within(self, errors: NDArray) -> NDArray[np.float64]:
        """The shares `(N,)` of samples within `errors` `(N,)` in mm, linear between levels."""
        wanted, known = np.asarray(errors, np.float64), self.errors
        # Equal errors at several levels: the highest of their shares is meant.
        place = np.searchsorted(known, wanted, side="right")
        upper = np.clip(place, 1, len(known) - 1)
        low, high = known[upper - 1], known[upper]
        along = np.divide(wanted - low, high - low, out=np.ones_like(wanted), where=high > low)
        shares = (upper - 1 + np.clip(along, 0, 1)) / (len(known) - 1)
        shares[place == 0] = 0.0
        shares[wanted >= known[-1]] = 1.0
        return shares

    def area_under(self, limit_mm: float) -> float:
        """The curve's mean height from 0 to `limit_mm`: 1 is perfect, 0 is no sample within.

        Raises:
            InputError: the limit is not positive.
        """
        if not limit_mm > 0:
            raise InputError(f"The area under a curve needs a limit above 0 mm, got {limit_mm}.")
        grid = np.linspace(0.0, limit_mm, 2001)
        return float(np.trapezoid(self.share_within(grid), grid) / limit_mm)


def cumulative_curve(errors: NDArray, levels: int = LEVELS) -> CumulativeCurve:
    """The curve of `errors` `(N,)`, in mm, at `levels` even shares.

    Raises:
        InputError: there is no error, or one is negative or not finite.
    """
    array = np.asarray(errors, np.float64)
    if array.ndim != 1 or not len(array) or not np.isfinite(array).all() or array.min() < 0:
        raise InputError(
            "A cumulative curve needs at least one finite error of 0 mm or more, got shape "
            f"{array.shape}."
        )
    return CumulativeCurve(tuple(np.quantile(array, np.linspace(0.0, 1.0, levels)).tolist()))


def merge_curves(curves: Sequence[CumulativeCurve]) -> CumulativeCurve:
    """The curve of all errors together, each given curve counting the same.

    For the one line of a method that was measured on many faces.

    Raises:
        InputError: no curve is given.
    """
    if not curves:
        raise InputError("There is no curve to merge. Give the curves of at least one pair.")
    # Each curve's quantiles stand for equal numbers of samples.
    middles = [0.5 * (curve.errors[1:] + curve.errors[:-1]) for curve in curves]
    ends = [curve.errors[[0, -1]] for curve in curves]
    return cumulative_curve(np.concatenate([*middles, *ends]))
