"""The directions of a face's shape that points in a photograph show."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.photo.point_basis import PointBasis

Floats = NDArray[np.float64]

UNSEEN_MM = 0.05
"""Directions that move the points less than this per deviation are not sought."""


@dataclass(frozen=True, slots=True, eq=False)
class ShapeAxes:
    """S directions of unit prior variance, the same for every photograph with these points.

    Attributes:
        columns: `(C,)` coordinates of the joint code that they change.
        directions: `(C, S)` by how much.
        motion: `(P, 3, S)` mm that the points move.
    """

    columns: NDArray[np.int64]
    directions: Floats
    motion: NDArray[np.float32]

    @staticmethod
    def of(basis: PointBasis, columns: NDArray[np.int64], deviations: NDArray) -> "ShapeAxes":
        """Those of `basis` for coordinates `columns` `(C,)` with prior `deviations` `(C,)`."""
        deviation = np.asarray(deviations, np.float64)
        motion = basis.motion[:, :, columns]
        flat = motion.reshape(3 * len(basis.rows), len(columns)) * deviation.astype(np.float32)
        values, vectors = np.linalg.eigh(flat.T @ flat)
        shown = values > UNSEEN_MM**2 * len(basis.rows)
        directions = deviation[:, None] * vectors[:, shown]
        return ShapeAxes(columns, directions, motion @ directions.astype(np.float32))
