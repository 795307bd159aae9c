"""How well a fitted face lies on its scan, over the surface that the scan covers.

A point of the model's surface is *covered* by the scan where all of this holds:

* it can be seen from outside (not the inside of the mouth, not an eyeball behind its lid) and is
  not on the closed end of the neck, which no scan has;
* its closest point on the scan is no farther than `REACH_MM` and not on a triangle at an open
  edge, beyond which the scan knows nothing: rims of holes, the mask's border;
* both surfaces face the same way there.

A point of the scan counts where it can be seen from outside, is no farther than `REACH_MM` from
the model (hair, clothes and shoulders are), and its closest point on the model can be seen and is
not on the end of the neck. Distances are exact, from samples to the other *surface*; the chamfer
distance is the mean of both directions' means.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.editing.residual import ResidualLayer
from engine.errors import InputError
from engine.evaluation.metrics import chamfer_distance, f_score
from engine.fitting.face_surface import never_seen, usable_vertices
from engine.fitting.scan_target import cropped_scan, smooth_normals, unit_rows
from engine.geometry.distance import SurfaceIndex, barycentric_coordinates
from engine.geometry.mesh import Mesh
from engine.geometry.normals import vertex_normals
from engine.geometry.sampling import interpolate, sample_surface
from engine.geometry.similarity import Similarity
from engine.geometry.visibility import hidden_points, open_faces
from engine.models.protocol import REGIONS, FaceCode, FaceModel
from engine.progress import CancelToken

Floats = NDArray[np.float64]

REACH_MM = 10.0
SAMPLES = 40_000
THRESHOLD_MM = 1.0
FACING = 0.0
SEED = 0


@dataclass(frozen=True, slots=True)
class RegionFit:
    """Chamfer distance in mm and F-score at 1 mm in percent; None where nothing is covered."""

    chamfer_mm: float | None
    fscore: float | None

    def to_json(self) -> dict[str, float | None]:
        return {"chamfer_mm": _rounded(self.chamfer_mm), "fscore": _rounded(self.fscore)}


@dataclass(frozen=True, slots=True)
class FitReport:
    """A fit in figures.

    Attributes:
        whole: over all that is covered, before the residual layer.
        regions: the same by region of `REGIONS`.
        with_residual: over all that is covered, the residual layer applied; None without one.
        covered_share: share of the model's visible surface that the scan covers.
        alignment: from the scan's file to the model's millimetres.
        seconds, iterations: what the fit took, where known.
    """

    whole: RegionFit
    regions: Mapping[str, RegionFit]
    with_residual: RegionFit | None
    covered_share: float
    alignment: Similarity
    seconds: float | None = None
    iterations: int | None = None

    def to_json(self) -> dict[str, Any]:
        """A plain dictionary; distances in mm, F-scores in percent."""
        return {
            "chamfer_mm": _rounded(self.whole.chamfer_mm),
            "fscore": _rounded(self.whole.fscore),
            "regions": {name: fit.to_json() for name, fit in self.regions.items()},
            "covered_share": _rounded(self.covered_share),
            "seconds": _rounded(self.seconds),
            "iterations": self.iterations,
            "alignment": self.alignment.to_json(),
            "chamfer_with_residual_mm": _rounded(
                self.with_residual.chamfer_mm if self.with_residual else None
            ),
        }


def fit_report(
    model: FaceModel,
    code: FaceCode,
    similarity: Similarity,
    scan: Mesh,
    residual: ResidualLayer | None = None,
    seconds: float | None = None,
    iterations: int | None = None,
    cancel: CancelToken | None = None,
) -> FitReport:
    """Measure the exact template surface of `code` against `scan` (in its file's units).

    Raises:
        InputError: the scan covers nothing of the model.
    """
    template = model.template
    bare = template.with_vertices(model.template_surface(code, cancel))
    placed = cropped_scan(scan, similarity, bare.vertices)
    never = never_seen(model)
    side = _Scan(placed, cancel)
    measured = _measure(bare, never, side, cancel)
    weights = template.region_weights
    if weights is None:
        raise InputError("The model's template has no region weights.")
    layered = None
    if residual is not None:
        moved = residual.apply(bare.vertices, template.faces, weights)
        layered = _measure(template.with_vertices(moved), never, side, cancel).fit(None)
    return FitReport(
        measured.fit(None),
        {name: measured.fit(row) for row, name in enumerate(REGIONS)},
        layered,
        measured.covered_share,
        similarity,
        seconds,
        iterations,
    )


class _Scan:
    """A placed scan with what measuring needs of it."""

    def __init__(self, mesh: Mesh, cancel: CancelToken | None) -> None:
        rng = np.random.default_rng(SEED)
        self.index = SurfaceIndex(mesh)
        self.rim = open_faces(mesh.faces)
        self.normals = smooth_normals(mesh, 1)
        drawn = sample_surface(mesh, SAMPLES, rng)
        directions = unit_rows(interpolate(mesh, drawn, self.normals))
        if cancel is not None:
            cancel.check()
        shown = ~hidden_points(mesh, drawn.points, directions, rays=6)
        self.points, self.directions = drawn.points[shown], directions[shown]


@dataclass(frozen=True, slots=True, eq=False)
class _Measured:
    """Distances and the regions `(N,)` they belong to, in both directions."""

    forward: Floats
    forward_region: NDArray[np.int64]
    backward: Floats
    backward_region: NDArray[np.int64]
    covered_share: float

    def fit(self, region: int | None) -> RegionFit:
        forward, backward = self.forward, self.backward
        if region is not None:
            forward = forward[self.forward_region == region]
            backward = backward[self.backward_region == region]
        if not len(forward) or not len(backward):
            return RegionFit(None, None)
        return RegionFit(
            chamfer_distance(forward, backward).symmetric_mm,
            f_score(forward, backward, THRESHOLD_MM).score,
        )


def _measure(
    mesh: Mesh, never: NDArray[np.bool_], scan: _Scan, cancel: CancelToken | None
) -> _Measured:
    normals = vertex_normals(mesh.vertices, mesh.faces).astype(np.float64)
    everywhere = np.ones(len(never), np.bool_)
    shown_faces = np.all(usable_vertices(mesh, never, everywhere)[mesh.faces], axis=1)
    drawn = sample_surface(mesh, SAMPLES, np.random.default_rng(SEED), shown_faces)
    found = scan.index.closest_points(drawn.points, cancel)
    corners = barycentric_coordinates(found.points, scan.index.mesh, found.faces)
    there = np.einsum("nk,nkd->nd", corners, scan.normals[scan.index.mesh.faces[found.faces]])
    facing = np.einsum("nd,nd->n", interpolate(mesh, drawn, normals), there) > FACING
    covered = (found.distances <= REACH_MM) & ~scan.rim[found.faces] & facing
    if not covered.any():
        raise InputError(
            f"The scan covers nothing of the model: no point of it lies within {REACH_MM:g} mm "
            "of the face. Check the alignment."
        )
    index = SurfaceIndex(mesh)
    back = index.closest_points(scan.points, cancel)
    back_corners = barycentric_coordinates(back.points, mesh, back.faces)
    here = np.einsum("nk,nkd->nd", back_corners, normals[mesh.faces[back.faces]])
    counted = (
        (back.distances <= REACH_MM)
        & shown_faces[back.faces]
        & (np.einsum("nd,nd->n", here, scan.directions) > FACING)
    )
    return _Measured(
        found.distances[covered],
        _regions(mesh, drawn.faces[covered], drawn.barycentric[covered]),
        back.distances[counted],
        _regions(mesh, back.faces[counted], back_corners[counted]),
        float(np.mean(covered)),
    )


def _regions(mesh: Mesh, faces: NDArray[np.int64], corners: Floats) -> NDArray[np.int64]:
    if mesh.region_weights is None:
        return np.zeros(len(faces), np.int64)
    weights = mesh.region_weights[mesh.faces[faces]]
    return np.einsum("nk,nkr->nr", corners, weights).argmax(axis=1)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 4)
