"""Random faces: identities, parts swapped between identities, and expressions."""

import numpy as np
from numpy.typing import NDArray

from engine.models.protocol import PARTS
from training.parts.registered import RegisteredFaces

Floats = NDArray[np.float32]

SHAPE_PARTS = PARTS[:4]
SWAP_PROBABILITY = 0.4
"""Chance that a part comes from another identity than the head (section 3.4's augmentation)."""
EXTREME_PROBABILITY = 0.15
"""Chance that one part is pushed along a few of its directions, as a user's slider would."""
NEUTRAL_PROBABILITY = 0.2
PAIRED_PROBABILITY = 0.75
BLINK_PROBABILITY = 0.25
"""Chance that the eyes are closing on top of everything else: where lids meet, the field is
hardest, and among fifty shapes they would meet too seldom to be learned."""
MOST_SHAPES = 5


class CodeSampler:
    """Draws joint codes `(B, K)`.

    Attributes:
        names: of the expression's shapes.
    """

    def __init__(self, faces: RegisteredFaces) -> None:
        self._slices = faces.slices
        self._size = int(faces.sizes.sum())
        self._mixing = faces.mixing
        self.names = faces.expression_names.split("\n")
        self._groups = paired_names(self.names)
        self._blinks = [index for index, name in enumerate(self.names) if "Blink" in name]

    def draw(self, count: int, rng: np.random.Generator) -> Floats:
        """`count` random faces with swapped parts, extremes and expressions."""
        codes = self.draw_identities(count, rng)
        other = self.draw_identities(count, rng)
        for part in SHAPE_PARTS[:3]:
            swapped = rng.random(count) < SWAP_PROBABILITY
            codes[swapped, self._slices[part]] = other[swapped, self._slices[part]]
        for row in np.flatnonzero(rng.random(count) < EXTREME_PROBABILITY):
            self._push(codes[row], rng)
        codes[:, self._slices["expression"]] = self.draw_expressions(count, rng)
        return codes

    def draw_identities(self, count: int, rng: np.random.Generator) -> Floats:
        """Whole identities at rest: all parts from one person."""
        codes = np.zeros((count, self._size), dtype=np.float32)
        coefficients = rng.standard_normal((count, self._mixing.shape[1]))
        codes[:, : self._mixing.shape[0]] = coefficients @ self._mixing.T
        return codes

    def draw_expressions(self, count: int, rng: np.random.Generator) -> Floats:
        """Expression codes `(count, E)`: a few shapes each, mostly left and right together."""
        codes = np.zeros((count, len(self.names)), dtype=np.float32)
        for row in range(count):
            if rng.random() < NEUTRAL_PROBABILITY:
                continue
            for group in rng.permutation(len(self._groups))[: rng.integers(1, MOST_SHAPES + 1)]:
                members = list(self._groups[group])
                if len(members) > 1 and rng.random() > PAIRED_PROBABILITY:
                    members = [members[rng.integers(len(members))]]
                codes[row, members] = rng.random() * np.ones(len(members))
        for closing in np.flatnonzero(rng.random(count) < BLINK_PROBABILITY * bool(self._blinks)):
            lids = list(self._blinks)
            if rng.random() > PAIRED_PROBABILITY:
                lids = [lids[rng.integers(len(lids))]]
            codes[closing, lids] = np.maximum(codes[closing, lids], rng.uniform(0.4, 1.0))
        return codes

    def _push(self, code: Floats, rng: np.random.Generator) -> None:
        part = SHAPE_PARTS[rng.integers(len(SHAPE_PARTS))]
        view = code[self._slices[part]]
        picks = rng.integers(min(12, len(view)), size=2)
        view[picks] = rng.uniform(-3.0, 3.0, size=2)


def paired_names(names: list[str]) -> list[tuple[int, ...]]:
    """Indices of names that differ only in a last `_L` or `_R`, grouped."""
    groups: dict[str, list[int]] = {}
    for index, name in enumerate(names):
        stem = name[:-2] if name.endswith(("_L", "_R")) else name
        groups.setdefault(stem, []).append(index)
    return [tuple(members) for members in groups.values()]
