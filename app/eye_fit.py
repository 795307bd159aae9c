"""Where the eyeball's surface really is: not a sphere, for the cornea bulges."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.models.protocol import Eye

ORDER = 4
BAND_MM = 2.5
"""Vertices this near to the eyeball's sphere, and facing outwards, belong to the eyeball."""

FRONT = 0.55
"""Least cosine with straight ahead; what lies farther back is never seen."""

FACING = 0.80
OUTLIER_MM = 0.45
FEWEST = 40


@dataclass(frozen=True, slots=True, eq=False)
class EyeballFit:
    """The eyeball's radius as a polynomial of the direction, less that of the sphere.

    Attributes:
        coefficients: of the monomials of `_monomials`.
        lower, upper: ends of the offsets seen, mm; beyond the data a polynomial runs away.
    """

    coefficients: NDArray[np.float64]
    lower: float
    upper: float

    def offsets(self, directions: NDArray) -> NDArray[np.float64]:
        """How far outside the sphere, in mm, the eyeball is in unit `directions` `(P, 3)`."""
        values = _monomials(directions) @ self.coefficients
        return np.asarray(np.clip(values, self.lower, self.upper))


SPHERE = EyeballFit(np.zeros((ORDER + 1) * (ORDER + 2) // 2), 0.0, 0.0)
"""What is known of an eyeball of which nothing is seen."""


def fit_eyeball(vertices: NDArray, normals: NDArray, eye: Eye) -> EyeballFit:
    """Fit the surface's vertices `(V, 3)` around `eye`; a plain sphere if the eye is closed."""
    near = np.abs(vertices - eye.centre).max(axis=1) < eye.radius + BAND_MM
    arms = vertices[near] - eye.centre
    lengths = np.linalg.norm(arms, axis=1)
    directions = arms / np.maximum(lengths, 1e-9)[:, None]
    offsets = lengths - eye.radius
    kept = np.abs(offsets) < BAND_MM
    kept &= directions[:, 2] > FRONT
    kept &= np.einsum("ij,ij->i", directions, normals[near]) > FACING
    for _ in range(3):
        if kept.sum() < FEWEST:
            return SPHERE
        monomials = _monomials(directions)
        solution, *_ = np.linalg.lstsq(monomials[kept], offsets[kept], rcond=None)
        residuals = np.abs(monomials @ solution - offsets)
        kept &= residuals < OUTLIER_MM
    if kept.sum() < FEWEST:
        return SPHERE
    seen = offsets[kept]
    return EyeballFit(solution, float(seen.min()), float(seen.max()))


def _monomials(directions: NDArray) -> NDArray[np.float64]:
    """x^i y^j with i + j ≤ ORDER, `(P, K)`; the back of the eye is never asked for."""
    x, y = directions[:, 0], directions[:, 1]
    return np.stack(
        [x**i * y**j for i in range(ORDER + 1) for j in range(ORDER + 1 - i)], axis=1
    ).astype(np.float64)
