"""A studio for an analytic head: no data of anybody's is needed to photograph it."""

from functools import cache

import numpy as np

from tests.training.synthetic_head import registered_head
from training.parts.registered import RegisteredFaces
from training.parts.sampler import CodeSampler
from training.photos.rendering.head_mesh import HeadMesh
from training.photos.rendering.points import Places
from training.photos.rendering.studio import Studio, StudioSetting

TALLER = np.array([1.0, 1.5, 1.0], np.float32)
"""Stretches the analytic head until its neck is where a person's is."""


@cache
def tiny_faces() -> RegisteredFaces:
    return registered_head()


@cache
def tiny_mesh() -> HeadMesh:
    """The head; its code widens, stretches, deepens and lifts it, and raises it a little."""
    faces = tiny_faces()
    rest = faces.rest * TALLER
    basis = np.zeros((*rest.shape, 5), np.float32)
    for axis in range(3):
        basis[:, axis, axis] = 0.02 * rest[:, axis]
    basis[:, 1, 3] = 1.0
    basis[:, 1, 4] = 2.0
    kinds = np.zeros(len(rest), np.int64)
    for kind in (1, 2):
        kinds[faces.faces[faces.groups == kind]] = kind
    return HeadMesh(
        rest, basis.reshape(-1, 5), faces.faces.astype(np.int32), kinds, faces.landmarks
    )


def tiny_rows() -> np.ndarray:
    """The landmarks, and vertices all over the skin."""
    skin = np.flatnonzero(tiny_mesh().kinds == 0)
    return np.concatenate([tiny_faces().landmarks, skin[:: len(skin) // 40]])


def tiny_places() -> Places:
    """The landmarks and some more vertices of the head as labels."""
    mesh, rows = tiny_mesh(), tiny_rows()
    return Places(mesh.rest[rows], mesh.basis.reshape(len(mesh.rest), 3, -1)[rows])


def tiny_studio(setting: StudioSetting) -> Studio:
    """A new studio; making it takes a moment."""
    faces = tiny_faces()
    return Studio(tiny_mesh(), CodeSampler(faces), faces.slices, tiny_places(), setting)
