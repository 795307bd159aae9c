"""Expressions that people make before a camera: several muscles at once, both sides nearly alike.

Single shapes drawn at random, as `CodeSampler` draws them, teach a model all its shapes, but seldom
a smile: that takes the corners of the mouth, the cheeks and the lids together.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

EXPRESSIONS: Mapping[str, Mapping[str, tuple[float, float]]] = {
    "smile": {
        "mouthSmile": (0.6, 1.0), "cheekSquint": (0.0, 0.7), "eyeSquint": (0.0, 0.5),
        "mouthDimple": (0.0, 0.3), "mouthUpperUp": (0.0, 0.3), "mouthLowerDown": (0.0, 0.3),
    },
    "laugh": {
        "mouthSmile": (0.6, 1.0), "jawOpen": (0.1, 0.7), "cheekSquint": (0.3, 1.0),
        "eyeSquint": (0.1, 0.8), "mouthUpperUp": (0.1, 0.6), "mouthLowerDown": (0.1, 0.7),
        "mouthStretch": (0.0, 0.3),
    },
    "lips together, smiling": {
        "mouthSmile": (0.4, 0.9), "mouthPress": (0.0, 0.6), "cheekSquint": (0.0, 0.5),
    },
    "speech": {
        "jawOpen": (0.0, 0.5), "mouthFunnel": (0.0, 0.6), "mouthPucker": (0.0, 0.4),
        "mouthLowerDown": (0.0, 0.5), "mouthUpperUp": (0.0, 0.4), "mouthStretch": (0.0, 0.4),
        "mouthRollLower": (0.0, 0.3), "mouthRollUpper": (0.0, 0.3),
    },
    "surprise": {
        "browInnerUp": (0.3, 1.0), "browOuterUp": (0.3, 1.0), "eyeWide": (0.2, 1.0),
        "jawOpen": (0.0, 0.8), "mouthFunnel": (0.0, 0.4),
    },
    "anger": {
        "browDown": (0.5, 1.0), "eyeSquint": (0.0, 0.6), "noseSneer": (0.0, 0.7),
        "mouthPress": (0.0, 0.7), "mouthFrown": (0.0, 0.6), "jawForward": (0.0, 0.4),
        "mouthUpperUp": (0.0, 0.4),
    },
    "sadness": {
        "browInnerUp": (0.4, 1.0), "mouthFrown": (0.4, 1.0), "mouthShrugLower": (0.0, 0.7),
        "eyeLookDown": (0.0, 0.5), "eyeBlink": (0.0, 0.3),
    },
    "disgust": {
        "noseSneer": (0.4, 1.0), "mouthUpperUp": (0.2, 0.8), "browDown": (0.0, 0.7),
        "eyeSquint": (0.0, 0.7), "cheekSquint": (0.0, 0.6), "mouthFrown": (0.0, 0.4),
    },
    "fear": {
        "browInnerUp": (0.4, 1.0), "browOuterUp": (0.0, 0.6), "eyeWide": (0.3, 1.0),
        "mouthStretch": (0.3, 1.0), "jawOpen": (0.0, 0.4),
    },
    "kiss": {"mouthPucker": (0.4, 1.0), "mouthFunnel": (0.0, 0.5), "cheekPuff": (0.0, 0.3)},
    "shout": {
        "jawOpen": (0.5, 1.0), "mouthLowerDown": (0.2, 0.8), "mouthUpperUp": (0.0, 0.6),
        "browDown": (0.0, 0.6), "mouthStretch": (0.0, 0.5),
    },
}  # fmt: skip
"""Shapes of each and the range of their weights at full strength; sides go together."""
CHANCES = (0.24, 0.15, 0.1, 0.15, 0.08, 0.06, 0.05, 0.04, 0.04, 0.04, 0.05)
"""Of each of `EXPRESSIONS`: photographs show smiles more often than disgust."""
SIDES_APART = 0.12
"""Deviation of the logarithm of left over right."""
ONE_SIDED = 0.06
MIXED = 0.25
"""Chance that a weaker second expression joins the first."""
GAZING, LOWERED = 0.5, 0.15
"""Chances that the eyes look elsewhere than ahead and that the lids are half or wholly down."""


class NaturalExpressions:
    """Draws expressions `(E,)`.

    Args:
        names: of the E shapes, sides as `_L` and `_R`; what a face does not have is left out.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._place = {name: index for index, name in enumerate(names)}

    def draw(self, rng: np.random.Generator) -> Floats:
        """One expression with its gaze and lids."""
        weights: Floats = np.zeros(len(self._place), np.float32)
        self._add(weights, rng, rng.uniform(0.3, 1.0))
        if rng.random() < MIXED:
            self._add(weights, rng, rng.uniform(0.1, 0.5))
        if rng.random() < GAZING:
            self._gaze(weights, rng)
        if rng.random() < LOWERED:
            self._set(weights, "eyeBlink", rng.uniform(0.3, 1.0), 1.0)
        return weights.clip(0.0, 1.0)

    def _add(self, weights: Floats, rng: np.random.Generator, strength: float) -> None:
        chosen = rng.choice(len(CHANCES), p=np.array(CHANCES) / sum(CHANCES))
        ratio = float(np.exp(SIDES_APART * rng.standard_normal()))
        if rng.random() < ONE_SIDED:
            ratio = rng.choice([0.05, 20.0])
        for stem, (low, high) in list(EXPRESSIONS.values())[chosen].items():
            self._set(weights, stem, strength * rng.uniform(low, high), ratio)

    def _gaze(self, weights: Floats, rng: np.random.Generator) -> None:
        """Both eyes turn alike: what is inwards for one is outwards for the other."""
        across, up = rng.normal(0.0, 0.4, 2)
        first, second = ("In", "Out") if across > 0 else ("Out", "In")
        self._set_one(weights, f"eyeLook{first}_L", abs(across))
        self._set_one(weights, f"eyeLook{second}_R", abs(across))
        self._set(weights, "eyeLookUp" if up > 0 else "eyeLookDown", abs(up), 1.0)

    def _set(self, weights: Floats, stem: str, value: float, ratio: float) -> None:
        """The shape `stem`, or its sides with `ratio` of left to right."""
        self._set_one(weights, stem, value)
        self._set_one(weights, f"{stem}_L", value * min(ratio, 1.0))
        self._set_one(weights, f"{stem}_R", value / max(ratio, 1.0))

    def _set_one(self, weights: Floats, name: str, value: float) -> None:
        place = self._place.get(name)
        if place is not None:
            weights[place] = max(weights[place], value)
