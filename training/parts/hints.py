"""Words for what a direction does, measured on the landmarks that it moves."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from engine.models.carrier import Carrier

Floats = NDArray[np.float32]

# part: word for more, word for less, first landmarks, second landmarks, axis of their distance.
# An axis alone (second landmarks empty) measures a position.
MEASURES: Mapping[str, tuple[tuple[str, str, tuple[int, ...], tuple[int, ...], int], ...]] = {
    "nose": (
        ("wider", "narrower", (35,), (31,), 0),
        ("longer", "shorter", (27,), (33,), 1),
        ("further out", "flatter", (30,), (31, 35), 2),
        ("tip up", "tip down", (30,), (31, 33, 35), 1),
        ("bridge forward", "bridge back", (28, 29), (31, 35), 2),
    ),
    "eyes": (
        ("wider", "narrower", (45,), (42,), 0),
        ("more open", "more closed", (43, 44), (46, 47), 1),
        ("slanted up", "slanted down", (45, 36), (42, 39), 1),
        ("deeper", "shallower", (), (37, 38, 43, 44), 2),
    ),
    "mouth": (
        ("wider", "narrower", (54,), (48,), 0),
        ("fuller", "thinner", (50, 51, 52), (56, 57, 58), 1),
        ("corners up", "corners down", (48, 54), (51, 57), 1),
        ("further out", "further in", (51, 57), (48, 54), 2),
    ),
    "head": (
        ("wider face", "narrower face", (14,), (2,), 0),
        ("longer face", "shorter face", (27,), (8,), 1),
        ("wider jaw", "narrower jaw", (12,), (4,), 0),
        ("chin forward", "chin back", (8,), (27,), 2),
        ("bigger", "smaller", (16, 15), (0, 1), 0),
    ),
}
CLEAR = 0.55
"""Share of the landmarks' motion that a measure must explain to name a direction."""


def direction_hints(
    carrier: Carrier, landmarks: NDArray[np.int32], count: int = 10
) -> dict[str, list[str]]:
    """For the first directions of each shape part a few words, or an empty string."""
    return {
        part: [
            describe_motion(part, carrier.tangent(part, index)[landmarks])
            for index in range(min(count, carrier.parts[part].basis.shape[1]))
        ]
        for part in MEASURES
    }


def describe_motion(part: str, motion: Floats) -> str:
    """What moving the landmarks by `motion` `(68, 3)` does to `part`, if one thing stands out."""
    strengths = []
    for more, less, first, second, axis in MEASURES[part]:
        change = _mean(motion, first, axis) - _mean(motion, second, axis)
        strengths.append((abs(change), more if change > 0 else less))
    strengths.sort(reverse=True)
    total = float(np.sqrt(sum(s**2 for s, _ in strengths)))
    best, word = strengths[0]
    return word if total > 0.05 and best > CLEAR * total else ""


def _mean(motion: Floats, rows: tuple[int, ...], axis: int) -> float:
    return float(motion[list(rows), axis].mean()) if rows else 0.0
