"""Random light: a key, sometimes a fill and a rim, and coloured light from everywhere."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

LOBES = 5


@dataclass(frozen=True, slots=True, eq=False)
class Lighting:
    """Light in the camera's frame.

    Attributes:
        directions: `(L, 3)` unit, towards each distant light.
        colours: `(L, 3)` linear.
        ambient: `(10, 3)` irradiance as in `shading.shade`.
        casts: the first light casts shadows.
    """

    directions: Floats
    colours: Floats
    ambient: Floats
    casts: bool


def draw_lighting(rng: np.random.Generator) -> Lighting:
    """From an overcast day to a lamp from the side."""
    count = int(rng.integers(1, 4))
    hardness = rng.uniform(0.1, 1.0)
    directions, colours = [], []
    for index in range(count):
        behind = index == 2 and rng.random() < 0.6
        directions.append(_direction(rng, behind))
        strength = hardness * (1.0 if index == 0 else rng.uniform(0.1, 0.7))
        colours.append(strength * _tint(rng, 0.10 if rng.random() < 0.8 else 0.35))
    return Lighting(
        np.array(directions, np.float32),
        np.array(colours, np.float32),
        _ambient(rng),
        bool(rng.random() < 0.75),
    )


def half_vectors(directions: Floats) -> Floats:
    """Unit vectors between each light and a distant viewer, `(L, 3)`."""
    middle = directions + np.array([0, 0, 1], np.float32)
    return np.asarray(middle / (np.linalg.norm(middle, axis=1, keepdims=True) + 1e-6), np.float32)


def irradiance(directions: NDArray, colours: NDArray) -> Floats:
    """The ambient light `(10, 3)` of distant lights, to the second order of spherical harmonics.

    max(t, 0) ≈ 1/4 + t/2 + 5/32 (3 t² − 1) with t = n · d (Ramamoorthi and Hanrahan 2001).
    """
    x, y, z = np.asarray(directions, np.float64).T
    rows = np.stack(
        [np.full_like(x, 1 / 4 - 5 / 32), x / 2, y / 2, z / 2]
        + [15 / 32 * w for w in (x * x, y * y, z * z, 2 * x * y, 2 * y * z, 2 * z * x)]
    )
    return np.ascontiguousarray(rows @ colours, np.float32)


def _ambient(rng: np.random.Generator) -> Floats:
    directions = rng.normal(size=(LOBES, 3))
    # More light comes from above than from below.
    directions[0] = (rng.normal(0, 0.3), 1.0, rng.normal(0, 0.3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    tints = np.stack([_tint(rng, 0.15) for _ in range(LOBES)])
    strengths = rng.dirichlet(np.full(LOBES, 1.2))[:, None] * rng.uniform(0.5, 1.4)
    flat = np.zeros((10, 3), np.float32)
    flat[0] = rng.uniform(0.05, 0.25) * _tint(rng, 0.08)
    return irradiance(directions, strengths * tints) + flat


def _direction(rng: np.random.Generator, behind: bool) -> NDArray:
    azimuth = rng.normal(0, 45) if not behind else rng.choice([-1, 1]) * rng.uniform(100, 150)
    height = rng.normal(28, 22)
    a, h = np.radians(azimuth), np.radians(np.clip(height, -35, 80))
    return np.array([np.sin(a) * np.cos(h), np.sin(h), np.cos(a) * np.cos(h)])


def _tint(rng: np.random.Generator, spread: float) -> NDArray:
    """A light's colour: from warm to cool, a little green or magenta."""
    warmth = rng.normal(0, spread)
    return np.exp([warmth, rng.normal(0, spread / 4), -warmth])
