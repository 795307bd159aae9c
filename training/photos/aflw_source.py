"""300W-LP and AFLW2000-3D as a `PhotoSet`: their photographs and landmarks, without codes."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.models.protocol import FaceModel
from engine.photo.crop import Crop, cut
from engine.photo.mean_head import mean_landmarks
from engine.photo.reading import read_photo
from engine.photo.weak_perspective import WeakPerspectives, fit_weak_perspectives
from engine.progress import Progress, ignore_progress
from training.photos.aflw_labels import LabelledPhoto, read_aflw_folder
from training.photos.photo_set import PhotoSet

SIZE = 450
"""Pixels per side of both sets' photographs: at this size they stay as they are."""
_TOGETHER = 1000
"""Poses fitted at once, which bounds the memory that takes."""


def read_aflw(
    folder: Path,
    model: FaceModel,
    size: int = SIZE,
    progress: Progress = ignore_progress,
) -> PhotoSet:
    """The photographs of a folder in either set's layout, for evaluation.

    Their pixels wait in a temporary file that vanishes with the set; to train on the many of
    300W-LP, make a lasting one (`training.photos.adopt`).

    Raises:
        InputError: a file is missing, damaged or of another layout; the message names it.
    """
    photos = read_aflw_folder(folder)
    shape = (len(photos), size, size, 3)
    with tempfile.TemporaryFile() as file:
        images = np.memmap(file, np.uint8, "w+", shape=shape)
    return _filled(photos, images, model, {"kind": "aflw", "folder": folder.name}, progress)


def _filled(
    photos: Sequence[LabelledPhoto],
    images: NDArray[np.uint8],
    model: FaceModel,
    about: dict[str, object],
    progress: Progress,
) -> PhotoSet:
    """`images` `(N, S, S, 3)` filled, with labels.

    A pose is the one under which the mean head's landmarks lie nearest to the marked ones, so it
    is in our model's frame; landmarks on the image count as visible, for the sets do not say
    which are.
    """
    size = images.shape[1]
    points = np.empty((len(photos), len(model.landmarks), 2))
    for row, photo in enumerate(photos):
        pixels = read_photo(photo.image)
        crop = _whole(pixels, size)
        images[row] = pixels if pixels.shape == images.shape[1:] else cut(pixels, crop)
        points[row] = crop.to_crop(photo.landmarks)
        progress((row + 1) / len(photos), f"Reading photographs: {row + 1} of {len(photos)}")
    poses = poses_of_landmarks(mean_landmarks(model), points)
    return PhotoSet(
        images=images,
        codes=np.full((len(photos), sum(part.size for part in model.parts)), np.nan, np.float32),
        rotations=poses.rotations,
        scales=poses.scales,
        translations=poses.translations,
        points=points.astype(np.float32),
        visible=((points >= 0) & (points < size)).all(axis=2),
        people=person_numbers(photos),
        rows=model.landmarks.astype(np.int64),
        about=about,
    )


def person_numbers(photos: Sequence[LabelledPhoto]) -> NDArray[np.int64]:
    """`(N,)`: photographs made from one original have one number."""
    numbers = {name: number for number, name in enumerate(sorted({p.person for p in photos}))}
    return np.array([numbers[photo.person] for photo in photos], np.int64)


def poses_of_landmarks(
    landmarks: NDArray[np.float32], points: NDArray[np.float64]
) -> WeakPerspectives:
    """Under which a head's landmarks `(68, 3)` lie nearest to `points` `(N, 68, 2)`."""
    parts = [
        fit_weak_perspectives(landmarks, points[first : first + _TOGETHER])
        for first in range(0, len(points), _TOGETHER)
    ]
    return WeakPerspectives(
        np.concatenate([part.rotations for part in parts]),
        np.concatenate([part.scales for part in parts]),
        np.concatenate([part.translations for part in parts]),
    )


def _whole(pixels: NDArray[np.uint8], size: int) -> Crop:
    """The crop that shows a whole photograph, centred."""
    height, width = pixels.shape[:2]
    factor = size / max(height, width)
    shift = size / 2 - factor * np.array([width, height]) / 2
    return Crop(np.array([[factor, 0.0, shift[0]], [0.0, factor, shift[1]]]), size)
