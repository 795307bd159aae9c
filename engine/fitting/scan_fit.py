"""From a scan to codes and pose: our fast method.

The template surface is linear in the codes, so a fit is an iterated least-squares problem:
find pairs of points in both directions, weigh them robustly, solve for codes and pose under
the prior of the codes, and repeat, coarse to fine. The last stages put the exact zero set on
the scan (eq. 12 of the paper: Φ = 0 at the scan's points): what the exact surface differs from
the linear one is measured and carried along as a constant.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.fitting.correspondences import (
    Correspondences,
    ModelState,
    from_model,
    from_scan,
    joined,
    model_state,
)
from engine.fitting.face_surface import (
    detailed_vertices,
    emphasis_of,
    face_share,
    never_seen,
    usable_vertices,
    vertex_areas,
)
from engine.fitting.gauss_newton import Prior, StepFreedom, robust_weights, spread_of, step
from engine.fitting.scan_target import ScanTarget, prepare_scan
from engine.fitting.settings import FitSettings, FitStep
from engine.fitting.surface_basis import SurfaceBasis, free_basis
from engine.geometry.mesh import Mesh
from engine.geometry.similarity import Similarity
from engine.models.protocol import FaceModel
from engine.progress import CancelToken

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Stage:
    """Steps with the same freedom.

    Attributes:
        steps: at most so many.
        coordinates: how many of the largest are free.
        share: of the model's vertices and the scan's samples that are used.
        reach_mm: pairs farther apart are left out, at the first and the last step.
        scale_mm: of the robust weights, at the first and the last step.
        sigma_mm: assumed error of a point, at the first and the last step.
        exact: whether the zero set is put on the scan, not the linear surface.
        looks: whether it first looks which vertices the face itself hides.
        settled_mm: the stage ends early when no vertex moves farther.
    """

    steps: int
    coordinates: int
    share: float
    reach_mm: tuple[float, float]
    scale_mm: tuple[float, float]
    sigma_mm: tuple[float, float]
    exact: bool = False
    looks: bool = False
    settled_mm: float = 0.05


STAGES = (
    Stage(5, 12, 0.3, (40.0, 25.0), (15.0, 6.0), (4.0, 2.0), settled_mm=0.5),
    Stage(4, 60, 0.3, (25.0, 15.0), (6.0, 4.0), (3.0, 2.0), settled_mm=0.5),
    Stage(5, 140, 0.4, (15.0, 10.0), (4.0, 2.5), (2.0, 1.0), settled_mm=0.2),
    Stage(6, 10_000, 0.7, (10.0, 8.0), (2.5, 1.5), (1.0, 0.3), looks=True),
    Stage(3, 10_000, 1.0, (8.0, 8.0), (1.5, 1.5), (0.3, 0.25), exact=True, looks=True),
    Stage(3, 10_000, 1.0, (8.0, 8.0), (1.5, 1.5), (0.25, 0.25), exact=True),
)
FEWEST_PAIRS = 50
HAIR, NO_HAIR_MM = 0.3, 2.0
"""Hair, caps and collars lie outside the skin, never inside: away from the face, the robust scale
of what lies outside the model is this share of the usual one, but what is so near may be skin."""
NEAR_SHAPE, NEAR_EXPRESSION = 20.0, 1000.0
"""Precision with which the exact stages keep codes near those of the linear surface: they may make
up for the field's error, but not with another face and expression."""


def fit_fast(
    model: FaceModel,
    scan: Mesh,
    start: Similarity,
    settings: FitSettings,
    cancel: CancelToken | None = None,
) -> Iterator[FitStep]:
    """Fit `scan`; see `engine.fitting.fit_scan`."""
    fit = _Fit(model, scan, start, settings, cancel)
    stages = [stage for stage in STAGES if settings.exact or not stage.exact]
    planned = sum(stage.steps for stage in stages)
    done, iteration = 0, 0
    latest: FitStep | None = None
    for stage in stages:
        fit.enter(stage)
        for number in range(stage.steps):
            if cancel is not None:
                cancel.check()
            moved_mm = fit.advance(stage, number / max(stage.steps - 1, 1))
            iteration += 1
            if latest is not None:
                yield latest
            latest = fit.report(iteration, (done + number + 1) / planned)
            if moved_mm < stage.settled_mm or iteration == settings.iterations:
                break
        done += stage.steps
        if iteration == settings.iterations:
            break
    if latest is not None:
        yield replace(latest, fraction=1.0, done=True)


