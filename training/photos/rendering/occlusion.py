"""How much of the ambient light reaches each vertex of the mean head, found once."""

import numpy as np
from numpy.typing import NDArray

from training.photos.rendering.rasteriser import fill_nearest, vertex_normals

Floats = NDArray[np.float32]

SIDE = 200
BIAS_MM = 3.0
STRENGTH = 0.85


def ambient_occlusion(vertices: Floats, faces: NDArray[np.int32], views: int = 64) -> Floats:
    """Share `(V,)` of the light from a white sky that no part of the head keeps away.

    Depth maps from `views` directions spread over the sphere; cosine-weighted.
    """
    normals = np.empty_like(vertices)
    vertex_normals(vertices, faces, normals)
    seen, whole = np.zeros(len(vertices)), np.full(len(vertices), 1e-6)
    for index in range(views):
        height = 1 - (2 * index + 1) / views
        angle = np.pi * (1 + np.sqrt(5)) * index
        flat = np.sqrt(1 - height * height)
        towards = np.array([np.cos(angle) * flat, height, np.sin(angle) * flat])
        cosine = np.clip(normals @ towards, 0, None)
        whole += cosine
        seen += cosine * visible_from(vertices, faces, towards)
    return np.asarray(1 - STRENGTH * (1 - seen / whole), np.float32)


def visible_from(vertices: Floats, faces: NDArray[np.int32], towards: NDArray) -> NDArray:
    """Which vertices `(V,)` a distant viewer in the direction `towards` sees."""
    frame = light_frame(vertices, towards, SIDE)
    screen = np.asarray(vertices @ frame[:, :3].T + frame[:, 3], np.float32)
    nearness = np.zeros((SIDE, SIDE), np.float32)
    names = np.full((SIDE, SIDE), -1, np.int32)
    fill_nearest(screen, faces, False, np.zeros(0, np.float32), 0, nearness, names)
    column, row = (np.clip(screen[:, k].astype(int), 0, SIDE - 1) for k in (0, 1))
    visible: NDArray = nearness[row, column] <= screen[:, 2] + BIAS_MM * np.linalg.norm(
        frame[2, :3]
    )
    return visible


def light_frame(vertices: Floats, towards: NDArray, side: int) -> Floats:
    """The map `(3, 4)` to x, y in a shadow map of `side` pixels and its nearness: 1 … 2
    within the depth of `vertices`, above zero for anything less far behind them."""
    towards = towards / np.linalg.norm(towards)
    helper = np.array([0.0, 1.0, 0.0]) if abs(towards[1]) < 0.9 else np.array([1.0, 0.0, 0.0])
    right = np.cross(helper, towards)
    right /= np.linalg.norm(right)
    axes = np.stack([right, -np.cross(towards, right), towards])
    local = vertices @ axes.T.astype(np.float32)
    low, high = local.min(0), local.max(0)
    middle = (low + high) / 2
    scale = 0.9 * side / max(high[0] - low[0], high[1] - low[1])
    sizes = np.array([scale, scale, 1.0 / (high[2] - low[2] + 1e-6)])
    shift = np.array([side / 2, side / 2, 1.0]) - sizes * [middle[0], middle[1], low[2]]
    return np.concatenate([sizes[:, None] * axes, shift[:, None]], 1).astype(np.float32)
