"""Where the eyeballs lie and look: spheres through the template's eyeball vertices."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.models.carrier import Carrier
from engine.models.protocol import Eye, FaceCode, PartInfo

Floats = NDArray[np.float32]

DEGREES = {"Up": 22.0, "Down": 26.0, "In": 30.0, "Out": 32.0}
"""How far an eye turns at the full weight of its look expression. The training faces move
only the lids with these expressions; the turn of the eyeball is ours."""


def eyeballs(
    carrier: Carrier,
    vertices_of: Sequence[NDArray],
    canonical: Floats,
    code: FaceCode,
    parts: Sequence[PartInfo],
) -> tuple[Eye, Eye]:
    """The subject's right eye, then the left.

    Args:
        vertices_of: template vertices on the right and on the left eyeball.
        canonical: `(V, 3)` template on which the spheres are fitted.
    """
    still = code.at_rest()
    motion = carrier.carry(still) - carrier.rest
    names = [direction.name for direction in parts[-1].directions]
    right, left = (
        _eye(canonical[rows], motion[rows], _gaze(side, names, code))
        for side, rows in zip(("right", "left"), vertices_of, strict=True)
    )
    return right, left


def fit_sphere(points: Floats) -> tuple[Floats, float]:
    """Centre `(3,)` and radius of the sphere nearest to points `(N, 3)`: |p|² = 2 c·p + k."""
    design = np.concatenate([2.0 * points, np.ones((len(points), 1))], axis=1)
    solution, *_ = np.linalg.lstsq(design, (points.astype(np.float64) ** 2).sum(1), rcond=None)
    centre = solution[:3]
    return centre.astype(np.float32), float(np.sqrt(solution[3] + centre @ centre))


class Eyeball:
    """The template's vertices on one eyeball.

    Args:
        canonical: `(V, 3)` vertices on which it is a sphere, mm; rows: those on it.

    Attributes:
        centre, radius: of the sphere on `canonical`.
    """

    def __init__(self, canonical: Floats, rows: NDArray) -> None:
        self.rows, self._canonical = rows, canonical[rows]
        self.centre, self.radius = fit_sphere(self._canonical)

    def middle(self, carried: Floats) -> Floats:
        """Its middle `(3,)` on a face that has its vertices at `carried` `(M, 3)`."""
        middle: Floats = self.centre + (carried - self._canonical).mean(axis=0)
        return middle


def _eye(points: Floats, motion: Floats, gaze: Floats) -> Eye:
    centre, radius = fit_sphere(points)
    return Eye(centre + motion.mean(0), radius, gaze, points + motion)


def _gaze(side: str, names: Sequence[str], code: FaceCode) -> Floats:
    weights = {
        turn: float(code.expression[index])
        for turn in DEGREES
        for index, name in enumerate(names)
        if name.lower() == f"eye look {turn.lower()} {side}"
    }
    angle = {turn: np.radians(DEGREES[turn]) * weights.get(turn, 0.0) for turn in DEGREES}
    pitch = angle["Up"] - angle["Down"]
    # Inwards is towards +x for the right eye, which lies at −x.
    yaw = (angle["In"] - angle["Out"]) * (1.0 if side == "right" else -1.0)
    direction = (np.sin(yaw) * np.cos(pitch), np.sin(pitch), np.cos(yaw) * np.cos(pitch))
    return np.array(direction, np.float32)
