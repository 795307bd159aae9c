"""One robust Gauss–Newton step in codes and pose together.

With pairs i of residual rᵢ, areas aᵢ and robust weights wᵢ, a step minimises

    ½ Σ ρ aᵢ wᵢ rᵢ(x, T)² / σ² + ½ Σ pₖ (xₖ − cₖ)² + Σ lₖ xₖ        within the ends of x,

the negative logarithm of a posterior: errors of neighbouring points are not independent, so
ρ is how many independent ones there are in a mm²; p, c and l are the priors of the codes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.fitting.box_solver import solve_in_box
from engine.fitting.correspondences import Correspondences
from engine.fitting.surface_basis import SurfaceBasis
from engine.geometry.similarity import Similarity

Floats = NDArray[np.float64]

DENSITY = 0.02
"""Independent points per mm² and direction: errors are alike within some 7 mm."""
POSE_PRECISION = np.array([1e-6, 1e-6, 1e-6, 1e-8, 1e-8, 1e-8, 1e-6])
"""Keeps turns (rad), shifts (mm) and growth finite where a scan does not determine them."""


@dataclass(frozen=True, slots=True, eq=False)
class Prior:
    """½ Σ precision (x − centre)² + Σ push · x over the coordinates `(K,)`."""

    centre: Floats
    precision: Floats
    push: Floats


@dataclass(frozen=True, slots=True)
class StepFreedom:
    """What a step may change: the first `coordinates` of the basis, pose and scale."""

    coordinates: int
    pose: bool
    scale: bool

    @property
    def columns(self) -> list[int]:
        """Which of turn (3), shift (3) and growth (1) are free."""
        return [*range(6 * self.pose), *([6] * self.scale)]


def robust_weights(distances: Floats, scale_mm: Floats | float) -> Floats:
    """Geman–McClure weights `(N,)`: 1 for small distances `(N,)`, fading beyond `scale_mm`.

    Args:
        scale_mm: of all, or `(N,)` of each.
    """
    weights: Floats = (scale_mm**2 / (scale_mm**2 + distances**2)) ** 2
    return weights


def spread_of(residuals: Floats, weights: Floats) -> float:
    """The standard deviation of residuals `(N,)`, from their weighted median size."""
    if not len(residuals):
        return 0.0
    size = np.abs(residuals)
    order = np.argsort(size)
    total = np.cumsum(weights[order])
    return 1.4826 * float(size[order][np.searchsorted(total, 0.5 * total[-1])])


def step(
    basis: SurfaceBasis,
    values: Floats,
    placing: Similarity,
    pairs: Correspondences,
    weights: Floats,
    sigma_mm: float,
    freedom: StepFreedom,
    prior: Prior,
) -> tuple[Floats, Similarity]:
    """Coordinates `(K,)` and scan → model similarity after one step.

    Args:
        values: coordinates `(K,)` at which `pairs` were found.
        weights: `(N,)` robust weight times emphasis of each pair.
    """
    count = freedom.coordinates
    rows = pairs.rows(basis.jacobian[:, :count], len(basis.rest))
    centre = np.average(pairs.targets, axis=0, weights=np.maximum(weights, 1e-12))
    moving = freedom.columns
    pose = _pose_rows(pairs, centre)[:, moving]
    information = DENSITY * pairs.areas * weights / sigma_mm**2
    root = np.sqrt(information)[:, None]
    design = np.concatenate([rows, pose.astype(np.float32)], axis=1) * root.astype(np.float32)
    matrix = (design.T @ design).astype(np.float64)
    wanted = rows @ values[:count].astype(np.float32) - pairs.residuals
    target = design.T.astype(np.float64) @ (root[:, 0] * wanted)
    matrix[np.diag_indices(len(matrix))] += np.concatenate(
        [prior.precision[:count], POSE_PRECISION[moving]]
    )
    target[:count] += prior.precision[:count] * prior.centre[:count] - prior.push[:count]
    ends = np.full(len(moving), np.inf)
    solved = solve_in_box(
        matrix,
        target,
        np.concatenate([basis.lower[:count], -ends]),
        np.concatenate([basis.upper[:count], ends]),
    )
    moved = values.copy()
    moved[:count] = solved[:count]
    change = np.zeros(7)
    change[moving] = solved[count:]
    return moved, turned(placing, centre, change)


def _pose_rows(pairs: Correspondences, centre: Floats) -> Floats:
    """Derivatives `(N, 7)` by a turn about `centre`, a shift and a growth of the scan."""
    arms = pairs.targets - centre
    growth = np.einsum("nd,nd->n", pairs.normals, arms)[:, None]
    return -np.concatenate([np.cross(arms, pairs.normals), pairs.normals, growth], axis=1)


def turned(placing: Similarity, centre: Floats, change: Floats) -> Similarity:
    """`placing` followed by a turn (3), shift (3) and growth (1) about `centre`."""
    rotation = rotation_of(change[:3])
    scale = float(np.exp(np.clip(change[6], -0.2, 0.2)))
    shift = centre + change[3:6] - scale * rotation @ centre
    return Similarity(rotation, shift, scale).after(placing)


def rotation_of(turn: Floats) -> Floats:
    """The rotation `(3, 3)` about the axis `turn` `(3,)` by its length in radians."""
    angle = float(np.linalg.norm(turn))
    if angle < 1e-12:
        return np.eye(3)
    x, y, z = turn / angle
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    rotation: Floats = np.eye(3) + np.sin(angle) * cross + (1.0 - np.cos(angle)) * cross @ cross
    return rotation
