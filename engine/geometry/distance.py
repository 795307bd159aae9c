"""Exact distance from points to a surface."""

import atexit
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from weakref import WeakSet

import igl
import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.geometry.array_checks import require_points
from engine.geometry.mesh import Mesh, frozen
from engine.geometry.normals import face_areas
from engine.progress import CancelToken

CHUNK = 1024
"""Points per call of libigl, which holds the interpreter for as long as a call takes.

A chunk takes a few milliseconds near the surface and some twenty far from it, so the window
stays alive while a worker thread measures, and cancelling is prompt.
"""


FLAT = 1e-9
"""A face is taken for a line where its height is this share of its longest side, or less."""

THIN = 1e-6
"""Only faces with this share of the squared extent as area, or less, are looked at closely."""

SCATTERED = 0.05
"""Points are scattered where a step from one to the next is this share of their extent."""


@dataclass(frozen=True, slots=True, eq=False)
class ClosestPoints:
    """The closest surface point of each of N queries.

    Attributes:
        distances: `(N,)` float64 in mm; negative inside where the query was for signed ones.
        points: `(N, 3)` float64, on the surface.
        faces: `(N,)` int64, the face each lies on.
    """

    distances: NDArray[np.float64]
    points: NDArray[np.float64]
    faces: NDArray[np.int64]

    def __post_init__(self) -> None:
        object.__setattr__(self, "distances", frozen(self.distances, np.float64))
        object.__setattr__(self, "points", frozen(self.points, np.float64))
        object.__setattr__(self, "faces", frozen(self.faces, np.int64))


class SurfaceIndex:
    """A mesh prepared for many distance queries; safe to share between threads.

    Queries run in chunks and poll a `CancelToken` between them. Points that lie scattered are
    visited in an order that keeps neighbours together, which is twice as fast.

    Raises:
        InputError: the mesh has no faces.
    """

    def __init__(self, mesh: Mesh) -> None:
        if not len(mesh.faces):
            raise InputError(
                f"Cannot measure distances to a mesh of {len(mesh.vertices)} vertices without "
                "faces. Give a surface, not a point cloud."
            )
        self._mesh = mesh
        self._vertices = mesh.vertices.astype(np.float64)
        self._faces = mesh.faces.astype(np.int64)
        self._solid = _flat_faces_as_edges(self._vertices, self._faces)
        self._tree = igl.AABB()
        self._tree.init(self._vertices, self._solid)
        self._winding: igl.FastWindingNumberBVH | None = None
        _LIVING.add(self)

    def release(self) -> None:
        """Give the search trees back; the index is of no use afterwards."""
        del self._tree
        self._winding = None

    @property
    def mesh(self) -> Mesh:
        return self._mesh

    def closest_points(self, points: NDArray, cancel: CancelToken | None = None) -> ClosestPoints:
        """The unsigned distance and closest surface point of `points` `(N, 3)`.

        Raises:
            InputError: `points` has another shape or is not finite.
            Cancelled: `cancel` was raised meanwhile.
        """
        queries = require_points(points)
        order = order_along_curve(queries) if _are_scattered(queries) else None
        visited = queries if order is None else queries[order]
        squared = np.empty(len(queries))
        faces = np.empty(len(queries), dtype=np.int64)
        closest = np.empty_like(queries)
        for part in _chunks(len(queries), cancel):
            squared[part], faces[part], closest[part] = self._tree.squared_distance(
                self._vertices, self._solid, visited[part]
            )
        if order is not None:
            back = np.argsort(order)
            squared, faces, closest = squared[back], faces[back], closest[back]
        return ClosestPoints(np.sqrt(squared), closest, faces)

    def signed_closest_points(
        self, points: NDArray, cancel: CancelToken | None = None
    ) -> ClosestPoints:
        """The signed distance and closest surface point of `points` `(N, 3)`.

        Inside is where the generalised winding number exceeds one half (Barill et al.,
        "Fast Winding Numbers for Soups and Clouds", 2018), so small holes do no harm.

        Raises:
            InputError: `points` has another shape or is not finite.
            Cancelled: `cancel` was raised meanwhile.
        """
        found = self.closest_points(points, cancel)
        queries = require_points(points)
        winding = self._winding_number()
        signs = np.empty(len(queries))
        for part in _chunks(len(queries), cancel):
            signs[part] = np.where(winding(queries[part]) > 0.5, -1.0, 1.0)
        return ClosestPoints(signs * found.distances, found.points, found.faces)

    def _winding_number(self) -> Callable[[NDArray], NDArray]:
        if self._winding is None:
            # Two threads may both build it; the results are equal and either may stay.
            hierarchy = igl.FastWindingNumberBVH()
            hierarchy.init(self._vertices, self._faces)
            self._winding = hierarchy
        evaluate: Callable[[NDArray], NDArray] = self._winding.winding_number
        return evaluate


