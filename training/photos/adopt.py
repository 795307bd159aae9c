"""Photographs of 300W-LP or AFLW2000-3D as a set to train with: `lineament-train photos adopt`.

Of these photographs only the 68 landmarks are known. In the set, codes and the points beyond the
landmarks are NaN: a training asks for what the labels say and for nothing else.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.models.protocol import FaceModel
from engine.photo.crop import HEAD_CENTRE, HEAD_MM, Crop, cut
from engine.photo.mean_head import mean_landmarks
from engine.photo.reading import read_photo
from engine.photo.weak_perspective import WeakPerspective
from engine.progress import CancelToken, Progress, ignore_progress
from training.photos.aflw_labels import LabelledPhoto, read_aflw_folder
from training.photos.aflw_source import person_numbers, poses_of_landmarks
from training.photos.photo_set import ABOUT_FILE, IMAGES_FILE, LABELS_FILE

MARGIN = 1.22
"""Side of the photographs over that of a head's crop: rendered heads have as much room."""
SMALLEST_SIZE = 32


@dataclass(frozen=True, slots=True, eq=False)
class AdoptSetting:
    """What an adopted set is like.

    Attributes:
        size: pixels per side of its photographs.
        rows: `(P,)` vertices of the model's template for which it has room among its points, the
            model's landmarks first.
    """

    size: int
    rows: NDArray[np.int64]

    def __post_init__(self) -> None:
        if self.size < SMALLEST_SIZE:
            raise InputError(f"--size must be at least {SMALLEST_SIZE} pixels, got {self.size}.")


def adopt_photos(
    source: Path,
    output: Path,
    model: FaceModel,
    setting: AdoptSetting,
    progress: Progress = ignore_progress,
    cancel: CancelToken | None = None,
) -> int:
    """Write the photographs of `source`, in either set's layout, as a set into `output`.

    Returns:
        how many there are.

    Raises:
        InputError: a file of `source` is missing, damaged or of another layout, the rows do not
            begin with the model's landmarks, or `output` cannot be written or is not empty.
        Cancelled: `cancel` was raised; nothing is left in `output`.
    """
    if not np.array_equal(setting.rows[: len(model.landmarks)], model.landmarks):
        raise InputError(
            "The points of the set do not begin with the landmarks of the face model that ships. "
            "Prepare it again with `lineament-train photos prepare`."
        )
    photos = read_aflw_folder(source, progress=lambda done, text: progress(0.1 * done, text))
    made = [output / name for name in (IMAGES_FILE, LABELS_FILE, ABOUT_FILE)]
    try:
        output.mkdir(parents=True, exist_ok=True)
        if any(output.iterdir()):
            raise InputError(f"{output} is not empty. Name another folder with -o.")
        try:
            _write(photos, output, model, setting, progress, cancel)
            about = {"format": 1, "kind": "aflw", "count": len(photos), "folder": source.name}
            (output / ABOUT_FILE).write_text(json.dumps(about, indent=2), encoding="utf-8")
        except BaseException:
            for file in made:
                file.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InputError(f"{output} cannot be written: {error}. Name another folder.") from error
    return len(photos)


def _write(
    photos: Sequence[LabelledPhoto],
    output: Path,
    model: FaceModel,
    setting: AdoptSetting,
    progress: Progress,
    cancel: CancelToken | None,
) -> None:
    count, size = len(photos), setting.size
    marks = np.stack([photo.landmarks for photo in photos])
    fitted = poses_of_landmarks(mean_landmarks(model), marks)
    images = np.lib.format.open_memmap(output / IMAGES_FILE, "w+", np.uint8, (count, size, size, 3))
    points = np.full((count, len(setting.rows), 2), np.nan, np.float32)
    poses: list[WeakPerspective] = []
    for row, photo in enumerate(photos):
        if cancel is not None:
            cancel.check()
        pose = WeakPerspective(
            fitted.rotations[row], float(fitted.scales[row]), fitted.translations[row]
        )
        crop = wide_head_crop(pose, size)
        images[row] = cut(read_photo(photo.image), crop)
        points[row, : marks.shape[1]] = crop.to_crop(photo.landmarks)
        poses.append(pose.through(crop.matrix))
        done = (row + 1) / count
        progress(0.1 + 0.9 * done, f"Adopting photographs: {row + 1} of {count}")
    images.flush()
    np.savez(
        output / LABELS_FILE,
        codes=np.full((count, sum(part.size for part in model.parts)), np.nan, np.float32),
        rotations=np.stack([pose.rotation for pose in poses]),
        scales=np.array([pose.scale for pose in poses]),
        translations=np.stack([pose.translation for pose in poses]),
        points=points,
        # The sets do not say which landmarks are in sight; NaN is on no image.
        visible=((points >= 0) & (points < size)).all(axis=2),
        people=person_numbers(photos),
        rows=setting.rows,
    )


def wide_head_crop(pose: WeakPerspective, size: int) -> Crop:
    """The square about a head and what is beside it, as the photograph was taken: not turned."""
    factor = size / (MARGIN * HEAD_MM * pose.scale)
    centre = pose.project(HEAD_CENTRE[None])[0]
    shift = size / 2 - factor * centre
    return Crop(np.array([[factor, 0.0, shift[0]], [0.0, factor, shift[1]]]), size)
