"""How unusual each part of a face is, and limits that hold edits inside the usual.

Codes of shape are whitened over the training faces, so the squared Mahalanobis distance of a
part with D directions is Σ (z / spread)², chi-squared with D degrees of freedom. Weights of
expression are not normal: most are zero and the rest lie in [0, 1]. They are taken as
set with a chance p each and then uniform, where p follows from the direction's spread
(variance p/3 − p²/4); left and right halves of a pair are taken as set together, the rest as
independent. The sum's first two moments then give a gamma distribution.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainc, gammaincinv

from engine.editing.part_names import require_parts
from engine.editing.sides import paired_directions
from engine.errors import InputError
from engine.models.protocol import PARTS, FaceCode, FaceModel, PartInfo

Floats = NDArray[np.float64]

KNEE = 0.85
"""A soft limit begins to be felt at this share of its distance."""


@dataclass(frozen=True, slots=True)
class Plausibility:
    """How far one part is from the mean.

    Attributes:
        distance: Mahalanobis distance in σ.
        percentile: of the training faces that lie nearer to the mean, 0 to 100.
    """

    distance: float
    percentile: float


@dataclass(frozen=True, slots=True, eq=False)
class _Law:
    """Distribution of a part's squared distance: gamma with `shape` and `scale`."""

    spreads: Floats
    shape: float
    scale: float

    def distance(self, vector: NDArray) -> float:
        return float(np.linalg.norm(np.asarray(vector, np.float64) / self.spreads))

    def percentile(self, distance: float) -> float:
        return 100.0 * float(gammainc(self.shape, distance**2 / self.scale))

    def radius(self, percentile: float) -> float:
        """The distance that `percentile` % of the training faces do not reach."""
        return float(np.sqrt(gammaincinv(self.shape, percentile / 100.0) * self.scale))


def plausibility(model: FaceModel, code: FaceCode) -> dict[str, Plausibility]:
    """Distance and percentile of every part, by name."""
    found = {}
    for part in model.parts:
        law = _law_of(part)
        distance = law.distance(code.part(part.name))
        found[part.name] = Plausibility(distance, law.percentile(distance))
    return found


def limit(
    model: FaceModel, code: FaceCode, percentile: float, parts: Collection[str] = PARTS
) -> FaceCode:
    """`code` with `parts` shrunk towards the mean until they lie inside `percentile`.

    A part nearer than `KNEE` of the limit is kept; beyond, the distance is compressed
    smoothly, so that no part lies past the limit and farther parts stay farther.

    Raises:
        InputError: no such part, or a percentile outside (0, 100).
    """
    require_parts(parts)
    _require_percentile(percentile)
    for part in model.parts:
        law = _law_of(part)
        distance = law.distance(code.part(part.name))
        allowed = _compressed(distance, 0.0, law.radius(percentile))
        if part.name in parts and allowed < distance:
            shrunk = code.part(part.name).astype(np.float64) * (allowed / distance)
            code = code.with_part(part.name, shrunk.astype(np.float32))
    return code


def limit_edit(model: FaceModel, before: FaceCode, after: FaceCode, percentile: float) -> FaceCode:
    """`after`, with each part's step from `before` cut short where it would leave `percentile`.

    Only the step shrinks, so what the edit leaves alone stays. A part that was outside
    already may move, but no further out.

    Raises:
        InputError: a percentile outside (0, 100).
    """
    _require_percentile(percentile)
    code = after
    for part in model.parts:
        start, end = before.part(part.name), after.part(part.name)
        if np.array_equal(start, end):
            continue
        law = _law_of(part)
        distance = law.distance(end)
        allowed = _compressed(distance, law.distance(start), law.radius(percentile))
        if allowed < distance:
            share = _share_within(start / law.spreads, end / law.spreads, allowed)
            step = share * (end.astype(np.float64) - start)
            code = code.with_part(part.name, (start + step).astype(np.float32))
    return code


def _compressed(distance: float, start: float, radius: float) -> float:
    """`distance` with what exceeds the knee, or `start` if that is farther, bent below `radius`."""
    knee = max(KNEE * radius, start)
    if distance <= knee:
        return distance
    room = radius - knee
    return knee + room * float(np.tanh((distance - knee) / room)) if room > 0.0 else knee


def _share_within(start: Floats, end: Floats, radius: float) -> float:
    """The largest t in [0, 1] with |start + t (end − start)| = radius, where |start| ≤ radius."""
    step = end - start
    a, b = float(step @ step), float(start @ step)
    c = float(start @ start) - radius**2
    root = np.sqrt(max(b * b - a * c, 0.0))
    return float(np.clip((root - b) / a, 0.0, 1.0))


def _law_of(part: PartInfo) -> _Law:
    spreads = np.array([direction.spread for direction in part.directions], np.float64)
    if part.name != "expression":
        return _Law(spreads, part.size / 2.0, 2.0)
    # p from the variance p/3 − p²/4, which is at most 1/9 at p = 2/3.
    variance = np.minimum(spreads**2, 1.0 / 9.0)
    chance = (2.0 / 3.0) * (1.0 - np.sqrt(1.0 - 9.0 * variance))
    mean = float((chance / 3.0 / spreads**2).sum())
    pairs = paired_directions(part)
    together = np.ones(part.size) if pairs is None else 1.0 + (pairs != np.arange(part.size))
    second = float((together * (chance / 5.0 - chance**2 / 9.0) / spreads**4).sum())
    return _Law(spreads, mean**2 / second, second / mean)


def _require_percentile(percentile: float) -> None:
    if not 0.0 < percentile < 100.0:
        raise InputError(f"The percentile must lie between 0 and 100, got {percentile}.")
