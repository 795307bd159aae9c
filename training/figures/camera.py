"""Where a picture is taken from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.geometry.mesh import frozen

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Camera:
    """A pinhole camera.

    Attributes:
        eye: `(3,)` mm, where it stands; target: `(3,)` mm, the middle of the picture.
        up: `(3,)` direction that is upward in the picture.
        field_of_view_deg: angle that the picture's height covers.
    """

    eye: NDArray[np.float64]
    target: NDArray[np.float64]
    up: NDArray[np.float64]
    field_of_view_deg: float = 18.0

    def __post_init__(self) -> None:
        for name in ("eye", "target", "up"):
            vector = np.asarray(getattr(self, name), np.float64)
            if vector.shape != (3,) or not np.isfinite(vector).all():
                raise InputError(f"A camera's {name} must be 3 finite numbers, got {vector}.")
            object.__setattr__(self, name, frozen(vector, np.float64))
        if not 0 < self.field_of_view_deg < 170:
            raise InputError(
                f"The field of view must be from 0 to 170 degrees, got {self.field_of_view_deg}."
            )
        if np.linalg.norm(np.cross(self.target - self.eye, self.up)) < 1e-9:
            raise InputError(
                f"A camera at {self.eye} cannot look at {self.target} with {self.up} upward. "
                "Choose another up direction."
            )

    @property
    def axes(self) -> Array:
        """Rows right, up and backward `(3, 3)`, unit vectors: a camera looks along −backward."""
        backward = self.eye - self.target
        backward = backward / np.linalg.norm(backward)
        right = np.cross(self.up, backward)
        right = right / np.linalg.norm(right)
        return np.stack([right, np.cross(backward, right), backward])


def frame_points(
    points: NDArray,
    yaw_deg: float = 0.0,
    pitch_deg: float = 0.0,
    aspect: float = 1.0,
    field_of_view_deg: float = 18.0,
    margin: float = 1.06,
) -> Camera:
    """A camera that sees all `points` `(N, 3)`: in front of them (+z) and turned about them.

    Args:
        yaw_deg: positive walks the camera to the subject's left (+x).
        pitch_deg: positive raises the camera.
        aspect: width over height of the picture.
        margin: 1 touches the picture's edges.
    """
    array = np.asarray(points, np.float64)
    if array.ndim != 2 or array.shape[1] != 3 or not len(array):
        raise InputError(f"Expected points of shape (N, 3), got {array.shape}.")
    yaw, pitch = np.radians(yaw_deg), np.radians(pitch_deg)
    backward = np.array([np.sin(yaw) * np.cos(pitch), np.sin(pitch), np.cos(yaw) * np.cos(pitch)])
    right = np.array([np.cos(yaw), 0.0, -np.sin(yaw)])
    up = np.cross(backward, right)
    local = array @ np.stack([right, up, backward]).T
    middle = 0.5 * (local.min(0) + local.max(0))
    centred = local - middle
    slope = np.tan(np.radians(field_of_view_deg) / 2.0) / margin
    # Each point needs the camera this far behind the middle to lie within the picture.
    distance = max(
        float((np.abs(centred[:, 1]) / slope + centred[:, 2]).max()),
        float((np.abs(centred[:, 0]) / (slope * aspect) + centred[:, 2]).max()),
        float(centred[:, 2].max()) + 1.0,
    )
    target = middle @ np.stack([right, up, backward])
    return Camera(target + distance * backward, target, up, field_of_view_deg)
