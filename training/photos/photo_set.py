"""A set of photographs with labels on disk, as the trainers of the photo networks read it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError

IMAGES_FILE = "images.npy"
LABELS_FILE = "labels.npz"
ABOUT_FILE = "photos.json"
DETECTIONS_FILE = "detections.npz"
LABELS = ("codes", "rotations", "scales", "translations", "points", "visible", "people")


@dataclass(frozen=True, slots=True, eq=False)
class Detected:
    """What a detector said: `tried` `(N,)` bool, and its five points `(N, 5, 2)` float32 px, NaN
    where it was not asked or did not find the face."""

    tried: NDArray[np.bool_]
    points: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class PhotoSet:
    """N photographs of S × S pixels with labels.

    Attributes:
        images: `(N, S, S, 3)` uint8 sRGB, mapped from disk.
        codes: `(N, K)` float32 joint codes in the order of `PARTS`; NaN rows where a source has
            no codes of this model.
        rotations: `(N, 3, 3)`, scales: `(N,)`, translations: `(N, 2)`: float64 weak-perspective
            poses (`engine.photo.weak_perspective`) in pixels of the image, the best fit of the
            true projection of the face.
        points: `(N, P, 2)` float32 px: the 68 landmarks, then the dense points of `rows`,
            truly projected.
        visible: `(N, P)` bool, in sight of the camera and on the image.
        people: `(N,)` int64; photographs with one number show one person.
        rows: `(P,)` int64 vertices of the parts model's template that `points` show.
        about: how the set was made.
        detected: what a detector says of them, if it was asked.
    """

    images: NDArray[np.uint8]
    codes: NDArray[np.float32]
    rotations: NDArray[np.float64]
    scales: NDArray[np.float64]
    translations: NDArray[np.float64]
    points: NDArray[np.float32]
    visible: NDArray[np.bool_]
    people: NDArray[np.int64]
    rows: NDArray[np.int64]
    about: Mapping[str, Any]
    detected: Detected | None = None

    def __len__(self) -> int:
        return len(self.images)


def load_photo_set(folder: Path) -> PhotoSet:
    """Read what `lineament-train photos prepare` wrote.

    Raises:
        InputError: a file is missing, damaged or of another size.
    """
    try:
        about = json.loads((folder / ABOUT_FILE).read_text(encoding="utf-8"))
        images = np.load(folder / IMAGES_FILE, mmap_mode="r", allow_pickle=False)
        with np.load(folder / LABELS_FILE, allow_pickle=False) as data:
            labels = {name: data[name] for name in (*LABELS, "rows")}
    except (OSError, KeyError, ValueError, BadZipFile) as error:
        raise InputError(
            f"{folder} is not a set of photographs ({error}). "
            "Make one with `lineament-train photos prepare`."
        ) from error
    count = len(images)
    for name in LABELS:
        if len(labels[name]) != count:
            raise InputError(
                f"{folder} holds {count} images but {len(labels[name])} rows of {name}. "
                "Make the set again with `lineament-train photos prepare`."
            )
    return PhotoSet(images=images, about=about, **labels, detected=_detected(folder, count))


def _detected(folder: Path, count: int) -> Detected | None:
    file = folder / DETECTIONS_FILE
    if not file.exists():
        return None
    try:
        with np.load(file, allow_pickle=False) as data:
            found = Detected(data["tried"], data["points"])
        if found.tried.shape != (count,) or found.points.shape != (count, 5, 2):
            raise ValueError(f"{found.points.shape} points for {count} photographs")
    except (OSError, KeyError, ValueError, BadZipFile) as error:
        raise InputError(
            f"{file} cannot be used ({error}). Delete it, or make it again with "
            "`lineament-train photos detect`."
        ) from error
    return found
