"""The minimum that a fit of codes and cameras seeks, and robust Gauss–Newton steps towards it.

With points i of photograph p seen at q with deviation σ, a fit minimises

    Σ_p ρ Σ_i ψ(|u_i(z, e_p, c_p) − q_i| / σ_i) + ½ |b|² + ½ Σ (e_p − e_p⁰)² / d² + Σ_p n_p log s_p

over the shape z = mean + deviation · V b, which all photographs share, and the expression e_p,
inside its ends, and the camera c_p of each; e_p⁰ is what a photograph came with. ψ is Geman and
McClure's, so that a wrong point counts for little; ρ < 1 where errors of neighbouring points are
alike: then they are worth fewer points than there are. V are the directions that the points show;
along others shape keeps the prior's mean.

The last term is what the mode of a posterior lacks. A smaller face, seen larger by its camera's
scale s, needs smaller codes for the same picture, so the prior alone shrinks faces by several
per cent. Integrating over the codes instead gives ½ log det of their information, which grows
with s by n = tr(H⁻¹ H_p), the number of shape directions that photograph p determines.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.fitting.box_solver import solve_in_box
from engine.models.protocol import FaceCode
from engine.photo.near_camera import NEAREST, UNKNOWNS, NearCamera
from engine.photo.observations import PhotoState, PointObservations, RefiningSettings
from engine.photo.point_basis import CodePrior, joint_code

Floats = NDArray[np.float64]

CAMERA_PRECISION = np.array([1.0, 1.0, 1.0, 1.0, 1e-6, 1e-6])
"""1 / variance of a step in turn (rad), growth and shift (px): they are free, but finite."""
GROWTH = 3
"""Place of the logarithm of the scale among a camera's unknowns."""
UNSEEN_MM = 0.05
"""Shape directions that move the points less than this per deviation are not sought."""