class _Fit:
    """The state of one fit."""

    def __init__(
        self,
        model: FaceModel,
        scan: Mesh,
        start: Similarity,
        settings: FitSettings,
        cancel: CancelToken | None,
    ) -> None:
        self._model, self._settings, self._cancel = model, settings, cancel
        self._start = start
        self._rng = np.random.default_rng(settings.seed)
        self._code = settings.start_code or model.mean_code()
        self._template = model.template
        self._basis: SurfaceBasis = free_basis(model, self._code, settings.parts)
        self._values = self._basis.values_of(self._code)
        self._linear = self._values
        self._correction = np.zeros_like(self._basis.rest)
        self._placing = Similarity.identity()
        vertices = self._vertices()
        self._target: ScanTarget = prepare_scan(scan, start, vertices, settings.samples, self._rng)
        self._never = never_seen(model)
        self._detailed = detailed_vertices(self._template)
        self._usable = ~self._never
        self._areas = vertex_areas(self._template)
        self._emphasis = emphasis_of(model)
        self._skin = face_share(model)
        self._vertex_order = self._rng.permutation(len(vertices))
        self._prior = self._prior_of_codes()
        self._rms_mm = 0.0

    def enter(self, stage: Stage) -> None:
        """Prepare for the steps of `stage`."""
        if stage.exact:
            code = self._basis.write(self._code, self._values)
            exact = self._model.template_surface(code, self._cancel)
            self._correction = exact - self._basis.vertices(self._values)
            self._prior = self._prior_about(self._linear)
        mesh = self._template.with_vertices(self._vertices())
        self._areas = vertex_areas(mesh)
        if stage.looks:
            # Lids and lips close and open; elsewhere nothing comes to hide anything.
            self._usable = usable_vertices(mesh, self._never, self._detailed)

    def advance(self, stage: Stage, along: float) -> float:
        """One step; how far the vertex that moved most did, in mm."""
        before = self._vertices()
        pairs = self._pairs(before, stage, _between(stage.reach_mm, along))
        if len(pairs) < FEWEST_PAIRS:
            raise InputError(
                f"Only {len(pairs)} points of scan and face lie near each other and face the same "
                f"way; a fit needs {FEWEST_PAIRS}. Align the scan with the model first."
            )
        distances = pairs.distances
        weights = robust_weights(distances, self._tolerance(pairs, _between(stage.scale_mm, along)))
        self._rms_mm = float(np.sqrt(np.average(distances**2, weights=pairs.areas)))
        weights *= np.einsum("nk,nk->n", pairs.shares, self._emphasis[pairs.corners])
        spread = spread_of(pairs.residuals, weights * pairs.areas)
        sigma = max(_between(stage.sigma_mm, along), spread)
        freedom = StepFreedom(
            min(stage.coordinates, self._basis.size),
            self._settings.pose_free,
            self._settings.scale_free,
        )
        self._values, self._placing = step(
            self._basis,
            self._values,
            self._placing,
            pairs,
            weights,
            sigma,
            freedom,
            self._prior,
        )
        if not stage.exact:
            self._linear = self._values
        return float(np.abs(self._vertices() - before).max())

    def _tolerance(self, pairs: Correspondences, scale_mm: float) -> Floats:
        """The scale of the robust weights of each pair `(N,)`."""
        skin = np.einsum("nk,nk->n", pairs.shares, self._skin[pairs.corners])
        strict = np.maximum((HAIR + (1.0 - HAIR) * skin) * scale_mm, min(NO_HAIR_MM, scale_mm))
        return np.where(pairs.residuals < 0.0, strict, scale_mm)

    def report(self, iteration: int, fraction: float) -> FitStep:
        return FitStep(
            self._basis.write(self._code, self._values),
            self._placing.after(self._start),
            self._rms_mm,
            iteration,
            fraction,
            False,
        )

    def _prior_of_codes(self) -> Prior:
        weight = self._settings.plausibility
        zeros = np.zeros(self._basis.size)
        return Prior(zeros, weight * self._basis.precision, weight * self._basis.push)

    def _prior_about(self, values: Floats) -> Prior:
        """A prior that keeps the codes near `values` `(K,)`."""
        basis, weight = self._basis, self._settings.plausibility
        is_weight = basis.push > 0
        precision = np.where(is_weight, NEAR_EXPRESSION, NEAR_SHAPE * basis.precision)
        return Prior(values, weight * precision, np.zeros(basis.size))

    def _vertices(self) -> NDArray[np.float32]:
        return self._basis.vertices(self._values) + self._correction

    def _pairs(
        self, vertices: NDArray[np.float32], stage: Stage, reach_mm: float
    ) -> Correspondences:
        target, share = self._target, stage.share
        mesh = self._template.with_vertices(vertices)
        state: ModelState = model_state(mesh, self._usable, self._areas / share)
        own = self._vertex_order[: int(share * len(vertices))]
        samples = np.arange(int(share * len(target.points)))
        area = target.point_area / share
        return joined(
            from_model(state, target, self._placing, own, reach_mm, self._cancel),
            from_scan(state, target, self._placing, samples, area, reach_mm, self._cancel),
        )


def _between(ends: tuple[float, float], along: float) -> float:
    """From the first to the second of `ends`, by equal factors."""
    return float(ends[0] * (ends[1] / ends[0]) ** along)
