"""The shade of a surface's vertices: creases and hollows are dark on every machine."""

import numpy as np
from numpy.typing import NDArray

from app.shading.cavity import concavity
from app.shading.occlusion import ambient_light

Floats = NDArray[np.float32]

CREASE, RIDGE = 0.30, 0.06
"""How much a full crease darkens and a full ridge lightens."""

DARKEST = 0.20
"""What is left of the light where no ambient light arrives."""

OPEN = 0.88
"""A vertex that sees this much of the sky is in full light."""


def shade_surface(vertices: Floats, normals: Floats, faces: NDArray[np.int32]) -> Floats:
    """A factor `(V,)` for the colours.

    Args:
        vertices, normals: `(V, 3)`, mm.
        faces: `(F, 3)`.
    """
    cavity = concavity(vertices, normals, faces)
    fine = 1.0 - CREASE * np.clip(cavity, 0.0, 1.0) + RIDGE * np.clip(-cavity, 0.0, 1.0)
    light = np.clip(ambient_light(vertices, normals, faces) / OPEN, 0.0, 1.0)
    broad = DARKEST + (1.0 - DARKEST) * light**1.2
    shade: Floats = (fine * broad).astype(np.float32)
    return shade
