"""Figures of one photo method on a set of labelled photographs."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields

import numpy as np

from engine.errors import InputError
from engine.evaluation.photo_metrics import (
    LandmarkErrors,
    SurfaceFigures,
    landmark_errors,
    surface_figures,
)
from engine.models.protocol import FaceCode
from engine.photo.reconstruction import PhotoFace, PhotoMethod, Reconstruction
from engine.progress import CancelToken, Progress, ignore_progress
from training.photos.detections import LANDMARKS, Detections
from training.photos.face_truth import FaceTruth, true_pose
from training.photos.photo_set import PhotoSet


@dataclass(frozen=True, slots=True)
class EvaluationSettings:
    """How figures are taken.

    Attributes:
        samples: points on each surface; mover_samples: those of the earth mover's distance.
        seed: of the points.
    """

    samples: int = 10_000
    mover_samples: int = 1_024
    seed: int = 0


@dataclass(frozen=True, slots=True)
class PhotoFigures:
    """One photograph.

    Attributes:
        row: its number; yaw: degrees, of the true pose; found: by the detector.
        expression: the largest weight of an expression, None where the truth has no codes.
        landmarks: errors in the image; surface: of the face, None where the truth has none.
        seconds: of the reconstruction, detection not included.
    """

    row: int
    yaw: float
    expression: float | None
    found: bool
    landmarks: LandmarkErrors
    surface: SurfaceFigures | None
    seconds: float


@dataclass(frozen=True, slots=True)
class MethodFigures:
    """A method on a set.

    Attributes:
        name, title: the method's; megabytes: of its weights.
        photos: figures of the photographs it managed.
        codes: the codes it found by photograph, where it finds codes.
        failures: what it said of the others, by photograph.
    """

    name: str
    title: str
    megabytes: float
    photos: tuple[PhotoFigures, ...]
    codes: dict[int, FaceCode] = field(default_factory=dict)
    failures: dict[int, str] = field(default_factory=dict)


def evaluate_method(
    method: PhotoMethod,
    megabytes: float,
    photos: PhotoSet,
    detections: Detections,
    truth: FaceTruth,
    settings: EvaluationSettings,
    progress: Progress = ignore_progress,
    cancel: CancelToken | None = None,
) -> MethodFigures:
    """`method` on every photograph of `detections`; one that it cannot do is kept as a failure.

    Raises:
        Cancelled: `cancel` was raised.
    """
    figures: list[PhotoFigures] = []
    codes: dict[int, FaceCode] = {}
    failures: dict[int, str] = {}
    _warm_up(method, photos, detections)
    count = len(detections.rows)
    triples = zip(detections.rows, detections.faces, detections.found, strict=True)
    for index, (row, found, was_found) in enumerate(triples):
        progress(index / count, f"{method.title}, photograph {index + 1} of {count}")
        if cancel is not None:
            cancel.check()
        try:
            result = method.reconstruct(PhotoFace(np.array(photos.images[row]), found))
            figures.append(_measure(result, photos, row, was_found, truth, settings))
        except InputError as error:
            failures[row] = str(error)
            continue
        if result.code is not None:
            codes[row] = result.code
    return MethodFigures(method.name, method.title, megabytes, tuple(figures), codes, failures)


def _warm_up(method: PhotoMethod, photos: PhotoSet, detections: Detections) -> None:
    """The first call pays for loading and compiling, which is not the method's time."""
    pixels = np.array(photos.images[detections.rows[0]])
    try:
        method.reconstruct(PhotoFace(pixels, detections.faces[0]))
    except InputError:
        return  # the evaluation itself keeps the reason


def _measure(
    result: Reconstruction,
    photos: PhotoSet,
    row: int,
    found: bool,
    truth: FaceTruth,
    settings: EvaluationSettings,
) -> PhotoFigures:
    pose, code = true_pose(photos, row), truth.code(photos, row)
    surface, expression = None, None
    if code is not None:
        expression = float(np.abs(code.expression).max(initial=0.0))
        surface = surface_figures(
            truth.compared(result, code, pose),
            truth.surface(code, pose),
            truth.units,
            # The same points of the truth for every method.
            np.random.default_rng([settings.seed, row]),
            settings.samples,
            settings.mover_samples,
        )
    landmarks = landmark_errors(result.landmarks, photos.points[row, :LANDMARKS])
    yaw = pose.angles()[0]
    return PhotoFigures(row, yaw, expression, found, landmarks, surface, result.seconds)


def sampling_floor(
    photos: PhotoSet, rows: tuple[int, ...], truth: FaceTruth, settings: EvaluationSettings
) -> SurfaceFigures | None:
    """What the true faces themselves measure against other points of theirs: the best there is."""
    found = []
    for row in rows:
        code = truth.code(photos, row)
        if code is None:
            continue
        surface = truth.surface(code, true_pose(photos, row))
        rng = np.random.default_rng([settings.seed, row])
        counts = settings.samples, settings.mover_samples
        found.append(surface_figures(surface, surface, truth.units, rng, *counts))
    return mean_surface(found)


def mean_surface(surfaces: Sequence[SurfaceFigures]) -> SurfaceFigures | None:
    """The mean of each figure, None of no surface."""
    if not surfaces:
        return None
    return SurfaceFigures(
        **{
            entry.name: float(np.mean([getattr(surface, entry.name) for surface in surfaces]))
            for entry in fields(SurfaceFigures)
        }
    )


@dataclass(frozen=True, slots=True)
class MeanFigures:
    """Means over photographs; None where no photograph has such figures.

    Attributes:
        photos: how many; failed: how many more the method could not do.
        nme, nme_inner: in percent of the face's size.
        surface: means of `SurfaceFigures`.
        milliseconds: median of a reconstruction, detection not included.
    """

    photos: int
    failed: int
    nme: float | None
    nme_inner: float | None
    surface: SurfaceFigures | None
    milliseconds: float | None


def mean_figures(figures: MethodFigures, photos: tuple[PhotoFigures, ...]) -> MeanFigures:
    """Means over `photos`, some of those of `figures`."""
    if not photos:
        return MeanFigures(0, len(figures.failures), None, None, None, None)
    return MeanFigures(
        len(photos),
        len(figures.failures),
        100.0 * float(np.mean([entry.landmarks.all_points for entry in photos])),
        100.0 * float(np.mean([entry.landmarks.inner_points for entry in photos])),
        mean_surface([entry.surface for entry in photos if entry.surface is not None]),
        1000.0 * float(np.median([entry.seconds for entry in photos])),
    )
