"""Where an edit of one small part may change the field of a face."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.models.windows import PlacedWindow

Floats = NDArray[np.float32]

UNMOVED_MM = 0.02
"""Points that the landmark warps of two faces carry less than this apart count as unmoved."""


@dataclass(frozen=True, slots=True, eq=False)
class PartChange:
    """What differs between faces whose codes differ in one small part.

    Attributes:
        windows: of the part, on all faces.
        moved: how far their landmark warps carry points `(N, 3)` apart, `(N,)` mm; costs about
            a fifth of the field.
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
