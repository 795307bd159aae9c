"""Where an edit of one small part may change the field of a face."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.models.windows import PlacedWindow

Floats = NDArray[np.float32]

UNMOVED_MM = 0.01
"""Points that the landmark warp moves less than this between two codes count as unmoved."""


@dataclass(frozen=True, slots=True, eq=False)
class PartChange:
    """What changes between two codes that differ in one small part.

    Attributes:
        windows: of the part, on both faces.
        moved: how far the landmark warp carries points `(N, 3)` elsewhere, `(N,)` mm; costs about
            a tenth of the field.
    """

    windows: Sequence[PlacedWindow]
    moved: Callable[[Floats], Floats]

    def holds(self, points: Floats) -> NDArray[np.bool_]:
        """Which points `(N, 3)` may have another value."""
        held = np.zeros(len(points), dtype=np.bool_)
        for window in self.windows:
            held |= window.holds(points)
        outside = np.flatnonzero(~held)
        held[outside] = self.moved(points[outside]) > UNMOVED_MM
        return held
