"""A neck's continuation: shoulders in a garment, with or without a collar."""

import numpy as np
from numpy.typing import NDArray

from training.photos.rendering.surface import Surface, grid_faces, plain_surface

Array = NDArray[np.float64]

COLUMNS, ROWS = 44, 32
PIVOT_BELOW_MM = 28.0
"""How far the shoulders' origin lies below the middle of the neck."""
LARGEST_TWIST_DEG = 32.0
# Half width, half depth, height, slant (how much lower in front than behind) and shift forward of
# each ring from the neckline down, mm.
_RINGS = np.array(
    [[58, 48, 24, 28, -3], [85, 65, 13, 28, -3], [108, 78, -3, 22, -4], [150, 88, -20, 14, -6],
     [195, 98, -46, 8, -8], [222, 106, -98, 0, -8], [232, 110, -200, 0, -8],
     [225, 110, -420, 0, -8]], float,
)  # fmt: skip


def draw_clothing(rng: np.random.Generator, skin: NDArray[np.float32]) -> Surface:
    """Shoulders about the origin, a little below the middle of the neck; y up, z forward."""
    rings = _RINGS.copy()
    rings[3:, 0] *= rng.uniform(0.85, 1.15)
    rings[3:, 1] *= rng.uniform(0.9, 1.1)
    rings[3:, 2] *= rng.uniform(0.7, 1.3)
    collar = rng.random() < 0.5
    if collar:
        # Open shirts lie wide and low in front, a rolled collar is close and high.
        high, wide = rng.uniform(15, 62), rng.uniform(82, 96)
        rings[0] = [wide, wide * 0.83, high, rng.uniform(5, 40), rng.uniform(-4, 6)]
        rings[1] = [wide + 4, wide * 0.86, high - 14, 24, -2]
        rings[2, 2] = min(rings[2, 2], high - 25)
    fine = np.linspace(0, len(rings) - 1, ROWS)
    rings = np.stack([np.interp(fine, np.arange(len(rings)), column) for column in rings.T], 1)
    angle = np.linspace(0, 2 * np.pi, COLUMNS, endpoint=False)
    points = _surface(rings, fine, angle, rng.normal(0, 2.5, (3, 3)))
    colour = np.exp(rng.uniform(np.log(0.015), np.log(0.75))) * np.exp(rng.normal(0, 0.4, 3))
    colour = np.clip(colour, 0.005, 0.85)
    albedo = np.broadcast_to(colour, (len(points), 3)).copy()
    _add_pattern(albedo, fine, angle, rng)
    if not collar:
        # The neckline: skin above it.
        drop = rng.uniform(3.0, 9.0) + 4.0 * np.sin(angle) * rng.uniform(-0.2, 1)
        bare = (np.arange(ROWS)[:, None] < np.maximum(drop, 4)).ravel()
        albedo[bare] = skin
    return plain_surface(points, grid_faces(ROWS, COLUMNS, True), albedo, (0.01, 10.0, 0.1, 0.9))


def _surface(rings: Array, fine: Array, angle: Array, folds: Array) -> Array:
    """Vertices of rings `(R, 5)` at `angle` `(A,)`, with three waves `folds` `(3, 3)` in them."""
    wide, deep, high, slant, ahead = (rings[:, [k]] for k in range(5))
    # Shoulders slope to the sides: they lie lower there than chest and back.
    slope = -0.10 * np.maximum(wide - 70, 0) * np.cos(angle) ** 2
    wave = np.zeros((len(fine), len(angle)))
    for turns, (strength, drift, start) in zip((2, 6, 15), folds, strict=True):
        wave += strength * np.sin(turns * angle + fine[:, None] * drift + start)
    points = [
        wide * np.cos(angle),
        high + slope - slant * np.sin(angle),
        deep * np.sin(angle) + ahead + 0.6 * wave,
    ]
    return np.stack(points, axis=-1).reshape(-1, 3)


def _add_pattern(albedo: Array, fine: Array, angle: Array, rng: np.random.Generator) -> None:
    kind = rng.integers(4)
    if kind > 1:
        return
    along = np.broadcast_to(fine[:, None] if kind == 0 else 4 * angle, (len(fine), len(angle)))
    stripes = (np.sin(along.ravel() * rng.uniform(1.5, 4)) > rng.uniform(-0.5, 0.6))[:, None]
    other = np.exp(rng.uniform(np.log(0.02), np.log(0.7))) * np.exp(rng.normal(0, 0.3, 3))
    albedo[:] = np.where(stripes, np.clip(other, 0.005, 0.85), albedo)
