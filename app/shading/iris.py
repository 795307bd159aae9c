"""The colours of an iris."""

import numpy as np
from numpy.typing import NDArray

from engine.geometry.smooth_step import smooth_step

IRIS_RADIUS = 5.9
PUPIL_RADIUS = 1.9
CAP_RADIUS = 6.15
"""mm; from the iris to the cap's end the limbus fades."""

PUPIL = (12.0, 11.0, 13.0)
INNER, OUTER = (156.0, 118.0, 74.0), (72.0, 104.0, 126.0)
LIMBUS = (142.0, 142.0, 144.0)


def paint_iris(distance: NDArray, turn: NDArray) -> NDArray[np.uint8]:
    """Colours `(P, 3)` sRGB at `distance` mm from the pupil's centre and angle `turn`."""
    depth = np.clip((distance - PUPIL_RADIUS) / (IRIS_RADIUS - PUPIL_RADIUS), 0.0, 1.0)
    inner, outer = np.array(INNER), np.array(OUTER)
    colors = inner + depth[:, None] ** 0.7 * (outer - inner)
    colors *= (0.78 + 0.32 * _fibres(turn) * (1.0 - 0.5 * depth))[:, None]
    ring = np.exp(-(((distance - IRIS_RADIUS) / 0.55) ** 2))[:, None]
    colors *= 1.0 - 0.72 * ring
    limbus = smooth_step(distance, IRIS_RADIUS - 0.15, CAP_RADIUS)[:, None]
    colors = colors * (1.0 - limbus) + np.array(LIMBUS) * limbus
    pupil = smooth_step(distance, PUPIL_RADIUS + 0.15, PUPIL_RADIUS - 0.15)[:, None]
    colors = colors * (1.0 - pupil) + np.array(PUPIL) * pupil
    return np.clip(np.round(colors), 0, 255).astype(np.uint8)


def _fibres(turn: NDArray) -> NDArray[np.float64]:
    """Brightness in [0, 1] of the radial fibres."""
    coarse = 0.5 + 0.5 * np.sin(13.0 * turn + 1.7 * np.sin(5.0 * turn))
    fine = 0.5 + 0.5 * np.sin(24.0 * turn + 2.3 * np.sin(3.0 * turn))
    return np.asarray(0.6 * coarse + 0.4 * fine)
