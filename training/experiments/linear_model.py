"""A linear baseline: principal components of whole heads, as in a 3D morphable model.

It is fitted to a scan by its surface alone, like the other methods: pairs of closest points,
point to plane, under the prior of the components.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from engine.geometry.distance import SurfaceIndex, barycentric_coordinates
from engine.geometry.mesh import Mesh, frozen
from engine.geometry.normals import vertex_normals
from engine.geometry.sampling import interpolate, sample_surface
from training.parts.registered import RegisteredFaces
from training.parts.sampler import CodeSampler

Floats = NDArray[np.float64]

FACING = 0.5
"""Least cosine between the normals of a pair of points."""


@dataclass(frozen=True, slots=True, eq=False)
class LinearModel:
    """vertices(c) = mean + basis c, with c ~ N(0, 1) over the training heads.

    Attributes:
        mean: `(V, 3)` mm; basis: `(V, 3, D)` mm per standard deviation.
        faces: `(F, 3)` of the topology.
    """

    mean: NDArray[np.float32]
    basis: NDArray[np.float32]
    faces: NDArray[np.int32]

    def __post_init__(self) -> None:
        for name, kind in (("mean", np.float32), ("basis", np.float32), ("faces", np.int32)):
            object.__setattr__(self, name, frozen(getattr(self, name), kind))

    @property
    def size(self) -> int:
        return self.basis.shape[2]

    def mesh(self, code: NDArray) -> Mesh:
        """The head with code `(D,)`."""
        return Mesh(self.mean + self.basis @ np.asarray(code, np.float32), self.faces)

    def project(self, vertices: NDArray) -> Floats:
        """The code `(D,)` nearest to registered vertices `(V, 3)`, by least squares."""
        basis = self.basis.reshape(-1, self.size).astype(np.float64)
        gram = basis.T @ basis
        gram[np.diag_indices(self.size)] += 1e-9 * np.trace(gram) / self.size
        wanted = (np.asarray(vertices, np.float64) - self.mean).reshape(-1)
        return np.asarray(np.linalg.solve(gram, basis.T @ wanted), np.float64)


def train_linear(
    faces: RegisteredFaces, size: int, heads: int, rng: np.random.Generator
) -> LinearModel:
    """Principal components of `heads` random training heads.

    The heads are linear in their codes, so their components are found among the codes: exactly
    those of the vertices, without holding the vertices of all heads.

    Args:
        size: how many components to keep, at most.
    """
    codes = CodeSampler(faces).draw(heads, rng).astype(np.float64)
    mean_code = codes.mean(0)
    basis = faces.basis.reshape(-1, faces.basis.shape[2])
    gram = (basis.T @ basis).astype(np.float64)
    values, vectors = np.linalg.eigh(gram)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    inverse = (
        vectors
        * np.where(values > 1e-9 * values[-1], 1.0, 0.0)
        / np.sqrt(np.maximum(values, 1e-12))
    )
    # Components of B z are those of Gᵗ z with G Gᵗ = BᵗB, seen through B G⁻ᵗ.
    spread = root.T @ np.cov(codes, rowvar=False) @ root
    variances, turns = np.linalg.eigh(spread)
    largest = np.argsort(variances)[::-1][:size]
    largest = largest[variances[largest] > 1e-9 * variances.max()]
    mixing = inverse @ turns[:, largest] * np.sqrt(variances[largest])
    components = faces.basis @ mixing.astype(np.float32)
    mean = faces.vertices(mean_code.astype(np.float32))
    return LinearModel(mean, components, faces.faces[faces.groups != 3].astype(np.int32))


@dataclass(frozen=True, slots=True)
class LinearFit:
    """Settings of a fit.

    Attributes:
        rounds: of finding pairs and solving.
        points: of the model, and again of the scan, in each round.
        reach_mm: pairs farther apart are left out, at the first and the last round.
        sigma_mm: assumed error of a pair, at the first and the last round.
    """

    rounds: int = 18
    points: int = 6000
    reach_mm: tuple[float, float] = (40.0, 6.0)
    sigma_mm: tuple[float, float] = (6.0, 0.25)


DENSITY = 0.05
"""Share of the pairs that count as independent: neighbouring errors are alike."""


def fit_linear(
    model: LinearModel, scan: Mesh, settings: LinearFit, rng: np.random.Generator
) -> Iterator[Floats]:
    """Codes `(D,)` of each round, the best one last; the scan lies in the model's frame."""
    target = SurfaceIndex(scan)
    scan_normals = vertex_normals(scan.vertices, scan.faces)
    used = np.unique(model.faces)
    code = np.zeros(model.size)
    for number in range(settings.rounds):
        along = number / max(settings.rounds - 1, 1)
        reach = settings.reach_mm[0] * (settings.reach_mm[1] / settings.reach_mm[0]) ** along
        sigma = settings.sigma_mm[0] * (settings.sigma_mm[1] / settings.sigma_mm[0]) ** along
        mesh = model.mesh(code)
        rows = rng.choice(used, min(settings.points, len(used)), replace=False)
        ours = _from_model(mesh, target, scan_normals, rows, reach)
        theirs = _from_scan(mesh, scan, scan_normals, settings.points, reach, rng)
        design, wanted = _join(model, mesh, (ours, theirs))
        weight = DENSITY / sigma**2
        wanted = wanted + design @ code
        matrix = weight * (design.T @ design)
        matrix[np.diag_indices(model.size)] += 1.0
        code = np.linalg.solve(matrix, weight * (design.T @ wanted))
        yield code


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """N points of the model: corners `(N, 3)`, shares `(N, 3)`; where they belong `(N, 3)`;
    and the direction of measure `(N, 3)`."""

    corners: NDArray[np.int64]
    shares: Floats
    targets: Floats
    normals: Floats


