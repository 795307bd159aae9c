"""Points drawn on a surface, and points spread evenly among others."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.geometry.array_checks import require_mask, require_points
from engine.geometry.mesh import Mesh, frozen
from engine.geometry.normals import face_areas


@dataclass(frozen=True, slots=True, eq=False)
class SurfaceSamples:
    """N points on the faces of a mesh.

    Attributes:
        points: `(N, 3)` float64, in mm.
        faces: `(N,)` int64, the face each point lies on.
        barycentric: `(N, 3)` float64, the weights of that face's corners; rows sum to 1.
    """

    points: NDArray[np.float64]
    faces: NDArray[np.int64]
    barycentric: NDArray[np.float64]

    def __post_init__(self) -> None:
        object.__setattr__(self, "points", frozen(self.points, np.float64))
        object.__setattr__(self, "faces", frozen(self.faces, np.int64))
        object.__setattr__(self, "barycentric", frozen(self.barycentric, np.float64))

    def __len__(self) -> int:
        return len(self.points)


def sample_surface(
    mesh: Mesh,
    count: int,
    rng: np.random.Generator,
    face_mask: NDArray[np.bool_] | None = None,
) -> SurfaceSamples:
    """`count` points, uniform over the area of the faces of `mesh`.

    Args:
        mesh: the surface.
        count: how many points, 0 or more.
        rng: the only source of chance; the same state gives the same points.
        face_mask: `(F,)`, the faces to draw from; all of them where None.

    Raises:
        InputError: a negative count, a mask of another length, or no area to draw from.
    """
    if count < 0:
        raise InputError(f"The number of samples must not be negative, got {count}.")
    areas = face_areas(mesh.vertices, mesh.faces).astype(np.float64)
    if face_mask is not None:
        areas = np.where(require_mask(face_mask, len(mesh.faces), "faces"), areas, 0.0)
    total = np.cumsum(areas)
    if not len(total) or total[-1] <= 0:
        raise InputError(
            f"Cannot sample the surface: none of the chosen faces ({np.count_nonzero(areas)} of "
            f"{len(mesh.faces)}) has any area. Choose a region or mesh that has a surface."
        )
    # From the right, so that faces without area are stepped over; a draw that rounds up to
    # the total belongs to the last face with area.
    faces = np.searchsorted(total, rng.random(count) * total[-1], side="right")
    faces = np.minimum(faces, np.searchsorted(total, total[-1]))
    barycentric = _uniform_barycentric(count, rng)
    corners = mesh.vertices[mesh.faces[faces]].astype(np.float64)
    return SurfaceSamples(np.einsum("nk,nkd->nd", barycentric, corners), faces, barycentric)


def _uniform_barycentric(count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Weights `(count, 3)`, uniform over a triangle: 1 - √u, √u (1 - v), √u v."""
    root = np.sqrt(rng.random(count))
    along = rng.random(count)
    return np.stack([1 - root, root * (1 - along), root * along], axis=1)


def interpolate(mesh: Mesh, samples: SurfaceSamples, values: NDArray) -> NDArray[np.float64]:
    """Values at the samples `(N, K)`, linear in each face, from values at vertices `(V, K)`.

    Raises:
        InputError: there is not one row for each vertex.
    """
    if np.ndim(values) != 2 or len(values) != len(mesh.vertices):
        raise InputError(
            f"Expected values of shape ({len(mesh.vertices)}, K), got {np.shape(values)}."
        )
    corners = np.asarray(values, dtype=np.float64)[mesh.faces[samples.faces]]
    mixed: NDArray[np.float64] = np.einsum("nk,nkd->nd", samples.barycentric, corners)
    return mixed


def farthest_points(points: NDArray, count: int, start: int = 0) -> NDArray[np.int64]:
    """Indices `(count,)` of points spread evenly: each is the farthest from those before it.

    Args:
        points: `(N, 3)`.
        count: how many, 1 to N.
        start: the first index.

    Raises:
        InputError: `count` or `start` is out of range, or `points` has another shape.
    """
    array = require_points(points)
    if not 1 <= count <= len(array) or not 0 <= start < len(array):
        raise InputError(
            f"Cannot choose {count} of {len(array)} points starting at {start}: "
            "the count must be from 1 to the number of points, and the start one of them."
        )
    chosen = np.empty(count, dtype=np.int64)
    nearest = np.full(len(array), np.inf)
    index = start
    for place in range(count):
        chosen[place] = index
        offsets = array - array[index]
        np.minimum(nearest, np.einsum("ij,ij->i", offsets, offsets), out=nearest)
        # Below every distance, so that points at the same place are not chosen twice.
        nearest[index] = -1.0
        index = int(np.argmax(nearest))
    return chosen
