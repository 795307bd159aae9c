"""From values to the colours of a heatmap."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.evaluation.color_maps import ColorMap, color_map, default_map, require_range
from engine.evaluation.fields import ScalarField

PERCENTILES = (90.0, 95.0, 99.0, 100.0)
"""Presets of the range's upper end."""

LEAST_RANGE_MM = 0.01
"""A perfect surface still needs a range to be coloured by."""


@dataclass(frozen=True, slots=True)
class HeatStyle:
    """How values become colours.

    Attributes:
        map_name: one of `COLOR_MAPS`.
        reverse: high where low was.
        low, high: values in mm at the ends of the map.
        mask_below: magnitudes below it are left grey; None for none.
    """

    map_name: str
    low: float
    high: float
    reverse: bool = False
    mask_below: float | None = None

    def __post_init__(self) -> None:
        require_range(self.low, self.high)

    @property
    def colors(self) -> ColorMap:
        return color_map(self.map_name, self.reverse)

    def paint(self, field: ScalarField) -> NDArray[np.uint8]:
        """Colours `(V, 3)`."""
        return self.colors.paint(field.values, self.low, self.high, self.mask_below)


def percentile_range(
    fields: Sequence[ScalarField], percentile: float = 95.0
) -> tuple[float, float]:
    """The range up to a percentile of the magnitudes of all `fields` together, in mm.

    From zero for magnitudes; as far below zero as above it for signed values, so that the
    middle of a diverging map is zero.

    Raises:
        InputError: no field has a value, or the percentile is not from 0 to 100.
    """
    if not 0 <= percentile <= 100:
        raise InputError(f"A percentile is from 0 to 100, got {percentile}.")
    values = [np.abs(field.finite) for field in fields]
    together = np.concatenate(values) if values else np.zeros(0, np.float32)
    if not len(together):
        raise InputError("There are no values to choose a range for.")
    high = max(float(np.percentile(together, percentile)), LEAST_RANGE_MM)
    return (-high if any(field.signed for field in fields) else 0.0), high


def fitting_style(fields: Sequence[ScalarField], percentile: float = 95.0) -> HeatStyle:
    """The usual colours of `fields`: one range for all, to a round number."""
    low, high = percentile_range(fields, percentile)
    end = round_range(high)
    return HeatStyle(default_map(any(field.signed for field in fields)), -end if low else 0.0, end)


def round_range(high: float) -> float:
    """The next number above `high` whose quarters are short to write."""
    power = 10.0 ** math.floor(math.log10(high))
    for step in (1.0, 1.2, 1.6, 2.0, 2.4, 3.0, 4.0, 5.0, 6.0, 8.0):
        if high <= step * power * (1 + 1e-9):
            return float(f"{step * power:.6g}")
    return float(f"{10.0 * power:.6g}")
