"""Cuts a face out of a photograph, upright and at one size."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.errors import InputError
from engine.geometry.mesh import frozen
from engine.photo.weak_perspective import WeakPerspective

Array = NDArray[np.float64]
Pixels = NDArray[np.uint8]

HEAD_CENTRE = np.array([0.0, 8.0, 55.0])
"""What a head's crop is centred on, mm in the model's frame."""
HEAD_MM = 210.0
"""Side of a head's crop."""
BOX_MARGIN = 1.1
"""By how much a detector's box is widened (Pixel2Mesh for faces, section 3.1.1)."""
AVERAGE_BOX = (0.27, 0.25, 0.73, 0.78)
"""Where a face is when no detector says it: x0, y0, x1, y1 as shares of the image (that paper's
average crop)."""


@dataclass(frozen=True, slots=True, eq=False)
class Crop:
    """A square piece of an image.

    Attributes:
        matrix: `(2, 3)` similarity from the image's pixels to the crop's.
        size: pixels per side of the crop.
    """

    matrix: Array
    size: int

    def __post_init__(self) -> None:
        matrix = np.asarray(self.matrix, np.float64)
        if matrix.shape != (2, 3) or not np.isfinite(matrix).all() or self.size < 1:
            raise InputError(f"A crop needs a finite (2, 3) matrix, got shape {matrix.shape}.")
        if np.linalg.det(matrix[:, :2]) <= 0:
            raise InputError("A crop must not mirror or flatten the image.")
        object.__setattr__(self, "matrix", frozen(matrix, np.float64))

    def to_crop(self, pixels: NDArray) -> Array:
        """Pixels `(N, 2)` of the image in the crop."""
        mapped: Array = np.asarray(pixels, np.float64) @ self.matrix[:, :2].T + self.matrix[:, 2]
        return mapped

    def to_image(self, pixels: NDArray) -> Array:
        """Pixels `(N, 2)` of the crop in the image."""
        moved = np.asarray(pixels, np.float64) - self.matrix[:, 2]
        mapped: Array = moved @ np.linalg.inv(self.matrix[:, :2]).T
        return mapped

    def inverse(self) -> Array:
        """The similarity `(2, 3)` from the crop's pixels to the image's."""
        back = np.linalg.inv(self.matrix[:, :2])
        return np.concatenate([back, (-back @ self.matrix[:, 2])[:, None]], axis=1)


def head_crop(pose: WeakPerspective, size: int) -> Crop:
    """The crop in which the head of `pose` stands upright, `HEAD_MM` wide and centred."""
    centre = pose.project(HEAD_CENTRE[None])[0]
    factor = size / (HEAD_MM * pose.scale)
    # Where the head's own up points in the image, ignoring how far it nods.
    up = pose.rotation[:2, 1]
    roll = float(np.arctan2(up[0], up[1])) if np.hypot(*up) > 0.2 else 0.0
    cosine, sine = factor * np.cos(roll), factor * np.sin(roll)
    linear = np.array([[cosine, sine], [-sine, cosine]])
    shift = np.full(2, size / 2) - linear @ centre
    return Crop(np.concatenate([linear, shift[:, None]], axis=1), size)


def box_crop(box: NDArray, size: int, margin: float = BOX_MARGIN) -> Crop:
    """The square about a detector's box (x0, y0, x1, y1), its longer side × `margin` wide."""
    x0, y0, x1, y1 = np.asarray(box, np.float64)
    side = margin * max(x1 - x0, y1 - y0)
    if not side > 0:
        raise InputError("A face's box must have a width and a height. Mark the face again.")
    factor = size / side
    shift = size / 2 - factor * np.array([x0 + x1, y0 + y1]) / 2
    return Crop(np.array([[factor, 0.0, shift[0]], [0.0, factor, shift[1]]]), size)


def average_box(width: int, height: int) -> Array:
    """The box in which a portrait's face lies on the average, `(4,)` px."""
    return np.array(AVERAGE_BOX) * (width, height, width, height)


def cut(pixels: Pixels, crop: Crop) -> Pixels:
    """The crop `(size, size, 3)` of an image `(H, W, 3)`; black outside of it.

    An image much larger than the crop is reduced first, so that nothing flickers.
    """
    image = Image.fromarray(pixels)
    back = crop.inverse()
    reduction = max(1, int(np.sqrt(np.linalg.det(back[:, :2]))))
    if reduction > 1:
        image = image.reduce(reduction)
        back = back / reduction
    # PIL samples at pixel centres, as we do: its matrix maps (x + 1/2, y + 1/2).
    cropped = image.transform(
        (crop.size, crop.size),
        Image.Transform.AFFINE,
        tuple(back.ravel()),
        Image.Resampling.BILINEAR if reduction > 1 else Image.Resampling.BICUBIC,
    )
    return np.asarray(cropped)
