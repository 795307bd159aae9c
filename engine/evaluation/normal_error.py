"""How far the normals of one surface are from those of another: what chamfer distance and F-score
do not see of a rough or folded mesh."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from engine.errors import InputError
from engine.evaluation.photo_metrics import depth_between
from engine.geometry.mesh import Mesh
from engine.geometry.normals import face_normals
from engine.geometry.sampling import sample_surface


def normal_error(
    surface: Mesh, truth: Mesh, rng: np.random.Generator, samples: int = 5_000
) -> float:
    """Mean angle in degrees between the normals of `surface` at points drawn evenly on it and those
    of `truth` at its nearest of as many points, and the converse; 180 where a face is turned over.

    Both are in the camera's frame, whose z is the line of sight, and `surface` slides along it
    first, as for `surface_figures`.

    Raises:
        InputError: one of them has no surface, or there is no sample.
    """
    if samples < 1:
        raise InputError(f"Normals need at least one sample, got {samples}.")
    here, there = sample_surface(surface, samples, rng), sample_surface(truth, samples, rng)
    slid = here.points + np.array([0.0, 0.0, depth_between(here.points, there.points)])
    own = face_normals(surface.vertices, surface.faces)[here.faces]
    true = face_normals(truth.vertices, truth.faces)[there.faces]
    forward = _angles(own, true[cKDTree(there.points).query(slid)[1]])
    backward = _angles(true, own[cKDTree(slid).query(there.points)[1]])
    return 0.5 * float(forward.mean() + backward.mean())


def _angles(first: NDArray, second: NDArray) -> NDArray[np.float64]:
    """Between unit vectors `(N, 3)`, degrees."""
    cosines = (first.astype(np.float64) * second).sum(1).clip(-1.0, 1.0)
    return np.degrees(np.arccos(cosines))