def _from_model(
    mesh: Mesh, target: SurfaceIndex, scan_normals: NDArray, rows: NDArray, reach: float
) -> _Pairs:
    found = target.closest_points(mesh.vertices[rows])
    shares = barycentric_coordinates(found.points, target.mesh, found.faces)
    corners = scan_normals[target.mesh.faces[found.faces]]
    there = _unit(np.einsum("nk,nkd->nd", shares, corners))
    here = vertex_normals(mesh.vertices, mesh.faces)[rows]
    kept = (found.distances < reach) & (np.einsum("nd,nd->n", here, there) > FACING)
    # Beyond an open rim the closest point says nothing: there the offset is no normal one.
    offset = _unit(mesh.vertices[rows] - found.points)
    kept &= (np.abs(np.einsum("nd,nd->n", offset, there)) > 0.8) | (found.distances < 0.5)
    return _Pairs(
        np.repeat(rows[kept][:, None], 3, axis=1),
        np.tile([1.0, 0.0, 0.0], (int(kept.sum()), 1)),
        found.points[kept],
        there[kept],
    )


def _from_scan(
    mesh: Mesh,
    scan: Mesh,
    scan_normals: NDArray,
    count: int,
    reach: float,
    rng: np.random.Generator,
) -> _Pairs:
    drawn = sample_surface(scan, count, rng)
    there = _unit(interpolate(scan, drawn, scan_normals))
    found = SurfaceIndex(mesh).closest_points(drawn.points)
    corners = mesh.faces[found.faces].astype(np.int64)
    shares = barycentric_coordinates(found.points, mesh, found.faces)
    normals = vertex_normals(mesh.vertices, mesh.faces)[corners]
    here = _unit(np.einsum("nk,nkd->nd", shares, normals))
    kept = (found.distances < reach) & (np.einsum("nd,nd->n", here, there) > FACING)
    return _Pairs(corners[kept], shares[kept], drawn.points[kept], there[kept])


def _join(model: LinearModel, mesh: Mesh, both: tuple[_Pairs, _Pairs]) -> tuple[Floats, Floats]:
    """Rows `(N, D)` of the derivative of each pair's distance, and minus the distances `(N,)`."""
    corners, shares, targets, normals = (
        np.concatenate([getattr(pairs, name) for pairs in both])
        for name in ("corners", "shares", "targets", "normals")
    )
    count = len(corners)
    columns = (3 * corners[:, :, None] + np.arange(3)).reshape(-1)
    values = (shares[:, :, None] * normals[:, None, :]).reshape(-1).astype(np.float32)
    picked = csr_array(
        (values, columns, np.arange(0, 9 * count + 1, 9)), shape=(count, 3 * len(model.mean))
    )
    design = np.asarray(picked @ model.basis.reshape(-1, model.size), np.float64)
    places = np.einsum("nk,nkd->nd", shares, mesh.vertices[corners].astype(np.float64))
    return design, np.einsum("nd,nd->n", normals, targets - places)


def _unit(vectors: NDArray) -> Floats:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Floats = np.asarray(vectors, np.float64) / np.maximum(lengths, 1e-12)
    return unit
