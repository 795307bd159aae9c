"""Paints a person: linear albedo and material on the head's vertices."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.photos.rendering.head_mesh import HeadMesh
from training.photos.rendering.person import Person
from training.photos.rendering.skin_map import SkinMap

Floats = NDArray[np.float32]

SCLERA = np.array([0.52, 0.48, 0.45], np.float32)
TEETH = np.array([0.62, 0.56, 0.45], np.float32)
GUMS = np.array([0.32, 0.09, 0.08], np.float32)
LIMBUS = 0.50
"""Radians from the eye's axis to the iris's rim."""


@dataclass(frozen=True, slots=True, eq=False)
class Skin:
    """A person's linear albedo `(V, 3)`, and what pores and wrinkles add to the normals
    `(V, 3)`."""

    albedo: Floats
    relief: Floats


def paint_skin(head: HeadMesh, skin_map: SkinMap, person: Person) -> Skin:
    """The person's skin, eyes and mouth on the head's vertices."""
    return Skin(_paint(head, skin_map, person), _relief(head, skin_map, person))


def _relief(head: HeadMesh, skin_map: SkinMap, person: Person) -> Floats:
    rough = 0.02 + 0.05 * person.age
    weights = np.stack([np.roll(person.blotches[20:], turn) for turn in (0, 5, 11)], 1)
    relief = rough * (skin_map.noise[:, 20:] @ weights) / np.sqrt(len(weights))
    height = head.rest[:, 1]
    wave = np.sin(height * (2 * np.pi / 11.0) + 0.7 * skin_map.noise[:, 3] + person.blotches[0])
    forehead = np.exp(-(((height - 82) / 15) ** 2)) * (head.rest[:, 2] > 60)
    relief[:, 1] += 0.35 * max(person.age - 0.4, 0) * forehead * wave
    relief[head.kinds != 0] = 0
    return relief.astype(np.float32)


def _paint(head: HeadMesh, skin_map: SkinMap, person: Person) -> Floats:
    colour = np.empty((len(head.rest), 3), np.float32)
    colour[:] = person.skin
    noise = skin_map.noise
    low = noise[:, :16] @ person.blotches[:16] / 4
    fine = noise[:, 30:] @ person.blotches[30:] / 4
    colour *= np.exp(0.05 * low + 0.025 * fine)[:, None]
    red = 0.22 * person.blush * (skin_map.cheeks + 0.8 * skin_map.nose + 0.7 * skin_map.ears)
    red += 0.03 * (noise[:, 8:24] @ person.blotches[8:24]) / 4
    colour *= np.exp(red[:, None] * np.array([0.6, -1.0, -0.8], np.float32))
    _darken(colour, skin_map.sockets, np.array([0.78, 0.68, 0.68]))
    _darken(colour, skin_map.rings * (0.2 + 0.6 * person.age), np.array([0.75, 0.62, 0.66]))
    if person.freckles:
        spots = np.clip(fine * 1.4 - 1.2, 0, 1) * (skin_map.cheeks + skin_map.nose)
        _darken(colour, person.freckles * np.clip(spots, 0, 1), np.array([0.6, 0.45, 0.35]))
    _paint_hair_on_skin(colour, skin_map, person)
    lips = person.skin * person.lips * np.exp(0.35 * person.darkness)
    if person.makeup > 0.4:
        lips = lips * np.array([1.15, 0.5, 0.55], np.float32)
    blend(colour, person.lip_strength * skin_map.lips, lips)
    _paint_lids(colour, skin_map, person)
    blend(colour, skin_map.mouth, np.array([0.16, 0.035, 0.03]))
    _paint_inside(colour, head, skin_map, person)
    return colour


def blend(colour: Floats, share: NDArray, other: NDArray) -> None:
    """Mix `other` `(3,)` into `colour` `(V, 3)` by `share` `(V,)`, in place."""
    colour += np.asarray(share, np.float32)[:, None] * (np.asarray(other, np.float32) - colour)


def _darken(colour: Floats, share: NDArray, factor: NDArray) -> None:
    colour *= 1 - np.asarray(share, np.float32)[:, None] * (1 - np.asarray(factor, np.float32))


def _paint_hair_on_skin(colour: Floats, skin_map: SkinMap, person: Person) -> None:
    rows = skin_map.brow_rows
    grain = skin_map.noise[:, 36:] @ person.blotches[36:] / 3.5
    # Brows stay darker than hair that has turned grey.
    brow = 0.75 * np.minimum(person.hair, 0.12)
    blend_rows(colour, rows, brow_mask(skin_map, person, grain[rows]), brow)
    if person.beard:
        strength = min(person.beard, 0.75) * np.clip(0.85 + 0.25 * grain, 0, 1)
        blend(colour, strength * skin_map.beard, 0.6 * person.hair + 0.12 * person.skin)
    if person.hairstyle != "bald":
        edge = np.clip((skin_map.scalp - person.hairline + 2 + 3 * grain) / 8, 0, 1)
        blend(colour, 0.85 * edge, person.hair)


def blend_rows(colour: Floats, rows: NDArray, share: NDArray, other: NDArray) -> None:
    part = colour[rows]
    blend(part, share, other)
    colour[rows] = part


def brow_mask(skin_map: SkinMap, person: Person, grain: NDArray) -> NDArray:
    """How densely the brow grows `(R,)` at `skin_map.brow_rows`."""
    thickness, height, density, arch, inner = person.brows
    line = skin_map.brow_line.copy()
    line[:, 1] += height - 0.5
    line[2:4, 1] += arch
    line[-1, 0] -= inner
    x = skin_map.brow_places[:, 0]
    middle = np.interp(x, line[::-1, 0], line[::-1, 1])
    ends = np.sort(line[:, 0])
    taper = np.clip(np.interp(x, [ends[0], ends[0] + 14, ends[-1]], [0.85, 1.0, 0.4]), 0.3, 1)
    across = np.abs(skin_map.brow_places[:, 1] - middle) / (thickness * taper)
    beyond = np.maximum(ends[0] - x, x - ends[-1])
    share = np.clip(1.6 - 1.2 * across, 0, 1) * np.clip(1 - beyond / 3, 0, 1)
    return density * share * np.clip(0.9 + 0.3 * grain, 0, 1)


def _paint_lids(colour: Floats, skin_map: SkinMap, person: Person) -> None:
    lashes = np.exp(-((np.maximum(skin_map.lids, 0) / 1.3) ** 2))
    blend(colour, (0.55 + 0.4 * person.makeup) * lashes, np.array([0.02, 0.015, 0.012]))
    if person.makeup:
        shadow = np.exp(-(((skin_map.lids - 4) / 4) ** 2))
        tint = person.skin * (0.35 + 0.3 * np.tanh(person.blotches[:3]))
        blend(colour, 0.6 * person.makeup * shadow, tint)


def _paint_inside(colour: Floats, head: HeadMesh, skin_map: SkinMap, person: Person) -> None:
    colour[head.kinds == 3] = (0.10, 0.03, 0.025)
    colour[head.kinds == 4] = GUMS
    colour[head.kinds == 5] = TEETH * (1 - 0.25 * person.age)
    eyes = np.flatnonzero((head.kinds == 1) | (head.kinds == 2))
    angle = skin_map.iris[eyes, None]
    ball = np.broadcast_to(SCLERA * (1 - 0.12 * person.age), (len(eyes), 3))
    # The upper lid and its lashes shade the ball below them.
    ball = ball * (1 - 0.5 * skin_map.under_lid[eyes, None])
    rim = person.iris * 0.35
    shade = np.where(angle < 0.36, person.iris, rim)
    ball = np.where(angle < LIMBUS, shade, ball)
    colour[eyes] = np.where(angle < 0.20, 0.006, ball)


def skin_material(head: HeadMesh, skin_map: SkinMap, occlusion: Floats, oil: float) -> Floats:
    """The head's material `(V, 4)` of `Surface`.

    Args:
        occlusion: `(V,)` share of ambient light that arrives.
        oil: gloss of the skin on this photograph, about 1.
    """
    material = np.empty((len(head.rest), 4), np.float32)
    material[:] = (0.025 * oil, 14.0, 0.28, 1.0)
    glossy = 1 + 1.2 * skin_map.nose + 0.5 * skin_map.cheeks + 1.5 * skin_map.lips
    material[:, 0] *= glossy * (1 - 0.8 * skin_map.mouth)
    material[:, 3] = occlusion
    eyes = (head.kinds == 1) | (head.kinds == 2)
    material[eyes, :3] = (0.9, 350.0, 0.1)
    material[head.kinds == 5, :3] = (0.15, 60.0, 0.2)
    material[head.kinds == 4, :3] = (0.08, 40.0, 0.2)
    material[:, 3] *= 1 - 0.75 * skin_map.mouth
    return material
