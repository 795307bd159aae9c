"""The true camera of a photograph, and the weak-perspective pose that fits it best."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from engine.photo.crop import HEAD_CENTRE, HEAD_MM
from engine.photo.weak_perspective import WeakPerspective

Array = NDArray[np.float64]

NEAREST_MM, FARTHEST_MM = 300.0, 3000.0
SPAN = (130.0 / 176.0, 150.0 / 176.0)
"""Share of the picture's side that the head's crop spans."""
JITTER = 4.0 / 176.0
OFF_AXIS_DEG = 8.0


@dataclass(frozen=True, slots=True, eq=False)
class Camera:
    """A pinhole at the origin that looks along −z; the head's crop centre lies at `centre`.

    Attributes:
        rotation: `(3, 3)` of the head as it looks from the camera towards it.
        turn: `(3, 3)` of the head in the camera's frame.
        centre: `(3,)` mm, where `HEAD_CENTRE` is.
        focal: px; principal: `(2,)` px.
        size: px per side of the picture.
    """

    rotation: Array
    turn: Array
    centre: Array
    focal: float
    principal: Array
    size: int

    def to_camera(self, points: NDArray) -> Array:
        """Points `(N, 3)` of the head in the camera's frame, mm."""
        local: Array = (points - HEAD_CENTRE) @ self.turn.T + self.centre
        return local

    def project(self, points: NDArray) -> Array:
        """Pixels `(N, 2)` of points `(N, 3)` of the head."""
        return self.to_pixels(self.to_camera(points))

    def to_pixels(self, local: NDArray) -> Array:
        """Pixels `(N, 2)` of points `(N, 3)` in the camera's frame."""
        depth = -local[:, 2]
        x = self.principal[0] + self.focal * local[:, 0] / depth
        y = self.principal[1] - self.focal * local[:, 1] / depth
        return np.stack([x, y], axis=1)

    def weak_perspective(self, points: NDArray) -> WeakPerspective:
        """The pose with this rotation whose image of `points` `(N, 3)` is nearest to the true."""
        flat = (points @ self.rotation.T)[:, :2] * (1.0, -1.0)
        seen = self.project(points)
        about, middle = flat - flat.mean(0), seen.mean(0)
        scale = float((about * (seen - middle)).sum() / (about**2).sum())
        return WeakPerspective(self.rotation, scale, middle - scale * flat.mean(0))


@dataclass(frozen=True, slots=True)
class Pose:
    """Angles of a head in degrees: turns about y, then x, then z."""

    yaw: float
    pitch: float
    roll: float


def draw_pose(rng: np.random.Generator, frontal: float) -> Pose:
    """A pose; the share `frontal` of all looks towards the camera."""
    if rng.random() < frontal:
        yaw, pitch = rng.normal(0, 11), rng.normal(0, 8)
    else:
        yaw, pitch = rng.uniform(-90, 90), rng.normal(0, 14)
    roll = rng.normal(0, 9) if rng.random() < 0.88 else rng.uniform(-50, 50)
    return Pose(float(np.clip(yaw, -90, 90)), float(np.clip(pitch, -35, 35)), float(roll))


def draw_camera(pose: Pose, size: int, rng: np.random.Generator) -> Camera:
    """A camera at a random distance that frames the head."""
    # Turns about the head's own axes in the order in which `WeakPerspective.angles` reads them.
    rotation = Rotation.from_euler("yxz", [pose.yaw, pose.pitch, pose.roll], degrees=True)
    distance = float(np.exp(rng.uniform(np.log(NEAREST_MM), np.log(FARTHEST_MM))))
    scale = rng.uniform(*SPAN) * size / HEAD_MM
    tilt = rng.normal(0, OFF_AXIS_DEG / 2, 2).clip(-OFF_AXIS_DEG, OFF_AXIS_DEG)
    # The head stands off the lens's axis: seen along its ray it turns by as much.
    ray = Rotation.from_euler("yx", tilt, degrees=True).as_matrix()
    away = ray @ np.array([0.0, 0.0, -1.0])
    centre = away * distance
    focal = scale * -centre[2]
    place = size / 2 + rng.uniform(-JITTER, JITTER, 2) * size
    seen = focal / -centre[2] * centre[:2] * (1.0, -1.0)
    matrix = rotation.as_matrix()
    return Camera(matrix, ray @ matrix, centre, float(focal), place - seen, size)
