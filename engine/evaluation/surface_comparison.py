"""Measures one reconstruction against its truth, whole and by region: see `surface_report`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.evaluation.curves import cumulative_curve
from engine.evaluation.metrics import (
    Distances,
    DistanceSummary,
    angles_between,
    chamfer_distance,
    f_scores,
    point_chamfer_distance,
    sampling_floor,
    summarize_distances,
)
from engine.evaluation.surface_report import (
    PointErrors,
    ReportSettings,
    SurfaceErrors,
    SurfaceReport,
)
from engine.geometry.distance import SurfaceIndex, barycentric_coordinates
from engine.geometry.mesh import Mesh
from engine.geometry.normals import face_areas, vertex_normals
from engine.geometry.regions import dominant_regions, face_regions, transfer_region_weights
from engine.geometry.sampling import SurfaceSamples, interpolate, sample_surface
from engine.progress import CancelToken


def compare_surfaces(
    reconstruction: Mesh,
    truth: Mesh,
    rng: np.random.Generator,
    region_names: Sequence[str] = (),
    settings: ReportSettings | None = None,
    cancel: CancelToken | None = None,
    truth_index: SurfaceIndex | None = None,
) -> SurfaceReport:
    """Measure everything between a reconstruction and its truth.

    Distances always run to the *whole* other surface, so a region's rim adds no error.

    Args:
        reconstruction: any mesh in the truth's frame; its own region weights are not used.
        truth: the mesh to compare with; its region weights name the regions.
        rng: the only source of chance.
        region_names: names of the columns of the truth's region weights; where empty,
            regions are left out.
        settings: how many samples and which thresholds.
        cancel: polled between chunks of distances.
        truth_index: of `truth`, where there is one, to save making it.

    Raises:
        InputError: a mesh has no surface, the names do not fit the weights, or no face of
            a mesh lies in a region.
        Cancelled: `cancel` was raised meanwhile.
    """
    sides = _Side(reconstruction), _Side(truth, truth_index)
    ends = sides[0].vertex_distances(sides[1], cancel), sides[1].vertex_distances(sides[0], cancel)
    pair = _Pair(*sides, settings or ReportSettings(), cancel, *ends)
    count = pair.settings.samples
    first = sample_surface(reconstruction, count, rng)
    second = sample_surface(truth, count, rng)
    points = None
    if pair.settings.points:
        area = float(face_areas(truth.vertices, truth.faces).sum())
        chamfer = point_chamfer_distance(first.points, second.points)
        points = PointErrors(chamfer, sampling_floor(area, count), count)
    regions = pair.measure_regions(rng, region_names) if region_names else ()
    return SurfaceReport(pair.measure("whole", first, second), points, regions)


class _Side:
    """A mesh with what measuring needs of it."""

    def __init__(self, mesh: Mesh, index: SurfaceIndex | None = None) -> None:
        self.mesh = mesh
        self.index = SurfaceIndex(mesh) if index is None else index
        self.normals = vertex_normals(mesh.vertices, mesh.faces)

    def vertex_distances(self, other: "_Side", cancel: CancelToken | None) -> Distances:
        """Distances `(V,)` of the vertices to the other surface."""
        return other.index.closest_points(self.mesh.vertices, cancel).distances

    def largest(self, distances: Distances, faces: NDArray[np.bool_] | None) -> float:
        """The largest of the vertices' `distances` `(V,)` on `faces` `(F,)`, or on all of them."""
        chosen = self.mesh.faces if faces is None else self.mesh.faces[faces]
        return float(distances[chosen].max(initial=0.0))


@dataclass(frozen=True, slots=True)
class _Pair:
    """What one comparison works with."""

    reconstruction: _Side
    truth: _Side
    settings: ReportSettings
    cancel: CancelToken | None
    forward_ends: Distances
    backward_ends: Distances

    def measure(
        self,
        name: str,
        first: SurfaceSamples,
        second: SurfaceSamples,
        first_faces: NDArray[np.bool_] | None = None,
        second_faces: NDArray[np.bool_] | None = None,
    ) -> SurfaceErrors:
        forward = _measure_directed(self.reconstruction, first, self.truth, self.cancel)
        backward = _measure_directed(self.truth, second, self.reconstruction, self.cancel)
        reached = self.reconstruction.largest(self.forward_ends, first_faces)
        missed = self.truth.largest(self.backward_ends, second_faces)
        angles = [found[np.isfinite(found)] for found in (forward.angles, backward.angles)]
        means = [float(np.mean(found)) for found in angles if len(found)]
        return SurfaceErrors(
            name,
            chamfer_distance(forward.distances, backward.distances),
            f_scores(forward.distances, backward.distances, self.settings.thresholds_mm),
            _summarize(forward.distances, reached),
            _summarize(backward.distances, missed),
            float(np.mean(means)) if means else float("nan"),
            cumulative_curve(forward.distances),
        )

    def measure_regions(
        self, rng: np.random.Generator, names: Sequence[str]
    ) -> tuple[SurfaceErrors, ...]:
        truth, reconstruction = self.truth.mesh, self.reconstruction.mesh
        columns = 0 if truth.region_weights is None else truth.region_weights.shape[1]
        if columns != len(names):
            raise InputError(
                f"The truth has weights of {columns} regions, but {len(names)} names were given "
                f"({', '.join(names)}). Give one name for each."
            )
        of_truth = face_regions(truth)
        of_reconstruction = self._reconstruction_regions()
        measured = []
        for column, name in enumerate(names):
            masks = (of_reconstruction == column, of_truth == column)
            first, second = (
                _sample_region(mesh, mask, name, self.settings.region_samples, rng)
                for mesh, mask in zip((reconstruction, truth), masks, strict=True)
            )
            measured.append(self.measure(name, first, second, *masks))
        return tuple(measured)

    def _reconstruction_regions(self) -> NDArray[np.int64]:
        """Each face's region `(F,)`: that of the truth's point closest to its centre.

        The reconstruction's own weights would not do: another model's may be drawn otherwise.
        """
        mesh = self.reconstruction.mesh
        centres = mesh.vertices[mesh.faces].mean(axis=1)
        return dominant_regions(transfer_region_weights(self.truth.index, centres, self.cancel))


@dataclass(frozen=True, slots=True, eq=False)
class _Directed:
    """From N samples to the other surface: distances `(N,)` in mm, angles `(N,)` in degrees."""

    distances: NDArray[np.float64]
    angles: NDArray[np.float64]


def _measure_directed(
    source: _Side, samples: SurfaceSamples, target: _Side, cancel: CancelToken | None
) -> _Directed:
    found = target.index.closest_points(samples.points, cancel)
    weights = barycentric_coordinates(found.points, target.mesh, found.faces)
    there = SurfaceSamples(found.points, found.faces, weights)
    angles = angles_between(
        interpolate(source.mesh, samples, source.normals),
        interpolate(target.mesh, there, target.normals),
    )
    return _Directed(found.distances, angles)


def _summarize(distances: Distances, largest: float) -> DistanceSummary:
    summary = summarize_distances(distances)
    return replace(summary, maximum=max(summary.maximum, largest))


def _sample_region(
    mesh: Mesh, mask: NDArray[np.bool_], name: str, count: int, rng: np.random.Generator
) -> SurfaceSamples:
    if not mask.any():
        raise InputError(
            f"No face of one of the meshes lies in region '{name}', so it cannot be measured. "
            "Check that both are in the same frame and in millimetres."
        )
    return sample_surface(mesh, count, rng, mask)
