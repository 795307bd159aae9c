"""Between sRGB bytes and the linear light that glTF stores."""

import numpy as np
from numpy.typing import NDArray


def srgb_to_linear(colors: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Linear values in [0, 1] of sRGB bytes, after IEC 61966-2-1."""
    encoded = np.asarray(colors, dtype=np.float64) / 255.0
    linear: NDArray[np.float64] = np.where(
        encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4
    )
    return linear


def linear_to_srgb(linear: NDArray) -> NDArray[np.uint8]:
    """sRGB bytes of linear values; those outside [0, 1] are cut."""
    light = np.clip(np.asarray(linear, dtype=np.float64), 0.0, 1.0)
    encoded = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return unit_to_bytes(encoded)


def unit_to_bytes(values: NDArray) -> NDArray[np.uint8]:
    """Bytes of values in [0, 1]; those outside are cut."""
    return np.round(np.clip(values, 0.0, 1.0) * 255.0).astype(np.uint8)
