"""A texture as colours of the template's vertices, as the viewport draws them."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from engine.geometry.mesh import Mesh
from engine.project.picture import Picture


@lru_cache(maxsize=8)
def texture_colors(texture: Picture, template: Mesh) -> NDArray[np.uint8] | None:
    """Colours `(V, 3)` sRGB of the template's vertices; None if it has no UV."""
    if template.uv is None:
        return None
    height, width = texture.pixels.shape[:2]
    # Texels' centres lie at half numbers; the first row is v = 1.
    x = np.clip(template.uv[:, 0] * width - 0.5, 0.0, width - 1.0)
    y = np.clip((1.0 - template.uv[:, 1]) * height - 0.5, 0.0, height - 1.0)
    left, top = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    right, foot = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    across, down = (x - left)[:, None], (y - top)[:, None]
    pixels = texture.pixels
    upper = (1.0 - across) * pixels[top, left] + across * pixels[top, right]
    lower = (1.0 - across) * pixels[foot, left] + across * pixels[foot, right]
    mixed = (1.0 - down) * upper + down * lower
    colors: NDArray[np.uint8] = np.clip(np.round(mixed), 0, 255).astype(np.uint8)
    return colors
