"""Measures how refined shapes err: `lineament-train photos calibrate`.

A network's codes are drawn towards the mean, and its points err as its codes do. On photographs of
known people, which it was not trained on, this can be measured, and then be undone
(`engine.photo.person_shape`).
"""

from pathlib import Path

import numpy as np

from engine.errors import InputError
from engine.models.parts_model import PartsModel
from engine.photo.codes_method import CodesMethod
from engine.photo.person_shape import PersonShape
from engine.photo.point_basis import joint_code
from engine.photo.reconstruction import FoundFace, PhotoFace
from engine.progress import CancelToken, Progress, ignore_progress
from engine.weights import WeightsHeader, load_weights, save_weights
from training.photos.codes.export import KIND
from training.photos.detections import LANDMARKS, jittered_face, landmark_box
from training.photos.photo_set import PhotoSet

SEED = 7
ABOUT = "calibrated_on"


def measure_person_shape(
    method: CodesMethod,
    photos: PhotoSet,
    shape: int,
    progress: Progress = ignore_progress,
    cancel: CancelToken | None = None,
) -> PersonShape:
    """What `method` makes of every photograph by itself, next to the truth.

    Args:
        photos: those in which `photos detect` found the face are given as it was found.
        shape: leading coordinates of the joint code that are shape.

    Raises:
        InputError: photographs without codes, or nobody has two.
        Cancelled: `cancel` was raised.
    """
    if not np.isfinite(photos.codes).all():
        raise InputError(
            "The photographs do not say whose face they show. Give a set that was rendered "
            "(lineament-train photos prepare)."
        )
    rows = range(len(photos))
    found = []
    for row in rows:
        progress(row / len(rows), f"Photograph {row + 1} of {len(rows)}")
        if cancel is not None:
            cancel.check()
        face = PhotoFace(np.array(photos.images[row]), _found(photos, row))
        code = method.refined_alone(face)
        found.append(joint_code(code)[:shape])
    return PersonShape.measured(np.array(found), photos.codes[:, :shape], photos.people)


def _found(photos: PhotoSet, row: int) -> FoundFace:
    """The face as the detector found it, or its true place as a good one would."""
    landmarks = photos.points[row, :LANDMARKS].astype(np.float64)
    detected = photos.detected
    if detected is not None and np.isfinite(detected.points[row]).all():
        points = detected.points[row].astype(np.float64)
        return FoundFace(landmark_box(landmarks), points, 1.0)
    rng = np.random.default_rng([SEED, row])
    return jittered_face(landmarks, float(photos.scales[row]), rng)


def calibrate(
    file: Path,
    photos: PhotoSet,
    model: PartsModel,
    shape: int,
    progress: Progress = ignore_progress,
    cancel: CancelToken | None = None,
) -> None:
    """Measure the weights of codes in `file` and write into them what was found.

    Raises:
        WeightsError: they are missing, damaged or of another model.
    """
    method = CodesMethod(file, model)
    measured = measure_person_shape(method, photos, shape, progress, cancel)
    weights = load_weights(file, KIND)
    header = weights.header
    about = {**header.training, ABOUT: dict(photos.about)}
    save_weights(
        file,
        {**weights.tensors, **measured.tensors()},
        WeightsHeader(header.kind, header.config, about, header.metrics),
    )