_LIVING: WeakSet[SurfaceIndex] = WeakSet()


@atexit.register
def _release_all() -> None:
    # What still lives when the interpreter ends, libigl's bindings report as a leak.
    for index in list(_LIVING):
        index.release()


def closest_surface_points(
    points: NDArray, mesh: Mesh, cancel: CancelToken | None = None
) -> ClosestPoints:
    """One query of `SurfaceIndex.closest_points`: points `(N, 3)` against `mesh`."""
    return SurfaceIndex(mesh).closest_points(points, cancel)


def signed_distance(
    points: NDArray, mesh: Mesh, cancel: CancelToken | None = None
) -> NDArray[np.float64]:
    """Signed distances `(N,)` in mm, negative inside, of points `(N, 3)` to `mesh`."""
    return SurfaceIndex(mesh).signed_closest_points(points, cancel).distances


def _chunks(count: int, cancel: CancelToken | None) -> Iterator[slice]:
    for start in range(0, count, CHUNK):
        if cancel is not None:
            cancel.check()
        yield slice(start, start + CHUNK)


def _flat_faces_as_edges(vertices: NDArray, faces: NDArray[np.int64]) -> NDArray[np.int64]:
    """The faces `(F, 3)` with those of no area made their longest side, given twice.

    libigl's closest point on three corners in a line can be off by a thousandth of their length;
    on a side given twice it is right.
    """
    extent = float(np.linalg.norm(np.ptp(vertices, axis=0)))
    areas = face_areas(vertices, faces)
    thin = np.flatnonzero(areas <= THIN * extent**2)
    corners = vertices[faces[thin]]
    sides = corners[:, [1, 2, 0]] - corners
    squared = np.einsum("fkd,fkd->fk", sides, sides)
    across = np.cross(sides[:, 0], sides[:, 1])
    flat = np.einsum("fd,fd->f", across, across) <= (FLAT * squared.max(axis=1)) ** 2
    if not flat.any():
        return faces
    solid = faces.copy()
    rows, start = thin[flat], squared[flat].argmax(axis=1)
    first, second = faces[rows, start], faces[rows, (start + 1) % 3]
    solid[rows] = np.stack([first, second, second], axis=1)
    return solid


def _are_scattered(points: NDArray[np.float64]) -> bool:
    """Whether points that follow each other in `(N, 3)` lie far apart."""
    if len(points) < 2 * CHUNK:
        return False
    some = points[: len(points) // 2 * 2].reshape(-1, 2, 3)[:: max(1, len(points) // 4096)]
    steps = np.abs(some[:, 1] - some[:, 0]).sum(axis=1)
    return bool(np.median(steps) > SCATTERED * np.ptp(points, axis=0).sum())


def order_along_curve(points: NDArray) -> NDArray[np.int64]:
    """An order `(N,)` in which `points` `(N, 3)` follow a space-filling curve (Morton, 1966)."""
    lower = points.min(axis=0)
    cells = (points - lower) * (1023.0 / max(float(np.ptp(points, axis=0).max()), 1e-30))
    code = np.zeros(len(points), np.uint32)
    for axis in range(3):
        bits = cells[:, axis].astype(np.uint32)
        for shift, mask in ((16, 0x30000FF), (8, 0x300F00F), (4, 0x30C30C3), (2, 0x9249249)):
            bits = (bits | (bits << np.uint32(shift))) & np.uint32(mask)
        code |= bits << np.uint32(axis)
    return np.argsort(code, kind="stable")


def barycentric_coordinates(
    points: NDArray, mesh: Mesh, faces: NDArray[np.integer]
) -> NDArray[np.float64]:
    """Weights `(N, 3)` of the corners of `faces` `(N,)` that give `points` `(N, 3)` on them.

    Points off a face are dropped onto its plane, and weights below zero are cut to zero,
    so rows are non-negative and sum to 1. A face without area gives its first corner.

    Raises:
        InputError: `points` and `faces` differ in length.
    """
    queries = require_points(points)
    if np.shape(faces) != (len(queries),):
        raise InputError(
            f"Expected one face for each of {len(queries)} points, got {np.shape(faces)}."
        )
    first, second, third = mesh.vertices[mesh.faces[faces]].astype(np.float64).transpose(1, 0, 2)
    right, up, offset = second - first, third - first, queries - first
    normal = np.cross(right, up)
    squared = np.einsum("ij,ij->i", normal, normal)
    solid = squared > 0
    scale = np.divide(1.0, squared, out=np.zeros_like(squared), where=solid)
    along_right = np.einsum("ij,ij->i", np.cross(offset, up), normal) * scale
    along_up = np.einsum("ij,ij->i", np.cross(right, offset), normal) * scale
    weights = np.stack([1 - along_right - along_up, along_right, along_up], axis=1).clip(min=0.0)
    normalized: NDArray[np.float64] = weights / weights.sum(axis=1, keepdims=True)
    return normalized
