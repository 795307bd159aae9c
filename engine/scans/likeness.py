"""Does what lies on the model's face look like a face?

The face is a gently curved shield with relief on it: the nose stands out, the eyes lie deep.
A polynomial takes the shield away, from the model and from the scan; what is left is compared.
A ball or a blob can lie close to a head, but has no such relief. (Degree two would leave the
edge of a cube, which passes for a nose.) And the surfaces must face the same way: a lion, a hand
or a face upside down has something that stands out like a nose, but not the slopes about it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.geometry.registration import OrientedSurface
from engine.geometry.similarity import Similarity
from engine.progress import CancelToken
from engine.scans.head_target import HeadTarget

Floats = NDArray[np.float64]

NEAR_MM = 20.0
"""A point of the face is covered where the scan has a point this near, not on a rim."""
SAME_WAY = 0.3
FEWEST_POINTS = 60
DEGREE = 4


@dataclass(frozen=True, slots=True)
class Likeness:
    """How a placed scan compares with the model's face.

    Attributes:
        relief: Σ h k / max(Σ h², Σ k²) of the reliefs h and k of the two; at most 1.
        rms_mm: root mean square distance over the covered face; infinite where none is.
        covered_share: of the face's points that the scan covers.
        facing: mean cosine between the directions in which the model's face and what lies near
            it face, both averaged over a few mm.
    """

    relief: float
    rms_mm: float
    covered_share: float
    facing: float


def compare_faces(
    target: HeadTarget,
    scan: OrientedSurface,
    similarity: Similarity,
    cancel: CancelToken | None = None,
) -> Likeness:
    """Compare the face of `target` with `scan` as `similarity` (scan → model) places it."""
    wanted = target.face_points
    found, normals, rim = scan.nearest(similarity.inverse().apply(wanted), cancel)
    placed, turned = similarity.apply(found), similarity.directions(normals)
    distances = np.linalg.norm(placed - wanted, axis=1)
    alike = np.einsum("ij,ij->i", turned, target.face_normals) > SAME_WAY
    near = (distances < NEAR_MM) & ~rim
    covered = near & alike
    share = float(covered.mean())
    if np.count_nonzero(covered) < FEWEST_POINTS:
        return Likeness(0.0, float("inf"), share, 0.0)
    rms = float(np.sqrt(np.mean(distances[covered] ** 2)))
    first, second = relief_of(wanted[covered]), relief_of(placed[covered])
    scale = max(float(first @ first), float(second @ second), 1e-12)
    facing = _same_direction(target, turned, near)
    return Likeness(float(first @ second) / scale, rms, share, facing)


def _same_direction(target: HeadTarget, normals: Floats, near: NDArray[np.bool_]) -> float:
    """Mean cosine between the face's normals and `normals` `(K, 3)`, where `near` `(K,)`.

    The mean over neighbours, because the triangles of a noisy scan face anywhere.
    """
    around = target.face_neighbours
    wanted = target.face_normals[around].sum(axis=1)
    found = np.where(near[:, None], normals, 0.0)[around].sum(axis=1)
    lengths = np.linalg.norm(wanted, axis=1) * np.linalg.norm(found, axis=1)
    cosines = np.einsum("ij,ij->i", wanted, found) / np.maximum(lengths, 1e-12)
    return float(cosines[near].mean())


def relief_of(points: Floats) -> Floats:
    """Heights `(N,)` along z of `points` `(N, 3)` over the polynomial in x and y that fits best."""
    middle = points.mean(axis=0)
    x, y, z = ((points - middle) / 50.0).T
    powers = [(i, j) for i in range(DEGREE + 1) for j in range(DEGREE + 1 - i)]
    terms = np.stack([x**i * y**j for i, j in powers], axis=1)
    solved, *_ = np.linalg.lstsq(terms, z, rcond=None)
    heights: Floats = 50.0 * (z - terms @ solved)
    return heights
