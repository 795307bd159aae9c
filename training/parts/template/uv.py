"""A seam-free texture map of the template: face in the middle, the neck's ring outside."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from engine.geometry.topology import boundary_loops
from training.parts.template.flatten import (
    Gradients,
    determinants,
    flatten,
    jacobians,
    triangle_gradients,
    tutte_map,
)
from training.parts.template.mirror import WholeSurface
from training.parts.template.template_mesh import Kind

Array = NDArray[np.float64]
Faces = NDArray[np.int64]

MARGIN = 0.02
"""Free border of the unit square; the cap's vertices lie in half of it."""


@dataclass(frozen=True, slots=True)
class UvChoice:
    """What matters to the map: size and weight of places, relative to the face.

    Attributes:
        back, mouth, ears: scale of the scalp and neck, of the mouth's inside, of the ears.
        back_weight, mouth_weight: importance of distortion behind the face, in the mouth.
        rounds: of flattening.
    """

    back: float = 0.5
    mouth: float = 0.35
    ears: float = 0.8
    back_weight: float = 0.04
    mouth_weight: float = 0.01
    rounds: int = 150


@dataclass(frozen=True, slots=True, eq=False)
class UvMap:
    """The map `(V, 2)` and how far the face is distorted.

    Attributes:
        stretch_median, stretch_p95: over the area of the face without the ears, of the
            larger singular value over the smaller.
        area_p95: of the larger of a triangle's magnification over the median and its inverse.
        folds: triangles outside the cap whose image is turned over.
    """

    uv: Array
    stretch_median: float
    stretch_p95: float
    area_p95: float
    folds: int


def unfold(
    surface: WholeSurface, landmarks: Array, ears: NDArray[np.bool_], choice: UvChoice
) -> UvMap:
    """Flatten the head without its neck's cap, symmetrically.

    Args:
        surface: the closed template.
        landmarks: `(68, 3)` mm.
        ears: `(V,)` vertices of the ears.
    """
    open_faces = surface.faces[surface.face_kinds != Kind.CAP]
    front = face_weight(surface.vertices, landmarks)
    scale = choice.back + (1.0 - choice.back) * front
    scale[ears] = choice.ears
    scale[surface.kinds == Kind.MOUTH] = choice.mouth
    scale = scale[open_faces].mean(1)
    weights = choice.back_weight + (1.0 - choice.back_weight) * front[open_faces].mean(1) ** 2
    weights[surface.face_kinds[surface.face_kinds != Kind.CAP] == Kind.MOUTH] = choice.mouth_weight

    used = np.unique(open_faces)
    local = np.full(len(surface.vertices), -1)
    local[used] = np.arange(len(used))
    uv = np.zeros((len(surface.vertices), 2))
    uv[used] = _tutte(surface.vertices[used], local[open_faces])
    uv = 0.5 * (uv + uv[surface.mirror] * (-1.0, 1.0))
    uv = _flatten_half(surface, open_faces, uv, scale, weights, choice.rounds)
    uv = _fit_square(surface, uv, used)
    gradients = triangle_gradients(surface.vertices, open_faces, np.ones(len(open_faces)))
    plain = (front > 0.9) & np.isin(surface.kinds, (Kind.SKIN, Kind.LIPS)) & ~ears
    return _judge(uv, gradients, plain[open_faces].all(1))


def face_weight(vertices: Array, landmarks: Array) -> Array:
    """1 on the face, falling to 0 behind the ears, over the hairline and down the neck, `(V,)`."""
    ear, chin, brow = landmarks[0], landmarks[8], landmarks[19]
    back = _smooth((vertices[:, 2] - (ear[2] - 50.0)) / 55.0)
    low = _smooth((vertices[:, 1] - (chin[1] - 45.0)) / 45.0)
    high = _smooth((brow[1] + 75.0 - vertices[:, 1]) / 45.0)
    return back * low * high


