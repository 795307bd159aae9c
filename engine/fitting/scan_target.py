"""A scan made ready for many searches."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.geometry.distance import SurfaceIndex
from engine.geometry.mesh import Mesh
from engine.geometry.normals import face_area_vectors, face_areas, vertex_normals
from engine.geometry.sampling import interpolate, sample_surface
from engine.geometry.similarity import Similarity
from engine.geometry.topology import merge_equal_vertices, remove_unreferenced_vertices
from engine.geometry.visibility import hidden_points, open_faces

Floats = NDArray[np.float64]

MARGIN_MM = 60.0
"""Of the scan, only what lies this near to the box of the model's head is kept."""
MANY_FACES = 400_000
"""Above this, vertices in one cell of a grid are merged first."""
SMOOTHING_PASSES = 3
MINIMUM_FACES = 100


@dataclass(frozen=True, slots=True, eq=False)
class ScanTarget:
    """A scan placed in millimetres near the model.

    Attributes:
        index: exact search on its surface.
        normals: `(V, 3)` unit normals of its vertices, smoothed a little against noise.
        rim: `(F,)` faces at open edges, beyond which nothing is known.
        points, point_normals: `(M, 3)` samples that can be seen from outside.
        point_area: mm² of surface that each sample stands for.
    """

    index: SurfaceIndex
    normals: Floats
    rim: NDArray[np.bool_]
    points: Floats
    point_normals: Floats
    point_area: float

    @property
    def mesh(self) -> Mesh:
        return self.index.mesh

    def normals_at(self, faces: NDArray[np.int64], barycentric: Floats) -> Floats:
        """Unit normals `(N, 3)` at points given by face `(N,)` and corner weights `(N, 3)`."""
        mixed = np.einsum("nk,nkd->nd", barycentric, self.normals[self.mesh.faces[faces]])
        return unit_rows(mixed)


def prepare_scan(
    scan: Mesh, start: Similarity, around: NDArray, samples: int, rng: np.random.Generator
) -> ScanTarget:
    """Place `scan` with `start` and keep what lies about the model's vertices `around` `(V, 3)`.

    Raises:
        InputError: too little of the scan is left.
    """
    mesh = cropped_scan(scan, start, around)
    normals = smooth_normals(mesh, SMOOTHING_PASSES)
    drawn = sample_surface(mesh, samples, rng)
    directions = unit_rows(interpolate(mesh, drawn, normals))
    seen = ~hidden_points(mesh, drawn.points, directions, rays=12)
    if np.count_nonzero(seen) < samples // 10:
        seen = np.ones(samples, np.bool_)
    area = float(face_areas(mesh.vertices, mesh.faces).sum()) / samples
    return ScanTarget(
        SurfaceIndex(mesh),
        normals,
        open_faces(mesh.faces),
        drawn.points[seen],
        directions[seen],
        area,
    )


def cropped_scan(scan: Mesh, start: Similarity, around: NDArray) -> Mesh:
    """The scan in the model's millimetres, without what lies far from `around` `(V, 3)`.

    Raises:
        InputError: too little is left.
    """
    placed = Mesh(start.apply(scan.vertices), scan.faces)
    lower, upper = around.min(axis=0) - MARGIN_MM, around.max(axis=0) + MARGIN_MM
    near = ((placed.vertices >= lower) & (placed.vertices <= upper)).all(axis=1)
    areas = face_areas(placed.vertices, placed.faces)
    kept = near[placed.faces].all(axis=1) & (areas > 0)
    if np.count_nonzero(kept) < MINIMUM_FACES:
        raise InputError(
            f"Only {np.count_nonzero(kept)} of the scan's {len(scan.faces)} triangles lie about "
            f"the model's head; a fit needs {MINIMUM_FACES}. Align the scan with the model first."
        )
    mesh = remove_unreferenced_vertices(Mesh(placed.vertices, placed.faces[kept]))
    if len(mesh.faces) > MANY_FACES:
        mesh = merge_in_cells(mesh, MANY_FACES)
    return merge_equal_vertices(mesh)


def merge_in_cells(mesh: Mesh, face_count: int) -> Mesh:
    """A mesh of about `face_count` faces: vertices in one cell of a grid become their mean."""
    area = float(face_areas(mesh.vertices, mesh.faces).sum())
    # An even mesh of F faces has F / 2 vertices, each with a cell of 2 area / F on the surface.
    cell = float(np.sqrt(2.0 * area / face_count))
    keys = np.floor((mesh.vertices - mesh.vertices.min(axis=0)) / cell).astype(np.int64)
    size = keys.max(axis=0) + 1
    flat = (keys[:, 0] * size[1] + keys[:, 1]) * size[2] + keys[:, 2]
    _, labels, counts = np.unique(flat, return_inverse=True, return_counts=True)
    merged = np.stack(
        [np.bincount(labels, mesh.vertices[:, axis]) / counts for axis in range(3)], axis=1
    )
    faces = labels[mesh.faces]
    solid = (faces != np.roll(faces, 1, axis=1)).all(axis=1)
    return Mesh(merged.astype(np.float32), faces[solid])


def smooth_normals(mesh: Mesh, passes: int) -> Floats:
    """Vertex normals `(V, 3)`, each pass replacing them by the mean over the faces around."""
    normals = vertex_normals(mesh.vertices, mesh.faces).astype(np.float64)
    areas = np.linalg.norm(face_area_vectors(mesh.vertices, mesh.faces), axis=1)
    for _ in range(passes):
        of_faces = normals[mesh.faces].mean(axis=1) * areas[:, None]
        total = np.zeros_like(normals)
        for axis in range(3):
            for corner in range(3):
                total[:, axis] += np.bincount(
                    mesh.faces[:, corner], of_faces[:, axis], minlength=len(normals)
                )
        normals = unit_rows(total)
    return normals


def unit_rows(vectors: NDArray) -> Floats:
    """Rows `(N, 3)` scaled to length 1; zero rows stay zero."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Floats = np.divide(vectors, lengths, out=np.zeros(vectors.shape), where=lengths > 0)
    return unit
