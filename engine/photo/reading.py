"""Photograph files to upright sRGB pixels, in bounded memory.

The file's first bytes say what it is, not its name. Pillow's decoders are called directly: its
`open` knows one limit of pixels for all formats, while a JPEG can be decoded at a half, a
quarter or an eighth of its size and so may be far larger than a PNG.
"""

import importlib
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.BmpImagePlugin import BmpImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from engine.errors import InputError
from engine.photo.pixel_modes import to_eight_bits, to_srgb

PHOTO_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".heic", ".heif")
"""Suffixes to offer in dialogs, with the dot, lower case."""

LONGEST_SIDE = 4096
"""Larger photographs are reduced to this; a face in them is still larger than any network's
input."""
SHORTEST_SIDE = 32
LARGEST_BYTES = 512 << 20
LARGEST_PIXELS = 128_000_000
"""Of a picture that must be decoded whole."""
LARGEST_REDUCIBLE_PIXELS = 512_000_000
"""Of a JPEG stored line by line, which is reduced while it is decoded; a progressive one keeps
all its coefficients in memory."""
LARGEST_WEBP_PIXELS = 64_000_000
"""WebP's decoder holds a picture several times over."""

_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What turns a picture upright, by EXIF's `Orientation`."""
_ORIENTATION = 0x0112
_DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    EOFError,
    RuntimeError,
    struct.error,
    MemoryError,
)
"""What Pillow's decoders answer damaged files with."""


def read_photo(path: Path | str) -> NDArray[np.uint8]:
    """The picture in a JPEG, PNG, WebP, BMP, TIFF or HEIC file as it is meant to be seen.

    EXIF's orientation is obeyed, an embedded colour profile converted, transparency laid over
    neutral grey; of a file with several pictures the first is taken.

    Returns:
        `(H, W, 3)` uint8 sRGB, the longest side at most `LONGEST_SIDE`.

    Raises:
        InputError: the file is missing, empty, damaged, cut short, no photograph, too small or
            too large; the message names the file and says what to do.
    """
    file = Path(path)
    _require_file(file)
    try:
        with file.open("rb") as stream:
            return _read(stream, file)
    except PermissionError as error:
        raise InputError(f"Cannot read {file}: you may not. Change its permissions.") from error
    except _DAMAGE as error:
        reason = " ".join(str(error).split()).rstrip(".") or type(error).__name__
        raise InputError(
            f"Cannot read {file}: it is damaged or cut short ({reason}). Copy or export it again."
        ) from error


def _require_file(file: Path) -> None:
    try:
        size = file.stat().st_size
        if not file.is_file():
            raise InputError(f"{file} is no file. Choose a photograph.")
    except FileNotFoundError as error:
        raise InputError(f"There is no file {file}. Check its name and folder.") from error
    except (OSError, ValueError) as error:
        raise InputError(f"Cannot read {file}: {error}. Choose another file.") from error
    if size == 0:
        raise InputError(f"Cannot read {file}: it is empty. Copy or export it again.")
    if size > LARGEST_BYTES:
        raise InputError(
            f"{file} has {size >> 20} MB; photographs up to {LARGEST_BYTES >> 20} MB can be read. "
            "Save it as a JPEG."
        )


def _read(stream: BinaryIO, file: Path) -> NDArray[np.uint8]:
    image = _opened(stream, file)
    _require_size(image.size, _most_pixels(image), file)
    if isinstance(image, JpegImageFile):
        _decode_reduced(image)
    image.load()
    turn = _UPRIGHT.get(_orientation(image))
    profile = image.info.get("icc_profile")
    reduced = _reduced(to_eight_bits(image))
    _require_size(reduced.size, LARGEST_PIXELS, file)
    upright = to_srgb(reduced, profile if isinstance(profile, bytes) else None)
    return np.asarray(upright if turn is None else upright.transpose(turn))


def _opened(stream: BinaryIO, file: Path) -> Image.Image:
    """The picture with its header read and its pixels not."""
    start = stream.read(16)
    stream.seek(0)
    for signature, open_image in _FORMATS.items():
        if start.startswith(signature) and (signature != b"RIFF" or start[8:12] == b"WEBP"):
            return open_image(stream)
    if start[4:8] == b"ftyp" and start[8:12] in _HEIF_BRANDS:
        return _opened_heif(stream, file)
    raise InputError(
        f"{file} is no photograph that can be read here. Choose a JPEG, PNG, WebP, BMP, TIFF or "
        "HEIC file, or save it as one in a picture viewer."
    )


_FORMATS: Mapping[bytes, Callable[[BinaryIO], Image.Image]] = {
    b"\xff\xd8\xff": JpegImageFile,
    b"\x89PNG\r\n\x1a\n": PngImageFile,
    b"RIFF": WebPImageFile,
    b"BM": BmpImageFile,
    b"II*\x00": TiffImageFile,
    b"MM\x00*": TiffImageFile,
    b"II+\x00": TiffImageFile,
    b"MM\x00+": TiffImageFile,
}


def _opened_heif(stream: BinaryIO, file: Path) -> Image.Image:
    try:
        pillow_heif = importlib.import_module("pillow_heif")
    except ImportError as error:
        raise InputError(
            f"{file} is a HEIC photograph; reading it needs the package pillow-heif, Lineament's "
            "extra 'heic'. Install it with `pip install pillow-heif`, or save the photograph as a "
            "JPEG."
        ) from error
    container = pillow_heif.open_heif(stream, convert_hdr_to_8bit=True)
    _require_size(container.size, LARGEST_PIXELS, file)
    image: Image.Image = container.to_pillow()
    return image


def _most_pixels(image: Image.Image) -> int:
    if isinstance(image, WebPImageFile):
        return LARGEST_WEBP_PIXELS
    if isinstance(image, JpegImageFile) and not image.info.get("progressive"):
        return LARGEST_REDUCIBLE_PIXELS
    return LARGEST_PIXELS


def _require_size(size: tuple[int, int], most: int, file: Path) -> None:
    width, height = size
    if width * height > most:
        raise InputError(
            f"{file} has {width * height / 1e6:.0f} megapixels; up to {most / 1e6:.0f} of such a "
            "file can be read. Save it smaller, 20 megapixels are plenty."
        )
    if min(size) < SHORTEST_SIDE:
        raise InputError(
            f"{file} shows {width} × {height} pixels, too few for a face; at least "
            f"{SHORTEST_SIDE} × {SHORTEST_SIDE} are needed. Choose a larger photograph."
        )


def _decode_reduced(image: JpegImageFile) -> None:
    """Let the decoder reduce by 2, 4 or 8, to no less than `LONGEST_SIDE`."""
    longest = max(image.size)
    if longest >= 2 * LONGEST_SIDE:
        width, height = (max(1, side * LONGEST_SIDE // longest) for side in image.size)
        image.draft(None, (width, height))


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except _DAMAGE:
        return 1  # the picture is worth more than what is written about it


def _reduced(image: Image.Image) -> Image.Image:
    longest = max(image.size)
    if longest <= LONGEST_SIDE:
        return image
    width, height = (max(1, round(side * LONGEST_SIDE / longest)) for side in image.size)
    # Whole-numbered reduction first: it needs no second copy of the size of the first.
    factor = longest // LONGEST_SIDE
    smaller = image.reduce(factor) if factor > 1 else image
    return smaller.resize((width, height), Image.Resampling.BICUBIC)
