"""Lids slide over the eyeball: no expression pulls them through it.

A linear blink draws a lid along a straight line, and the eyeball behind it, round and as large in
every face, would show through where it bulges most.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from engine.models.carrier import Carrier
from engine.models.eyes import Eyeball
from engine.models.protocol import FaceCode
from engine.models.remembered import Remembered

Floats = NDArray[np.float32]

REACH_MM = 8.0
"""Skin nearer to the eyeball than this at rest can come to lie on it."""
BEHIND_MM = 2.0
"""Skin further behind the eyeball's middle than this lies in the socket and stays."""
SKIN_MM = 0.4
"""How far from the eyeball a lid's vertices must stay: between them it is flat, the ball round."""
EDGE_MM = 0.15
"""The same for a vertex that touches the eyeball at rest; further inside it may stay inside."""
SOFT_MM = 0.15
"""Over what distance contact begins."""
COVERED = 0.25
"""A vertex of an eyeball is under skin that lies this near in direction, radians."""
REMEMBERED = 2
"""Faces at rest that are kept."""
MOVING_MM = 1.0
"""A vertex that an expression moves by less than this is held out less."""


class LidContact:
    """Keeps the lids of a template outside its eyeballs.

    Args:
        canonical: `(V, 3)` vertices on which the eyeballs are spheres, mm.
        eyeballs: vertices of the right and of the left one.
    """

    def __init__(self, carrier: Carrier, canonical: Floats, eyeballs: Sequence[NDArray]) -> None:
        balls = np.concatenate(eyeballs)
        self._sides = [_Side(carrier, canonical, ball, balls) for ball in eyeballs]
        # While a hand moves an expression, the face at rest stays the same.
        self._rests: Remembered[FaceCode, list[_Rest]] = Remembered(
            lambda rest: [side.rest(rest) for side in self._sides], REMEMBERED
        )

    def settle(self, vertices: Floats, code: FaceCode) -> Floats:
        """`vertices` `(V, 3)` of `code` with every lid before its eyeball.

        Only what an expression has drawn into an eyeball moves: a face at rest is as it was.
        """
        if not code.expression.any():
            return vertices
        settled = vertices.copy()
        for side, rest in zip(self._sides, self._rests(code.at_rest()), strict=True):
            side.settle(settled, rest)
        return settled

    def covered(self, vertices: Floats) -> NDArray[np.int64]:
        """Which of the eyeballs' vertices lie under skin."""
        return np.concatenate([side.covered(vertices) for side in self._sides])


@dataclass(frozen=True, slots=True, eq=False)
class _Rest:
    """One eye at rest: its skin `(N, 3)` from the ball's middle, and how far outside the ball it
    must stay `(N,)`, mm."""

    away: Floats
    least: NDArray[np.float64]


class _Side:
    """One eyeball and the skin before it."""

    def __init__(self, carrier: Carrier, canonical: Floats, ball: NDArray, balls: NDArray) -> None:
        self._ball, self._eyeball = ball, Eyeball(canonical, ball)
        away = canonical - self._eyeball.centre
        near = np.linalg.norm(away, axis=1) < self._eyeball.radius + REACH_MM
        near[balls] = False
        self._skin = np.flatnonzero(near & (away[:, 2] > -BEHIND_MM))
        self._carrier = carrier.choose(np.concatenate([self._ball, self._skin]))

    def rest(self, code: FaceCode) -> "_Rest":
        """Where the skin is in a face at rest."""
        carried = self._carrier.carry(code)
        ball, away = self._from_middle(*np.split(carried, [len(self._ball)]))
        least = np.minimum(SKIN_MM, 2.0 * _clearance(away, ball) + EDGE_MM)
        return _Rest(away, least)

    def settle(self, vertices: Floats, rest: "_Rest") -> None:
        """Move those of `vertices` `(V, 3)` that an expression drew into the ball."""
        ball, away = self._from_middle(vertices[self._ball], vertices[self._skin])
        over = _clearance(away, ball) - rest.least
        # Soft: max(over, 0) would crease the lid where contact begins.
        lift = SOFT_MM * np.logaddexp(0.0, over / SOFT_MM) - over
        lift *= np.clip(np.linalg.norm(away - rest.away, axis=1) / MOVING_MM, 0.0, 1.0)
        outwards = away / np.linalg.norm(away, axis=1, keepdims=True)
        vertices[self._skin] += (lift[:, None] * outwards).astype(np.float32)

    def covered(self, vertices: Floats) -> NDArray[np.int64]:
        ball, away = self._from_middle(vertices[self._ball], vertices[self._skin])
        skin = cKDTree(away / np.linalg.norm(away, axis=1, keepdims=True))
        apart, _ = skin.query(ball / np.linalg.norm(ball, axis=1, keepdims=True))
        covered: NDArray[np.int64] = self._ball[apart < COVERED]
        return covered

    def _from_middle(self, ball: Floats, skin: Floats) -> tuple[Floats, Floats]:
        """Vertices of the ball and of the skin, from the ball's middle."""
        middle = self._eyeball.middle(ball)
        return ball - middle, skin - middle


def _clearance(away: NDArray, ball: NDArray) -> NDArray[np.float64]:
    """How far outside a ball with vertices `ball` `(M, 3)` places `(N, 3)` lie, negative inside;
    all from its middle."""
    radii = np.linalg.norm(ball, axis=1)
    distance = np.linalg.norm(away, axis=1)
    apart, nearest = cKDTree(ball / radii[:, None]).query(away / distance[:, None], k=3)
    weights = 1.0 / (apart + 1e-3)
    radius = (radii[nearest] * weights).sum(axis=1) / weights.sum(axis=1)
    clearance: NDArray[np.float64] = distance - radius
    return clearance
