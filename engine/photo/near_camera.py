"""The camera of a photograph: weak perspective about the face, and a little of true perspective.

At arm's length the nose is a sixth nearer than the ears, which weak perspective takes for another
shape of face. With Y = R (X − pivot) and the nearness k, one over the camera's distance,

    u = m + s · D · (Y₁, Y₂) / (1 − k Y₃),        D = diag(1, −1),

where m is where the pivot appears. Weak perspective is k = 0.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.fitting.gauss_newton import rotation_of
from engine.geometry.mesh import frozen
from engine.geometry.similarity import Similarity
from engine.photo.weak_perspective import WeakPerspective

Floats = NDArray[np.float64]

UNKNOWNS = 7
"""Of a camera: turn (3), growth (1), shift (2) and nearness (1)."""
NEAREST = 1.0 / 250.0
"""The greatest nearness, per mm: nobody photographs a whole head from closer."""
CLOSEST = 1.0 / 25.0
"""No camera is nearer than this says, per mm; a fit stops at `NEAREST`."""
LEAST_DEPTH = 0.02
"""Of the distance to the pivot: what is nearer to the camera or behind it counts as there."""
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

    Raises:
        InputError: not finite, no rotation, no size, or a nearness out of its range.
    """

    rotation: Floats
    scale: float
    centre: Floats
    nearness: float
    pivot: Floats

    def __post_init__(self) -> None:
        for name, shape in (("rotation", (3, 3)), ("centre", (2,)), ("pivot", (3,))):
            array = np.asarray(getattr(self, name), np.float64)
            if array.shape != shape or not np.isfinite(array).all():
                raise InputError(
                    f"A camera needs a finite {name} of shape {shape}, got {array.tolist()}."
                )
            object.__setattr__(self, name, frozen(array, np.float64))
        if not 0.0 < self.scale < np.inf or not 0.0 <= self.nearness <= CLOSEST:
            raise InputError(
                f"A camera needs a scale above 0 and a nearness from 0 to {CLOSEST:g} per mm, got "
                f"{self.scale} and {self.nearness}."
            )
        if np.abs(self.rotation @ self.rotation.T - np.eye(3)).max() > 1e-4:
            raise InputError("The rotation of a camera must be orthonormal.")

    @staticmethod
    def of(
        pose: WeakPerspective, nearness: float = 0.0, pivot: NDArray | None = None
    ) -> "NearCamera":
        """The camera that agrees with `pose` at the depth of `pivot` `(3,)`, the model's origin
        if there is none."""
        point = np.zeros(3) if pivot is None else np.asarray(pivot, np.float64)
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
        return self.to_camera(points)[:, :2]

    def to_camera(self, points: NDArray) -> Floats:
        """Camera coordinates `(N, 3)`: x and y in pixels as `project`, z towards the viewer as
        `scale` times mm, zero at the pivot."""
        turned = (np.asarray(points, np.float64) - self.pivot) @ self.rotation.T
        depth = np.maximum(1.0 - self.nearness * turned[:, 2:], LEAST_DEPTH)
        camera: Floats = self.scale * turned
        camera[:, :2] = self.centre + _DOWN * camera[:, :2] / depth
        return camera

    def to_model(self, camera: NDArray) -> Floats:
        """Points `(N, 3)` in mm from camera coordinates; the inverse of `to_camera`."""
        turned = np.array(camera, np.float64)
        turned[:, :2] -= self.centre
        turned /= self.scale
        turned[:, :2] *= _DOWN * (1.0 - self.nearness * turned[:, 2:])
        points: Floats = turned @ self.rotation + self.pivot
        return points

    def towards(self, points: NDArray) -> Floats:
        """Unit vectors `(N, 3)` in the model's frame from `points` `(N, 3)` to the camera."""
        arms = self.rotation[2] - self.nearness * (np.asarray(points, np.float64) - self.pivot)
        lengths = np.linalg.norm(arms, axis=1, keepdims=True)
        directions: Floats = arms / np.maximum(lengths, 1e-12)
        return directions

    def through(self, matrix: NDArray) -> "NearCamera":
        """The camera of an image to which the similarity `matrix` `(2, 3)` maps the pixels."""
        pose = self.weak().through(matrix)
        return NearCamera.of(pose, self.nearness, self.pivot)

    def placed(self, placing: Similarity) -> "NearCamera":
        """The camera that shows a surface moved by `placing` where this one showed it before."""
        return NearCamera(
            self.rotation @ placing.rotation.T,
            self.scale / placing.scale,
            self.centre,
            min(self.nearness / placing.scale, CLOSEST),
            placing.apply(self.pivot[None])[0],
        )

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
