"""The camera of a photograph: weak perspective, from model space in mm to pixels.

Pixels have their origin at the top left of the upright image, x to the right and y down; a pixel's
centre lies at half numbers. The model's y is up, z towards the viewer.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from engine.errors import InputError
from engine.geometry.mesh import frozen

Array = NDArray[np.float64]

FIVE_POINTS = ((36, 37, 38, 39, 40, 41), (42, 43, 44, 45, 46, 47), (30,), (48,), (54,))
"""Landmarks whose means are the detector's points: the eye on the image's left, the one on its
right, the nose's tip and the mouth's corners, left first."""
_DOWN = np.array([1.0, -1.0, 1.0])
_YAWS = (-75.0, -40.0, 0.0, 40.0, 75.0)
"""Degrees from which a pose is sought."""
_UPRIGHT = (0.2, 0.45)
"""Pulls against yaw and pitch, as shares of the points' spread over the root of their number. Five
points that lie almost in one plane say little of pitch, and a smile or a long nose easily passes
for a nod: a head's features deviate by a tenth of their spread, its pitch by a quarter radian."""
_ITERATIONS = 25
_LARGEST_STEP, _SMALLEST_STEP = 0.5, 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class WeakPerspective:
    """The map X → translation + scale · diag(1, -1) · (rotation X)₁₂.

    Attributes:
        rotation: `(3, 3)` float64, from the model's frame to the viewer's.
        scale: pixels per mm, above zero.
        translation: `(2,)` float64, where the model's origin appears, px.

    Raises:
        InputError: not finite, or no rotation.
    """

    rotation: Array
    scale: float
    translation: Array

    def __post_init__(self) -> None:
        rotation = np.asarray(self.rotation, np.float64)
        translation = np.asarray(self.translation, np.float64)
        if rotation.shape != (3, 3) or translation.shape != (2,):
            raise InputError(
                "A pose needs a rotation (3, 3) and a translation (2,), "
                f"got {rotation.shape} and {translation.shape}."
            )
        finite = np.isfinite(rotation).all() and np.isfinite(translation).all()
        if not finite or not np.isfinite(self.scale) or self.scale <= 0:
            raise InputError(f"A pose needs finite numbers and a scale above zero, got {self}.")
        if np.abs(rotation @ rotation.T - np.eye(3)).max() > 1e-4:
            raise InputError("The rotation of a pose must be orthonormal.")
        object.__setattr__(self, "rotation", frozen(rotation, np.float64))
        object.__setattr__(self, "translation", frozen(translation, np.float64))
        object.__setattr__(self, "scale", float(self.scale))

    def project(self, points: NDArray) -> Array:
        """Pixels `(N, 2)` of points `(N, 3)` in mm."""
        return self.to_camera(points)[:, :2]

    def to_camera(self, points: NDArray) -> Array:
        """Camera coordinates `(N, 3)`: x and y in pixels as `project`, z towards the viewer in
        pixels too, zero at the model's origin."""
        turned = np.asarray(points, np.float64) @ self.rotation.T
        camera: Array = turned * (self.scale * _DOWN)
        camera[:, :2] += self.translation
        return camera

    def to_model(self, camera: NDArray) -> Array:
        """Points `(N, 3)` in mm from camera coordinates; the inverse of `to_camera`."""
        points = np.array(camera, np.float64)
        points[:, :2] -= self.translation
        model: Array = (points / (self.scale * _DOWN)) @ self.rotation
        return model

    def through(self, matrix: NDArray) -> "WeakPerspective":
        """The camera of an image to which the similarity `matrix` `(2, 3)` maps the pixels."""
        linear = np.asarray(matrix, np.float64)[:, :2]
        factor = float(np.sqrt(np.linalg.det(linear)))
        turn = np.eye(3)
        turn[:2, :2] = linear / factor
        # The similarity turns pixels, whose y is down; the rotation acts where y is up.
        turn = np.diag(_DOWN) @ turn @ np.diag(_DOWN)
        moved = linear @ self.translation + np.asarray(matrix, np.float64)[:, 2]
        return WeakPerspective(turn @ self.rotation, self.scale * factor, moved)

    def angles(self) -> tuple[float, float, float]:
        """Yaw, pitch and roll in degrees: turns about y, x and z, in that order of application."""
        yaw, pitch, roll = Rotation.from_matrix(self.rotation).as_euler("yxz", degrees=True)
        return float(yaw), float(pitch), float(roll)


def five_points(landmarks: NDArray) -> Array:
    """The detector's points `(5, D)` from the 68 landmarks `(68, D)`."""
    return np.stack(
        [np.asarray(landmarks, np.float64)[list(group)].mean(0) for group in FIVE_POINTS]
    )


@dataclass(frozen=True, slots=True, eq=False)
class WeakPerspectives:
    """Cameras of B images: rotations `(B, 3, 3)`, scales `(B,)`, translations `(B, 2)`."""

    rotations: Array
    scales: Array
    translations: Array

    def one(self, image: int) -> WeakPerspective:
        """The camera of one image."""
        scale = float(self.scales[image])
        return WeakPerspective(self.rotations[image], scale, self.translations[image])


def fit_weak_perspective(
    points: NDArray, pixels: NDArray, weights: NDArray | None = None
) -> WeakPerspective:
    """The camera under which `points` `(N, 3)` appear nearest to `pixels` `(N, 2)`.

    Args:
        weights: `(N,)`, not negative; all equal if None.

    Raises:
        InputError: fewer than four points, shapes that differ, or nothing to tell a pose from.
    """
    return fit_weak_perspectives(points, np.asarray(pixels, np.float64)[None], weights).one(0)


