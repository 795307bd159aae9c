"""Our own head topology for the spiral autoencoder: the template with fewer vertices."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from engine.errors import InputError
from engine.geometry.decimation import decimate
from engine.models.parted_pose import parted_code
from engine.models.protocol import FaceModel

VERTICES = 6704
"""As many as the BU3DFE set has."""
NOSE_TIP = 30
"""Of the 68 landmarks: the vertex towards which spirals start."""
ON_EYEBALL_MM = 0.5
FACE_MM = (35.0, 70.0)
"""From the nearest landmark: up to here the surface is the face, from here on it is not."""
BEYOND = 0.01
"""Of the cost of a collapse, outside of the face: scalp, neck and the mouth's cavity."""


@dataclass(frozen=True, slots=True, eq=False)
class HeadTopology:
    """A subset of a model's template vertices, closed into a surface of its own.

    Attributes:
        kept: `(V,)` template vertices.
        faces: `(F, 3)` of them.
        landmarks: `(68,)` of them.
        eyeballs: `(N,)` of them on the right and on the left eyeball.
    """

    kept: NDArray[np.int64]
    faces: NDArray[np.int64]
    landmarks: NDArray[np.int64]
    eyeballs: tuple[NDArray[np.int64], NDArray[np.int64]]

    @property
    def reference(self) -> int:
        return int(self.landmarks[NOSE_TIP])


def make_head_topology(model: FaceModel, vertices: int = VERTICES) -> HeadTopology:
    """Decimate the template of `model`; the landmarks stay.

    Raises:
        InputError: it has no more than `vertices` vertices.
    """
    template = model.template
    if len(template.vertices) < vertices:
        raise InputError(
            f"The template has {len(template.vertices)} vertices; {vertices} cannot be chosen."
        )
    parted = model.preview(parted_code(model))
    balls = [_near(template.vertices, eye.points) for eye in model.eyes(model.mean_code())]
    protected = np.unique(np.concatenate([model.landmarks, *balls]))
    importance = face_importance(template.vertices, template.vertices[model.landmarks])
    smaller = decimate(parted, template.faces, vertices, protected, importance)
    landmarks = np.searchsorted(smaller.kept, model.landmarks)
    right, left = (np.searchsorted(smaller.kept, ball) for ball in balls)
    return HeadTopology(smaller.kept, smaller.faces, landmarks, (right, left))


def face_importance(vertices: NDArray, landmarks: NDArray) -> NDArray[np.float64]:
    """`(V,)` 1 on the face, `BEYOND` away from it; in mm, the nearest landmark decides."""
    distance, _ = cKDTree(landmarks).query(vertices)
    share = np.clip((FACE_MM[1] - distance) / (FACE_MM[1] - FACE_MM[0]), 0.0, 1.0)
    importance: NDArray[np.float64] = BEYOND ** (1.0 - share)
    return importance


def _near(vertices: NDArray, points: NDArray) -> NDArray[np.int64]:
    distances, _ = cKDTree(points).query(vertices)
    return np.flatnonzero(distances < ON_EYEBALL_MM)
