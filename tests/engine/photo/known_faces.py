"""Faces of the synthetic model whose photographs are computed, so that the truth is known."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from engine.models.protocol import PARTS, FaceCode
from engine.photo.near_camera import NearCamera
from engine.photo.observations import PhotoState, PointObservations
from engine.photo.point_basis import PointBasis
from engine.photo.weak_perspective import fit_weak_perspective
from tests.synthetic_model import SyntheticModel

MODEL = SyntheticModel()
SHAPE = PARTS[:4]


def front_rows(count: int = 300) -> NDArray[np.int64]:
    """The landmarks, then vertices of the face's front."""
    vertices = MODEL.template.vertices
    front = np.flatnonzero((vertices[:, 2] > 50) & (np.abs(vertices[:, 1]) < 100))
    rng = np.random.default_rng(9)
    return np.concatenate([MODEL.landmarks, rng.choice(front, count, replace=False)]).astype(
        np.int64
    )


BASIS = PointBasis.of(MODEL, front_rows())


def person(seed: int, expression: float = 0.0) -> FaceCode:
    """A face of the model with an expression of weights up to `expression`."""
    rng = np.random.default_rng(seed)
    code = MODEL.mean_code()
    for part in SHAPE:
        size = len(code.part(part))
        code = code.with_part(part, rng.normal(size=size).clip(-2.5, 2.5).astype(np.float32))
    weights = rng.uniform(0.0, expression, len(code.expression))
    return code.with_part("expression", weights.astype(np.float32))


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """A photograph of points: the camera that took it, the points, and a start from landmarks."""

    camera: NearCamera
    seen: PointObservations
    start: PhotoState


def shoot(code: FaceCode, yaw: float = 0.0, nearness: float = 0.0, noise: float = 0.0) -> Shot:
    """The points of `code` from `yaw` degrees, at 1.6 px per mm, with `noise` px."""
    rotation = Rotation.from_euler("yxz", [yaw, 6.0, -4.0], degrees=True).as_matrix()
    camera = NearCamera(rotation, 1.6, np.array([300.0, 280.0]), nearness, BASIS.rest.mean(axis=0))
    joint = np.concatenate([code.part(part) for part in PARTS])
    pixels = camera.project(BASIS.points(joint))
    pixels += noise * np.random.default_rng(3).normal(size=pixels.shape)
    seen = PointObservations(BASIS, pixels, np.full(len(pixels), max(noise, 0.05)))
    pose = fit_weak_perspective(BASIS.rest[:68], pixels[:68])
    return Shot(camera, seen, PhotoState(np.zeros(len(code.expression)), pose))


def shape_error(found: FaceCode, truth: FaceCode) -> float:
    """Mean distance of two faces' surfaces at rest, mm, laid on each other with their sizes."""
    none = np.zeros_like(truth.expression)
    first, second = (
        MODEL.preview(code.with_part("expression", none))[BASIS.rows].astype(np.float64)
        for code in (found, truth)
    )
    first, second = first - first.mean(0), second - second.mean(0)
    left, lengths, right = np.linalg.svd(first.T @ second)
    laid = (first @ left @ right) * (lengths.sum() / (first**2).sum())
    return float(np.linalg.norm(laid - second, axis=1).mean())
