"""What is behind a head: gradients, blurred shapes, noise, stripes, spots of light."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Floats = NDArray[np.float32]

BANK = 160
BANK_SIZE = 288
LINEAR = ((np.arange(256) / 255.0) ** 2.2).astype(np.float32)
"""Light of each encoded value."""


class Backgrounds:
    """A bank of random pictures, cut, turned and tinted anew for every photograph."""

    def __init__(self, seed: int, count: int = BANK) -> None:
        self._seed, self._bank = seed, [Image.new("RGB", (0, 0))] * count

    def _backdrop(self, index: int) -> Image.Image:
        """A picture of the bank, drawn when it is first asked for."""
        if not self._bank[index].width:
            rng = np.random.default_rng([self._seed, 77, index])
            self._bank[index] = draw_backdrop(BANK_SIZE, rng)
        return self._bank[index]

    def draw(self, size: int, rng: np.random.Generator) -> Floats:
        """Linear light `(size, size, 3)`."""
        if rng.random() < 0.12:
            plain = np.exp(rng.uniform(np.log(0.01), np.log(1.0))) * np.exp(rng.normal(0, 0.1, 3))
            return np.full((size, size, 3), plain, np.float32)
        picture = self._backdrop(int(rng.integers(len(self._bank))))
        part = int(rng.integers(min(size, 110), BANK_SIZE + 1))
        x, y = (int(place) for place in rng.integers(0, BANK_SIZE - part + 1, 2))
        image = picture.crop((x, y, x + part, y + part))
        image = image.resize((size, size), Image.Resampling.BILINEAR)
        if rng.random() < 0.7:
            image = image.filter(ImageFilter.BoxBlur(float(rng.exponential(2.5))))
        pixels = LINEAR[np.asarray(image)]
        if rng.random() < 0.5:
            pixels = pixels[:, ::-1]
        tint = np.exp(rng.normal(0, 0.12, 3) + rng.normal(-0.3, 0.5)).astype(np.float32)
        return np.ascontiguousarray(pixels * tint)


def draw_backdrop(size: int, rng: np.random.Generator) -> Image.Image:
    """One random picture of `size` px per side."""
    image = Image.fromarray(_gradient(size, rng))
    kind = rng.integers(6)
    if kind in (1, 2, 5):
        _add_shapes(image, rng, int(rng.integers(4, 30)))
    if kind == 3:
        _add_stripes(image, rng)
    if kind in (4, 5):
        image = Image.blend(image, _cloud(size, rng), float(rng.uniform(0.3, 0.9)))
    if rng.random() < 0.3:
        _add_lamps(image, rng)
    return image.filter(ImageFilter.GaussianBlur(float(rng.choice([0.6, 2, 5, 10]))))


def _colour(rng: np.random.Generator) -> tuple[int, int, int]:
    grey = rng.uniform(10, 240)
    r, g, b = np.clip(grey + rng.normal(0, 30, 3), 0, 255).astype(int)
    return int(r), int(g), int(b)


def _gradient(size: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    corners = np.array([[_colour(rng), _colour(rng)], [_colour(rng), _colour(rng)]], np.uint8)
    return np.asarray(Image.fromarray(corners).resize((size, size), Image.Resampling.BICUBIC))


def _add_shapes(image: Image.Image, rng: np.random.Generator, count: int) -> None:
    draw = ImageDraw.Draw(image)
    for _ in range(count):
        x, y = rng.uniform(-0.2, 1.0, 2) * image.width
        wide, high = np.exp(rng.uniform(np.log(0.04), np.log(0.8), 2)) * image.width
        box = (float(x), float(y), float(x + wide), float(y + high))
        kind = rng.integers(3)
        if kind == 0:
            draw.ellipse(box, fill=_colour(rng))
        elif kind == 1:
            draw.rectangle(box, fill=_colour(rng))
        else:
            corners = rng.uniform(0, 1, (4, 2)) * (wide, high) + (x, y)
            draw.polygon([(float(a), float(b)) for a, b in corners], fill=_colour(rng))


def _add_stripes(image: Image.Image, rng: np.random.Generator) -> None:
    draw = ImageDraw.Draw(image)
    step, upright = float(rng.uniform(8, 60)), rng.random() < 0.6
    place, first, second = 0.0, _colour(rng), _colour(rng)
    while place < image.width:
        wide = step * rng.uniform(0.2, 0.8)
        box = (place, 0, place + wide, image.height)
        draw.rectangle(box if upright else (0, place, image.width, place + wide), fill=first)
        first, second = (second, first) if rng.random() < 0.3 else (first, second)
        place += step


def _cloud(size: int, rng: np.random.Generator) -> Image.Image:
    total = np.zeros((size, size, 3), np.float32)
    weight, tint = 0.0, rng.uniform(0, 0.35)
    for cells in (3, 6, 12, 24, 48):
        grey = rng.uniform(0, 255, (cells, cells, 1))
        noise = (grey + tint * (rng.uniform(0, 255, (cells, cells, 3)) - grey)).astype(np.uint8)
        layer = Image.fromarray(noise).resize((size, size), Image.Resampling.BICUBIC)
        share = cells ** -float(rng.uniform(0.2, 0.9))
        total += share * np.asarray(layer, np.float32)
        weight += share
    cloud = np.clip(
        (total / weight - 127) * 1.6 + rng.uniform(40, 200) + rng.normal(0, 18, 3), 0, 255
    )
    return Image.fromarray(cloud.astype(np.uint8))


def _add_lamps(image: Image.Image, rng: np.random.Generator) -> None:
    draw = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(3, 25))):
        x, y = rng.uniform(0, image.width, 2)
        radius = rng.uniform(2, 14)
        box = (float(x - radius), float(y - radius), float(x + radius), float(y + radius))
        bright = rng.uniform(170, 255)
        r, g, b = np.clip(bright + rng.normal(0, 25, 3), 0, 255).astype(int)
        draw.ellipse(box, fill=(int(r), int(g), int(b)))
