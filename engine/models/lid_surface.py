"""Lids on the free surface: where an expression moves them, the field follows the template.

The field finds material by carrying points back to the template. Lids that close are carried far,
and points between them and the eyeball belong to neither: there the field is ragged. The template's
lids are settled on the eyeball (`engine.models.lid_contact`), so near the eyes, as far as an
expression moves the lids, the field gives way to the distance from them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.geometry.normals import vertex_normals
from engine.geometry.smooth_step import smooth_step
from engine.models.carrier import Carrier
from engine.models.eyes import Eyeball
from engine.models.protocol import FaceCode
from engine.models.radial_map import WIDEST, RadialMap, angles_ahead, angles_of_map, draw_map

Floats = NDArray[np.float32]

REACH_MM = 12.0
"""Skin that far from the eyeball is drawn."""
LID_MM, CLOSING_LID_MM = (3.0, 6.0), (4.5, 8.0)
"""What lies nearer to the eyeball than the first is its lid, and the field gives way; beyond the
second it is not. The same for what the expression moves towards
the middle of the eye: a brow that rises over it is no lid."""
AHEAD = (np.radians(62.0), np.radians(80.0))
"""The same for the angle between a direction and straight ahead."""
MOVING_MM = 1.0
"""Lids that move by so much are followed wholly."""
OUTSIDE_MM, INSIDE_MM = (2.5, 6.0), (3.0, 6.0)
"""The same by the distance from the lids: only near them do they say more than the field."""
SAME_MM = 0.02
"""Faces whose lids differ by less have the same ones."""


@dataclass(frozen=True, slots=True, eq=False)
class PlacedLids:
    """One eye's lids on a face.

    Attributes:
        middle: of the eyeball, `(3,)` mm.
        seen: from there; weights: by direction, how far the field gives way.
        faces: the template's triangles that `seen` counts.
    """

    middle: NDArray[np.float64]
    seen: RadialMap
    weights: NDArray[np.float64]
    faces: NDArray[np.int64]

    @property
    def reach(self) -> float:
        """Beyond this distance from the middle the field is as it was, mm."""
        return float(self.seen.radius[self.weights > 0].max(initial=0.0)) + OUTSIDE_MM[1]

    def holds(self, points: NDArray) -> NDArray[np.bool_]:
        """Which points `(N, 3)` may have another value than the field's."""
        away = points - self.middle.astype(points.dtype)
        return np.einsum("nd,nd->n", away, away) < self.reach**2

    def same_as(self, other: "PlacedLids") -> bool:
        """Whether both give every point one value, nearly."""
        used = (self.weights > 0) | (other.weights > 0)
        apart = np.abs(self.seen.radius - other.seen.radius)[used]
        return bool(
            np.abs(self.middle - other.middle).max() < SAME_MM
            and apart.max(initial=0.0) < SAME_MM
            and np.abs(self.weights - other.weights).max() < SAME_MM
        )

    def blend(self, distances: Floats, points: Floats) -> None:
        """Change those of the field's `distances` `(N,)` at `points` `(N, 3)` that lie near."""
        near = np.flatnonzero(self.holds(points))
        if not len(near):
            return
        found, weight = self.seen.distances(points[near] - self.middle, self.weights)
        weight *= np.where(found > 0, _fade(found, OUTSIDE_MM), _fade(-found, INSIDE_MM))
        distances[near] += (weight * (found - distances[near])).astype(np.float32)

    def corners(self, points: Floats) -> tuple[NDArray[np.int64], NDArray, NDArray[np.float64]]:
        """For those of `points` `(N, 3)` that lie on the lids rather than on the field: which
        `(M,)`, the triangles of the template `(M,)`, and their corners' shares `(M, 3)`."""
        near = np.flatnonzero(self.holds(points))
        away = points[near] - self.middle
        _, weight = self.seen.distances(away, self.weights)
        face, shares = self.seen.drawn(away)
        own = (weight > 0.5) & (face >= 0)
        return near[own], self.faces[face[own]], shares[own]


class LidSurfaces:
    """Makes `PlacedLids`, right and left.

    Args:
        carrier: of the template's vertices; canonical: `(V, 3)` those on which the eyeballs are
            spheres, mm; faces: `(F, 3)`.
        eyeballs: vertices of the right and of the left one.
    """

    def __init__(
        self, carrier: Carrier, canonical: Floats, faces: NDArray, eyeballs: Sequence[NDArray]
    ) -> None:
        self._sides = [_Side(carrier, canonical, faces, ball) for ball in eyeballs]

    def place(self, vertices: Floats, code: FaceCode) -> list[PlacedLids]:
        """The lids that an expression moves, on the settled `vertices` `(V, 3)` of `code`."""
        placed = [side.place(vertices, code) for side in self._sides]
        return [lids for lids in placed if lids is not None]


class _Side:
    """One eyeball and the skin about it."""

    def __init__(self, carrier: Carrier, canonical: Floats, faces: NDArray, ball: NDArray) -> None:
        self._eyeball = Eyeball(canonical, ball)
        away = canonical - self._eyeball.centre
        clear = np.linalg.norm(away, axis=1) - self._eyeball.radius
        drawn = (clear < REACH_MM) & (angles_ahead(away) < WIDEST)
        self._faces = np.flatnonzero(drawn[faces].all(axis=1))
        self._rows, local = np.unique(faces[self._faces], return_inverse=True)
        self._local = local.reshape(-1, 3)
        self._carrier = carrier.choose(self._rows)
        self._lids = (clear[self._rows] < LID_MM[1]) & ~np.isin(self._rows, ball)
        self._ahead = _fade(angles_of_map(), AHEAD)

    def place(self, vertices: Floats, code: FaceCode) -> PlacedLids | None:
        """None where the lids stay."""
        ball = vertices[self._eyeball.rows]
        middle = self._eyeball.middle(ball)
        away = vertices[self._rows] - middle
        rest = self._carrier.carry(code.at_rest()) - middle
        moved = smooth_step(np.linalg.norm(away - rest, axis=1), 0.0, MOVING_MM)
        follows = float(moved[self._lids].max(initial=0.0))
        if follows <= 0.0:
            return None
        inwards = np.linalg.norm(away, axis=1) * (angles_ahead(rest) - angles_ahead(away))
        closing = smooth_step(inwards, 0.0, MOVING_MM)
        normals = vertex_normals(away.astype(np.float32), self._local)
        seen = draw_map(away, normals, self._local)
        radius = float(np.linalg.norm(ball - middle, axis=1).mean())
        clear = seen.radius - radius
        lids = np.maximum(
            follows * _fade(clear, LID_MM),
            seen.paint(closing, self._local) * _fade(clear, CLOSING_LID_MM),
        )
        weights = self._ahead * seen.facing * lids
        return PlacedLids(middle.astype(np.float64), seen, weights, self._faces)


def _fade(values: NDArray, ends: tuple[float, float]) -> NDArray[np.float64]:
    """1 up to the first of `ends`, 0 from the second on, smooth between."""
    first, last = ends
    return smooth_step(values, last, first)
