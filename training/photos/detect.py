"""What a detector really says of a set's photographs: `lineament-train photos detect`.

A network that is trained from simulated points alone has never seen how a detector fails: at half
profile its points are off by a centimetre, all in one direction.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.progress import CancelToken, Progress, ignore_progress
from training.photos.detections import Detector, detect_faces
from training.photos.photo_set import DETECTIONS_FILE, PhotoSet

BLOCK = 500
"""Photographs between two times that what was found is written."""
SEED = 3


def detect_photos(
    photos: PhotoSet,
    folder: Path,
    count: int,
    detector: Detector,
    progress: Progress = ignore_progress,
    cancel: CancelToken | None = None,
) -> int:
    """Look for the faces of `count` random photographs of the set in `folder`; resumes.

    Returns:
        in how many the face was found.

    Raises:
        Cancelled: `cancel` was raised; what was found is kept.
    """
    order = np.random.default_rng(SEED).permutation(len(photos))[:count]
    tried, points = _known(photos)
    rows = order[~tried[order]]
    for first in range(0, len(rows), BLOCK):
        block = rows[first : first + BLOCK]
        begun = 1.0 - (len(rows) - first) / max(1, len(order))
        share = len(block) / max(1, len(order))

        def show(done: float, text: str, begun: float = begun, share: float = share) -> None:
            progress(begun + share * done, "Detecting")

        found = detect_faces(photos, [int(row) for row in block], detector, SEED, show, cancel)
        tried[block] = True
        for row, face, seen in zip(found.rows, found.faces, found.found, strict=True):
            if seen:
                points[row] = face.points
        _write(folder, tried, points)
    return int(np.isfinite(points[order]).all((1, 2)).sum())


def _known(photos: PhotoSet) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    if photos.detected is None:
        unknown = np.full((len(photos), 5, 2), np.nan, np.float32)
        return np.zeros(len(photos), bool), unknown
    return photos.detected.tried.copy(), photos.detected.points.copy()


def _write(folder: Path, tried: NDArray[np.bool_], points: NDArray[np.float32]) -> None:
    # Under another name until it is whole: a training may read it at any time.
    unfinished = folder / f"unfinished-{DETECTIONS_FILE}"
    with unfinished.open("wb") as file:
        np.savez(file, tried=tried, points=points)
    unfinished.replace(folder / DETECTIONS_FILE)
