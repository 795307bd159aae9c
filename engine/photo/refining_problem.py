"""The minimum that a fit of codes and camera seeks, and robust Gauss–Newton steps towards it.

With points i of a photograph seen at q with deviation σ, a fit minimises

    ρ Σ_i ψ(|u_i(z, e, c) − q_i| / σ_i) + ½ |b|² + ½ Σ (e − e⁰)² / d² + n log s

over the shape z = mean + deviation · V b, the expression e, inside its ends, and the camera c; e⁰
is what the photograph came with. ψ is Geman and McClure's, so that a wrong point counts for
little; ρ < 1 where errors of neighbouring points are alike: then they are worth fewer points than
there are. V are the directions that the points show (`engine.photo.shape_axes`); along others
shape keeps the prior's mean.

The last term is what the mode of a posterior lacks. A smaller face, seen larger by its camera's
scale s, needs smaller codes for the same picture, so the prior alone shrinks faces by several
per cent. Integrating over the codes instead gives ½ log det of their information H, which grows
with s by n = tr(H⁻¹ (H − 1)), the number of shape directions that the photograph determines.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.fitting.box_solver import solve_in_box
from engine.models.protocol import FaceCode
from engine.photo.near_camera import NEAREST, UNKNOWNS, NearCamera
from engine.photo.observations import PhotoState, PointObservations, RefiningSettings
from engine.photo.point_basis import CodePrior, joint_code
from engine.photo.shape_axes import ShapeAxes

Floats = NDArray[np.float64]

CAMERA_PRECISION = np.array([1.0, 1.0, 1.0, 1.0, 1e-6, 1e-6])
"""1 / variance of a step in turn (rad), growth and shift (px): they are free, but finite."""
GROWTH = 3
"""Place of the logarithm of the scale among a camera's unknowns."""


@dataclass(frozen=True, slots=True, eq=False)
class Unknowns:
    """Shape `(S,)` along the axes, expression `(E,)` and camera."""

    shape: Floats
    expression: Floats
    camera: NearCamera


@dataclass(frozen=True, slots=True, eq=False)
class Equations:
    """A step x minimises ½ xᵀ matrix x − targetᵀ x; `learned` is the n of the head."""

    matrix: Floats
    target: Floats
    learned: float


