"""What photo methods are measured by: landmarks in the image, surfaces in the papers' units, and
whether a face is the right person's.

Surfaces are compared as Pixel2Mesh does (Wang et al., 2020, section 5.1.2; CD and EMD after Fan
et al., 2017): points are drawn evenly on both where the camera has them, distances are squared,
and a point counts for the F-score when its squared distance is at most τ = 1e-4. One thing is
forgiven: how far away the face is. Under weak perspective a photograph cannot tell (the paper's
objects stand at known distances), and a tenth in the guessed size of the head would move the face
by half a centimetre; so the surface slides along the line of sight. That τ means something
only in the paper's unit. Its objects come from ShapeNet, whose models have a bounding box of
diagonal 1, and are "downscaled by a factor of 0.57" (section 5.1.1); so here the diagonal of the
bounding box of the *mean* face's region is 0.57 units. One unit for all faces and poses, unlike a
box about each, keeps errors comparable between photographs. Pixel2Mesh for faces does not say
what its unit is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from engine.errors import InputError
from engine.evaluation.earth_mover import assignment_distance
from engine.evaluation.metrics import box_scale, require_two_sets
from engine.geometry.array_checks import require_points
from engine.geometry.mesh import Mesh
from engine.geometry.sampling import sample_surface
from engine.geometry.similarity import fit_similarity

Array = NDArray[np.float64]

TAU = 1e-4
"""Squared distance in `PaperUnits` within which a point counts for the F-score."""
SHAPENET_SCALE = 0.57
"""Diagonal of an object's bounding box in the paper's camera coordinates."""
SAMPLES = 10_000
"""Points on each surface; the paper's ground truth has about as many."""
MOVER_SAMPLES = 1_024
SLIDING_POINTS, SLIDING_STEPS = 2_000, 8
INNER = slice(17, 68)
"""Landmarks without the outline of the face."""
POINTS = 68
NO_DEPARTURE_MM = 1e-6
"""Below this a vertex lies on the mean face."""


@dataclass(frozen=True, slots=True)
class LandmarkErrors:
    """Normalised mean errors of 68 landmarks and of the inner 51, as shares of the face's size."""

    all_points: float
    inner_points: float


def landmark_errors(found: NDArray, truth: NDArray) -> LandmarkErrors:
    """How far landmarks `(68, 2)` px lie from the true ones.

    NME = mean_k |x_k - y_k| / √(w h), with the width and height of the box around the 68 *true*
    landmarks, as the figures of AFLW2000-3D are made (Zhu et al., 2017). The inner 51 are divided
    by the same box, so that both figures have one unit.

    Raises:
        InputError: there are not 68 of each, they are not finite, or the true ones lie in a line.
    """
    first, second = np.asarray(found, np.float64), np.asarray(truth, np.float64)
    if first.shape != (POINTS, 2) or second.shape != (POINTS, 2):
        raise InputError(
            f"NME needs 68 landmarks (68, 2) on both sides, got {first.shape} and {second.shape}."
        )
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise InputError("NME needs finite landmarks. Leave out photographs without labels.")
    size = box_scale(np.concatenate([second, np.zeros((POINTS, 1))], axis=1))
    if not size > 0:
        raise InputError("The true landmarks lie in a line, so the face has no size.")
    distances = np.linalg.norm(first - second, axis=1) / size
    return LandmarkErrors(float(distances.mean()), float(distances[INNER].mean()))


@dataclass(frozen=True, slots=True)
class PaperUnits:
    """The papers' unit of length: `millimetres` in one unit."""

    millimetres: float

    def __post_init__(self) -> None:
        if not 0 < self.millimetres < np.inf:
            raise InputError(f"A unit must be above 0 mm, got {self.millimetres}.")

    def reach_mm(self, factor: float = 1.0) -> float:
        """How far away in mm a point may be to count within `factor` · τ."""
        return float(np.sqrt(factor * TAU) * self.millimetres)


def units_of(mean_face: NDArray) -> PaperUnits:
    """The unit in which the box of the mean face's points `(N, 3)` mm has a diagonal of 0.57."""
    points = require_points(mean_face, "points of the mean face")
    if len(points) < 2:
        raise InputError(f"A face needs at least two points, got {len(points)}.")
    return PaperUnits(float(np.linalg.norm(np.ptp(points, axis=0))) / SHAPENET_SCALE)


@dataclass(frozen=True, slots=True)
class SurfaceFigures:
    """A surface against the true one, in the papers' form.

    Attributes:
        chamfer: both mean *squared* distances added, × 1000, as the papers print it.
        f_tau, f_two_tau: F-scores in percent at τ and 2 τ.
        earth_mover: mean way of the best assignment, × 100; the papers print a sum over points.
        chamfer_mm: the mean of both mean distances, in mm, for people.
        chamfer_in_place: `chamfer` without sliding.
    """

    chamfer: float
    f_tau: float
    f_two_tau: float
    earth_mover: float
    chamfer_mm: float
    chamfer_in_place: float


