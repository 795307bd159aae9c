"""A photograph in a document: its pixels, the face in it, and the camera it was taken with."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.errors import DocumentError
from engine.geometry.mesh import frozen
from engine.project.picture import Picture

if TYPE_CHECKING:
    from engine.photo.near_camera import NearCamera
    from engine.photo.reconstruction import FoundFace

LANDMARKS = 68


@dataclass(frozen=True, slots=True, eq=False)
class NamedPhoto:
    """A photograph with one face in it that somebody chose.

    Attributes:
        name: what the user calls it.
        picture: the upright image.
        found: the face in it, px.
        camera: from the model's frame to the image's pixels; None until it is known.
        landmarks: `(68, 2)` px; None until they are known.
        confidences: `(68,)` in [0, 1] of the landmarks; 1 where a hand put them.
        face: index of the document's face that was made from it, None if there is none.
        expression: `(E,)` of the face in this photograph, None if it is that of its face.
        visible: it is drawn behind the face when one looks through its camera.

    Raises:
        DocumentError: landmarks without confidences, other shapes, or not finite.
    """

    name: str
    picture: Picture
    found: "FoundFace"
    camera: "NearCamera | None" = None
    landmarks: NDArray[np.float64] | None = None
    confidences: NDArray[np.float64] | None = None
    face: int | None = None
    expression: NDArray[np.float32] | None = None
    visible: bool = True

    def __post_init__(self) -> None:
        if (self.landmarks is None) != (self.confidences is None):
            raise DocumentError("A photo's landmarks need confidences, and the other way round.")
        for name, shape, kind in (
            ("landmarks", (LANDMARKS, 2), np.float64),
            ("confidences", (LANDMARKS,), np.float64),
            ("expression", None, np.float32),
        ):
            array = getattr(self, name)
            if array is None:
                continue
            given = np.shape(array)
            if (given != shape) if shape is not None else len(given) != 1:
                raise DocumentError(f"A photo's {name} must have shape {shape}, got {given}.")
            if not np.isfinite(array).all():
                raise DocumentError(f"A photo's {name} must be finite numbers.")
            object.__setattr__(self, name, frozen(array, kind))

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """`(H, W, 3)` uint8 sRGB."""
        return self.picture.pixels
