"""Where a detector finds the faces of a set of photographs, as a method would be given them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.photo.reconstruction import FoundFace
from engine.photo.weak_perspective import five_points
from engine.progress import CancelToken, Progress, ignore_progress
from training.photos.batches import BOX_ABOVE, DETECTOR_MM
from training.photos.photo_set import PhotoSet

LEAST_OVERLAP = 0.25
"""Of a detector's box and that of the landmarks (intersection over union): less is another face."""
LANDMARKS = 68


class Detector(Protocol):
    """Finds faces in upright pixels `(H, W, 3)`."""

    def find(
        self, pixels: NDArray[np.uint8], cancel: CancelToken | None = None
    ) -> tuple[FoundFace, ...]: ...


@dataclass(frozen=True, slots=True)
class Detections:
    """Faces of some photographs of a set.

    Attributes:
        rows: the photographs' numbers.
        faces: one for each.
        found: whether the detector found it; else `faces` has its true place, jittered.
    """

    rows: tuple[int, ...]
    faces: tuple[FoundFace, ...]
    found: tuple[bool, ...]

    @property
    def missed(self) -> int:
        """How many the detector did not find."""
        return self.found.count(False)


def detect_faces(
    photos: PhotoSet,
    rows: Sequence[int],
    detector: Detector | None,
    seed: int,
    progress: Progress = ignore_progress,
    cancel: CancelToken | None = None,
) -> Detections:
    """The labelled face in each of the photographs `rows`.

    Args:
        detector: None gives every face its true place, jittered as a good detector's.
        seed: of the jitter; a photograph's does not depend on which others are asked for.

    Raises:
        Cancelled: `cancel` was raised.
    """
    faces: list[FoundFace] = []
    found: list[bool] = []
    for index, row in enumerate(rows):
        progress(index / len(rows), f"Detecting, photograph {index + 1} of {len(rows)}")
        if cancel is not None:
            cancel.check()
        landmarks = photos.points[row, :LANDMARKS].astype(np.float64)
        candidates = () if detector is None else detector.find(np.array(photos.images[row]), cancel)
        chosen = nearest_face(candidates, landmarks)
        found.append(chosen is not None)
        if chosen is None:
            chosen = simulated_face(photos, row, seed)
        faces.append(chosen)
    return Detections(tuple(int(row) for row in rows), tuple(faces), tuple(found))


def simulated_face(photos: PhotoSet, row: int, seed: int) -> FoundFace:
    """The true place of photograph `row`, as a good detector might say it."""
    landmarks = photos.points[row, :LANDMARKS].astype(np.float64)
    rng = np.random.default_rng([seed, row])
    return jittered_face(landmarks, float(photos.scales[row]), rng)


def nearest_face(found: Sequence[FoundFace], landmarks: NDArray) -> FoundFace | None:
    """The one of `found` whose box overlaps most with that of `landmarks` `(68, 2)`."""
    if not found:
        return None
    wanted = landmark_box(landmarks)
    overlaps = [_overlap(face.box, wanted) for face in found]
    best = int(np.argmax(overlaps))
    return found[best] if overlaps[best] >= LEAST_OVERLAP else None


def jittered_face(landmarks: NDArray, scale: float, rng: np.random.Generator) -> FoundFace:
    """What a good detector might say of a face with `landmarks` `(68, 2)` at `scale` px per mm."""
    spread = DETECTOR_MM[0] * scale / np.sqrt(2.0)
    points = five_points(landmarks)
    return FoundFace(
        landmark_box(landmarks), points + spread * rng.standard_normal(points.shape), 1.0
    )


def landmark_box(landmarks: NDArray) -> NDArray[np.float64]:
    """The box `(4,)` a detector would draw: about the landmarks and some way above the brows."""
    low, high = np.min(landmarks, axis=0), np.max(landmarks, axis=0)
    above = BOX_ABOVE * (high[1] - low[1])
    return np.array([low[0], low[1] - above, high[0], high[1]], np.float64)


def _overlap(first: NDArray, second: NDArray) -> float:
    """Intersection over union of boxes x0, y0, x1, y1."""
    low, high = np.maximum(first[:2], second[:2]), np.minimum(first[2:], second[2:])
    shared = float(np.prod(np.maximum(high - low, 0.0)))
    areas = [float(np.prod(box[2:] - box[:2])) for box in (first, second)]
    whole = sum(areas) - shared
    return shared / whole if whole > 0 else 0.0
