"""Whether a photo method learns whose face it is: errors without pose and expression."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.evaluation.photo_metrics import rank_one, shape_distance, shape_likeness
from engine.models.protocol import FaceCode
from engine.photo.methods import PersonMethod
from engine.photo.reconstruction import PhotoFace, PhotoMethod
from engine.progress import CancelToken, Progress, ignore_progress
from training.photos.detections import Detections
from training.photos.face_truth import FaceTruth
from training.photos.photo_set import PhotoSet

Array = NDArray[np.float64]

GALLERY = 20
TOGETHER = 3
"""Photographs of one person that are reconstructed together."""
RANKING_POINTS = 1_500
"""Vertices of the face region by which faces are ranked."""


@dataclass(frozen=True, slots=True)
class IdentityFigures:
    """Means over cases: photographs, or groups of photographs of one person.

    Attributes:
        photos_each: photographs behind each reconstruction.
        cases: how many; people: how many different ones.
        error_mm: mean vertex distance of the neutral face after rigid alignment, without scale;
            mean_error_mm: the same of the mean face.
        first_by_likeness: share in percent of the cases in which the right person of `gallery`
            is most alike (`shape_likeness`); first_by_distance: nearest (`shape_distance`).
        gallery: people among whom the right one is sought.
    """

    photos_each: int
    cases: int
    people: int
    error_mm: float
    mean_error_mm: float
    first_by_likeness: float
    first_by_distance: float
    gallery: int

    @property
    def reduction(self) -> float:
        """By how many percent the error is below the mean face's."""
        return 100.0 * (1.0 - self.error_mm / self.mean_error_mm)


@dataclass(frozen=True, slots=True, eq=False)
class IdentityCase:
    """A reconstructed neutral face `(R, 3)` mm and whose it should be."""

    person: int
    shape: Array


def single_cases(
    photos: PhotoSet, codes: Mapping[int, FaceCode], truth: FaceTruth
) -> list[IdentityCase]:
    """A case for each photograph whose `codes` were found."""
    return [
        IdentityCase(int(photos.people[row]), truth.neutral(code)) for row, code in codes.items()
    ]


def joint_cases(
    method: PhotoMethod,
    photos: PhotoSet,
    detections: Detections,
    truth: FaceTruth,
    progress: Progress = ignore_progress,
    cancel: CancelToken | None = None,
) -> list[IdentityCase]:
    """A case for each `TOGETHER` photographs of one person; none if the method cannot join them.

    Raises:
        Cancelled: `cancel` was raised.
    """
    if not isinstance(method, PersonMethod):
        return []
    cases: list[IdentityCase] = []
    groups = _groups(photos, detections)
    for index, (person, members) in enumerate(groups):
        progress(index / len(groups), f"{method.title}, person {index + 1} of {len(groups)}")
        if cancel is not None:
            cancel.check()
        faces = [
            PhotoFace(np.array(photos.images[detections.rows[k]]), detections.faces[k])
            for k in members
        ]
        try:
            results = method.reconstruct_person(faces)
        except InputError:
            continue  # counted: the number of cases is part of the figures
        code = results[0].code
        if code is not None:
            cases.append(IdentityCase(person, truth.neutral(code)))
    return cases


def _groups(photos: PhotoSet, detections: Detections) -> list[tuple[int, list[int]]]:
    """People with places in `detections` of as many of their photographs as go together."""
    places: dict[int, list[int]] = {}
    for place, row in enumerate(detections.rows):
        places.setdefault(int(photos.people[row]), []).append(place)
    return [
        (person, members[start : start + TOGETHER])
        for person, members in places.items()
        for start in range(0, len(members) - TOGETHER + 1, TOGETHER)
    ]


class Gallery:
    """The true neutral faces of a set's people.

    Args:
        rows: photographs whose people are in it.
        seed: of who else stands in a line-up, and of the vertices that rank.
    """

    def __init__(self, photos: PhotoSet, rows: Sequence[int], truth: FaceTruth, seed: int) -> None:
        self._mean, self._seed = truth.mean, seed
        count = min(RANKING_POINTS, len(self._mean))
        rng = np.random.default_rng(seed)
        self._points = np.sort(rng.choice(len(self._mean), count, replace=False))
        self._faces: dict[int, Array] = {}
        for row in rows:
            person = int(photos.people[row])
            code = truth.code(photos, row) if person not in self._faces else None
            if code is not None:
                self._faces[person] = truth.neutral(code)

    def __len__(self) -> int:
        return len(self._faces)

    def figures(self, cases: Sequence[IdentityCase], photos_each: int) -> IdentityFigures | None:
        """The figures of `cases`, None if there is none whose person is known."""
        known = [case for case in cases if case.person in self._faces]
        if not known:
            return None
        errors = [shape_distance(case.shape, self._faces[case.person]) for case in known]
        plain = [shape_distance(self._mean, self._faces[case.person]) for case in known]
        ranked = [self._rank(case, number) for number, case in enumerate(known)]
        return IdentityFigures(
            photos_each,
            len(known),
            len({case.person for case in known}),
            float(np.mean(errors)),
            float(np.mean(plain)),
            100.0 * float(np.mean([alike for alike, _ in ranked])),
            100.0 * float(np.mean([near for _, near in ranked])),
            min(GALLERY, len(self)),
        )

    def _rank(self, case: IdentityCase, number: int) -> tuple[bool, bool]:
        """Whether the right person is first in a line-up, by likeness and by distance."""
        others = sorted(set(self._faces) - {case.person})
        rng = np.random.default_rng([self._seed, number])
        chosen = rng.permutation(len(others))[: GALLERY - 1]
        line = [case.person, *(others[k] for k in chosen)]
        shape, mean = case.shape[self._points], self._mean[self._points]
        faces = [self._faces[person][self._points] for person in line]
        alike = [shape_likeness(shape, face, mean) for face in faces]
        near = [-shape_distance(shape, face) for face in faces]
        return rank_one(alike, 0), rank_one(near, 0)
