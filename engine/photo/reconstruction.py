"""What a method makes of a face in a photograph, and what it is given."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.geometry.mesh import Mesh, frozen
from engine.models.protocol import FaceCode
from engine.photo.near_camera import NearCamera
from engine.photo.weak_perspective import WeakPerspective
from engine.progress import CancelToken, Progress, ignore_progress


@dataclass(frozen=True, slots=True, eq=False)
class FoundFace:
    """A face in an image, px of the upright image.

    Attributes:
        box: `(4,)` x0, y0, x1, y1.
        points: `(5, 2)` in the order of `FIVE_POINTS`.
        confidence: of the detector, in [0, 1]; 1 if marked by hand.
    """

    box: NDArray[np.float64]
    points: NDArray[np.float64]
    confidence: float

    def __post_init__(self) -> None:
        box, points = np.asarray(self.box), np.asarray(self.points)
        if box.shape != (4,) or points.shape != (5, 2):
            raise InputError(
                f"A found face has a box (4,) and points (5, 2), got {box.shape}, {points.shape}."
            )
        if not (np.isfinite(box).all() and np.isfinite(points).all()):
            raise InputError("A found face must have finite pixels. Mark the face again.")
        object.__setattr__(self, "box", frozen(box, np.float64))
        object.__setattr__(self, "points", frozen(points, np.float64))


@dataclass(frozen=True, slots=True, eq=False)
class PhotoFace:
    """One face of one photograph: upright pixels `(H, W, 3)` uint8 sRGB and where it is."""

    pixels: NDArray[np.uint8]
    found: FoundFace


@dataclass(frozen=True, slots=True, eq=False)
class Reconstruction:
    """A face from a photograph.

    Attributes:
        method: the name of the method (`PhotoMethod.name`).
        camera: from the model's frame to the image's pixels.
        stages: surfaces from coarse to fine in the model's frame, mm; the last is the result.
        code: the face's codes, if the method finds them; then `stages` is its template surface.
        landmarks: `(68, 2)` px of the upright image.
        confidences: `(68,)` in [0, 1] of the landmarks.
        seconds: what the method took, detection not included.
    """

    method: str
    camera: NearCamera
    stages: tuple[Mesh, ...]
    code: FaceCode | None
    landmarks: NDArray[np.float64]
    confidences: NDArray[np.float64]
    seconds: float

    @property
    def pose(self) -> WeakPerspective:
        """The camera without its perspective."""
        return self.camera.weak()

    @property
    def mesh(self) -> Mesh:
        """The finest surface."""
        return self.stages[-1]


class PhotoMethod(Protocol):
    """A way from a photograph to a face."""

    @property
    def name(self) -> str:
        """As on the command line: `codes`, `pixel2mesh`, …"""
        ...

    @property
    def title(self) -> str:
        """For people: `Pixel2Mesh`, …"""
        ...

    def reconstruct(
        self,
        face: PhotoFace,
        cancel: CancelToken | None = None,
        progress: Progress = ignore_progress,
    ) -> Reconstruction:
        """The face in the photograph.

        Raises:
            InputError: the face cannot be used.
            Cancelled: `cancel` was raised.
        """
        ...
