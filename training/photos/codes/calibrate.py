"""Measures how refined shapes err: `lineament-train photos calibrate`.

A network's codes are drawn towards the mean, and its points err as its codes do. On photographs of
known people, which it was not trained on, this can be measured, and then be undone
(`engine.photo.person_shape`).
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.editing.mirror import Mirror
from engine.errors import InputError
from engine.models.parts_model import PartsModel
from engine.models.protocol import PARTS
from engine.photo.codes_method import CodesMethod
from engine.photo.person_shape import PersonShape
from engine.photo.point_basis import joint_code
from engine.photo.reconstruction import FoundFace, PhotoFace
from engine.progress import CancelToken, Progress, ignore_progress
from engine.weights import WeightsHeader, load_weights, save_weights
from training.photos.codes.export import KIND
from training.photos.detections import simulated_face
from training.photos.photo_set import PhotoSet

SEED = 7
ABOUT = "calibrated_on"


def measure_person_shape(
    method: CodesMethod,
    sets: Sequence[PhotoSet],
    model: PartsModel,
    progress: Progress = ignore_progress,
    cancel: CancelToken | None = None,
) -> PersonShape:
    """What `method` makes of every photograph by itself, next to the truth; mirrored, it shows
    another person.

    Args:
        sets: photographs in which `photos detect` found the face are given as it was found.

    Raises:
        InputError: photographs without codes, or nobody has two.
        Cancelled: `cancel` was raised.
    """
    if not all(np.isfinite(photos.codes).all() for photos in sets):
        raise InputError(
            "The photographs do not say whose face they show. Give a set that was rendered "
            "(lineament-train photos prepare)."
        )
    mirror = Mirror(model).matrix(PARTS[:-1])
    shape = len(mirror)
    found: list[NDArray] = []
    places = [(photos, row) for photos in sets for row in range(len(photos))]
    for number, (photos, row) in enumerate(places):
        progress(number / len(places), f"Photograph {number + 1} of {len(places)}")
        if cancel is not None:
            cancel.check()
        face = PhotoFace(np.array(photos.images[row]), _found(photos, row))
        found.append(joint_code(method.refined_alone(face))[:shape])
    shapes = np.array(found)
    truth = np.concatenate([photos.codes[:, :shape] for photos in sets]).astype(np.float64)
    people = _numbered(sets)
    return PersonShape.measured(
        np.concatenate([shapes, shapes @ mirror.T]),
        np.concatenate([truth, truth @ mirror.T]),
        np.concatenate([people, people + people.max() + 1]),
    )


def _numbered(sets: Sequence[PhotoSet]) -> NDArray[np.int64]:
    """Whose face each photograph of all sets shows; no two sets share a person."""
    people, first = [], 0
    for photos in sets:
        _, own = np.unique(photos.people, return_inverse=True)
        people.append(own + first)
        first += int(own.max()) + 1
    return np.concatenate(people)


def _found(photos: PhotoSet, row: int) -> FoundFace:
    """The face as the detector found it, or its true place as a good one would."""
    simulated, detected = simulated_face(photos, row, SEED), photos.detected
    if detected is None or not np.isfinite(detected.points[row]).all():
        return simulated
    return replace(simulated, points=detected.points[row].astype(np.float64))


def calibrate(
    file: Path,
    sets: Sequence[PhotoSet],
    model: PartsModel,
    progress: Progress = ignore_progress,
    cancel: CancelToken | None = None,
) -> None:
    """Measure the weights of codes in `file` and write into them what was found.

    Raises:
        WeightsError: they are missing, damaged or of another model.
    """
    method = CodesMethod(file, model)
    measured = measure_person_shape(method, sets, model, progress, cancel)
    weights = load_weights(file, KIND)
    header = weights.header
    about = {**header.training, ABOUT: [dict(photos.about) for photos in sets]}
    save_weights(
        file,
        {**weights.tensors, **measured.tensors()},
        WeightsHeader(header.kind, header.config, about, header.metrics),
    )
