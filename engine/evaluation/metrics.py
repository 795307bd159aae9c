"""Errors of a reconstructed surface against the true one.

The measures are those of Gu & Pears, "Parts-based Implicit 3D Face Modeling",
section 4.3: symmetric chamfer distance (SCD) and F-score, over the whole face and by
part. Two things differ in kind, and every name says which is meant:

* *Exact* distances run from samples of one surface to the other **surface**, so a
  surface has distance 0 to itself and the figure hardly depends on the sample count.
* *Point* distances run from samples to **samples**, as in the paper. Two samplings of
  one and the same surface then differ by `sampling_floor`, about 0.5 √(area / N): for
  150 000 points on a whole head that is near half a millimetre, as large as the errors
  that are to be measured. Figures of this kind compare only at equal area and N.

The paper's F-score is at a threshold of 0.01 in its normalised units; here thresholds
are millimetres. Forward is from the reconstruction to the truth, backward the other way.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from engine.errors import InputError
from engine.geometry.array_checks import require_points

Distances = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ChamferDistance:
    """Both directed mean distances in mm, and what the paper reports: their mean."""

    forward_mm: float
    backward_mm: float

    @property
    def symmetric_mm(self) -> float:
        return 0.5 * (self.forward_mm + self.backward_mm)


@dataclass(frozen=True, slots=True)
class FScore:
    """Shares of samples within a threshold, in percent.

    Attributes:
        threshold_mm: a sample counts when it is nearer than this.
        precision: of the reconstruction's samples.
        recall: of the truth's samples.
        score: their harmonic mean; 0 where both are 0.
    """

    threshold_mm: float
    precision: float
    recall: float
    score: float


@dataclass(frozen=True, slots=True)
class DistanceSummary:
    """Mean, root mean square, percentiles and maximum of a set of distances, in mm."""

    mean: float
    median: float
    p90: float
    p95: float
    p99: float
    maximum: float
    rms: float


def chamfer_distance(forward: Distances, backward: Distances) -> ChamferDistance:
    """The chamfer distance of directed distances `(N,)` and `(M,)` in mm.

    Raises:
        InputError: either is empty, not a vector, negative or not finite.
    """
    return ChamferDistance(
        float(np.mean(_require_distances(forward, "forward"))),
        float(np.mean(_require_distances(backward, "backward"))),
    )


def point_chamfer_distance(reconstruction: NDArray, truth: NDArray) -> ChamferDistance:
    """The paper's SCD: mean distance to the nearest *sample*, points `(N, 3)` and `(M, 3)` in mm.

    Raises:
        InputError: either set is empty, not finite or of another shape.
    """
    first, second = require_two_sets(reconstruction, truth)
    return chamfer_distance(cKDTree(second).query(first)[0], cKDTree(first).query(second)[0])


def sampling_floor(area_mm2: float, count: int) -> float:
    """The point chamfer distance in mm of two samplings of one surface: 0.5 √(area / count).

    The mean distance to the nearest point of a planar Poisson process of that density
    (Clark & Evans, "Distance to Nearest Neighbor as a Measure of Spatial Relationships",
    1954).

    Raises:
        InputError: the area is negative or the count below 1.
    """
    if not area_mm2 >= 0 or count < 1:
        raise InputError(
            f"Expected an area of 0 mm² or more and at least one sample, got {area_mm2} mm² "
            f"and {count}."
        )
    return 0.5 * float(np.sqrt(area_mm2 / count))


def f_score(forward: Distances, backward: Distances, threshold_mm: float) -> FScore:
    """Precision, recall and their harmonic mean, of distances `(N,)` and `(M,)` in mm.

    Raises:
        InputError: the threshold is not positive, or the distances are not sound.
    """
    if not threshold_mm > 0:
        raise InputError(f"The threshold of an F-score must be above 0 mm, got {threshold_mm}.")
    precision = 100.0 * float(np.mean(_require_distances(forward, "forward") < threshold_mm))
    recall = 100.0 * float(np.mean(_require_distances(backward, "backward") < threshold_mm))
    total = precision + recall
    score = 2.0 * precision * recall / total if total > 0 else 0.0
    return FScore(threshold_mm, precision, recall, score)


def f_scores(
    forward: Distances, backward: Distances, thresholds_mm: Sequence[float]
) -> tuple[FScore, ...]:
    """`f_score` at each threshold."""
    return tuple(f_score(forward, backward, threshold) for threshold in thresholds_mm)


def summarize_distances(distances: Distances) -> DistanceSummary:
    """Mean, root mean square, percentiles and maximum of distances `(N,)` in mm.

    Percentiles are linear between samples (Hyndman & Fan, "Sample Quantiles in Statistical
    Packages", 1996, definition 7).

    Raises:
        InputError: they are empty, not a vector, negative or not finite.
    """
    array = _require_distances(distances, "given")
    median, p90, p95, p99 = (float(value) for value in np.percentile(array, (50, 90, 95, 99)))
    rms = float(np.sqrt(np.mean(array**2)))
    return DistanceSummary(float(np.mean(array)), median, p90, p95, p99, float(np.max(array)), rms)


def hausdorff_distance(forward: Distances, backward: Distances) -> float:
    """The largest of distances `(N,)` and `(M,)` in mm, both ways.

    Of exact distances from samples it is a lower bound of the Hausdorff distance (Aspert et al.,
    "MESH: Measuring Errors between Surfaces Using the Hausdorff Distance", 2002), and reaches
    it as samples grow dense.

    Raises:
        InputError: either is empty, not a vector, negative or not finite.
    """
    return max(
        float(np.max(_require_distances(forward, "forward"))),
        float(np.max(_require_distances(backward, "backward"))),
    )


def squared_point_chamfer(reconstruction: NDArray, truth: NDArray) -> float:
    """The chamfer distance of Pixel2Mesh in mm²: both mean *squared* point distances, added.

    Wang et al., "Pixel2Mesh: 3D Mesh Model Generation via Image Guided Deformation", 2020,
    equation 2, with means in place of sums so that the figure does not grow with the sample
    count. Points are `(N, 3)` and `(M, 3)` in mm. Its square root is no mean distance.

    Raises:
        InputError: either set is empty, not finite or of another shape.
    """
    first, second = require_two_sets(reconstruction, truth)
    forward = cKDTree(second).query(first)[0]
    backward = cKDTree(first).query(second)[0]
    return float(np.mean(forward**2) + np.mean(backward**2))


def normalized_mean_error(points: NDArray, truth: NDArray, scale: float) -> float:
    """NME: the mean distance of corresponding points, as a share of the face's size.

    NME = mean_k |x_k - y_k| / d (Zhu et al., "Face Alignment in Full Pose Range: A 3D Total
    Solution", 2017; Pixel2Mesh, table 5, reports it). Papers differ in d, so two figures compare
    only where d is the same: `box_scale` and `eye_scale` give the usual ones.

    Args:
        points, truth: `(N, 3)` mm, row k of one corresponds to row k of the other.
        scale: d in mm.

    Raises:
        InputError: the sets differ in length or are empty, or the scale is not positive.
    """
    first, second = require_two_sets(points, truth)
    if len(first) != len(second):
        raise InputError(
            f"NME needs corresponding points, got {len(first)} and {len(second)} of them."
        )
    if not 0 < scale < np.inf:
        raise InputError(f"The size that NME divides by must be above 0 mm, got {scale}.")
    return float(np.mean(np.linalg.norm(first - second, axis=1)) / scale)


def box_scale(truth: NDArray) -> float:
    """√(width · height) in mm of the box around points `(N, 3)` seen from the front (x and y).

    The normaliser of the AFLW2000-3D figures (Zhu et al., 2017).
    """
    width, height = np.ptp(require_points(truth, "truth points")[:, :2], axis=0)
    return float(np.sqrt(width * height))


def eye_scale(landmarks: NDArray) -> float:
    """The distance in mm of the outer corners of the eyes, of the 68 Multi-PIE landmarks.

    The normaliser of 3D reconstruction errors in Feng et al., "Joint 3D Face Reconstruction
    and Dense Alignment with Position Map Regression Network", 2018.

    Raises:
        InputError: there are not 68 landmarks.
    """
    points = require_points(landmarks, "landmarks")
    if len(points) != 68:
        raise InputError(f"Expected the 68 Multi-PIE landmarks, got {len(points)} points.")
    return float(np.linalg.norm(points[36] - points[45]))


def require_two_sets(
    reconstruction: NDArray, truth: NDArray
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Both as float64 `(N, 3)` and `(M, 3)`.

    Raises:
        InputError: either is empty, not finite or of another shape.
    """
    first = require_points(reconstruction, "reconstruction points")
    second = require_points(truth, "truth points")
    if not len(first) or not len(second):
        raise InputError(
            f"Cannot compare {len(first)} points with {len(second)}: give at least one of each."
        )
    return first, second


def angles_between(first: NDArray, second: NDArray) -> NDArray[np.float64]:
    """Angles `(N,)` in degrees, 0 to 180, between the rows of `(N, 3)` and `(N, 3)`.

    Not a number where either row is zero. Opposite directions are 180° apart, so a
    surface that is inside out shows.
    """
    left, right = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if left.shape != right.shape or left.ndim != 2 or left.shape[1] != 3:
        raise InputError(f"Expected two arrays of shape (N, 3), got {left.shape}, {right.shape}.")
    # From sine and cosine: the arc cosine alone loses small angles to rounding.
    sine = np.linalg.norm(np.cross(left, right), axis=1)
    cosine = np.einsum("ij,ij->i", left, right)
    angles: NDArray[np.float64] = np.degrees(np.arctan2(sine, cosine))
    angles[~(left.any(axis=1) & right.any(axis=1))] = np.nan
    return angles


def _require_distances(distances: Distances, name: str) -> Distances:
    array = np.asarray(distances, dtype=np.float64)
    if array.ndim != 1 or not len(array) or not np.isfinite(array).all() or array.min() < 0:
        raise InputError(
            f"The {name} distances must be a vector of at least one finite number that is not "
            f"negative, got shape {array.shape}."
        )
    return array
