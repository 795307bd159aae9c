"""Colours for distances on a surface: from clay, where nothing moved, to dark red."""

import numpy as np
from numpy.typing import NDArray

STOPS = np.array(
    [
        (0.00, 222, 222, 224),
        (0.08, 170, 205, 222),
        (0.30, 88, 168, 186),
        (0.50, 122, 190, 108),
        (0.70, 245, 205, 80),
        (0.85, 232, 116, 50),
        (1.00, 150, 22, 32),
    ]
)
"""Share of the highest value, and sRGB; grey at zero, so that what moved is what is coloured."""


def error_colors(distances: NDArray, highest_mm: float) -> NDArray[np.uint8]:
    """sRGB `(N, 3)` of distances `(N,)` in mm; from `highest_mm` on they are all dark red."""
    share = np.clip(np.asarray(distances, np.float64) / highest_mm, 0.0, 1.0)
    channels = [np.interp(share, STOPS[:, 0], STOPS[:, 1 + c]) for c in range(3)]
    colors: NDArray[np.uint8] = np.rint(np.stack(channels, axis=1)).astype(np.uint8)
    return colors
