"""A model's mean head made ready to lay scans on."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from engine.errors import InputError
from engine.geometry.distance import SurfaceIndex
from engine.geometry.mesh import Mesh
from engine.geometry.normals import vertex_normals
from engine.geometry.registration import OrientedSurface
from engine.geometry.topology import select_faces
from engine.geometry.visibility import hidden_vertices, neck_end
from engine.models.protocol import FaceModel

Floats = NDArray[np.float64]

CELL_MM = 8.0
MARGIN_MM = 70.0
GRID_POINTS = 6000
FACE_POINTS, NEIGHBOURS = 700, 7
FACE_WEIGHT = 0.3
"""A vertex belongs to the face where nose, eyes and mouth weigh this much together."""
FACING_FORWARD = 0.2
SEED = 20


class NearestGrid:
    """The nearest of some points, looked up in cells: not exact, but quick for a great many.

    Args:
        points, normals: `(M, 3)`.
        cell: edge of a cell; margin: how far the grid goes beyond the points.
    """

    def __init__(self, points: Floats, normals: Floats, cell: float, margin: float) -> None:
        self._points = points.astype(np.float32)
        self._normals = normals.astype(np.float32)
        self._lower = (points.min(axis=0) - margin).astype(np.float32)
        self._cell = np.float32(cell)
        self._shape = np.ceil((np.ptp(points, axis=0) + 2 * margin) / cell).astype(np.int32) + 1
        axes = [
            low + cell * (np.arange(n) + 0.5)
            for low, n in zip(self._lower, self._shape, strict=True)
        ]
        centres = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
        self._nearest = cKDTree(points).query(centres)[1].astype(np.int32)

    def nearest(
        self, places: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Points and normals `(..., 3)` near to `places` `(..., 3)`."""
        cells = ((places - self._lower) / self._cell).astype(np.int32)
        np.clip(cells, 0, self._shape - 1, out=cells)
        flat = (cells[..., 0] * self._shape[1] + cells[..., 1]) * self._shape[2] + cells[..., 2]
        found = self._nearest[flat]
        return self._points[found], self._normals[found]


@dataclass(frozen=True, slots=True, eq=False)
class HeadTarget:
    """The outside of a model's mean head, open at the neck.

    Attributes:
        mesh: mm, the model's frame.
        surface: exact search on it.
        grid: quick search on it.
        centre: `(3,)` of the head; face_centre: `(3,)` of the face.
        face_points, face_normals: `(K, 3)` spread over nose, eyes and mouth.
        face_neighbours: `(K, N)` the nearest of them to each, itself first.
    """

    mesh: Mesh
    surface: OrientedSurface
    grid: NearestGrid
    centre: Floats
    face_centre: Floats
    face_points: Floats
    face_normals: Floats
    face_neighbours: NDArray[np.int64]


def head_target(model: FaceModel) -> HeadTarget:
    """The target for `model`; remembered for the models used last.

    Raises:
        InputError: the model's template has no region weights.
    """
    return _prepare(_Template(model.info.identifier, model.template))


@dataclass(frozen=True, slots=True, eq=False)
class _Template:
    """A template known by its model's identifier, for the cache."""

    identifier: str
    mesh: Mesh

    def __hash__(self) -> int:
        return hash(self.identifier)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Template) and other._key() == self._key()

    def _key(self) -> tuple[str, int, bytes]:
        vertices = self.mesh.vertices
        return self.identifier, len(vertices), vertices[:: max(1, len(vertices) // 64)].tobytes()


@lru_cache(maxsize=4)
def _prepare(template: _Template) -> HeadTarget:
    whole = template.mesh
    if whole.region_weights is None:
        raise InputError("The model's template has no region weights, so it shows no face.")
    outside = ~(hidden_vertices(whole) | neck_end(whole))
    kept: NDArray[np.bool_] = np.asarray(outside[whole.faces].all(axis=1))
    mesh = select_faces(whole, kept)
    rng = np.random.default_rng(SEED)
    surface = OrientedSurface(SurfaceIndex(mesh), GRID_POINTS, rng)
    normals = vertex_normals(mesh.vertices, mesh.faces)
    assert mesh.region_weights is not None  # kept by `select_faces`
    face = mesh.region_weights[:, :3].sum(axis=1) > FACE_WEIGHT
    chosen = np.flatnonzero(face & (normals[:, 2] > FACING_FORWARD))
    chosen = rng.permutation(chosen)[:FACE_POINTS]
    points = mesh.vertices[chosen].astype(np.float64)
    neighbours = cKDTree(points).query(points, min(NEIGHBOURS, len(points)))[1]
    return HeadTarget(
        mesh,
        surface,
        NearestGrid(surface.points, surface.normals, CELL_MM, MARGIN_MM),
        surface.points.mean(axis=0),
        mesh.vertices[face].mean(axis=0, dtype=np.float64),
        points,
        normals[chosen].astype(np.float64),
        neighbours.reshape(len(points), -1),
    )
