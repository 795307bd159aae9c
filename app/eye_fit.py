"""Where the eyeball's surface really is: not a sphere, for the cornea bulges."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from engine.models.protocol import Eye

ORDER = 3
OUTLIER_MM = 0.45
FEWEST = 30

LID_MM = (0.35, 0.8)
"""Skin this far above the eyeball is a lid: between the two it begins to cover what is below."""

LID_REACH_MM = 8.0
DEPTH_MM = 2.0
"""How far below the eyeball anything under a lid is put, so that it cannot shine through."""


@dataclass(frozen=True, slots=True, eq=False)
class EyeballFit:
    """The eyeball's radius as a polynomial of the direction, less that of the sphere.

    Attributes:
        coefficients: of the monomials of `_monomials`.
        lower, upper: ends of the offsets seen, mm; beyond the data a polynomial runs away.
        around: `(M, 3)` unit directions of the surface's vertices about the eye, lids too.
        heights: `(M,)` mm of those vertices above the eyeball.
    """

    coefficients: NDArray[np.float64]
    lower: float
    upper: float
    around: NDArray[np.float64]
    heights: NDArray[np.float64]

    def depths(self, directions: NDArray) -> NDArray[np.float64]:
        """How far below the eyeball, in mm, something lies that a lid covers; 0 in the open."""
        if not len(self.around):
            return np.zeros(len(directions))
        distances, rows = KDTree(self.around).query(directions, k=min(3, len(self.around)))
        weights = 1.0 / np.maximum(np.atleast_2d(distances), 1e-3)
        near = self.heights[np.atleast_2d(rows)]
        height = (weights * near).sum(axis=1) / weights.sum(axis=1)
        low, high = LID_MM
        return np.asarray(DEPTH_MM * np.clip((height - low) / (high - low), 0.0, 1.0))

    def offsets(self, directions: NDArray) -> NDArray[np.float64]:
        """How far outside the sphere, in mm, the eyeball is in unit `directions` `(P, 3)`."""
        values = _monomials(directions) @ self.coefficients
        return np.asarray(np.clip(values, self.lower, self.upper))


SPHERE = EyeballFit(
    np.zeros((ORDER + 1) * (ORDER + 2) // 2), 0.0, 0.0, np.empty((0, 3)), np.empty(0)
)
"""What is known of an eyeball of which nothing is seen."""


def fit_eyeball(vertices: NDArray, normals: NDArray, eye: Eye) -> EyeballFit:
    """Fit the eyeball's visible points, and see which of the surface `(V, 3)` covers it."""
    shown, lengths = _from_centre(eye.points, eye)
    offsets = lengths - eye.radius
    kept = np.ones(len(shown), dtype=np.bool_)
    for _ in range(3):
        if kept.sum() < FEWEST:
            return SPHERE
        monomials = _monomials(shown)
        solution, *_ = np.linalg.lstsq(monomials[kept], offsets[kept], rcond=None)
        kept = np.abs(monomials @ solution - offsets) < OUTLIER_MM
    lower, upper = float(offsets[kept].min()), float(offsets[kept].max())
    near = np.abs(vertices - eye.centre).max(axis=1) < eye.radius + LID_REACH_MM
    around, reach = _from_centre(vertices[near], eye)
    heights = reach - eye.radius - np.clip(_monomials(around) @ solution, lower, upper)
    outer = np.einsum("ij,ij->i", around, normals[near]) > 0.0
    outer &= (heights > -1.0) & (heights < LID_REACH_MM)
    return EyeballFit(np.asarray(solution), lower, upper, around[outer], np.asarray(heights[outer]))


def _from_centre(points: NDArray, eye: Eye) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Unit directions `(N, 3)` and distances `(N,)` of points from the eye's centre."""
    arms = points.astype(np.float64) - eye.centre
    lengths = np.linalg.norm(arms, axis=1)
    return arms / np.maximum(lengths, 1e-9)[:, None], lengths


def _monomials(directions: NDArray) -> NDArray[np.float64]:
    """x^i y^j with i + j ≤ ORDER, `(P, K)`; the back of the eye is never asked for."""
    x, y = directions[:, 0], directions[:, 1]
    return np.stack(
        [x**i * y**j for i in range(ORDER + 1) for j in range(ORDER + 1 - i)], axis=1
    ).astype(np.float64)
