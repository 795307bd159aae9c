"""Turning, moving and scaling: the maps that keep a shape, and the best one between points."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.geometry.array_checks import require_points
from engine.geometry.mesh import frozen

Points = TypeVar("Points", NDArray[np.float32], NDArray[np.float64])

ORTHONORMAL = 1e-4
"""How far a rotation's rows may be from unit length and right angles."""


@dataclass(frozen=True, slots=True, eq=False)
class Similarity:
    """The map p → scale · rotation · p + translation.

    Attributes:
        rotation: `(3, 3)` float64, orthonormal, determinant 1.
        translation: `(3,)` float64, in the target's unit (mm).
        scale: above zero.

    Raises:
        InputError: not a proper rotation, or something not finite.
    """

    rotation: NDArray[np.float64]
    translation: NDArray[np.float64]
    scale: float = 1.0

    def __post_init__(self) -> None:
        rotation, translation = np.asarray(self.rotation), np.asarray(self.translation)
        if rotation.shape != (3, 3) or translation.shape != (3,):
            raise InputError(
                "A similarity needs a rotation (3, 3) and a translation (3,), "
                f"got {rotation.shape} and {translation.shape}."
            )
        finite = np.isfinite(rotation).all() and np.isfinite(translation).all()
        if not finite or not np.isfinite(self.scale) or self.scale <= 0:
            raise InputError(
                f"A similarity needs finite numbers and a scale above zero, got {self.scale}."
            )
        skew = np.abs(rotation @ rotation.T - np.eye(3)).max()
        if skew > ORTHONORMAL or np.linalg.det(rotation) < 0:
            raise InputError(
                f"The rotation of a similarity must be a proper one, but R Rᵀ is {skew:.2g} from "
                f"the identity and the determinant is {np.linalg.det(rotation):.3f}."
            )
        object.__setattr__(self, "rotation", frozen(rotation, np.float64))
        object.__setattr__(self, "translation", frozen(translation, np.float64))
        object.__setattr__(self, "scale", float(self.scale))

    @staticmethod
    def identity() -> "Similarity":
        return Similarity(np.eye(3), np.zeros(3), 1.0)

    @staticmethod
    def scaling(scale: float) -> "Similarity":
        """Scales about the origin and does nothing else."""
        return Similarity(np.eye(3), np.zeros(3), scale)

    def apply(self, points: Points) -> Points:
        """The images of `points` `(N, 3)`, in their own dtype."""
        exact = np.asarray(points, np.float64) @ (self.scale * self.rotation.T) + self.translation
        return exact.astype(points.dtype, copy=False)

    def directions(self, vectors: Points) -> Points:
        """`vectors` `(N, 3)` turned and neither moved nor scaled."""
        turned = np.asarray(vectors, np.float64) @ self.rotation.T
        return turned.astype(vectors.dtype, copy=False)

    def inverse(self) -> "Similarity":
        back = self.rotation.T
        return Similarity(back, -(back @ self.translation) / self.scale, 1.0 / self.scale)

    def after(self, first: "Similarity") -> "Similarity":
        """This map after `first`: p → self(first(p))."""
        return Similarity(
            _orthonormal(self.rotation @ first.rotation),
            self.scale * (self.rotation @ first.translation) + self.translation,
            self.scale * first.scale,
        )

    def to_json(self) -> dict[str, object]:
        """A plain dictionary for JSON; `from_json` reads it."""
        return {
            "rotation": self.rotation.tolist(),
            "translation": self.translation.tolist(),
            "scale": self.scale,
        }

    @staticmethod
    def from_json(plain: Mapping[str, object]) -> "Similarity":
        """The similarity that `to_json` wrote.

        Raises:
            InputError: an entry is missing or not what it should be.
        """
        try:
            rotation = np.array(plain["rotation"], np.float64)
            translation = np.array(plain["translation"], np.float64)
            scale = float(np.array(plain["scale"], np.float64))
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                "A similarity is written as rotation (3 rows of 3), translation (3) and scale; "
                f"this one could not be read ({error})."
            ) from error
        return Similarity(rotation, translation, scale)


def fit_similarity(
    source: NDArray,
    target: NDArray,
    weights: NDArray | None = None,
    with_scale: bool = True,
) -> Similarity:
    """The similarity that takes `source` `(N, 3)` to `target` `(N, 3)` with least squares.

    Umeyama, "Least-squares estimation of transformation parameters between two point patterns",
    1991. With `with_scale` off, the scale is 1.

    Args:
        source, target: points that belong together, row by row; three at least, not on a line.
        weights: `(N,)`, not negative; all alike where None.
        with_scale: whether the scale is free.

    Raises:
        InputError: other shapes, fewer than three points, or points on a line.
    """
    first, second = require_points(source), require_points(target)
    share = _shares(weights, len(first))
    if len(first) != len(second) or len(first) < 3:
        raise InputError(
            f"An alignment needs three pairs of points or more, got {len(first)} and {len(second)}."
        )
    first_centre, second_centre = share @ first, share @ second
    centred, wanted = first - first_centre, second - second_centre
    spread = float(share @ np.einsum("ij,ij->i", centred, centred))
    left, singular, right = np.linalg.svd((wanted * share[:, None]).T @ centred)
    # Both clouds need two directions of their own, or the turn about a line is anyone's guess.
    if spread <= 0 or singular[1] <= 1e-9 * singular[0] or singular[0] <= 0:
        raise InputError(
            "The points of an alignment must not all lie on one line. Pick points that are "
            "spread over the face."
        )
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(left) * np.linalg.det(right)) or 1.0])
    rotation = _orthonormal((left * signs) @ right)
    scale = float(signs @ singular) / spread if with_scale else 1.0
    if scale <= 0:
        raise InputError("The two sets of points are mirror images; no similarity joins them.")
    return Similarity(rotation, second_centre - scale * (rotation @ first_centre), scale)


def _shares(weights: NDArray | None, count: int) -> NDArray[np.float64]:
    if weights is None:
        return np.full(count, 1.0 / max(count, 1))
    values = np.asarray(weights, np.float64)
    valid = values.shape == (count,) and np.isfinite(values).all() and (values >= 0).all()
    if not valid or values.sum() <= 0:
        raise InputError(
            f"Expected {count} weights, none below zero and not all zero, got {values.shape}."
        )
    return values / values.sum()


def _orthonormal(rotation: NDArray[np.float64]) -> NDArray[np.float64]:
    """The nearest orthonormal matrix, so that long chains of products do not drift."""
    left, _, right = np.linalg.svd(rotation)
    nearest: NDArray[np.float64] = left @ right
    return nearest
