"""What light, cameras and hands do to a crop: changes of colour, blur, noise, covered pieces."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

GAIN = 0.25
"""Deviation of the logarithm of a whole image's brightness; a third of it for each colour."""
GAMMA = 0.25
GREY = 0.1
"""Share of images without colour."""
NOISE = 8.0
"""Largest deviation of a sensor's noise, grey levels."""
COVERED = 0.3
"""Share of images a piece of which is covered."""


def change_colours(images: Tensor, rng: np.random.Generator) -> Tensor:
    """`images` `(B, S, S, 3)` in 0 to 255, changed each in its own way."""
    count, size = images.shape[0], images.shape[1]

    def draw(deviation: float, width: int) -> Tensor:
        values = np.exp(deviation * rng.standard_normal((count, 1, 1, width)))
        return torch.from_numpy(values.astype(np.float32))

    changed = (images / 255.0).clamp(1e-4, 1.0) ** draw(GAMMA, 1)
    changed = changed * draw(GAIN, 1) * draw(GAIN / 3, 3)
    middle = changed.mean(dim=(1, 2, 3), keepdim=True)
    changed = (changed - middle) * draw(0.2, 1) + middle
    grey = torch.from_numpy(rng.random(count) < GREY)[:, None, None, None]
    changed = torch.where(grey, changed.mean(dim=3, keepdim=True).expand_as(changed), changed)
    changed = _blurred(changed, rng)
    level = torch.from_numpy((rng.random((count, 1, 1, 1)) ** 2).astype(np.float32)) * NOISE / 255.0
    seed = torch.Generator().manual_seed(int(rng.integers(2**31)))
    changed = changed + level * torch.randn(changed.shape, generator=seed)
    changed = changed.clamp(0.0, 1.0) * 255.0
    for index in np.flatnonzero(rng.random(count) < COVERED):
        side = rng.integers(size // 10, size // 3, 2)
        x, y = (int(rng.integers(0, size - s)) for s in side)
        colour = torch.from_numpy(rng.uniform(0, 255, 3).astype(np.float32))
        changed[index, y : y + side[1], x : x + side[0]] = colour
    return changed


def _blurred(images: Tensor, rng: np.random.Generator) -> Tensor:
    """A third of the images at half their resolution or less and back."""
    small = np.flatnonzero(rng.random(len(images)) < 1 / 3)
    if not len(small):
        return images
    size = images.shape[1]
    coarse = int(rng.integers(size // 3, size))
    rows = torch.from_numpy(small)
    part = images[rows].permute(0, 3, 1, 2)
    part = F.interpolate(part, size=coarse, mode="bilinear", antialias=True)
    part = F.interpolate(part, size=size, mode="bilinear").permute(0, 2, 3, 1)
    changed = images.clone()
    changed[rows] = part
    return changed
