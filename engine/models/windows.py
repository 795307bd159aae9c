"""Where in a face's own space the window of a small part lies."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

MARGIN_MM = 4.0
"""Room for what the warp does between the vertices that tell where the window went."""


@dataclass(frozen=True, slots=True, eq=False)
class PlacedWindow:
    """An affine map `p ↦ matrix p + offset` from the face back to the template's unit ball of
    the window, and the radius in it that surely holds the window."""

    matrix: NDArray[np.float64]
    offset: NDArray[np.float64]
    radius: float

    def holds(self, points: Floats) -> NDArray[np.bool_]:
        """Which points `(N, 3)` may lie in the window."""
        unit = points @ self.matrix.T.astype(np.float32) + self.offset.astype(np.float32)
        inside: NDArray[np.bool_] = (unit * unit).sum(1) < self.radius**2
        return inside


def place_window(centre: Floats, radii: Floats, template: Floats, carried: Floats) -> PlacedWindow:
    """The ellipsoid of `centre` and `radii` `(3,)` on the template, on a face.

    Args:
        template: `(V, 3)` vertices of the template; carried: `(V, 3)` the same on the face.
    """
    unit = (template - centre) / radii
    rows = (unit * unit).sum(1) < 1.0
    design = np.concatenate([carried[rows], np.ones((int(rows.sum()), 1))], axis=1)
    solution, *_ = np.linalg.lstsq(design.astype(np.float64), unit[rows], rcond=None)
    off = np.linalg.norm(design @ solution - unit[rows], axis=1)
    radius = 1.0 + float(off.max()) + MARGIN_MM / float(radii.min())
    return PlacedWindow(solution[:3].T, solution[3], radius)
