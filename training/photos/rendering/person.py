"""What stays the same between photographs of one person."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.parts.sampler import SHAPE_PARTS, SWAP_PROBABILITY, CodeSampler

Floats = NDArray[np.float32]

LIGHT_SKIN = np.array([0.62, 0.40, 0.31], np.float32)
DARK_SKIN = np.array([0.055, 0.026, 0.017], np.float32)
"""Linear albedo at the ends of the human range."""
IRISES = np.array(
    [[0.045, 0.02, 0.01], [0.10, 0.05, 0.02], [0.16, 0.12, 0.05], [0.13, 0.19, 0.26],
     [0.20, 0.24, 0.24], [0.10, 0.15, 0.09]], np.float32
)  # fmt: skip
HAIRS = np.array(
    [[0.008, 0.007, 0.007], [0.025, 0.015, 0.010], [0.07, 0.038, 0.02], [0.16, 0.09, 0.045],
     [0.38, 0.26, 0.13], [0.20, 0.06, 0.02], [0.26, 0.25, 0.245], [0.38, 0.37, 0.355]], np.float32
)  # fmt: skip
HAIR_SHARES = np.array([0.28, 0.2, 0.14, 0.11, 0.09, 0.04, 0.09, 0.05])


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """One person's looks.

    Attributes:
        code: `(K,)` identity, no expression.
        skin, iris, hair: linear colours `(3,)`.
        darkness: of the skin, 0 lightest to 1 darkest.
        lips: `(3,)` factor on the skin's colour; lip_strength in [0, 1].
        brows: thickness mm, height mm, density, arch mm, inner end.
        blotches: `(B,)` weights of smooth noise fields; freckles in [0, 1].
        beard: 0 none … 1 full; beard_mm its thickness, 0 stubble only.
        hairstyle: a name of `training.photos.rendering.hair`.
        hair_mm: thickness of the hair; hairline: how far it has receded, mm.
        makeup: strength in [0, 1]; blush in [0, 1].
        glasses: usually wears them.
        age: wrinkles and dark rings in [0, 1].
    """

    code: Floats
    skin: Floats
    iris: Floats
    hair: Floats
    darkness: float
    lips: Floats
    lip_strength: float
    brows: Floats
    blotches: Floats
    freckles: float
    beard: float
    beard_mm: float
    hairstyle: str
    hair_mm: float
    hairline: float
    makeup: float
    blush: float
    glasses: bool
    age: float


STYLES = ("bald", "buzz", "short", "medium", "bob", "long", "tied", "curly")
BEARDLESS_SHARES = np.array([0.01, 0.03, 0.16, 0.12, 0.2, 0.26, 0.16, 0.06])
BEARDED_SHARES = np.array([0.14, 0.2, 0.38, 0.14, 0.03, 0.04, 0.02, 0.05])


def draw_person(
    sampler: CodeSampler, slices: dict[str, slice], fields: int, rng: np.random.Generator
) -> Person:
    """A random person; `fields` is how many noise fields the skin has."""
    code = _draw_code(sampler, slices, rng)
    darkness = float(np.clip(rng.beta(1.1, 1.5), 0, 1))
    skin = np.exp((1 - darkness) * np.log(LIGHT_SKIN) + darkness * np.log(DARK_SKIN))
    iris = IRISES[0 if darkness > 0.55 else rng.integers(len(IRISES))]
    age = float(rng.uniform(0, 1))
    masculine = rng.random() < 0.5
    beard = float(rng.choice([0, rng.uniform(0.15, 0.6), 1], p=[0.35, 0.4, 0.25])) * masculine
    made_up = (not masculine) and rng.random() < 0.5
    style = rng.choice(STYLES, p=BEARDED_SHARES if masculine else BEARDLESS_SHARES)
    lips = np.array([rng.uniform(0.75, 1.0), rng.uniform(0.45, 0.72), rng.uniform(0.5, 0.8)])
    return Person(
        code=code,
        skin=_varied(skin, 0.065, rng),
        iris=_varied(iris, 0.25, rng),
        hair=_draw_hair(darkness, age, rng),
        darkness=darkness,
        lips=lips.astype(np.float32),
        lip_strength=float(rng.uniform(0.25, 0.8) + 0.2 * made_up),
        brows=_draw_brows(masculine, rng),
        blotches=rng.standard_normal(fields).astype(np.float32),
        freckles=float((rng.random() < 0.25) * rng.uniform(0.2, 1) * (1 - darkness)),
        beard=beard,
        beard_mm=float(rng.uniform(1.0, 9.0)) if beard == 1 else 0.0,
        hairstyle=str(style),
        hair_mm=float(rng.uniform(4, 20)),
        hairline=float(rng.normal(0, 4) + 14 * masculine * (rng.random() < 0.3)),
        makeup=float(rng.uniform(0.3, 1)) * made_up,
        blush=float(rng.uniform(0, 0.6)),
        glasses=bool(rng.random() < 0.25),
        age=age,
    )


def _draw_code(sampler: CodeSampler, slices: dict[str, slice], rng: np.random.Generator) -> Floats:
    """An identity's code `(K,)`, some with parts of another."""
    codes = sampler.draw_identities(2, rng)
    for part in SHAPE_PARTS[:3]:
        # Less often than for the field's training: half of all faces stay as they were scanned.
        if rng.random() < SWAP_PROBABILITY / 2:
            codes[0, slices[part]] = codes[1, slices[part]]
    return codes[0]


def _draw_hair(darkness: float, age: float, rng: np.random.Generator) -> Floats:
    """Hair's colour: mostly dark above dark skin, grey for the old."""
    shares = HAIR_SHARES.copy()
    if darkness > 0.3:
        shares[2:6] *= 0.1 if darkness > 0.45 else 0.5
    if age < 0.6:
        shares[6:] *= 0.08
    hair = HAIRS[rng.choice(len(HAIRS), p=shares / shares.sum())]
    return _varied(hair * np.exp(rng.normal(0, 0.3)), 0.05, rng)


def _draw_brows(masculine: bool, rng: np.random.Generator) -> Floats:
    """`Person.brows`."""
    thickness = rng.uniform(2.2, 4.6) + 0.8 * masculine
    height, density, arch = rng.normal(1.5, 1.5), rng.uniform(0.55, 1.0), rng.normal(0.5, 1.2)
    return np.array([thickness, height, density, arch, rng.uniform(-2.0, 3.0)], np.float32)


def _varied(colour: NDArray, spread: float, rng: np.random.Generator) -> Floats:
    return np.asarray(colour * np.exp(rng.normal(0, spread, 3)), np.float32)