def _smooth(t: Array) -> Array:
    t = np.clip(t, 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def _tutte(vertices: Array, faces: Faces) -> Array:
    """A first map without folds: the neck's ring on a circle, the front below."""
    ring = boundary_loops(faces)[0]
    ends = vertices[ring]
    length = np.linalg.norm(np.roll(ends, -1, axis=0) - ends, axis=1)
    middle = np.flatnonzero(ends[:, 0] == 0.0)
    front = middle[np.argmax(ends[middle, 2])]
    arc = np.concatenate([[0.0], np.cumsum(length)[:-1]]) / length.sum()
    angle = 2.0 * np.pi * (arc - arc[front]) - 0.5 * np.pi
    return tutte_map(vertices, faces, ring, np.stack([np.cos(angle), np.sin(angle)], axis=1))


def _flatten_half(
    surface: WholeSurface, faces: Faces, uv: Array, scale: Array, weights: Array, rounds: int
) -> Array:
    """Flatten the half with x ≥ 0, its middle line kept on u = 0, and mirror it."""
    half = (faces < surface.half_size).all(1)
    used = np.unique(faces[half])
    local = np.full(len(surface.vertices), -1)
    local[used] = np.arange(len(used))
    own, points = local[faces[half]], surface.vertices[used]
    gradients = triangle_gradients(points, own, scale[half])
    start = uv[used]
    start[points[:, 0] == 0.0, 0] = 0.0
    # Begin at the size that the energy would choose, so that no round is spent on it.
    start *= np.sqrt(1.0 / np.median(determinants(start, gradients)))
    fixed = np.zeros((len(used), 2), dtype=bool)
    fixed[points[:, 0] == 0.0, 0] = True
    fixed[np.argmin(np.abs(start[:, 0]) + np.abs(start[:, 1])), 1] = True
    result = np.zeros_like(uv)
    result[used] = flatten(start, gradients, weights[half], fixed, rounds)
    images = surface.mirror[used]
    result[images] = result[used] * (-1.0, 1.0)
    result[used[points[:, 0] == 0.0], 0] = 0.0
    return result


def _fit_square(surface: WholeSurface, uv: Array, used: NDArray[np.int64]) -> Array:
    """Centre the map in the unit square and tuck the cap's vertices in beside the ring."""
    low, high = uv[used].min(0), uv[used].max(0)
    size = (high - low).max()
    fitted = np.full_like(uv, 0.5)
    inner = 1.0 - 2.0 * MARGIN
    fitted[used] = 0.5 + (uv[used] - (0.0, 0.5 * (low[1] + high[1]))) / size * inner
    cap = np.flatnonzero(surface.kinds == Kind.CAP)
    ring = np.unique(surface.faces[surface.face_kinds == Kind.CAP])
    ring = ring[surface.kinds[ring] != Kind.CAP]
    _, nearest = cKDTree(surface.vertices[ring]).query(surface.vertices[cap])
    beside = fitted[ring[nearest]]
    outward = beside - 0.5
    outward /= np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1e-9)
    fitted[cap] = np.clip(beside + 0.25 * MARGIN * outward, 0.0, 1.0)
    mirrored = fitted[surface.mirror]
    mirrored[:, 0] = 1.0 - mirrored[:, 0]
    fitted[cap] = 0.5 * (fitted[cap] + mirrored[cap])
    return fitted


def _judge(uv: Array, gradients: Gradients, face: NDArray[np.bool_]) -> UvMap:
    values = np.linalg.svd(jacobians(uv, gradients), compute_uv=False)
    determinant = determinants(uv, gradients)
    area = determinant[face] / np.median(determinant[face])
    stretch = values[face, 0] / values[face, 1]
    change = np.maximum(area, 1.0 / np.maximum(area, 1e-9))
    share = gradients.areas[face]
    return UvMap(
        uv,
        _weighted_percentile(stretch, share, 50.0),
        _weighted_percentile(stretch, share, 95.0),
        _weighted_percentile(change, share, 95.0),
        int((determinant <= 0.0).sum()),
    )


def _weighted_percentile(values: Array, weights: Array, percent: float) -> float:
    order = np.argsort(values)
    reached = np.cumsum(weights[order]) / weights.sum()
    return float(values[order][np.searchsorted(reached, percent / 100.0)])
