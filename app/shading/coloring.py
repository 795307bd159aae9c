"""The colours of the surface's vertices: skin, clay or regions, highlight and creases."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from app.surfaces import Surface
from engine.models.protocol import REGIONS

REGION_COLORS = {
    "nose": (242, 169, 76),
    "eyes": (72, 190, 205),
    "mouth": (233, 104, 138),
    "head": (128, 142, 178),
    "expression": (150, 120, 235),
}
"""sRGB; the sections of the panel carry the same colours."""

CLAY = (206, 202, 196)
HIGHLIGHT_STRENGTH = 0.30
HEAD_HIGHLIGHT_STRENGTH = 0.16
SKIN_SHADE = np.array([0.80, 1.05, 1.12], np.float32)
"""Shadows of skin are red: light that entered it elsewhere comes out."""


@dataclass(frozen=True, slots=True)
class Coloring:
    """What decides the colours.

    Attributes:
        skin: natural colours, otherwise clay.
        regions: each vertex has its region's colour.
        highlight: the part to tint, or None.
        own: colours `(T, 3)` of the template's vertices in place of its skin, or None.
    """

    skin: bool = True
    regions: bool = False
    highlight: str | None = None
    own: NDArray[np.uint8] | None = field(default=None, compare=False)


def color_surface(surface: Surface, coloring: Coloring) -> NDArray[np.uint8]:
    """Colours `(V, 3)` sRGB of the surface's vertices."""
    colors = _base_colors(surface, coloring)
    strength = highlight_strength(surface, coloring.highlight)
    if coloring.highlight is not None:
        accent = np.array(REGION_COLORS[coloring.highlight], np.float32)
        colors = colors + strength[:, None] * (accent - colors)
    shade = surface.shade[:, None]
    if coloring.own is not None and coloring.skin and not coloring.regions:
        shade = np.ones_like(shade)  # a photo brings its shadows
    colors = colors * (shade**SKIN_SHADE if coloring.skin and not coloring.regions else shade)
    return np.clip(np.round(colors), 0, 255).astype(np.uint8)


def highlight_strength(surface: Surface, part: str | None) -> NDArray[np.float32]:
    """How much of the accent colour each vertex `(V,)` gets while `part` is highlighted."""
    weights = surface.weights
    if part is None or weights.shape[1] != len(REGIONS):
        return np.zeros(len(weights), np.float32)
    if part == "expression":
        # An expression has no region: it moves what is not the head at rest.
        moving = weights[:, [REGIONS.index(name) for name in ("nose", "eyes", "mouth")]]
        strength = HIGHLIGHT_STRENGTH * moving.sum(axis=1)
    else:
        top = HEAD_HIGHLIGHT_STRENGTH if part == "head" else HIGHLIGHT_STRENGTH
        strength = top * weights[:, REGIONS.index(part)]
    return np.clip(strength, 0.0, 1.0).astype(np.float32)


def _base_colors(surface: Surface, coloring: Coloring) -> NDArray[np.float32]:
    if coloring.regions and surface.weights.shape[1] == len(REGIONS):
        palette = np.array([REGION_COLORS[name] for name in REGIONS], np.float32)
        mixed: NDArray[np.float32] = surface.weights @ palette
        return mixed
    if coloring.skin and coloring.own is not None:
        return surface.carry(coloring.own.astype(np.float32))
    if coloring.skin:
        return surface.skin.astype(np.float32)
    return np.tile(np.array(CLAY, np.float32), (len(surface.vertices), 1))
