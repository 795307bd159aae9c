"""Pixels as a document keeps them: compressed once, and checked when they come from a file."""

import io
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.errors import DocumentError
from engine.geometry.mesh import frozen

if TYPE_CHECKING:
    from PIL import Image

LONGEST_SIDE = 4096
"""px; what is larger is reduced before it is kept, which no face in a photograph feels."""
LONGEST_PREVIEW = 2048
"""px; as much as a screen shows, and no more than is drawn without a pause."""

QUALITY = 93


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """An image and the JPEG that it is kept as.

    Attributes:
        content: the bytes of a JPEG file.
        pixels: `(H, W, 3)` uint8 sRGB, exactly what `content` says; read-only.
        reduction: by which whole factor `preview` is smaller; 1 where `pixels` are small.
        preview: `(⌈H / reduction⌉, ⌈W / reduction⌉, 3)`, to be drawn without delay.
    """

    content: bytes
    pixels: NDArray[np.uint8]
    reduction: int
    preview: NDArray[np.uint8]

    @staticmethod
    def of(pixels: NDArray[np.uint8]) -> "Picture":
        """The picture that `pixels` `(H, W, 3)` are kept as; takes a moment for a photograph.

        Raises:
            DocumentError: they are no image, or one larger than `LONGEST_SIDE`.
        """
        from PIL import Image

        shape, kind = np.shape(pixels), np.asarray(pixels).dtype
        if len(shape) != 3 or shape[2] != 3 or kind != np.uint8 or min(shape) < 1:
            raise DocumentError(f"A picture needs (H, W, 3) uint8 pixels, got {shape} {kind}.")
        if max(shape) > LONGEST_SIDE:
            raise DocumentError(
                f"A picture has at most {LONGEST_SIDE} pixels a side, got {shape}. Reduce it first."
            )
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, format="JPEG", quality=QUALITY, subsampling=0)
        return Picture.read(buffer.getvalue())

    @staticmethod
    def read(content: bytes) -> "Picture":
        """The picture in the bytes of a JPEG file.

        Raises:
            DocumentError: they are no intact JPEG, or one larger than `LONGEST_SIDE`.
        """
        with _opened(content) as image:
            upright = image.convert("RGB")
            pixels = frozen(np.asarray(upright), np.uint8)
        reduction = -(-max(upright.size) // LONGEST_PREVIEW)
        preview = pixels
        if reduction > 1:
            preview = frozen(np.asarray(upright.reduce(reduction)), np.uint8)
        return Picture(content, pixels, reduction, preview)

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])


def picture_size(content: bytes) -> tuple[int, int]:
    """Width and height of a JPEG, from its head alone.

    Raises:
        DocumentError: as `Picture.read`, as far as the head tells.
    """
    with _opened(content) as image:
        return image.size


@contextmanager
def _opened(content: bytes) -> "Iterator[Image.Image]":
    from PIL import Image

    try:
        # One format only: the decoders of others have no business in a document.
        with Image.open(io.BytesIO(content), formats=("JPEG",)) as image:
            if max(image.size) > LONGEST_SIDE:
                raise DocumentError(
                    f"it has {image.size[0]} × {image.size[1]} pixels, and at most "
                    f"{LONGEST_SIDE} a side can be kept"
                )
            yield image
    except (
        # What Pillow raises on damaged input, by trial.
        OSError,
        SyntaxError,
        ValueError,
        struct.error,
        Image.DecompressionBombError,
    ) as error:
        raise DocumentError(f"it is no intact JPEG ({error})") from error
