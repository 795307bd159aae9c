"""Batches of crops from a set of photographs, as a detector would have cut them."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from engine.errors import InputError
from engine.networks.backbones import normalised_images
from engine.photo.crop import HEAD_CENTRE, HEAD_MM
from engine.photo.weak_perspective import FIVE_POINTS, WeakPerspectives, fit_weak_perspectives
from training.photos.colour_changes import change_colours
from training.photos.photo_set import PhotoSet

Array = NDArray[np.float64]

DETECTOR_MM = (2.0, 4.0)
"""Deviations of a detector's points on a good day and on a bad one, as distances on the head."""
BAD_DAYS = 0.25
REAL = 0.7
"""How often a detector's own points are taken, where it was asked of a photograph."""
REAL_JITTER_MM = 1.0
"""Deviation added to them: a detector's points change with the size of the picture."""
BOX_ABOVE = 0.22
"""How far a detector's box reaches above the brows, as a share of the landmarks' height."""
BOX_JITTER = 0.05
"""Deviation of a box's corners, as a share of its side."""


@dataclass(frozen=True, slots=True, eq=False)
class PhotoBatch:
    """B crops of S × S pixels; float32 tensors, places in pixels of the crop.

    Attributes:
        images: `(B, 3, S, S)` as `normalised_images` makes them.
        five: `(B, 5, 2)` a detector's points.
        codes: `(B, K)`.
        rotations `(B, 3, 3)`, scales `(B,)`, translations `(B, 2)`: the true pose.
        start_rotations, start_scales, start_translations: of the mean head fitted to `five`.
        points: `(B, P, 2)`; visible: `(B, P)` bool.
    """

    images: Tensor
    five: Tensor
    codes: Tensor
    rotations: Tensor
    scales: Tensor
    translations: Tensor
    start_rotations: Tensor
    start_scales: Tensor
    start_translations: Tensor
    points: Tensor
    visible: Tensor

    def to(self, device: torch.device) -> "PhotoBatch":
        return PhotoBatch(**{name: getattr(self, name).to(device) for name in self.__slots__})


class CropBatches:
    """Draws `PhotoBatch`es.

    Args:
        photos: the set; rows: the photographs to draw from.
        mean_landmarks: `(68, 3)` of the mean head, mm.
        size: S.
        kind: `head` cuts by the pose of the mean head (`engine.photo.crop.head_crop`), `box` by a
            detector's box widened (`box_crop`).
        augment: colours change, pieces are covered, and the detector has bad days, or says what
            it really said of a photograph; without it it makes its good days' errors.
    """

    def __init__(
        self,
        photos: PhotoSet,
        rows: NDArray[np.integer],
        mean_landmarks: NDArray,
        size: int,
        kind: Literal["head", "box"] = "head",
        augment: bool = True,
    ) -> None:
        if len(rows) == 0:
            raise InputError("There are no photographs to draw from. Prepare more of them.")
        self.photos, self.rows, self.size, self.kind = photos, np.asarray(rows), size, kind
        self.augment = augment
        self._five = np.stack([mean_landmarks[list(group)].mean(0) for group in FIVE_POINTS])

    def draw(self, count: int, rng: np.random.Generator) -> PhotoBatch:
        """`count` random crops."""
        return self.take(rng.choice(self.rows, count), rng)

    def take(self, chosen: NDArray[np.integer], rng: np.random.Generator) -> PhotoBatch:
        """Crops of the photographs `chosen`."""
        photos = self.photos
        found = self._detect(chosen, rng)
        start = fit_weak_perspectives(self._five, found)
        matrices = (
            self._boxes(chosen, rng) if self.kind == "box" else _head_matrices(start, self.size)
        )
        # The images lie in the order of their numbers on disk.
        order = np.argsort(chosen)
        pixels = np.empty((len(chosen), *photos.images.shape[1:]), np.uint8)
        pixels[order] = photos.images[chosen[order]]
        images = cut_batch(torch.from_numpy(pixels), matrices, self.size)
        if self.augment:
            images = change_colours(images, rng)
        true = WeakPerspectives(
            photos.rotations[chosen], photos.scales[chosen], photos.translations[chosen]
        )
        placed, started = _through(true, matrices), _through(start, matrices)
        return PhotoBatch(
            normalised_images(images),
            _tensor(_mapped(found, matrices)),
            torch.from_numpy(photos.codes[chosen]),
            _tensor(placed.rotations),
            _tensor(placed.scales),
            _tensor(placed.translations),
            _tensor(started.rotations),
            _tensor(started.scales),
            _tensor(started.translations),
            _tensor(_mapped(photos.points[chosen].astype(np.float64), matrices)),
            torch.from_numpy(photos.visible[chosen]),
        )

    def _detect(self, chosen: NDArray[np.integer], rng: np.random.Generator) -> Array:
        landmarks = self.photos.points[chosen, :68].astype(np.float64)
        five = np.stack([landmarks[:, list(group)].mean(1) for group in FIVE_POINTS], axis=1)
        good, bad = DETECTOR_MM
        share = BAD_DAYS if self.augment else 0.0
        spread = np.where(rng.random(len(chosen)) < share, bad, good) * self.photos.scales[chosen]
        noise: Array = rng.standard_normal(five.shape) * (spread / np.sqrt(2.0))[:, None, None]
        if not self.augment or self.photos.detected is None:
            return five + noise
        points = self.photos.detected.points[chosen].astype(np.float64)
        real = np.isfinite(points).all((1, 2)) & (rng.random(len(chosen)) < REAL)
        jitter = REAL_JITTER_MM / spread * self.photos.scales[chosen]
        return np.where(real[:, None, None], points + noise * jitter[:, None, None], five + noise)

    def _boxes(self, chosen: NDArray[np.integer], rng: np.random.Generator) -> Array:
        landmarks = self.photos.points[chosen, :68].astype(np.float64)
        low, high = landmarks.min(1), landmarks.max(1)
        low[:, 1] -= BOX_ABOVE * (high - low)[:, 1]
        side = (high - low).max(1, keepdims=True)
        low += rng.standard_normal(low.shape) * BOX_JITTER * side
        high += rng.standard_normal(high.shape) * BOX_JITTER * side
        factor = self.size / (1.1 * (high - low).max(1))
        linear = factor[:, None, None] * np.eye(2)
        shift = self.size / 2 - factor[:, None] * (low + high) / 2
        return np.concatenate([linear, shift[:, :, None]], axis=2)


