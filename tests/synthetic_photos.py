"""Photographs of a made-up head whose labels are exact."""

import numpy as np
from scipy.spatial.transform import Rotation

from engine.models.carrier import Carrier, PartCarrier
from engine.models.protocol import PARTS
from training.photos.photo_set import PhotoSet

SIZES = (2, 2, 2, 3, 3)
IDENTITY = sum(SIZES[:4])


def made_up_carrier(seed: int = 0) -> Carrier:
    """A head of 120 vertices, the first 68 of which stand for landmarks."""
    rng = np.random.default_rng(seed)
    rest = (rng.standard_normal((120, 3)) * (40, 45, 30) + (0, 5, 80)).astype(np.float32)
    parts = {
        part: PartCarrier(
            np.arange(120), (4.0 * rng.standard_normal((360, size))).astype(np.float32)
        )
        for part, size in zip(PARTS, SIZES, strict=True)
    }
    return Carrier(rest, parts)


def made_up_photos(
    carrier: Carrier,
    count: int,
    seed: int = 1,
    side: int = 96,
    sizes: tuple[int, ...] = SIZES,
) -> PhotoSet:
    """Photographs in which every fourth point is a bright spot of its own colour."""
    rng = np.random.default_rng(seed)
    rows = np.arange(len(carrier.rest))
    codes = rng.standard_normal((count, sum(sizes))).astype(np.float32)
    vertices = carrier.rest + np.einsum("vdk,nk->nvd", carrier.motion(rows), codes)
    rotations = Rotation.from_euler("yx", rng.normal(0, 12, (count, 2)), degrees=True).as_matrix()
    scales, translations = np.full(count, 0.3), rng.normal(side / 2, 3, (count, 2))
    seen = np.einsum("nij,nvj->nvi", rotations[:, :2] * scales[:, None, None], vertices)
    points = seen * (1, -1) + translations[:, None]
    images = rng.integers(0, 60, (count, side, side, 3)).astype(np.uint8)
    colours = rng.integers(100, 255, (len(rows), 3))
    for image, places in zip(images, np.clip(points, 1, side - 2).astype(int), strict=True):
        for vertex in range(0, len(rows), 4):
            x, y = places[vertex]
            image[y - 1 : y + 2, x - 1 : x + 2] = colours[vertex]
    return PhotoSet(
        images,
        codes,
        rotations,
        scales,
        translations,
        points.astype(np.float32),
        np.ones(points.shape[:2], bool),
        np.arange(count),
        rows,
        {"name": "made up"},
    )
