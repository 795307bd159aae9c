"""The mean head posed on a detector's five points: no network, and what every figure stands
beside."""

import time

import numpy as np
from numpy.typing import NDArray

from engine.models.protocol import FaceModel
from engine.photo.near_camera import NearCamera
from engine.photo.reconstruction import FoundFace, PhotoFace, Reconstruction
from engine.photo.weak_perspective import WeakPerspective, fit_weak_perspectives, five_points
from engine.progress import CancelToken, Progress, ignore_progress


def pose_mean_head(model: FaceModel, found: FoundFace) -> WeakPerspective:
    """The camera under which the mean head's five points appear nearest to those found."""
    return pose_mean_heads(model, found.points[None])[0]


def pose_mean_heads(model: FaceModel, points: NDArray) -> list[WeakPerspective]:
    """`pose_mean_head` for several sets of five points `(B, 5, 2)`, in hardly more time."""
    found = fit_weak_perspectives(five_points(mean_landmarks(model)), points)
    return [found.one(image) for image in range(len(points))]


def mean_landmarks(model: FaceModel) -> NDArray[np.float32]:
    """The mean head's landmarks `(68, 3)` mm."""
    landmarks: NDArray[np.float32] = model.template.vertices[model.landmarks]
    return landmarks


class MeanHeadMethod:
    """A `PhotoMethod` whose face is always the mean."""

    name = "mean"
    title = "Mean head"

    def __init__(self, model: FaceModel) -> None:
        self._model = model

    def reconstruct(
        self,
        face: PhotoFace,
        cancel: CancelToken | None = None,
        progress: Progress = ignore_progress,
    ) -> Reconstruction:
        """See `PhotoMethod`."""
        begun = time.perf_counter()
        pose = pose_mean_head(self._model, face.found)
        landmarks = pose.project(mean_landmarks(self._model))
        progress(1.0, "Posing the mean head")
        return Reconstruction(
            self.name,
            NearCamera.of(pose),
            (self._model.template,),
            self._model.mean_code(),
            landmarks,
            np.full(len(landmarks), face.found.confidence),
            time.perf_counter() - begun,
        )