def fit_weak_perspectives(
    points: NDArray, pixels: NDArray, weights: NDArray | None = None
) -> WeakPerspectives:
    """`fit_weak_perspective` for B images `pixels` `(B, N, 2)` at once.

    Gauss–Newton on a rotation and the logarithm of the scale from several yaws; the best
    translation is the one between the centroids.
    """
    model, seen = np.asarray(points, np.float64), np.asarray(pixels, np.float64)
    _check_points(model, seen)
    share = np.ones(len(model)) if weights is None else np.asarray(weights, np.float64)
    share = share / max(float(share.sum()), 1e-12)
    centre, middle = share @ model, np.einsum("n,bnd->bd", share, seen)
    # Lengths in units of the points' spread, y up.
    size = np.sqrt(share @ ((model - centre) ** 2).sum(1))
    spread = np.sqrt(np.einsum("n,bnd->b", share, (seen - middle[:, None]) ** 2))
    if not np.isfinite(spread).all() or spread.min() < 1e-6 or size < 1e-6:
        raise InputError("The points lie in one place. Mark the face again.")
    shape = (model - centre) / size
    flat = (seen - middle[:, None]) / spread[:, None, None] * _DOWN[:2]
    count = len(seen)
    starts = Rotation.from_euler("y", np.array(_YAWS)[:, None], degrees=True).as_matrix()
    rotations = np.tile(starts, (count, 1, 1))
    scales = np.ones(len(rotations))
    wanted = np.repeat(flat, len(_YAWS), axis=0)
    for _ in range(_ITERATIONS):
        miss, slope = _misses(shape, wanted, share, rotations, scales)
        normal = np.einsum("mij,mik->mjk", slope, slope) + 1e-6 * np.eye(4)
        step = -np.linalg.solve(normal, np.einsum("mij,mi->mj", slope, miss)[..., None])[..., 0]
        step *= np.minimum(1.0, _LARGEST_STEP / np.maximum(np.linalg.norm(step, axis=1), 1e-12))[
            :, None
        ]
        rotations = _turns(step[:, :3]) @ rotations
        scales = scales * np.exp(step[:, 3])
        if np.abs(step).max() < _SMALLEST_STEP:
            break
    miss, _ = _misses(shape, wanted, share, rotations, scales)
    best = (miss**2).sum(1).reshape(count, -1).argmin(1) + np.arange(count) * len(_YAWS)
    rotation, scale = rotations[best], scales[best] * spread / size
    offset = np.einsum("bij,j->bi", rotation, centre)[:, :2] * _DOWN[:2]
    return WeakPerspectives(rotation, scale, middle - scale[:, None] * offset)


def _turns(vectors: Array) -> Array:
    """Rotation matrices `(M, 3, 3)` of rotation vectors `(M, 3)`, by Rodrigues; SciPy's take ten
    times as long for so few."""
    angle = np.linalg.norm(vectors, axis=1)[:, None, None]
    x, y, z = vectors.T
    none = np.zeros_like(x)
    cross = np.stack([none, -z, y, z, none, -x, -y, x, none], axis=1).reshape(-1, 3, 3)
    first = np.sinc(angle / np.pi)
    second = 0.5 * np.sinc(0.5 * angle / np.pi) ** 2
    turns: Array = np.eye(3) + first * cross + second * (cross @ cross)
    return turns


def _misses(
    shape: Array, wanted: Array, share: Array, rotations: Array, scales: Array
) -> tuple[Array, Array]:
    """Residuals `(M, 2 N + 2)` and their slopes `(M, 2 N + 2, 4)` in a turn and the log scale."""
    turned = np.einsum("mij,nj->mni", rotations, shape) * scales[:, None, None]
    x, y, z = np.moveaxis(turned, 2, 0)
    none = np.zeros_like(x)
    root = np.sqrt(share)[:, None]
    miss = (turned[..., :2] - wanted) * root
    # w × p for a small turn w, then p itself for the scale.
    slope_x = np.stack([none, z, -y, x], axis=2)
    slope_y = np.stack([-z, none, x, y], axis=2)
    slope = np.stack([slope_x, slope_y], axis=2) * root[None, :, :, None]
    view = rotations[:, :, 2]
    weight_x, weight_y = np.array(_UPRIGHT) / np.sqrt(len(shape))
    pull = view[:, :2] * (weight_x, weight_y)
    nothing = np.zeros(len(view))
    pull_x = np.stack([nothing, view[:, 2], -view[:, 1], nothing], axis=1) * weight_x
    pull_y = np.stack([-view[:, 2], nothing, view[:, 0], nothing], axis=1) * weight_y
    count = len(rotations)
    return (
        np.concatenate([miss.reshape(count, -1), pull], axis=1),
        np.concatenate([slope.reshape(count, -1, 4), np.stack([pull_x, pull_y], axis=1)], axis=1),
    )


def _check_points(model: Array, seen: Array) -> None:
    if model.ndim != 2 or model.shape[1] != 3 or seen.shape[1:] != (len(model), 2):
        raise InputError(
            f"A pose needs points (N, 3) with pixels (N, 2), got {model.shape} and "
            f"{seen.shape[1:]}."
        )
    if len(model) < 4:
        raise InputError(f"A pose needs at least four points, got {len(model)}.")
