"""Finds the faces in a photograph with MTCNN, as Pixel2Mesh for faces does (section 3.1.1)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.devices import chosen_device
from engine.errors import InputError
from engine.photo.reconstruction import FoundFace
from engine.progress import CancelToken

if TYPE_CHECKING:
    from engine.photo.face_cascade import FoundBoxes

SIDE = 640
"""Longer side of the copy in which faces are sought first, px."""
SMALLEST = 24.0
"""Smallest face sought there, px."""
LARGE_SIDE, SMALLEST_IN_LARGE = 1280, 20.0
"""The same for a second look, if the first finds nothing."""
SURE = 0.95
"""Less likely faces count only where there is none as likely as this: beside a face they are
badges, patterns and shadows."""


class FaceDetector:
    """Finds faces; loads torch and the networks, so make it once.

    Raises:
        WeightsError: the package `mtcnn` is missing or damaged.
        InputError: the device cannot be used.
    """

    def __init__(self, device: str = "cpu") -> None:
        from engine.photo.face_cascade import FaceCascade

        self._cascade = FaceCascade(chosen_device(device))

    def find(
        self, pixels: NDArray[np.uint8], cancel: CancelToken | None = None
    ) -> tuple[FoundFace, ...]:
        """Every face in an upright photograph `(H, W, 3)` uint8, in its pixels.

        Faces come likeliest first and, of those as likely to two digits, largest first; none is
        an empty tuple. Where no sure face is found, smaller ones are sought in a larger copy and
        then such as lie on their side or upside down.

        Raises:
            InputError: not such an array.
            Cancelled: `cancel` was raised.
        """
        if pixels.shape[2:] != (3,) or pixels.dtype != np.uint8 or pixels.size == 0:
            raise InputError(
                f"Faces are sought in pixels (H, W, 3) uint8, got {pixels.shape} {pixels.dtype}."
            )
        doubtful: tuple[FoundFace, ...] = ()
        for view in _views(pixels):
            found = self._cascade.find(view.pixels, view.smallest, cancel)
            faces = _faces(found, view, pixels)
            if found.confidences.max(initial=0.0) >= SURE:
                return faces
            doubtful = doubtful or faces
        return doubtful


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """A copy of a photograph to look at: pixels, quarter turns counter-clockwise of them, and
    the smallest face to seek, px."""

    pixels: NDArray[np.uint8]
    turns: int
    smallest: float

    @property
    def upright_size(self) -> tuple[int, int]:
        """Width and height before the turns."""
        height, width = self.pixels.shape[:2]
        return (height, width) if self.turns % 2 else (width, height)

    def upright(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points `(..., 2)` of the view before the turns."""
        height, width = self.pixels.shape[:2]
        for _ in range(self.turns):
            points = np.stack([height - points[..., 1], points[..., 0]], axis=-1)
            height, width = width, height
        return points


def _views(pixels: NDArray[np.uint8]) -> Iterator[_View]:
    """What to look at, one after the other until a face is found."""
    small = _reduced(pixels, SIDE)
    yield _View(small, 0, SMALLEST)
    if max(pixels.shape[:2]) > SIDE:
        yield _View(_reduced(pixels, LARGE_SIDE), 0, SMALLEST_IN_LARGE)
    for turns in (1, 3, 2):
        yield _View(np.rot90(small, turns), turns, SMALLEST)


def _reduced(pixels: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    longer = max(pixels.shape[:2])
    if longer <= side:
        return pixels
    height, width = (max(1, round(length * side / longer)) for length in pixels.shape[:2])
    image = Image.fromarray(pixels)
    return np.array(image.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=2.0))


def _faces(found: "FoundBoxes", view: _View, pixels: NDArray[np.uint8]) -> tuple[FoundFace, ...]:
    """Faces found in a view in the photograph's pixels, best first."""
    likely = found.confidences.max(initial=0.0)
    least = SURE if view.turns or likely >= SURE else 0.0
    corners = view.upright(found.boxes.reshape(-1, 2, 2))
    points = view.upright(found.points)
    ratio = np.array(pixels.shape[1::-1]) / view.upright_size
    low, high = corners.min(axis=1) * ratio, corners.max(axis=1) * ratio
    order = np.lexsort((-(high - low).prod(axis=1), -found.confidences.round(2)))
    return tuple(
        FoundFace(
            np.concatenate([low[row], high[row]]),
            points[row] * ratio,
            float(found.confidences[row]),
        )
        for row in order
        if found.confidences[row] >= least
    )
