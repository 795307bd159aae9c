"""Region weights and landmarks carried from the registered faces to the template."""

import igl
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from engine.errors import InputError
from training.parts.registered import RegisteredFaces
from training.parts.template.mirror import WholeSurface
from training.parts.template.template_mesh import Kind

Array = NDArray[np.float64]

MIDLINE = (8, 27, 28, 29, 30, 33, 51, 57, 62, 66)
PAIRS = (
    *((i, 16 - i) for i in range(8)),
    *((17 + i, 26 - i) for i in range(5)),
    *((31, 35), (32, 34)),
    *((36, 45), (37, 44), (38, 43), (39, 42), (40, 47), (41, 46)),
    *((48, 54), (49, 53), (50, 52), (59, 55), (58, 56)),
    *((60, 64), (61, 63), (67, 65)),
)
"""Multi-PIE landmarks on the right of the face and their images on the left."""


def transfer_regions(
    surface: WholeSurface, faces: RegisteredFaces, vertices: Array
) -> NDArray[np.float32]:
    """Symmetric region weights `(V, 4)`, rows adding up to 1.

    Args:
        surface: the template.
        faces: carries the weights; vertices: its canonical face `(W, 3)`, mm.
    """
    visible = faces.faces[faces.groups != 3]
    _, triangle, closest = igl.point_mesh_squared_distance(surface.vertices, vertices, visible)
    corners = visible[triangle]
    a, b, c = (np.ascontiguousarray(vertices[corners[:, k]]) for k in range(3))
    share = np.clip(igl.barycentric_coordinates(closest, a, b, c), 0.0, 1.0)
    weights = (share[:, :, None] * faces.region_weights[corners]).sum(1)
    weights = np.maximum(0.5 * (weights + weights[surface.mirror]), 0.0)
    weights /= weights.sum(1, keepdims=True)
    return weights.astype(np.float32)


def transfer_landmarks(surface: WholeSurface, registered: Array) -> NDArray[np.int32]:
    """Template vertices `(68,)` nearest to `registered` `(68, 3)`: distinct, in exact pairs."""
    candidates = np.isin(surface.kinds, (Kind.SKIN, Kind.LIPS))
    middle = candidates & (surface.vertices[:, 0] == 0.0)
    right = candidates & (surface.vertices[:, 0] < 0.0)
    result = np.full(68, -1)
    taken: set[int] = set()
    flip = np.array([-1.0, 1.0, 1.0])
    for landmark in MIDLINE:
        result[landmark] = _nearest_free(surface.vertices, middle, registered[landmark], taken)
    for first, second in PAIRS:
        goal = 0.5 * (registered[first] + flip * registered[second])
        result[first] = _nearest_free(surface.vertices, right, goal, taken)
        result[second] = surface.mirror[result[first]]
    return result.astype(np.int32)


def _nearest_free(vertices: Array, allowed: NDArray[np.bool_], goal: Array, taken: set[int]) -> int:
    index = np.flatnonzero(allowed)
    if len(index) < 16:
        raise InputError(
            f"Only {len(index)} vertices may carry landmarks here. Use a finer template."
        )
    _, order = cKDTree(vertices[index]).query(goal, k=16)
    vertex = next(int(index[i]) for i in order if int(index[i]) not in taken)
    taken.add(vertex)
    return vertex