class RefiningProblem:
    """The minimum that is sought, with S shape directions and E weights of an expression.

    Args:
        seen: the points; start: shape parts that are not free stay as here.
        state: where the camera begins, and e⁰.
        free_parts: those of `PARTS` that change.
        axes: of the free parts of the shape; found if None.
    """

    def __init__(
        self,
        seen: PointObservations,
        start: FaceCode,
        state: PhotoState,
        prior: CodePrior,
        free_parts: frozenset[str],
        settings: RefiningSettings,
        axes: ShapeAxes | None = None,
    ) -> None:
        self._seen, self._state, self._prior, self._settings = seen, state, prior, settings
        basis = seen.basis
        free = basis.columns(free_parts - {"expression"})
        self._axes = axes or ShapeAxes.of(basis, free, prior.deviation[free])
        self._expression_free = "expression" in free_parts
        self.expression = basis.columns({"expression"})
        self._low, self._high = prior.lower[self.expression], prior.upper[self.expression]
        self._expected = state.expression.clip(self._low, self._high)
        self._base = joint_code(start)
        self._base[free] = prior.mean[free]
        self._base[self.expression] = 0.0
        self._expression_motion = basis.motion[:, :, self.expression]
        self._rest = basis.points(self._base)
        # What a point counts for, ρ.
        self._share = min(1.0, settings.independent / len(seen.pixels))

    @property
    def start(self) -> Unknowns:
        """The prior's mean shape with the expression and pose that the photograph came with."""
        state, pivot = self._state, self._state.pivot
        if pivot is None:
            pivot = self._seen.basis.rest.mean(axis=0)
        camera = NearCamera.of(state.pose, state.nearness, pivot)
        return Unknowns(np.zeros(self._axes.directions.shape[1]), self._expected, camera)

    def face(self, found: Unknowns) -> Floats:
        """The joint code `(K,)`."""
        joint, free = self._base.copy(), self._axes.columns
        joint[free] += self._axes.directions @ found.shape
        # A prior keeps shapes inside their ends nearly always; they are cut for the rest.
        joint[free] = joint[free].clip(self._prior.lower[free], self._prior.upper[free])
        joint[self.expression] = found.expression
        return joint

    def _points(self, found: Unknowns) -> Floats:
        shape = self._axes.motion @ found.shape.astype(np.float32)
        expression = self._expression_motion @ found.expression.astype(np.float32)
        moved: Floats = self._rest + shape + expression
        return moved

    def _misses(self, found: Unknowns) -> Floats:
        """How far `(P, 2)` points are from where they were seen, in their deviations."""
        gap = found.camera.project(self._points(found)) - self._seen.pixels
        scaled: Floats = gap / (self._settings.noise_scale * self._seen.deviations[:, None])
        return scaled

    def cost(self, found: Unknowns, robust: float, learned: float) -> float:
        """The value of the head of the file, with its n in `learned`."""
        total = 0.5 * float(found.shape @ found.shape) + learned * np.log(found.camera.scale)
        gap = found.expression - self._expected
        total += 0.5 * float(((gap / self._prior.deviation[self.expression]) ** 2).sum())
        square = (self._misses(found) ** 2).sum(axis=1)
        lost = square * robust**2 / (square + robust**2)
        total += 0.5 * self._share * float(lost.sum())
        if self._settings.nearness is not None:
            mean, deviation = self._settings.nearness
            total += 0.5 * ((found.camera.nearness - mean) / deviation) ** 2
        return float(total)

    def normal_equations(self, found: Unknowns, robust: float) -> Equations:
        """Of a Gauss–Newton step from `found`; points lose their say `robust` deviations away."""
        shape = len(found.shape)
        design, misses = self._rows(found, robust)
        matrix = (design.T @ design).astype(np.float64)
        information = matrix[:shape, :shape].copy()
        precision, pull = self._other_prior(found)
        matrix[np.diag_indices(len(matrix))] += np.concatenate([np.ones(shape), precision])
        target = np.concatenate([-found.shape, pull]) - design.T @ misses
        learned = float(np.trace(np.linalg.solve(matrix[:shape, :shape], information)))
        target[GROWTH - UNKNOWNS] -= learned
        return Equations(matrix, target, learned)

    def _rows(self, found: Unknowns, robust: float) -> tuple[Floats, Floats]:
        """Weighted derivatives `(2 P, S + E + 7)` and misses `(2 P,)`."""
        by_place, by_camera = found.camera.derivatives(self._points(found))
        misses = self._misses(found)
        square = (misses**2).sum(axis=1)
        weight = np.sqrt(self._share) * robust**2 / (robust**2 + square)
        scale = (weight / (self._settings.noise_scale * self._seen.deviations))[:, None, None]
        by_place = (by_place * scale).astype(np.float32)
        rows = [
            by_place @ self._axes.motion,
            by_place @ self._expression_motion,
            (by_camera * scale).astype(np.float32),
        ]
        # Single precision halves the time of the largest product.
        design = np.concatenate(rows, axis=2).reshape(2 * len(misses), -1)
        return design, (misses * weight[:, None]).ravel().astype(np.float32)

    def _other_prior(self, found: Unknowns) -> tuple[Floats, Floats]:
        """Precision and pull `(E + 7,)` on expression and camera."""
        known = 1.0 / self._prior.deviation[self.expression] ** 2
        pull = known * (self._expected - found.expression)
        near, drawn = 1.0, 0.0
        if self._settings.nearness is not None:
            mean, deviation = self._settings.nearness
            near = 1.0 / deviation**2
            drawn = near * (mean - found.camera.nearness)
        precision = np.concatenate([known, CAMERA_PRECISION, [near]])
        return precision, np.concatenate([pull, np.zeros(UNKNOWNS - 1), [drawn]])

    def step(self, equations: Equations, found: Unknowns, damping: float) -> Floats:
        """The change of all unknowns, damped after Levenberg and Marquardt, inside its ends."""
        damped = equations.matrix.copy()
        damped[np.diag_indices(len(damped))] *= 1.0 + damping
        lower, upper = self._room(found)
        return solve_in_box(damped, equations.target, lower, upper)

    def _room(self, found: Unknowns) -> tuple[Floats, Floats]:
        """How far each unknown may go down and up; not at all where it is locked."""
        endless, camera = np.full(len(found.shape), np.inf), np.full(UNKNOWNS - 1, np.inf)
        low, high = self._low - found.expression, self._high - found.expression
        if not self._expression_free:
            low, high = np.zeros_like(low), np.zeros_like(high)
        free, nearness = self._settings.pose_free, found.camera.nearness
        near = np.array([nearness, NEAREST - nearness])
        if not free:
            camera = np.zeros_like(camera)
        if not free or self._settings.nearness is None:
            near = np.zeros_like(near)
        lower = np.concatenate([-endless, low, -camera, -near[:1]])
        return lower, np.concatenate([endless, high, camera, near[1:]])

    def moved(self, found: Unknowns, change: Floats) -> Unknowns:
        """`found` after a step."""
        shape, end = len(found.shape), len(change) - UNKNOWNS
        expression = found.expression + change[shape:end]
        if self._expression_free:
            expression = expression.clip(self._low, self._high)
        return Unknowns(found.shape + change[:shape], expression, found.camera.moved(change[end:]))

    def residual_px(self, found: Unknowns) -> float:
        """Root mean square of the misses, px, with robust weights."""
        last = self._settings.robust[1]
        gap = found.camera.project(self._points(found)) - self._seen.pixels
        square = (self._misses(found) ** 2).sum(axis=1)
        weight = (last**2 / (last**2 + square)) ** 2
        mean = (weight * (gap**2).sum(axis=1)).sum() / max(weight.sum(), 1e-12)
        return float(mean**0.5)
