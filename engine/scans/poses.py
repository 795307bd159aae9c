"""Many poses at once: where the search for a scan's place begins.

Rotations spread over all there are (Alexa, "Super-Fibonacci spirals", 2022) and the 24 turns of
the axes, at each of a few scales and places.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations, product

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from engine.geometry.similarity import Similarity
from engine.scans.head_target import HeadTarget, NearestGrid

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

SPREAD_ROTATIONS = 400


@dataclass(frozen=True, slots=True, eq=False)
class ScanPoints:
    """Points of a scan in its own unit, with both ways of searching.

    Attributes:
        points, normals: `(N, 3)` float64, in random order.
        grid: nearest points of the scan, in its own unit.
    """

    points: Floats
    normals: Floats
    grid: NearestGrid


@dataclass(frozen=True, slots=True, eq=False)
class Poses:
    """B similarities at once: p → scale · rotation · p + translation.

    Attributes:
        rotations: `(B, 3, 3)`; translations: `(B, 3)` mm; scales: `(B,)`. All float32.
    """

    rotations: Singles
    translations: Singles
    scales: Singles

    def __len__(self) -> int:
        return len(self.scales)

    def __getitem__(self, chosen: NDArray | slice) -> "Poses":
        return Poses(self.rotations[chosen], self.translations[chosen], self.scales[chosen])

    def similarity(self, index: int) -> Similarity:
        rotation = Rotation.from_matrix(self.rotations[index].astype(np.float64)).as_matrix()
        return Similarity(
            rotation, self.translations[index].astype(np.float64), float(self.scales[index])
        )


def poses_of(rotations: NDArray, translations: NDArray, scales: NDArray) -> Poses:
    """Poses of arrays of any float type."""
    return Poses(
        rotations.astype(np.float32), translations.astype(np.float32), scales.astype(np.float32)
    )


def concatenated(parts: Sequence[Poses]) -> Poses:
    return Poses(
        np.concatenate([part.rotations for part in parts]),
        np.concatenate([part.translations for part in parts]),
        np.concatenate([part.scales for part in parts]),
    )


def starting_poses(scan: ScanPoints, target: HeadTarget, scales: Sequence[float]) -> Poses:
    """Every rotation at every scale, in three places each.

    The scan's middle lies at the head's middle or at the face's, or the top of the scan, which
    may have shoulders, at the head's top.
    """
    rotations = all_rotations()
    middle = scan.points.mean(axis=0)
    turned = scan.points[:400] @ rotations.transpose(0, 2, 1)
    parts: list[Poses] = []
    for scale in scales:
        at_middle = -scale * rotations @ middle
        top = np.quantile(scale * turned[:, :, 1], 0.995, axis=1)
        # With shoulders, the middle is too low: what counts is the uppermost head's height.
        head_top = float(target.mesh.vertices[:, 1].max())
        height = head_top - float(target.mesh.vertices[:, 1].min())
        upper = scale * turned[:, :, 1] > (top - 0.8 * height)[:, None]
        weights = upper / np.maximum(upper.sum(axis=1, keepdims=True), 1)
        upper_middle = scale * np.einsum("bn,bnd->bd", weights, turned)
        by_top = target.centre - upper_middle
        by_top[:, 1] = head_top - top
        scaled = np.full(len(rotations), scale)
        shifts = (at_middle + target.centre, at_middle + target.face_centre, by_top)
        parts.extend(poses_of(rotations, shift, scaled) for shift in shifts)
    return concatenated(parts)


def all_rotations() -> Floats:
    """Rotations `(B, 3, 3)`: the 24 turns of the axes, then others spread evenly."""
    spread = Rotation.from_quat(_super_fibonacci(SPREAD_ROTATIONS)).as_matrix()
    return np.concatenate([axis_rotations(), spread])


def axis_rotations() -> Floats:
    """The 24 rotations `(24, 3, 3)` that take axes to axes; the identity first."""
    found = []
    for order in permutations(range(3)):
        for signs in product((1.0, -1.0), repeat=3):
            matrix = np.zeros((3, 3))
            matrix[range(3), order] = signs
            if np.linalg.det(matrix) > 0:
                found.append(matrix)
    return np.stack(found)


def _super_fibonacci(count: int) -> Floats:
    """`count` unit quaternions `(count, 4)` spread over the sphere."""
    root2, psi = np.sqrt(2.0), 1.533751168755204288118041
    place = np.arange(count) + 0.5
    inner, outer = np.sqrt(place / count), np.sqrt(1.0 - place / count)
    alpha, beta = 2 * np.pi * place / root2, 2 * np.pi * place / psi
    return np.stack(
        [
            inner * np.sin(alpha),
            inner * np.cos(alpha),
            outer * np.sin(beta),
            outer * np.cos(beta),
        ],
        axis=1,
    )