@dataclass(frozen=True, slots=True, eq=False)
class Unknowns:
    """Shape `(S,)` along the directions sought, expressions `(N, E)` and N cameras."""

    shape: Floats
    expressions: Floats
    cameras: tuple[NearCamera, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Equations:
    """A step x minimises ½ xᵀ matrix x − targetᵀ x; `learned` `(N,)` are the n of the head."""

    matrix: Floats
    target: Floats
    learned: Floats


class RefiningProblem:
    """The minimum that is sought, with S shape directions and N photographs."""

    def __init__(
        self,
        observations: Sequence[PointObservations],
        start: FaceCode,
        photos: Sequence[PhotoState],
        prior: CodePrior,
        free_parts: frozenset[str],
        settings: RefiningSettings | None,
    ) -> None:
        self._settings = settings or RefiningSettings()
        self._observations = observations
        self._photos = photos
        self._prior = prior
        basis = observations[0].basis
        self._free = basis.columns(free_parts - {"expression"})
        self._expression_free = "expression" in free_parts
        self.expression = basis.columns({"expression"})
        low, high = prior.lower[self.expression], prior.upper[self.expression]
        self._expected = np.stack([photo.expression.clip(low, high) for photo in photos])
        self._base = joint_code(start)
        self._base[self._free] = prior.mean[self._free]
        self._base[self.expression] = 0.0
        self._axes = self._shape_axes()
        self._shape_motion = [
            seen.basis.motion[:, :, self._free] @ self._axes.astype(np.float32)
            for seen in observations
        ]
        self._expression_motion = [
            seen.basis.motion[:, :, self.expression] for seen in observations
        ]
        self._rest = [seen.basis.points(self._base) for seen in observations]

    def _shape_axes(self) -> Floats:
        """Directions `(free, S)` of unit prior variance that move the points seen."""
        deviation = self._prior.deviation[self._free]
        gram = np.zeros((len(deviation), len(deviation)), np.float32)
        count = 0
        # Photographs that show the same points count once.
        for basis in {id(seen.basis): seen.basis for seen in self._observations}.values():
            motion = basis.motion[:, :, self._free].reshape(3 * len(basis.rows), len(deviation))
            motion = motion * deviation.astype(np.float32)
            gram += motion.T @ motion
            count += len(basis.rows)
        values, vectors = np.linalg.eigh(gram)
        axes: Floats = deviation[:, None] * vectors[:, values > UNSEEN_MM**2 * count]
        return axes

    @property
    def start(self) -> Unknowns:
        """The prior's mean shape with the expressions and poses that the photographs came with."""
        cameras = tuple(
            NearCamera.of(
                photo.pose,
                photo.nearness,
                seen.basis.rest.mean(axis=0) if photo.pivot is None else photo.pivot,
            )
            for photo, seen in zip(self._photos, self._observations, strict=True)
        )
        return Unknowns(np.zeros(self._axes.shape[1]), self._expected, cameras)

    def faces(self, found: Unknowns) -> list[Floats]:
        """The joint code `(K,)` in each photograph."""
        joint = self._base.copy()
        joint[self._free] += self._axes @ found.shape
        # A prior keeps shapes inside their ends nearly always; they are cut for the rest.
        joint[self._free] = joint[self._free].clip(
            self._prior.lower[self._free], self._prior.upper[self._free]
        )
        faces = []
        for expression in found.expressions:
            face = joint.copy()
            face[self.expression] = expression
            faces.append(face)
        return faces

    def _points(self, found: Unknowns, photo: int) -> Floats:
        moved: Floats = (
            self._rest[photo]
            + self._shape_motion[photo] @ found.shape
            + self._expression_motion[photo] @ found.expressions[photo]
        )
        return moved

    def _misses(self, found: Unknowns, photo: int) -> Floats:
        """How far `(P, 2)` points are from where they were seen, in their deviations."""
        seen = self._observations[photo]
        gap = found.cameras[photo].project(self._points(found, photo)) - seen.pixels
        scaled: Floats = gap / (self._settings.noise_scale * seen.deviations[:, None])
        return scaled

    def _share(self, photo: int) -> float:
        """ρ: what a point counts for."""
        return min(1.0, self._settings.independent / len(self._observations[photo].pixels))

    def cost(self, found: Unknowns, robust: float, learned: Floats) -> float:
        """The value of the head of the file, with its n in `learned` `(N,)`."""
        total = 0.5 * float(found.shape @ found.shape)
        gap = found.expressions - self._expected
        total += 0.5 * float(((gap / self._prior.deviation[self.expression]) ** 2).sum())
        for photo, camera in enumerate(found.cameras):
            total += learned[photo] * np.log(camera.scale)
            square = (self._misses(found, photo) ** 2).sum(axis=1)
            lost = square * robust**2 / (square + robust**2)
            total += 0.5 * self._share(photo) * float(lost.sum())
            if self._settings.nearness is not None:
                mean, deviation = self._settings.nearness
                total += 0.5 * ((camera.nearness - mean) / deviation) ** 2
        return total

    def normal_equations(self, found: Unknowns, robust: float) -> Equations:
        """Of a Gauss–Newton step from `found`; points lose their say `robust` deviations away."""
        shape = len(found.shape)
        own = found.expressions.shape[1] + UNKNOWNS
        size = shape + own * len(found.cameras)
        matrix, target = np.zeros((size, size)), np.zeros(size)
        informations = []
        for photo in range(len(found.cameras)):
            design, misses = self._rows(found, photo, robust)
            information = (design.T @ design).astype(np.float64)
            precision, pull = self._own_prior(found, photo)
            mine = slice(shape + own * photo, shape + own * (photo + 1))
            matrix[:shape, :shape] += information[:shape, :shape]
            matrix[:shape, mine] = information[:shape, shape:]
            matrix[mine, :shape] = information[shape:, :shape]
            matrix[mine, mine] = information[shape:, shape:] + np.diag(precision)
            slope = design.T @ misses
            target[:shape] -= slope[:shape]
            target[mine] = pull - slope[shape:]
            informations.append(information[:shape, :shape])
        matrix[np.arange(shape), np.arange(shape)] += 1.0
        target[:shape] -= found.shape
        spread = np.linalg.inv(matrix[:shape, :shape])
        learned = np.array([float((spread * part).sum()) for part in informations])
        target[shape + own * np.arange(1, len(learned) + 1) - UNKNOWNS + GROWTH] -= learned
        return Equations(matrix, target, learned)

    def _rows(self, found: Unknowns, photo: int, robust: float) -> tuple[Floats, Floats]:
        """Weighted derivatives `(2 P, S + E + 7)` and misses `(2 P,)` of a photograph."""
        seen, camera = self._observations[photo], found.cameras[photo]
        by_place, by_camera = camera.derivatives(self._points(found, photo))
        misses = self._misses(found, photo)
        square = (misses**2).sum(axis=1)
        weight = np.sqrt(self._share(photo)) * robust**2 / (robust**2 + square)
        scale = weight / (self._settings.noise_scale * seen.deviations)
        by_place = (by_place * scale[:, None, None]).astype(np.float32)
        rows = [
            by_place @ self._shape_motion[photo],
            by_place @ self._expression_motion[photo],
            (by_camera * scale[:, None, None]).astype(np.float32),
        ]
        # Single precision halves the time of the largest product.
        design = np.concatenate(rows, axis=2).reshape(2 * len(misses), -1)
        return design, (misses * weight[:, None]).ravel().astype(np.float32)

    def _own_prior(self, found: Unknowns, photo: int) -> tuple[Floats, Floats]:
        """Precision and pull `(E + 7,)` on expression and camera."""
        known = 1.0 / self._prior.deviation[self.expression] ** 2
        pull = known * (self._expected[photo] - found.expressions[photo])
        near, drawn = 1.0, 0.0
        if self._settings.nearness is not None:
            mean, deviation = self._settings.nearness
            near = 1.0 / deviation**2
            drawn = near * (mean - found.cameras[photo].nearness)
        precision = np.concatenate([known, CAMERA_PRECISION, [near]])
        return precision, np.concatenate([pull, np.zeros(6), [drawn]])

    def step(self, equations: Equations, found: Unknowns, damping: float) -> Floats:
        """The change of all unknowns, damped after Levenberg and Marquardt, inside its ends."""
        damped = equations.matrix.copy()
        damped[np.diag_indices(len(damped))] *= 1.0 + damping
        lower, upper = self._room(found)
        return solve_in_box(damped, equations.target, lower, upper)

    def _room(self, found: Unknowns) -> tuple[Floats, Floats]:
        """How far each unknown may go down and up; not at all where it is locked."""
        low, high = self._prior.lower[self.expression], self._prior.upper[self.expression]
        lower, upper = [np.full(len(found.shape), -np.inf)], [np.full(len(found.shape), np.inf)]
        free = self._settings.pose_free
        for expression, camera in zip(found.expressions, found.cameras, strict=True):
            span = self._expression_free
            lower.append((low - expression) * span)
            upper.append((high - expression) * span)
            ends = np.full(6, np.inf if free else 0.0)
            near = free and self._settings.nearness is not None
            lower.append(np.concatenate([-ends, [-camera.nearness * near]]))
            upper.append(np.concatenate([ends, [(NEAREST - camera.nearness) * near]]))
        return np.concatenate(lower), np.concatenate(upper)

    def moved(self, found: Unknowns, change: Floats) -> Unknowns:
        """`found` after a step."""
        shape = len(found.shape)
        own = change[shape:].reshape(len(found.cameras), -1)
        cameras = tuple(
            camera.moved(row[-UNKNOWNS:]) for camera, row in zip(found.cameras, own, strict=True)
        )
        low, high = self._prior.lower[self.expression], self._prior.upper[self.expression]
        expressions = found.expressions + own[:, :-UNKNOWNS]
        if self._expression_free:
            expressions = expressions.clip(low, high)
        return Unknowns(found.shape + change[:shape], expressions, cameras)

    def residuals_px(self, found: Unknowns) -> tuple[float, ...]:
        """Root mean square of each photograph's misses, px, with robust weights."""
        sizes, last = [], self._settings.robust[1]
        for photo, camera in enumerate(found.cameras):
            gap = camera.project(self._points(found, photo)) - self._observations[photo].pixels
            square = (self._misses(found, photo) ** 2).sum(axis=1)
            weight = (last**2 / (last**2 + square)) ** 2
            mean = float((weight * (gap**2).sum(axis=1)).sum() / max(weight.sum(), 1e-12))
            sizes.append(mean**0.5)
        return tuple(sizes)
