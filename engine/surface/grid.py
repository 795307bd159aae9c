"""Nested grids of cubic cells over a field's box."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.models.protocol import SignedField

RESOLUTIONS = (8, 1024)
"""Least and greatest number of finest cells along the longest side of the box."""

COARSEST = 16
"""About how many cells the coarsest grid has along the longest side."""

SLACK = 0.04
"""Room around the box, as a part of its longest side: while a face is edited its box moves."""


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Grids of levels 0 to `levels - 1`; each cell has eight children on the next level.

    Attributes:
        origin: corner `(3,)` of all grids, float64 mm.
        coarsest: number of cells `(3,)` on level 0.
        spacing: side of a finest cell, mm.
        levels: number of levels.
        lower, upper: corners `(3,)` of the box that the surface is cut off by, float64 mm.
    """

    origin: NDArray[np.float64]
    coarsest: tuple[int, int, int]
    spacing: float
    levels: int
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]

    def cell_size(self, level: int) -> float:
        """The side of a cell of `level`, mm."""
        return self.spacing * 2 ** (self.levels - 1 - level)

    def shape(self, level: int) -> tuple[int, int, int]:
        """Number of cells `(3,)` on `level`."""
        x, y, z = self.coarsest
        return (x << level, y << level, z << level)

    def positions(
        self, level: int, corners: NDArray[np.integer] | NDArray[np.floating]
    ) -> NDArray[np.float64]:
        """Places `(N, 3)` in mm of grid corners `(3, N)` of `level`."""
        return self.origin + self.cell_size(level) * corners.T.astype(np.float64)

    def around(self, field: SignedField) -> "Grid | None":
        """This grid for another field, if that one's box leaves a cell of room all around."""
        lower, upper = box(field)
        far = self.origin + self.spacing * np.array(self.shape(self.levels - 1))
        if (lower < self.origin + self.spacing).any() or (upper > far - self.spacing).any():
            return None
        return replace(self, lower=lower, upper=upper)

    def beyond_box(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """How far `(N,)` points `(N, 3)` lie beyond the nearest side of the box; < 0 inside."""
        half = (self.upper - self.lower) / 2
        beyond = np.abs(points - (self.lower + half)) - half
        return np.maximum(np.maximum(beyond[:, 0], beyond[:, 1]), beyond[:, 2])


def make_grid(field: SignedField, resolution: int) -> Grid:
    """The grids for `resolution` finest cells along the longest side of the field's box.

    Raises:
        InputError: the resolution is out of range or the box is empty.
    """
    least, greatest = RESOLUTIONS
    if not least <= resolution <= greatest or resolution != int(resolution):
        raise InputError(
            f"The resolution must be a whole number from {least} to {greatest}, got {resolution}."
        )
    lower, upper = box(field)
    sides = upper - lower
    spacing = float(sides.max()) / resolution
    levels = max(round(math.log2(resolution / COARSEST)), 0) + 1
    stride = 2 ** (levels - 1)
    wanted = np.ceil(sides / spacing - 1e-6).astype(int) + 2 * math.ceil(SLACK * resolution)
    coarsest = -(-wanted // stride)
    origin = (lower + upper - coarsest * stride * spacing) / 2
    x, y, z = (int(count) for count in coarsest)
    return Grid(origin, (x, y, z), spacing, levels, lower, upper)


def box(field: SignedField) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The field's lower and upper corner `(3,)`.

    Raises:
        InputError: the corners are not finite or the box is empty.
    """
    lower, upper = np.asarray(field.lower, float), np.asarray(field.upper, float)
    usable = lower.shape == upper.shape == (3,) and np.isfinite([lower, upper]).all()
    if not usable or (lower >= upper).any():
        raise InputError(
            "A field's box needs a finite lower corner below its upper corner, "
            f"got {lower.tolist()} and {upper.tolist()}."
        )
    return lower, upper