def surface_figures(
    surface: Mesh,
    truth: Mesh,
    units: PaperUnits,
    rng: np.random.Generator,
    samples: int = SAMPLES,
    mover_samples: int = MOVER_SAMPLES,
) -> SurfaceFigures:
    """`surface` against `truth`, both in mm in the camera's frame, whose z is the line of sight.

    Raises:
        InputError: one of them has no surface, or a sample count is below 1.
    """
    if samples < 1 or mover_samples < 1:
        raise InputError(f"Figures need at least one sample, got {samples}, {mover_samples}.")
    here = sample_surface(surface, samples, rng).points / units.millimetres
    there = sample_surface(truth, samples, rng).points / units.millimetres
    in_place = _chamfer(*_nearest(here, there))
    slid = here + np.array([0.0, 0.0, depth_between(here, there)])
    forward, backward = _nearest(slid, there)
    # Samples are in random order, so the first are as good as any.
    chosen = min(samples, mover_samples)
    mover = assignment_distance(slid[:chosen], there[:chosen])
    return SurfaceFigures(
        chamfer=_chamfer(forward, backward),
        f_tau=_f_score(forward**2, backward**2, TAU),
        f_two_tau=_f_score(forward**2, backward**2, 2.0 * TAU),
        earth_mover=100.0 * mover,
        chamfer_mm=0.5 * units.millimetres * float(forward.mean() + backward.mean()),
        chamfer_in_place=in_place,
    )


def depth_between(here: NDArray, there: NDArray) -> float:
    """How far points `(N, 3)` must slide along z to lie best on points `(M, 3)`.

    Closest points both ways, again and again, from equal mean depths.
    """
    first, second = require_two_sets(here[:SLIDING_POINTS], there[:SLIDING_POINTS])
    tree = cKDTree(second)
    shift = float(second[:, 2].mean() - first[:, 2].mean())
    for _ in range(SLIDING_STEPS):
        moved = first + np.array([0.0, 0.0, shift])
        forward = second[tree.query(moved)[1], 2] - moved[:, 2]
        backward = second[:, 2] - moved[cKDTree(moved).query(second)[1], 2]
        # The median, because what one set has and the other lacks has no true neighbour.
        shift += float(np.median(np.concatenate([forward, backward])))
    return shift


def _nearest(first: Array, second: Array) -> tuple[Array, Array]:
    """Distances of each set's points to the other's nearest."""
    return cKDTree(second).query(first)[0], cKDTree(first).query(second)[0]


def _chamfer(forward: Array, backward: Array) -> float:
    return 1000.0 * float((forward**2).mean() + (backward**2).mean())


def _f_score(forward: Array, backward: Array, threshold: float) -> float:
    """Harmonic mean in percent of the shares within `threshold`, all of them squared distances."""
    precision, recall = np.mean(forward <= threshold), np.mean(backward <= threshold)
    total = float(precision + recall)
    return 100.0 * 2.0 * float(precision * recall) / total if total > 0 else 0.0


def shape_distance(shape: NDArray, truth: NDArray) -> float:
    """Mean distance in mm of corresponding points `(N, 3)` after `shape` is turned and moved, not
    scaled, onto `truth`: an error without pose.

    Raises:
        InputError: they do not correspond, or there are fewer than three.
    """
    moved = _laid_on(shape, truth)
    return float(np.linalg.norm(moved - np.asarray(truth, np.float64), axis=1).mean())


def _laid_on(shape: NDArray, truth: NDArray) -> Array:
    first, second = require_two_sets(shape, truth)
    if len(first) != len(second):
        raise InputError(
            f"Shapes are compared by corresponding points, got {len(first)} and {len(second)}."
        )
    laid: Array = fit_similarity(first, second, with_scale=False).apply(first)
    return laid


def shape_likeness(shape: NDArray, truth: NDArray, mean: NDArray) -> float:
    """Whether two shapes `(N, 3)` depart from `mean` in the same direction, from -1 to 1.

    The cosine of both departures after rigid alignment to the mean. A cautious estimate lies near
    the mean face, and so nearest to the plainest face of any gallery; its direction still tells
    whose it is.
    """
    away = _laid_on(shape, mean) - mean
    wanted = _laid_on(truth, mean) - mean
    lengths = np.linalg.norm(away), np.linalg.norm(wanted)
    if min(lengths) < NO_DEPARTURE_MM * np.sqrt(len(away)):
        return 0.0  # the mean face itself, but for rounding
    return float((away * wanted).sum() / (lengths[0] * lengths[1]))


def rank_one(scores: Sequence[float], right: int) -> bool:
    """Whether entry `right` of `scores` is the best (greatest); a tie is not won."""
    array = np.asarray(scores, np.float64)
    if not 0 <= right < len(array):
        raise InputError(f"There is no entry {right} among {len(array)} scores.")
    others = np.delete(array, right)
    return bool(np.isfinite(array[right]) and (not len(others) or array[right] > others.max()))
