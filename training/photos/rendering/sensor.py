"""What a camera makes of light: exposure, white balance, blur, noise, and JPEG."""

import io

import numpy as np
from numba import njit
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]

NOISE_BANK = 1 << 18
CURVE, CURVE_END = 4096, 3.0


class Sensor:
    """Takes photographs of `(S, S, 3)` linear light."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng([seed, 78])
        self._noise = rng.standard_normal(NOISE_BANK, np.float32)

    def expose(self, light: Floats, face_light: float, rng: np.random.Generator) -> Pixels:
        """The photograph `(S, S, 3)` of a scene whose face is as bright as `face_light`."""
        # Cameras expose for the whole picture too, so that dark skin stays darker.
        wanted = rng.uniform(0.12, 0.42) * (face_light / 0.2) ** 0.35
        balance = np.exp(rng.normal(0, 0.05, 3)) * (wanted / max(face_light, 1e-4))
        curve = tone_curve(
            gamma=rng.uniform(2.0, 2.5), contrast=rng.normal(1, 0.12), offset=rng.normal(0, 0.03)
        )
        grey = rng.random() < 0.1
        saturation = 0.0 if grey else rng.uniform(0.55, 1.35) if rng.random() < 0.4 else 1.0
        encoded = develop(light, balance.astype(np.float32), curve, np.float32(saturation))
        image = Image.fromarray(encoded)
        image = _blur(image, rng)
        image = self._add_noise(image, rng)
        return np.asarray(_compress(image, rng))

    def _add_noise(self, image: Image.Image, rng: np.random.Generator) -> Image.Image:
        sigma = float(rng.exponential(2.2))
        if sigma < 0.6:
            return image
        pixels = np.asarray(image, np.float32)
        channels = pixels.shape[2] if rng.random() < 0.6 else 1
        count = pixels.shape[0] * pixels.shape[1] * channels
        start = int(rng.integers(0, NOISE_BANK - count))
        noise = self._noise[start : start + count].reshape(*pixels.shape[:2], channels)
        return Image.fromarray(_bytes((pixels + min(sigma, 14.0) * noise) / 255))


def tone_curve(gamma: float, contrast: float, offset: float) -> Floats:
    """The encoded value `(CURVE,)` in [0, 255] of each linear value from 0 to `CURVE_END`."""
    linear = np.linspace(0, CURVE_END, CURVE)
    # Highlights roll off instead of being cut.
    rolled = np.where(linear > 0.7, 0.7 + 0.3 * np.tanh((linear - 0.7) / 0.6), linear)
    encoded = (rolled ** (1 / gamma) - 0.45) * contrast + 0.45 + offset
    return np.asarray(255 * encoded, np.float32)


@njit(cache=True, fastmath=True, nogil=True)
def develop(light: Floats, balance: Floats, curve: Floats, saturation: np.float32) -> Pixels:
    """Encode `light` `(H, W, 3)`: white balance, tone curve, saturation."""
    height, width, _ = light.shape
    pixels = np.empty((height, width, 3), np.uint8)
    last, step = len(curve) - 1, np.float32((len(curve) - 1) / CURVE_END)
    value = np.empty(3, np.float32)
    for row in range(height):
        for column in range(width):
            grey = np.float32(0)
            for channel in range(3):
                place = light[row, column, channel] * balance[channel] * step
                value[channel] = curve[min(max(int(place), 0), last)]
                grey += value[channel] / np.float32(3)
            for channel in range(3):
                mixed = grey + saturation * (value[channel] - grey)
                pixels[row, column, channel] = min(max(int(mixed), 0), 255)
    return pixels


def _bytes(values: NDArray) -> Pixels:
    return (np.clip(values, 0, 1) * 255 + 0.5).astype(np.uint8)


def _blur(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    draw = rng.random()
    if draw < 0.35:
        return image.filter(ImageFilter.GaussianBlur(float(rng.uniform(0.3, 1.6))))
    if draw < 0.55:
        small = int(image.width * rng.uniform(0.35, 0.9))
        kind = Image.Resampling.BICUBIC if rng.random() < 0.5 else Image.Resampling.BILINEAR
        return image.resize((small, small), kind).resize(image.size, kind)
    if draw < 0.62:
        return image.filter(ImageFilter.UnsharpMask(1.2, int(rng.integers(30, 140)), 0))
    return image


def _compress(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    if rng.random() < 0.25:
        return image
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=int(rng.integers(22, 97)))
    return Image.open(stream).convert("RGB")
