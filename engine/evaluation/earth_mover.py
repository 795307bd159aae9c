"""The earth mover's distance of two surfaces, approximately."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from engine.errors import InputError
from engine.evaluation.metrics import require_two_sets
from engine.geometry.mesh import Mesh
from engine.geometry.sampling import sample_surface

SAMPLES = 1024
"""Points on each surface: the assignment's cost grows with the cube (a tenth of a second here)."""


@dataclass(frozen=True, slots=True)
class EarthMoverDistance:
    """An estimate, always too large.

    Attributes:
        mean_mm: mean way of a point in the best assignment of the samples.
        floor_mm: the same between two samplings of the reference alone: what the estimate
            would be of a perfect reconstruction.
        samples: points on each surface.
    """

    mean_mm: float
    floor_mm: float
    samples: int


def assignment_distance(first: NDArray, second: NDArray) -> float:
    """The exact earth mover's distance of equal sets of points `(N, 3)`, in mm.

    min over bijections φ of mean |x - φ(x)| (Fan et al., "A Point Set Generation Network for 3D
    Object Reconstruction from a Single Image", 2017, section 3.2, which Pixel2Mesh reports;
    there a sum, here a mean, so that it does not grow with N).

    Raises:
        InputError: the sets differ in length, are empty or not finite.
    """
    left, right = require_two_sets(first, second)
    if len(left) != len(right):
        raise InputError(
            f"The earth mover's distance needs as many points on both sides, got {len(left)} "
            f"and {len(right)}."
        )
    # Not at the top: it takes a tenth of a second to load, and every window would wait for it.
    from scipy.optimize import linear_sum_assignment

    costs = cdist(left, right)
    return float(costs[linear_sum_assignment(costs)].mean())


def earth_mover_distance(
    reconstruction: Mesh, reference: Mesh, rng: np.random.Generator, samples: int = SAMPLES
) -> EarthMoverDistance:
    """The earth mover's distance of two surfaces, from `samples` random points on each.

    Approximate: samples never lie on each other, so even equal surfaces are `floor_mm` apart.

    Raises:
        InputError: a mesh has no surface, or `samples` is below 1.
    """
    if samples < 1:
        raise InputError(f"An earth mover's distance needs at least one sample, got {samples}.")
    there = sample_surface(reference, samples, rng).points
    again = sample_surface(reference, samples, rng).points
    here = sample_surface(reconstruction, samples, rng).points
    return EarthMoverDistance(
        assignment_distance(here, there), assignment_distance(again, there), samples
    )
