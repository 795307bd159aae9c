"""The units of mesh files, and which of them make a head of a scan."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of length: its name and its millimetres."""

    name: str
    millimetres: float


UNITS = (Unit("mm", 1.0), Unit("cm", 10.0), Unit("m", 1000.0), Unit("inch", 25.4))
"""Those that files are in, the likeliest first."""

HEAD_RADII_MM = (40.0, 280.0)
"""Root mean square distance from the middle: a narrow mask of a face, and a head with shoulders."""
USUAL_RADIUS_MM = 105.0
"""Of a whole head with its neck."""
UNKNOWN_RADII_MM = (65.0, 82.0, 103.0, 130.0, 165.0, 208.0)
"""Tried where no unit makes a head: a mask, a head without a neck, … a head with shoulders."""


def radius_of(points: NDArray) -> float:
    """Root mean square distance of `points` `(N, 3)` from their middle, far outliers left out."""
    distances = np.linalg.norm(points - np.median(points, axis=0), axis=1)
    kept = distances[distances <= np.quantile(distances, 0.98)]
    return float(np.sqrt(np.mean(kept**2)))


def likely_units(radius: float) -> tuple[Unit, ...]:
    """The units that make a head of a surface of `radius` file units, the likeliest first."""
    low, high = HEAD_RADII_MM
    fitting = [unit for unit in UNITS if low <= radius * unit.millimetres <= high]

    def oddness(unit: Unit) -> float:
        return abs(float(np.log(radius * unit.millimetres / USUAL_RADIUS_MM)))

    return tuple(sorted(fitting, key=oddness))
