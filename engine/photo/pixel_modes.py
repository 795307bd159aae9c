"""Whatever a picture's pixels are stored as, as eight-bit sRGB."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

NEUTRAL_GREY = (128, 128, 128)
"""What shows through transparent pixels: it says least to a network."""

_RANGES = (255.0, 65535.0)
"""Full scales of whole numbers, least first."""
_COLOUR_SPACES = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK", "LAB ": "LAB"}
"""Modes a profile can be applied to, by the colour space its header names."""


def to_eight_bits(image: Image.Image) -> Image.Image:
    """`image` in a mode that can be resampled: L, LA, RGB, RGBA, CMYK, YCbCr, LAB or HSV."""
    if image.mode in ("L", "LA", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "HSV"):
        # A PNG may name one colour of its pixels that is transparent.
        if "transparency" in image.info and image.mode in ("L", "RGB"):
            return image.convert("LA" if image.mode == "L" else "RGBA")
        return image
    if image.mode in ("P", "PA"):
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    if image.mode.startswith("I") or image.mode == "F":
        return Image.fromarray(_scaled_to_bytes(np.asarray(image)))
    return image.convert({"1": "L", "La": "LA", "RGBa": "RGBA"}.get(image.mode, "RGB"))


def _scaled_to_bytes(values: NDArray) -> NDArray[np.uint8]:
    """Deep grey values `(H, W)` as bytes; full scale is the least usual one that holds them."""
    if values.dtype == np.uint16 or values.dtype == np.dtype(">u2"):
        return (values >> 8).astype(np.uint8)
    finite = np.nan_to_num(values.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    highest = float(finite.max(initial=0.0))
    usual = (1.0, *_RANGES) if values.dtype.kind == "f" else _RANGES
    scale = next((full for full in usual if highest <= full), highest)
    return np.clip(finite * (255.0 / scale), 0, 255).astype(np.uint8)


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """`image`, in a mode of `to_eight_bits`, as RGB over `NEUTRAL_GREY`.

    Args:
        profile: the ICC profile of the pixels; without one, or with one that is damaged or for
            other pixels, they are taken for sRGB.
    """
    alpha = image.getchannel("A") if image.mode in ("LA", "RGBA") else None
    opaque = image.convert(image.mode[:-1]) if alpha is not None else image
    colours = _through_profile(opaque, profile) if profile else None
    if colours is None and opaque.mode == "LAB":
        colours = _converted(opaque, ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")))
    if colours is None:
        colours = opaque.convert("RGB")
    if alpha is None:
        return colours
    return Image.composite(colours, Image.new("RGB", colours.size, NEUTRAL_GREY), alpha)


def _through_profile(image: Image.Image, profile: bytes) -> Image.Image | None:
    """`image` converted to sRGB, None if that cannot be."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if _COLOUR_SPACES.get(source.profile.xcolor_space) != image.mode:
            return None
        if image.mode == "RGB" and "srgb" in ImageCms.getProfileDescription(source).lower():
            return image
        return _converted(image, source)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


def _converted(image: Image.Image, source: ImageCms.ImageCmsProfile) -> Image.Image | None:
    return ImageCms.profileToProfile(
        image, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
    )
