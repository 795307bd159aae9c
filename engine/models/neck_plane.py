"""The plane that ends the neck, on any face.

A face's surface is the zero set of

    Φ'(p) = smax(Φ(p), n(z) · (p − o(z))),   smax(a, b) = max(a, b) + max(k − |a − b|, 0)² / 4k.

smax is the greater of both beyond k, and its gradient lies between theirs: a bound on the
gradient of Φ that is at least 1 holds for Φ' too.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.models.protocol import FaceCode

Floats = NDArray[np.float32]

PROBE_MM = 0.25
LONGEST_MM = 3.0
"""The longest step onto the rounded edge."""
TETRAHEDRON = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]], np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class FacePlane:
    """The plane on one face: a point of it, its unit normal out of the head, the blend's k."""

    point: Floats
    normal: Floats
    rounding_mm: float

    def beyond(self, points: Floats) -> Floats:
        """How far `(N,)` in mm points `(N, 3)` lie beyond the plane; negative in the head."""
        # Not a product of matrices: NumPy would share it between threads, which costs more.
        x, y, z = (points - self.point).T
        a, b, c = self.normal
        beyond: Floats = (a * x + b * y + c * z).astype(np.float32, copy=False)
        return beyond

    def cut(self, distances: Floats, points: Floats) -> Floats:
        """Signed distances `(N,)` at `points` `(N, 3)`, of the face without what lies beyond."""
        return smooth_maximum(distances, self.beyond(points), self.rounding_mm)

    def onto_edge(
        self, points: Floats, distance: Callable[[Floats], Floats], iterations: int = 3
    ) -> Floats:
        """Points `(N, 3)` near the edge of skin and plane moved onto the rounded edge.

        There both distances are −k/4. Newton's steps, in the plane of both gradients.

        Args:
            distance: Φ `(N,)` of the face before the cut.
        """
        goal = -0.25 * self.rounding_mm
        for _ in range(iterations):
            probes = points[:, None] + PROBE_MM * TETRAHEDRON
            values = distance(probes.reshape(-1, 3).astype(np.float32)).reshape(-1, 4)
            gradient = values @ TETRAHEDRON / (4.0 * PROBE_MM)
            missing = np.stack([goal - values.mean(1), goal - self.beyond(points)], axis=1)
            both = np.stack([gradient, np.broadcast_to(self.normal, gradient.shape)], axis=1)
            steps = np.einsum("ncr,nr->nc", np.linalg.pinv(both, rcond=0.2), missing)
            length = np.linalg.norm(steps, axis=1, keepdims=True)
            points = points + steps * np.minimum(1.0, LONGEST_MM / np.maximum(length, 1e-9))
        return points.astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class NeckPlane:
    """The plane on any face.

    Attributes:
        frame: `(3, 3)` its origin in mm and two unit directions in it, on the mean face at rest.
        motion: for each part how they move, `(3, 3, D)` per unit of the code.
        rounding_mm: k of the blend.
    """

    frame: Floats
    motion: Mapping[str, Floats]
    rounding_mm: float

    def on_face(self, code: FaceCode) -> FacePlane:
        """The plane on the face of `code`."""
        frame = self.frame.astype(np.float64)
        for part, motion in self.motion.items():
            frame = frame + motion @ code.part(part)
        normal = np.cross(frame[1], frame[2])
        normal /= np.linalg.norm(normal)
        return FacePlane(frame[0].astype(np.float32), normal.astype(np.float32), self.rounding_mm)


def smooth_maximum(first: Floats, second: Floats, width: float) -> Floats:
    """smax of two arrays `(N,)`."""
    overlap = np.maximum(np.float32(width) - np.abs(first - second), np.float32(0.0))
    found: Floats = np.maximum(first, second) + overlap * overlap / np.float32(4.0 * width)
    return found
