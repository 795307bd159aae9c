"""Flattening a disk with low distortion and no folds.

Scalable locally injective mappings (Rabinovich, Poranne, Panozzo & Sorkine-Hornung
2017) for the symmetric Dirichlet energy, Σ a (‖J‖² + ‖J⁻¹‖²), with a scale and a weight
for every triangle, which the library's own version does not have.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array, hstack, vstack
from scipy.sparse.linalg import spsolve

from engine.errors import InputError

Array = NDArray[np.float64]
Faces = NDArray[np.int64]

PROXIMAL = 1e-6
"""Share of the system's diagonal that keeps it definite."""


@dataclass(frozen=True, slots=True, eq=False)
class Gradients:
    """Derivatives `(F, V)` along the two axes of each triangle's own plane, and areas `(F,)`."""

    first: csr_array
    second: csr_array
    areas: Array


def triangle_gradients(vertices: Array, faces: Faces, scales: Array) -> Gradients:
    """Gradient operators of triangles scaled by `scales` `(F,)`, in orthonormal frames."""
    p0, p1, p2 = (vertices[faces[:, k]] for k in range(3))
    side = np.linalg.norm(p1 - p0, axis=1)
    axis = (p1 - p0) / side[:, None]
    along = ((p2 - p0) * axis).sum(1)
    height = np.linalg.norm(p2 - p0 - along[:, None] * axis, axis=1)
    side, along, height = (
        np.maximum(x * scales, 1e-9) if x is not along else x * scales
        for x in (side, along, height)
    )
    # Corners (0, 0), (side, 0), (along, height) give the hat functions' slopes.
    slopes_x = np.stack([-1.0 / side, 1.0 / side, np.zeros_like(side)], axis=1)
    slopes_y = np.stack(
        [(along - side) / (side * height), -along / (side * height), 1.0 / height], axis=1
    )
    rows = np.repeat(np.arange(len(faces)), 3)
    shape = (len(faces), len(vertices))
    first, second = (
        csr_array((slope.ravel(), (rows, faces.ravel())), shape=shape)
        for slope in (slopes_x, slopes_y)
    )
    return Gradients(first, second, 0.5 * side * height)


def flatten(
    start: Array, gradients: Gradients, weights: Array, fixed: NDArray[np.bool_], rounds: int
) -> Array:
    """Lower the distortion of a map `(V, 2)` without ever folding it.

    Args:
        start: a map that folds nowhere.
        gradients: of the surface.
        weights: `(F,)` importance of each triangle.
        fixed: `(V, 2)` coordinates to keep.
        rounds: of local and global steps.

    Raises:
        InputError: `start` folds.
    """
    uv = start.copy()
    share = gradients.areas * weights
    share = share / share.sum()
    if determinants(uv, gradients).min() <= 0.0:
        folds = int((determinants(uv, gradients) <= 0.0).sum())
        raise InputError(f"The map to flatten folds in {folds} triangles; start from one without.")
    energy = _energy(uv, gradients, share)
    for _ in range(rounds):
        step = _proxy_minimum(uv, gradients, share, fixed) - uv
        uv, lower = _line_search(uv, step, gradients, share, energy)
        if energy - lower < 1e-5 * energy:
            break
        energy = lower
    return uv


def jacobians(uv: Array, gradients: Gradients) -> Array:
    """Jacobians `(F, 2, 2)` of the map; rows u and v."""
    return np.stack([gradients.first @ uv, gradients.second @ uv], axis=2)


def determinants(uv: Array, gradients: Gradients) -> Array:
    """Signed stretch of area `(F,)`; negative where the map folds."""
    determinant: Array = np.linalg.det(jacobians(uv, gradients))
    return determinant


def _energy(uv: Array, gradients: Gradients, share: Array) -> float:
    j = jacobians(uv, gradients)
    determinant = np.linalg.det(j)
    if determinant.min() <= 0.0:
        return float("inf")
    squared = (j * j).sum((1, 2))
    return float((share * squared * (1.0 + determinant**-2)).sum())


