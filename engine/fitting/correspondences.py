"""Which point of the model belongs to which point of the scan."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from engine.fitting.scan_target import ScanTarget, unit_rows
from engine.geometry.distance import SurfaceIndex, barycentric_coordinates
from engine.geometry.mesh import Mesh
from engine.geometry.normals import vertex_normals
from engine.geometry.similarity import Similarity
from engine.progress import CancelToken

Floats = NDArray[np.float64]

FACING = 0.35
"""Least cosine between the normals of points that belong together."""
ECHO = 0.6
"""A model point belongs to its closest scan point c only if the model comes no nearer to c than
this share of the distance elsewhere; else c belongs to that other place, as the skin of a lid
does and not the eyeball behind it."""
ECHO_FREE_MM = 0.6
"""Closer than this, no such question is asked."""


@dataclass(frozen=True, slots=True, eq=False)
class Correspondences:
    """N pairs in the model's frame: r = normal · (model point − scan point).

    Attributes:
        corners: `(N, 3)` vertices of the model point; shares: `(N, 3)` their weights.
        targets: `(N, 3)` scan points, placed; normals: `(N, 3)` directions of measure.
        offsets: `(N, 3)` model point − scan point.
        areas: `(N,)` mm² of surface each pair stands for.
    """

    corners: NDArray[np.int64]
    shares: Floats
    targets: Floats
    normals: Floats
    offsets: Floats
    areas: Floats

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def residuals(self) -> Floats:
        """Signed distances along the normals `(N,)` in mm."""
        along: Floats = np.einsum("nd,nd->n", self.normals, self.offsets)
        return along

    @property
    def distances(self) -> Floats:
        """Distances `(N,)` in mm."""
        return np.linalg.norm(self.offsets, axis=1)

    def rows(self, jacobian: NDArray[np.float32], vertex_count: int) -> NDArray[np.float32]:
        """Derivatives `(N, K)` of the residuals by the coordinates of `jacobian` `(3 V, K)`."""
        count = len(self)
        columns = 3 * self.corners[:, :, None] + np.arange(3)
        values = self.shares[:, :, None] * self.normals[:, None, :]
        picked = csr_array(
            (
                values.reshape(-1).astype(np.float32),
                columns.reshape(-1),
                np.arange(0, 9 * count + 1, 9),
            ),
            shape=(count, 3 * vertex_count),
        )
        product: NDArray[np.float32] = picked @ jacobian
        return product


def joined(first: Correspondences, second: Correspondences) -> Correspondences:
    """Both sets of pairs together."""
    return Correspondences(
        *(
            np.concatenate([getattr(first, name), getattr(second, name)])
            for name in ("corners", "shares", "targets", "normals", "offsets", "areas")
        )
    )


@dataclass(frozen=True, slots=True, eq=False)
class ModelState:
    """The model's surface at one step.

    Attributes:
        mesh: it; normals: `(V, 3)` of its vertices; index: exact search on it.
        usable: `(V,)` vertices that a scan can show; usable_faces: `(F,)` faces of such.
        vertex_areas: `(V,)` mm² about each vertex.
    """

    mesh: Mesh
    normals: Floats
    index: SurfaceIndex
    usable: NDArray[np.bool_]
    usable_faces: NDArray[np.bool_]
    vertex_areas: Floats


def model_state(mesh: Mesh, usable: NDArray[np.bool_], vertex_areas: Floats) -> ModelState:
    """The state of `mesh`, of which the vertices `usable` `(V,)` can be seen."""
    return ModelState(
        mesh,
        vertex_normals(mesh.vertices, mesh.faces).astype(np.float64),
        SurfaceIndex(mesh),
        usable,
        np.all(usable[mesh.faces], axis=1),
        vertex_areas,
    )


def from_model(
    state: ModelState,
    target: ScanTarget,
    placing: Similarity,
    rows: NDArray[np.int64],
    reach_mm: float,
    cancel: CancelToken | None = None,
) -> Correspondences:
    """Pairs of the model's vertices `rows` `(N,)` with their closest points on the scan.

    Left out: vertices farther than `reach_mm`, at the scan's rims, facing elsewhere, or whose
    scan point lies much closer to another place of the model.
    """
    rows = rows[state.usable[rows]]
    vertices = state.mesh.vertices[rows].astype(np.float64)
    asked_at: Floats = placing.inverse().apply(vertices)
    found = target.index.closest_points(asked_at, cancel)
    corners = barycentric_coordinates(found.points, target.mesh, found.faces)
    there = placing.directions(target.normals_at(found.faces, corners))
    here = state.normals[rows]
    distances = found.distances * placing.scale
    kept = (
        (distances < reach_mm)
        & ~target.rim[found.faces]
        & (np.einsum("nd,nd->n", here, there) > FACING)
    )
    places = placing.apply(found.points)
    asked = np.flatnonzero(kept & (distances > ECHO_FREE_MM))
    echo = state.index.closest_points(places[asked], cancel).distances
    kept[asked[echo < ECHO * distances[asked]]] = False
    rows, places = rows[kept], places[kept]
    return Correspondences(
        np.repeat(rows[:, None], 3, axis=1),
        np.tile([1.0, 0.0, 0.0], (len(rows), 1)),
        places,
        unit_rows(here[kept] + there[kept]),
        vertices[kept] - places,
        state.vertex_areas[rows],
    )


def from_scan(
    state: ModelState,
    target: ScanTarget,
    placing: Similarity,
    rows: NDArray[np.int64],
    area: float,
    reach_mm: float,
    cancel: CancelToken | None = None,
) -> Correspondences:
    """Pairs of the scan's samples `rows` `(N,)` with their closest points on the model.

    Left out: samples farther than `reach_mm`, facing elsewhere, or nearest to a place of the
    model that cannot be seen or is no part of a face, as the end of its neck.
    """
    samples = placing.apply(target.points[rows])
    there = placing.directions(target.point_normals[rows])
    found = state.index.closest_points(samples, cancel)
    corners = state.mesh.faces[found.faces].astype(np.int64)
    shares = barycentric_coordinates(found.points, state.mesh, found.faces)
    here = unit_rows(np.einsum("nk,nkd->nd", shares, state.normals[corners]))
    kept = (
        (found.distances < reach_mm)
        & state.usable_faces[found.faces]
        & (np.einsum("nd,nd->n", here, there) > FACING)
    )
    return Correspondences(
        corners[kept],
        shares[kept],
        samples[kept],
        unit_rows(here[kept] + there[kept]),
        found.points[kept] - samples[kept],
        np.full(int(kept.sum()), area),
    )
