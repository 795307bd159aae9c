"""How the user wants values coloured."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.evaluation.color_maps import NO_VALUE, default_map
from engine.evaluation.fields import FieldKind, ScalarField
from engine.evaluation.heat import HeatStyle, percentile_range

DIMMED = 0.25
"""Of a colour is left outside the brush, the rest is grey."""


@dataclass(frozen=True, slots=True)
class HeatChoice:
    """How values are coloured.

    Attributes:
        kind: which value.
        map_name: None for the one that suits the kind.
        reverse: high where low was.
        percentile: the range follows this percentile of what is shown; None where it is fixed.
        low, high: the range, where it is fixed.
        mask_below: smaller magnitudes are grey; 0 for none.
        brush: only values between these two are coloured; None for all.
    """

    kind: FieldKind = "nearest"
    map_name: str | None = None
    reverse: bool = False
    percentile: float | None = 95.0
    low: float = 0.0
    high: float = 1.0
    mask_below: float = 0.0
    brush: tuple[float, float] | None = None

    def style(self, fields: Sequence[ScalarField]) -> HeatStyle:
        """The colours of all `fields`: one range, so that surfaces can be compared."""
        signed = self.kind == "signed"
        low, high = self.low, self.high
        if self.percentile is not None:
            low, high = -1.0 if signed else 0.0, 1.0
            if any(len(field.finite) for field in fields):
                low, high = percentile_range(fields, self.percentile)
        name = self.map_name or default_map(signed)
        return HeatStyle(name, low, high, self.reverse, self.mask_below or None)

    def brushed(self, colors: NDArray[np.uint8], values: NDArray[np.floating]) -> NDArray[np.uint8]:
        """`colors` `(V, 3)`, greyed where the `values` `(V,)` are not under the brush."""
        if self.brush is None:
            return colors
        low, high = self.brush
        outside = ~((values >= low) & (values <= high))
        greyed = DIMMED * colors + (1.0 - DIMMED) * np.array(NO_VALUE, np.float32)
        return np.where(outside[:, None], greyed.astype(np.uint8), colors)
