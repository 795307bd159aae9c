"""Where the template trusts its learned motion and not the field: about the lids.

Lids that touch are far apart on the template, and there the field is off by more than the motion
networks: a vertex put on its zero set may come to lie on the eyeball behind.
"""

import numpy as np
from numpy.typing import NDArray

from engine.geometry.polyline import polyline_distance

Floats = NDArray[np.float32]

LIDS = ((36, 37, 38, 39, 40, 41), (42, 43, 44, 45, 46, 47))
"""Multi-PIE landmarks around each eye."""
MARGIN_MM = (2.0, 5.0)
"""Closer to the lids' margins than the first distance the field is not asked, from the second on
it is trusted fully."""


def trust_in_field(vertices: Floats, landmarks: NDArray[np.integer]) -> Floats:
    """How far each vertex `(V, 3)` of the template may be moved onto the zero set, `(V,)` in
    [0, 1]; `landmarks` `(68,)` are vertices."""
    marks = vertices[landmarks]
    near = np.min([polyline_distance(vertices, marks[[*loop, loop[0]]]) for loop in LIDS], axis=0)
    inner, outer = MARGIN_MM
    trust: Floats = np.clip((near - inner) / (outer - inner), 0.0, 1.0).astype(np.float32)
    return trust
