"""Predictions on the next finer grid."""

import numpy as np

from engine.surface.cube_cases import CORNERS
from engine.surface.following import THIRDS, halved


def test_halved_values_are_trilinear():
    corners = CORNERS.astype(np.float32)
    x, y, z = corners
    values = np.stack(
        [1 + 2 * x - 3 * y + 4 * z, x * y - y * z + 5 * x * y * z, 7 * z * x + 0 * y], axis=1
    )
    x, y, z = THIRDS.astype(np.float32) / 2
    expected = np.stack(
        [1 + 2 * x - 3 * y + 4 * z, x * y - y * z + 5 * x * y * z, 7 * z * x + 0 * y], axis=1
    )
    np.testing.assert_allclose(halved(values.astype(np.float32)), expected, atol=1e-6)
