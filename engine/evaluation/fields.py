"""Scalar fields on a surface: what a heatmap shows, one value for each vertex."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.evaluation.pseudonormals import Pseudonormals, pseudonormals
from engine.geometry.distance import ClosestPoints, SurfaceIndex
from engine.geometry.mesh import Mesh, frozen
from engine.geometry.normals import face_areas, vertex_normals
from engine.progress import CancelToken

FieldKind = Literal["nearest", "signed", "corresponding", "sliding"]
FIELD_KINDS: tuple[FieldKind, ...] = get_args(FieldKind)

FIELD_TITLES: dict[FieldKind, str] = {
    "nearest": "Distance to the surface",
    "signed": "Signed distance",
    "corresponding": "Distance of corresponding points",
    "sliding": "Sliding along the surface",
}


@dataclass(frozen=True, slots=True, eq=False)
class ScalarField:
    """One value for each of V vertices.

    Attributes:
        kind: what is measured.
        values: `(V,)` float32 in mm; not a number at vertices of no face.
    """

    kind: FieldKind
    values: NDArray[np.float32]

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", frozen(self.values, np.float32))

    @property
    def signed(self) -> bool:
        """Whether values lie on both sides of zero."""
        return self.kind == "signed"

    @property
    def finite(self) -> NDArray[np.float32]:
        """The values that are numbers, `(K,)`."""
        return self.values[np.isfinite(self.values)]


class Reference:
    """A surface prepared to be compared with; safe to share between threads.

    Raises:
        InputError: the mesh has no faces.
    """

    def __init__(self, mesh: Mesh) -> None:
        self.index = SurfaceIndex(mesh)
        self._normals: Pseudonormals | None = None

    @property
    def mesh(self) -> Mesh:
        return self.index.mesh

    @property
    def normals(self) -> Pseudonormals:
        """Made when first asked for; two threads that both do make equal ones."""
        if self._normals is None:
            self._normals = pseudonormals(self.mesh)
        return self._normals


def measure_field(
    kind: FieldKind, surface: Mesh, reference: Reference, cancel: CancelToken | None = None
) -> ScalarField:
    """The errors of `surface` against `reference`, at each vertex of `surface`.

    * `nearest`: |p - q|, q the closest point of the reference *surface*, not its closest vertex.
    * `signed`: the same, positive outside: the sign of (p - q) · n, n the reference's
      pseudonormal at q (Bærentzen & Aanæs, 2005). On an open surface outside is where its
      normals point.
    * `corresponding`: |p_k - r_k|, r_k the reference's vertex of the same number.
    * `sliding`: the length of the part of p_k - r_k that is tangential to the reference at
      r_k: how far a point has slid along the surface, which no nearest point shows.

    Raises:
        InputError: the surface has no faces; or, for the last two kinds, the topologies differ.
        Cancelled: `cancel` was raised meanwhile.
    """
    if kind not in FIELD_KINDS:
        raise InputError(f"There is no field '{kind}'. The fields are {', '.join(FIELD_KINDS)}.")
    used = used_vertices(surface)
    if kind in ("corresponding", "sliding"):
        values = _measure_correspondence(kind, surface, reference.mesh)
    else:
        values = _measure_nearest(kind, surface, reference, cancel)
    return ScalarField(kind, np.where(used, values, np.nan))


def same_topology(first: Mesh, second: Mesh) -> bool:
    """Whether vertex k of one corresponds to vertex k of the other: the faces are the same."""
    return len(first.vertices) == len(second.vertices) and np.array_equal(first.faces, second.faces)


def used_vertices(mesh: Mesh) -> NDArray[np.bool_]:
    """Vertices `(V,)` that a face names; the others are no part of the surface.

    Raises:
        InputError: the mesh has no faces.
    """
    if not len(mesh.faces):
        raise InputError(
            f"Cannot compare {len(mesh.vertices)} vertices without faces. Give a surface, not a "
            "point cloud."
        )
    used = np.zeros(len(mesh.vertices), dtype=bool)
    used[mesh.faces] = True
    return used


def vertex_areas(mesh: Mesh) -> NDArray[np.float64]:
    """Area `(V,)` in mm² that each vertex stands for: a third of each of its faces'.

    With it a histogram counts surface, not vertices, which lie denser around eyes and lips.
    """
    thirds = np.repeat(face_areas(mesh.vertices, mesh.faces) / 3.0, 3)
    return np.bincount(mesh.faces.ravel(), thirds, len(mesh.vertices)).astype(np.float64)


def _measure_nearest(
    kind: FieldKind, surface: Mesh, reference: Reference, cancel: CancelToken | None
) -> NDArray[np.float64]:
    found = reference.index.closest_points(surface.vertices, cancel)
    if kind == "nearest":
        return found.distances
    return signs_along_normals(surface.vertices, found, reference) * found.distances


def signs_along_normals(
    points: NDArray, found: ClosestPoints, reference: Reference
) -> NDArray[np.float64]:
    """-1 behind the reference and 1 before it, `(N,)`, for `points` `(N, 3)`."""
    normals = reference.normals.at(reference.mesh, found)
    ahead = np.einsum("nd,nd->n", np.asarray(points, np.float64) - found.points, normals)
    return np.where(ahead < 0, -1.0, 1.0)


def _measure_correspondence(kind: FieldKind, surface: Mesh, reference: Mesh) -> NDArray[np.float64]:
    if not same_topology(surface, reference):
        raise InputError(
            f"Corresponding points need the same topology, but the surfaces have "
            f"{len(surface.vertices)} and {len(reference.vertices)} vertices, "
            f"{len(surface.faces)} and {len(reference.faces)} faces. Choose the distance to the "
            "surface."
        )
    offsets = surface.vertices.astype(np.float64) - reference.vertices
    if kind == "sliding":
        normals = vertex_normals(reference.vertices, reference.faces).astype(np.float64)
        offsets = offsets - np.einsum("vd,vd->v", offsets, normals)[:, None] * normals
    lengths: NDArray[np.float64] = np.linalg.norm(offsets, axis=1)
    return lengths
