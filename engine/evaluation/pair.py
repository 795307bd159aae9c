"""One surface against its reference: aligned, measured, whole and by region."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine.errors import InputError
from engine.evaluation.alignment import (
    AlignmentRequest,
    PairAlignment,
    align_pair,
    move_mesh,
)
from engine.evaluation.earth_mover import EarthMoverDistance, earth_mover_distance
from engine.evaluation.fields import Reference, same_topology, used_vertices
from engine.evaluation.metrics import box_scale, normalized_mean_error
from engine.evaluation.surface_comparison import compare_surfaces
from engine.evaluation.surface_report import ReportSettings, SurfaceErrors, SurfaceReport
from engine.geometry.mesh import Mesh
from engine.progress import CancelToken, Progress, ignore_progress

APART = 5.0
"""Sizes that differ by this factor are most likely in other units."""


@dataclass(frozen=True, slots=True, eq=False)
class PairSettings:
    """How a pair is compared.

    Attributes:
        alignment: how the surface is laid onto the reference first.
        report: samples and thresholds.
        earth_mover_samples: points of the earth mover's distance, 0 to leave it out.
        seed: of the samples; the same seed gives the same figures.
    """

    alignment: AlignmentRequest = field(default_factory=AlignmentRequest)
    report: ReportSettings = field(default_factory=lambda: ReportSettings(points=False))
    earth_mover_samples: int = 1024
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class PairComparison:
    """Everything measured of one pair.

    Attributes:
        name, reference_name: of the surface and of what it was compared with.
        alignment: where the surface was laid.
        report: distances, F-scores and normals, whole and by region.
        earth_mover: None where it was left out.
        nme: mean distance of corresponding points over √(width · height) of the reference
            seen from the front; None where the topologies differ.
        notes: what the reader should know of the pair.
    """

    name: str
    reference_name: str
    alignment: PairAlignment
    report: SurfaceReport
    earth_mover: EarthMoverDistance | None
    nme: float | None
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values; lengths in mm, shares in percent, angles in degrees."""
        aligned = self.alignment
        return {
            "surface": self.name,
            "reference": self.reference_name,
            "align": aligned.mode,
            "align_method": aligned.method,
            "align_rms_mm": aligned.rms_mm,
            "alignment": aligned.similarity.to_json(),
            **errors_to_json(self.report.whole),
            "emd_mm": None if self.earth_mover is None else self.earth_mover.mean_mm,
            "emd_floor_mm": None if self.earth_mover is None else self.earth_mover.floor_mm,
            "nme": self.nme,
            "regions": {errors.name: errors_to_json(errors) for errors in self.report.regions},
            "notes": list(self.notes),
        }


def errors_to_json(errors: SurfaceErrors) -> dict[str, Any]:
    """The figures of a whole surface or of one region."""
    summary = errors.forward
    angle = errors.normal_error_deg
    return {
        "mean_mm": summary.mean,
        "median_mm": summary.median,
        "rms_mm": summary.rms,
        "p90_mm": summary.p90,
        "p95_mm": summary.p95,
        "p99_mm": summary.p99,
        "max_mm": summary.maximum,
        "completeness_mm": errors.chamfer.backward_mm,
        "chamfer_mm": errors.chamfer.symmetric_mm,
        "hausdorff_mm": errors.hausdorff_mm,
        "normal_error_deg": angle if np.isfinite(angle) else None,
        "fscore": {f"{score.threshold_mm:g}": score.score for score in errors.f_scores},
        "precision": {f"{score.threshold_mm:g}": score.precision for score in errors.f_scores},
        "recall": {f"{score.threshold_mm:g}": score.recall for score in errors.f_scores},
    }


def compare_pair(
    surface: Mesh,
    reference: Reference,
    settings: PairSettings,
    region_names: Sequence[str] = (),
    names: tuple[str, str] = ("surface", "reference"),
    progress: Progress = ignore_progress,
    cancel: CancelToken | None = None,
) -> PairComparison:
    """Align `surface` to `reference` and measure it.

    Args:
        region_names: names of the columns of the reference's region weights; none for no regions.
        names: of both, for tables.

    Raises:
        InputError: a mesh has no surface, or the alignment or the regions do not fit them.
        Cancelled: `cancel` was raised meanwhile.
    """
    notes = size_notes(surface, reference.mesh, names)
    progress(0.0, "Aligning")
    alignment = align_pair(surface, reference, settings.alignment, cancel)
    moved = move_mesh(surface, alignment.similarity)
    progress(0.2, "Measuring distances")
    rng = np.random.default_rng(settings.seed)
    report = compare_surfaces(
        moved, reference.mesh, rng, region_names, settings.report, cancel, reference.index
    )
    progress(0.8, "Measuring the earth mover's distance")
    mover = None
    if settings.earth_mover_samples:
        mover = earth_mover_distance(moved, reference.mesh, rng, settings.earth_mover_samples)
    return PairComparison(
        names[0], names[1], alignment, report, mover, _measure_nme(moved, reference.mesh), notes
    )


def size_notes(surface: Mesh, reference: Mesh, names: tuple[str, str]) -> tuple[str, ...]:
    """A warning where the sizes differ so much that the units must.

    Raises:
        InputError: a mesh has no surface, or no extent.
    """
    sizes = []
    for mesh, name in zip((surface, reference), names, strict=True):
        points = mesh.vertices[used_vertices(mesh)].astype(np.float64)
        size = float(np.linalg.norm(np.ptp(points, axis=0)))
        if not size > 0:
            raise InputError(f"'{name}' has no extent: all its vertices lie at one place.")
        sizes.append(size)
    ratio = sizes[0] / sizes[1]
    if 1 / APART < ratio < APART:
        return ()
    return (
        f"'{names[0]}' measures {sizes[0]:.3g} across and '{names[1]}' {sizes[1]:.3g}: one is "
        "probably not in millimetres. The distances are in the reference's unit.",
    )


def _measure_nme(surface: Mesh, reference: Mesh) -> float | None:
    if not same_topology(surface, reference):
        return None
    used = used_vertices(surface)
    truth = reference.vertices[used]
    scale = box_scale(truth)
    return normalized_mean_error(surface.vertices[used], truth, scale) if scale > 0 else None
