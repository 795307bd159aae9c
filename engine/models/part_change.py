"""Where an edit of one small part may change the field of a face."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

UNMOVED_MM = 0.02
"""Points that the landmark warps of two faces carry less than this apart count as unmoved."""


class Region(Protocol):
    """A part of space."""

    def holds(self, points: Floats) -> NDArray[np.bool_]:
        """Which of points `(N, 3)` may lie in it."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class PartChange:
    """What differs between faces whose codes differ in one small part.

    Attributes:
        regions: the windows of the part on all faces, and where else it tells.
        moved: how far their landmark warps carry points `(N, 3)` apart, `(N,)` mm; costs about
            a fifth of the field.
    """

    regions: Sequence[Region]
    moved: Callable[[Floats], Floats]

    def holds(self, points: Floats) -> NDArray[np.bool_]:
        """Which points `(N, 3)` may have another value."""
        held = np.zeros(len(points), dtype=np.bool_)
        for region in self.regions:
            held |= region.holds(points)
        outside = np.flatnonzero(~held)
        held[outside] = self.moved(points[outside]) > UNMOVED_MM
        return held
