"""One topology at several resolutions: what pools and unpools data on its vertices.

Going down chooses vertices (`engine.geometry.decimation` keeps a subset); going up is
barycentric on the coarser surface, as in Ranjan et al. (COMA, ECCV 2018): each fine vertex
takes the weighted mean of the triangle nearest to it.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError, WeightsError
from engine.geometry.decimation import decimate
from engine.geometry.distance import SurfaceIndex, barycentric_coordinates
from engine.geometry.mesh import Mesh
from engine.geometry.spirals import NOBODY, spirals

Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """From one level (V vertices) to the next coarser one (K vertices).

    Attributes:
        kept: `(K,)` vertices of the finer level that stay.
        corners: `(V, 3)` vertices of the coarser level around each finer one.
        weights: `(V, 3)` float32 of those, not negative, rows that add up to 1.
    """

    kept: Indices
    corners: Indices
    weights: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class MeshHierarchy:
    """Spirals of every level, finest first, and the steps between them.

    `spirals[k]` is `(Vₖ, Lₖ)` with `NOBODY` where short; there is one step fewer.
    """

    spirals: tuple[Indices, ...]
    steps: tuple[Step, ...]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Vertices of every level, finest first."""
        return tuple(len(level) for level in self.spirals)


def build_hierarchy(
    mesh: Mesh,
    reference: int,
    factor: int = 4,
    steps: int = 4,
    hops: int | Sequence[int] = 1,
    lengths: Sequence[int] | None = None,
) -> MeshHierarchy:
    """Decimate `mesh` `steps` times by `factor` and lay spirals on every level.

    Args:
        reference: the vertex towards which spirals start; on a coarser level the vertex
            nearest to it.
        hops: rings of the spirals, of all levels or of each, finest first.
        lengths: of the spirals of each level; None takes their usual lengths.

    Raises:
        InputError: the mesh is too small, `reference` out of range, or there is not one number
            of hops and one length for each level.
    """
    rings = [hops] * (steps + 1) if isinstance(hops, int) else list(hops)
    wanted = [None] * (steps + 1) if lengths is None else list(lengths)
    if len(rings) != steps + 1 or len(wanted) != steps + 1:
        raise InputError(
            f"A hierarchy of {steps + 1} levels got {len(rings)} numbers of hops and "
            f"{len(wanted)} lengths. Give one of each per level."
        )
    origin = mesh.vertices[reference]
    levels = [spirals(mesh.vertices, mesh.faces, reference, rings[0], wanted[0])]
    made: list[Step] = []
    for level in range(1, steps + 1):
        smaller = decimate(mesh.vertices, mesh.faces, max(4, round(len(mesh.vertices) / factor)))
        coarse = Mesh(mesh.vertices[smaller.kept], smaller.faces.astype(np.int32))
        made.append(_step(mesh, coarse, smaller.kept))
        nearest = int(np.argmin(np.linalg.norm(coarse.vertices - origin, axis=1)))
        levels.append(spirals(coarse.vertices, coarse.faces, nearest, rings[level], wanted[level]))
        mesh = coarse
    return MeshHierarchy(tuple(levels), tuple(made))


def _step(fine: Mesh, coarse: Mesh, kept: Indices) -> Step:
    found = SurfaceIndex(coarse).closest_points(fine.vertices)
    weights = barycentric_coordinates(found.points, coarse, found.faces).clip(0.0)
    weights /= weights.sum(axis=1, keepdims=True)
    corners = coarse.faces[found.faces].astype(np.int64)
    # A vertex that stays comes back exactly, whatever lies close to it.
    corners[kept] = np.arange(len(kept))[:, None]
    weights[kept] = (1.0, 0.0, 0.0)
    return Step(kept, corners, weights.astype(np.float32))


def topology_hash(faces: NDArray, vertex_count: int) -> str:
    """Sixteen hex digits that name a topology: its faces and number of vertices."""
    array = np.ascontiguousarray(faces, dtype="<i8")
    return hashlib.sha256(array.tobytes() + str(vertex_count).encode()).hexdigest()[:16]


def hierarchy_tensors(hierarchy: MeshHierarchy) -> dict[str, NDArray]:
    """The arrays of a hierarchy by name, as float32 and the shortest integers that do."""
    kind = _shortest(hierarchy.sizes[0])
    tensors: dict[str, NDArray] = {}
    for index, level in enumerate(hierarchy.spirals):
        tensors[f"spirals.{index}"] = level.astype(kind)
    for index, step in enumerate(hierarchy.steps):
        tensors[f"kept.{index}"] = step.kept.astype(kind)
        tensors[f"corners.{index}"] = step.corners.astype(kind)
        tensors[f"weights.{index}"] = step.weights
    return tensors


def _shortest(vertices: int) -> type[np.integer]:
    """Integers for that many vertices and `NOBODY`, which is the largest of an unsigned kind."""
    if vertices <= np.iinfo(np.int16).max:
        return np.int16
    return np.uint16 if vertices < np.iinfo(np.uint16).max else np.int32


def _read_spirals(stored: NDArray) -> Indices:
    level = stored.astype(np.int64)
    if stored.dtype == np.uint16:
        level[stored == np.iinfo(np.uint16).max] = NOBODY
    return level


def hierarchy_from_tensors(tensors: Mapping[str, NDArray]) -> MeshHierarchy:
    """Read what `hierarchy_tensors` made.

    Raises:
        WeightsError: an array is missing or names a vertex that is not there.
    """
    count = sum(name.startswith("spirals.") for name in tensors)
    try:
        levels = tuple(_read_spirals(tensors[f"spirals.{k}"]) for k in range(count))
        steps = tuple(
            Step(
                tensors[f"kept.{k}"].astype(np.int64),
                tensors[f"corners.{k}"].astype(np.int64),
                tensors[f"weights.{k}"].astype(np.float32),
            )
            for k in range(count - 1)
        )
    except KeyError as error:
        raise WeightsError(f"The mesh hierarchy holds no {error}. Prepare it again.") from error
    for level in levels:
        _require_range(level, NOBODY, len(level), "spirals")
    for step, fine, coarse in zip(steps, levels, levels[1:], strict=False):
        _require_range(step.kept, 0, len(fine), "kept vertices")
        _require_range(step.corners, 0, len(coarse), "corners")
        if step.weights.shape != (len(fine), 3) or len(step.kept) != len(coarse):
            raise WeightsError("The mesh hierarchy's levels do not fit together. Prepare it again.")
    return MeshHierarchy(levels, steps)


def _require_range(array: NDArray, lowest: int, end: int, what: str) -> None:
    if array.size and (array.min() < lowest or array.max() >= end):
        raise WeightsError(
            f"The mesh hierarchy's {what} reach from {array.min()} to {array.max()}, "
            f"expected {lowest} to {end - 1}. Prepare it again."
        )