def cut_batch(pixels: Tensor, matrices: Array, size: int) -> Tensor:
    """Crops `(B, size, size, 3)` float 0 to 255 of `pixels` `(B, H, W, 3)` uint8 by similarities
    `(B, 2, 3)` from the image's pixels to the crop's."""
    height, width = pixels.shape[1:3]
    back = np.linalg.inv(matrices[:, :, :2])
    offset = -np.einsum("bij,bj->bi", back, matrices[:, :, 2])
    # grid_sample counts from -1 to 1 across the image, pixels' edges included.
    middle = np.full(2, size / 2)
    scale = 2.0 / np.array([width, height])
    theta = np.concatenate(
        [
            back * (size / 2) * scale[:, None],
            ((back @ middle + offset) * scale - 1.0)[:, :, None],
        ],
        axis=2,
    )
    grid = F.affine_grid(_tensor(theta), [len(pixels), 3, size, size], align_corners=False)
    images = pixels.permute(0, 3, 1, 2).float()
    return F.grid_sample(images, grid, align_corners=False).permute(0, 2, 3, 1)


def _head_matrices(pose: WeakPerspectives, size: int) -> Array:
    """`engine.photo.crop.head_crop` for a batch, `(B, 2, 3)`."""
    turned = (pose.rotations @ HEAD_CENTRE)[:, :2] * (1.0, -1.0)
    centre = pose.translations + pose.scales[:, None] * turned
    up = pose.rotations[:, :2, 1]
    roll = np.where(np.hypot(up[:, 0], up[:, 1]) > 0.2, np.arctan2(up[:, 0], up[:, 1]), 0.0)
    factor = size / (HEAD_MM * pose.scales)
    cosine, sine = factor * np.cos(roll), factor * np.sin(roll)
    linear = np.stack([np.stack([cosine, sine], 1), np.stack([-sine, cosine], 1)], axis=1)
    shift = size / 2 - np.einsum("bij,bj->bi", linear, centre)
    return np.concatenate([linear, shift[:, :, None]], axis=2)


def _through(pose: WeakPerspectives, matrices: Array) -> WeakPerspectives:
    """`WeakPerspective.through` for a batch."""
    linear = matrices[:, :, :2]
    factor = np.sqrt(np.linalg.det(linear))
    turn = np.tile(np.eye(3), (len(linear), 1, 1))
    down = np.diag([1.0, -1.0])
    turn[:, :2, :2] = down @ (linear / factor[:, None, None]) @ down
    moved = np.einsum("bij,bj->bi", linear, pose.translations) + matrices[:, :, 2]
    return WeakPerspectives(turn @ pose.rotations, pose.scales * factor, moved)


def _mapped(pixels: Array, matrices: Array) -> Array:
    mapped: Array = np.einsum("bij,bnj->bni", matrices[:, :, :2], pixels) + matrices[:, None, :, 2]
    return mapped


def _tensor(array: Array) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(array, np.float32))
