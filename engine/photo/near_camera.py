"""The camera of a fit: weak perspective about the face, and a little of true perspective.

At arm's length the nose is a sixth nearer than the ears, which weak perspective takes for another
shape of face. With Y = R (X − pivot) and the nearness k, one over the camera's distance,

    u = m + s · D · (Y₁, Y₂) / (1 − k Y₃),        D = diag(1, −1),

where m is where the pivot appears. Weak perspective is k = 0.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.fitting.gauss_newton import rotation_of
from engine.geometry.mesh import frozen
from engine.photo.weak_perspective import WeakPerspective

Floats = NDArray[np.float64]

UNKNOWNS = 7
"""Of a camera: turn (3), growth (1), shift (2) and nearness (1)."""
NEAREST = 1.0 / 250.0
"""The greatest nearness, per mm: nobody photographs a whole head from closer."""
_DOWN = np.array([1.0, -1.0])


@dataclass(frozen=True, slots=True, eq=False)
class NearCamera:
    """A camera that looks at a face.

    Attributes:
        rotation: `(3, 3)` from the model's frame to the viewer's.
        scale: pixels per mm at the pivot's depth.
        centre: `(2,)` px where the pivot appears.
        nearness: one over the distance from camera to pivot, per mm, from 0 to `NEAREST`.
        pivot: `(3,)` mm in the model's frame.
    """

    rotation: Floats
    scale: float
    centre: Floats
    nearness: float
    pivot: Floats

    def __post_init__(self) -> None:
        for name in ("rotation", "centre", "pivot"):
            object.__setattr__(self, name, frozen(getattr(self, name), np.float64))

    @staticmethod
    def of(pose: WeakPerspective, nearness: float, pivot: NDArray) -> "NearCamera":
        """The camera that agrees with `pose` at the depth of `pivot` `(3,)`."""
        point = np.asarray(pivot, np.float64)
        centre = pose.project(point[None])[0]
        return NearCamera(pose.rotation, pose.scale, centre, nearness, point)

    def weak(self) -> WeakPerspective:
        """The same without perspective."""
        moved = self.scale * _DOWN * (self.rotation @ self.pivot)[:2]
        # Turns that were multiplied many times are made orthonormal again.
        left, _, right = np.linalg.svd(self.rotation)
        return WeakPerspective(left @ right, self.scale, self.centre - moved)

    def project(self, points: NDArray) -> Floats:
        """Pixels `(N, 2)` of points `(N, 3)` in mm."""
        turned = (np.asarray(points, np.float64) - self.pivot) @ self.rotation.T
        growth = 1.0 / (1.0 - self.nearness * turned[:, 2:])
        pixels: Floats = self.centre + self.scale * _DOWN * turned[:, :2] * growth
        return pixels

    def derivatives(self, points: NDArray) -> tuple[Floats, Floats]:
        """How the pixels of `points` `(N, 3)` change.

        Returns:
            px per mm that a point moves in the model's frame, `(N, 2, 3)`; and px per unit of the
            camera's unknowns, `(N, 2, 7)`.
        """
        turned = (np.asarray(points, np.float64) - self.pivot) @ self.rotation.T
        growth = 1.0 / (1.0 - self.nearness * turned[:, 2])
        flat = turned[:, :2] * growth[:, None]
        along = np.zeros((len(turned), 2, 3))
        along[:, [0, 1], [0, 1]] = growth[:, None]
        along[:, :, 2] = flat * (self.nearness * growth)[:, None]
        along *= self.scale * _DOWN[:, None]
        camera = np.zeros((len(turned), 2, UNKNOWNS))
        for axis in range(3):
            unit = np.eye(3)[axis]
            camera[:, :, axis] = np.einsum("ncd,nd->nc", along, np.cross(unit, turned))
        camera[:, :, 3] = self.scale * _DOWN * flat
        camera[:, [0, 1], [4, 5]] = 1.0
        camera[:, :, 6] = self.scale * _DOWN * flat * (growth * turned[:, 2])[:, None]
        return along @ self.rotation, camera

    def moved(self, change: Floats) -> "NearCamera":
        """After a `change` `(7,)` of the unknowns."""
        growth = float(np.exp(np.clip(change[3], -0.5, 0.5)))
        return NearCamera(
            rotation_of(change[:3]) @ self.rotation,
            self.scale * growth,
            self.centre + change[4:6],
            float(np.clip(self.nearness + change[6], 0.0, NEAREST)),
            self.pivot,
        )
