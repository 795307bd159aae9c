"""Expressions in the image of BU3DFE: six emotions in four strengths, and rest."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.models.parted_pose import expression_vector
from engine.models.protocol import FaceModel

EMOTIONS = {
    "AN": {
        **{"brow down": 0.9, "eye squint": 0.35, "nose sneer": 0.4, "mouth press": 0.5},
        **{"mouth frown": 0.3, "jaw forward": 0.3, "mouth roll upper": 0.2},
    },
    "DI": {
        **{"nose sneer": 0.9, "brow down": 0.5, "cheek squint": 0.5, "mouth upper up": 0.6},
        **{"eye squint": 0.4, "mouth frown": 0.3, "mouth shrug lower": 0.3, "jaw open": 0.1},
    },
    "FE": {
        **{"brow inner up": 0.8, "brow outer up": 0.4, "eye wide": 0.7, "mouth stretch": 0.7},
        **{"jaw open": 0.3, "mouth lower down": 0.4},
    },
    "HA": {
        **{"mouth smile": 0.9, "cheek squint": 0.6, "eye squint": 0.3, "mouth dimple": 0.3},
        **{"mouth upper up": 0.25, "mouth lower down": 0.2, "jaw open": 0.2},
    },
    "SA": {
        **{"brow inner up": 0.7, "mouth frown": 0.7, "mouth shrug lower": 0.5},
        **{"eye look down": 0.3, "eye blink": 0.2, "mouth stretch": 0.2},
    },
    "SU": {
        **{"brow inner up": 0.8, "brow outer up": 0.9, "eye wide": 0.6, "jaw open": 0.8},
        **{"mouth funnel": 0.25},
    },
}
"""Weights of shapes at full strength; one name stands for both sides. The letters are those of
BU3DFE's files. The choice of shapes follows the usual action units and is ours."""
STRENGTHS = (0.4, 0.6, 0.8, 1.0)
SHARES = {"NE": 57, "AN": 158, "DI": 351, "FE": 349, "HA": 347, "SA": 161, "SU": 356}
"""Meshes of each kind in BU3DFE (Mandelli & Mihalcea, table 2)."""
STYLE, MOMENT, LOPSIDED = 0.3, 0.12, 0.12
"""Standard deviations of log weights: a person's own way, this moment's, and left from right."""
STRAY_BLINK, STRAY_JAW = 0.15, 0.2
"""Shares of meshes with a blink or the jaw aside."""


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """How one person does every shape: log factors `(E,)`."""

    style: NDArray[np.float64]


class ExpressionSampler:
    """Draws expression codes of `model` from a generator."""

    def __init__(self, model: FaceModel, rng: np.random.Generator) -> None:
        self._rng = rng
        self._names = [direction.name.lower() for direction in model.parts[-1].directions]
        self._size = len(self._names)
        self._full = {
            kind: expression_vector(model, both_sides(weights, self._names))
            for kind, weights in EMOTIONS.items()
        }

    def person(self) -> Person:
        """Somebody; left and right sides of a shape share most of the style."""
        style: dict[str, float] = {}
        for name in self._names:
            base = name.removesuffix(" left").removesuffix(" right")
            style.setdefault(base, float(self._rng.normal(0.0, STYLE)))
        bases = [n.removesuffix(" left").removesuffix(" right") for n in self._names]
        shared = np.array([style[base] for base in bases])
        return Person(shared + self._rng.normal(0.0, LOPSIDED, self._size))

    def kinds(self, count: int) -> list[str]:
        """`count` of the 25 kinds of a person, for example `HA03`, by the shares of BU3DFE."""
        names = ["NE00"]
        chances = [float(SHARES["NE"])]
        for kind in EMOTIONS:
            for level in range(1, len(STRENGTHS) + 1):
                names.append(f"{kind}{level:02d}")
                chances.append(SHARES[kind] / len(STRENGTHS))
        share = np.array(chances) / sum(chances)
        repeat = count > len(names)
        chosen = self._rng.choice(len(names), size=count, replace=repeat, p=share)
        return [names[k] for k in sorted(chosen)]

    def draw(self, person: Person, kind: str) -> NDArray[np.float32]:
        """The expression code of `person` doing `kind`."""
        rng = self._rng
        weights: NDArray[np.float64] = np.zeros(self._size)
        if not kind.startswith("NE"):
            factors = np.exp(person.style + rng.normal(0.0, MOMENT, self._size))
            weights += STRENGTHS[int(kind[2:]) - 1] * self._full[kind[:2]] * factors
        self._look(weights)
        if rng.random() < STRAY_BLINK:
            for side in ("left", "right"):
                weights[self._names.index(f"eye wide {side}")] = 0.0
                self._raise(weights, f"eye blink {side}", 0.0)
            closed = rng.uniform(0.2, 1.0)
            for side in ("left", "right"):
                self._raise(weights, f"eye blink {side}", closed)
        if rng.random() < STRAY_JAW:
            self._raise(weights, f"jaw {rng.choice(['left', 'right'])}", rng.uniform(0.1, 0.6))
        code: NDArray[np.float32] = np.clip(weights, 0.0, 1.0).astype(np.float32)
        return code

    def _look(self, weights: NDArray[np.float64]) -> None:
        """Both eyes at one far point."""
        pitch, yaw = self._rng.normal(0.0, 0.25, 2).clip(-0.8, 0.8)
        for side in ("left", "right"):
            self._raise(weights, f"eye look {'up' if pitch > 0 else 'down'} {side}", abs(pitch))
            # Towards the subject's left is outwards for the left eye.
            outwards = (yaw > 0) == (side == "left")
            self._raise(weights, f"eye look {'out' if outwards else 'in'} {side}", abs(yaw))

    def _raise(self, weights: NDArray[np.float64], name: str, value: float) -> None:
        index = self._names.index(name)
        weights[index] = max(weights[index], value)


def both_sides(weights: dict[str, float], names: list[str]) -> dict[str, float]:
    """`weights` with a shape that has sides named on both of them."""
    found: dict[str, float] = {}
    for name, value in weights.items():
        sides = [f"{name} left", f"{name} right"]
        found.update(dict.fromkeys(sides if sides[0] in names else [name], value))
    return found