def _proxy_minimum(
    uv: Array, gradients: Gradients, share: Array, fixed: NDArray[np.bool_]
) -> Array:
    """Minimum of Σ a ‖W (J − R)‖² with R the nearest rotations and W the reweighting."""
    left, stretch, right = np.linalg.svd(jacobians(uv, gradients))
    rotation = left @ right
    close = np.abs(stretch - 1.0) < 1e-6
    safe = np.where(close, 2.0, stretch)
    scale = np.where(close, 2.0, np.sqrt((safe - safe**-3) / (safe - 1.0)))
    weight = (left * scale[:, None, :]) @ left.transpose(0, 2, 1)
    weight *= np.sqrt(share)[:, None, None]
    blocks, targets = [], []
    wanted = weight @ rotation
    for row in range(2):
        for column, gradient in enumerate((gradients.first, gradients.second)):
            parts = [
                diags_array(np.ascontiguousarray(weight[:, row, k])) @ gradient for k in (0, 1)
            ]
            blocks.append(hstack(parts))
            targets.append(wanted[:, row, column])
    system = vstack(blocks).tocsr()
    free = ~fixed.T.ravel()
    flat = uv.T.ravel()
    rest = np.concatenate(targets) - system @ np.where(free, 0.0, flat)
    reduced = system[:, np.flatnonzero(free)]
    normal = (reduced.T @ reduced).tocsc()
    shift = PROXIMAL * normal.diagonal().mean()
    normal = normal + diags_array(np.full(normal.shape[0], shift))
    solution = flat.copy()
    solution[free] = spsolve(normal.tocsc(), reduced.T @ rest + shift * flat[free])
    return solution.reshape(2, -1).T


def _line_search(
    uv: Array, step: Array, gradients: Gradients, share: Array, energy: float
) -> tuple[Array, float]:
    length = min(1.0, 0.8 * _longest_step(uv, step, gradients))
    for _ in range(30):
        moved = uv + length * step
        lower = _energy(moved, gradients, share)
        if lower < energy:
            return moved, lower
        length *= 0.5
    return uv, energy


def _longest_step(uv: Array, step: Array, gradients: Gradients) -> float:
    """The step at which the first triangle would lose its area: smallest root of det(J + t K)."""
    j, k = jacobians(uv, gradients), jacobians(step, gradients)
    a, c = np.linalg.det(k), np.linalg.det(j)
    b = (
        j[:, 0, 0] * k[:, 1, 1]
        + k[:, 0, 0] * j[:, 1, 1]
        - j[:, 0, 1] * k[:, 1, 0]
        - k[:, 0, 1] * j[:, 1, 0]
    )
    under = b * b - 4.0 * a * c
    root = np.sqrt(np.maximum(under, 0.0))
    # Stable form of the smallest positive root, with c > 0.
    q = np.where(b < 0.0, -b + root, -b - root)
    with np.errstate(divide="ignore", invalid="ignore"):
        candidates = np.stack([2.0 * c / q, q / (2.0 * a)])
    candidates[:, under < 0.0] = np.inf
    positive = candidates[np.isfinite(candidates) & (candidates > 0.0)]
    return float(positive.min()) if len(positive) else float("inf")


def tutte_map(vertices: Array, faces: Faces, rim: Faces, rim_uv: Array) -> Array:
    """Every vertex `(V, 2)` at the mean of its neighbours, the rim on a convex curve."""
    count = len(vertices)
    sides = np.unique(np.sort(faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1), axis=0)
    both = np.concatenate([sides, sides[:, ::-1]])
    graph = csr_array((np.ones(len(both)), (both[:, 0], both[:, 1])), shape=(count, count))
    laplacian = (diags_array(graph.sum(axis=1)) - graph).tocsr()
    inner = np.ones(count, dtype=bool)
    inner[rim] = False
    uv = np.zeros((count, 2))
    uv[rim] = rim_uv
    free = np.flatnonzero(inner)
    right = -(laplacian[free] @ uv)
    uv[free] = spsolve(laplacian[free][:, free].tocsc(), right)
    return uv
