"""One reconstruction against its head, in the figures of Gu & Pears, tables 1 to 4."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from engine.evaluation.metrics import chamfer_distance, f_score
from engine.geometry.distance import SurfaceIndex
from engine.geometry.mesh import Mesh
from engine.geometry.sampling import sample_surface
from engine.models.protocol import REGIONS
from training.experiments.heads import Head

FULL = "full"
COLUMNS = (FULL, *REGIONS)
"""The whole head, then its parts; `head` is the paper's remainder."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a reconstruction is measured.

    Attributes:
        full: points on the whole of each surface (the paper: 150,000).
        part: points on nose, eyes and mouth (the paper: 6,000 on FaceScape, 10,000 on
            Headspace); the remaining head gets as many as the whole.
        threshold_mm: of the F-score that is the paper's.
    """

    full: int = 150_000
    part: int = 8_000
    threshold_mm: float = 1.6


@dataclass(frozen=True, slots=True)
class RegionFigures:
    """Figures of the whole or a part.

    Attributes:
        scd_points_mm: symmetric chamfer distance from samples to samples, the paper's way;
            f_unit: F-score in percent of the same distances at 0.01 of the unit sphere.
        scd_mm, f_1mm: the same from samples to the other surface, the F-score at 1 mm.
    """

    scd_points_mm: float
    scd_mm: float
    f_unit: float
    f_1mm: float


@dataclass(frozen=True, slots=True)
class HeadFigures:
    """Figures of one head by the names in `COLUMNS`."""

    regions: Mapping[str, RegionFigures]

    def to_json(self) -> dict[str, dict[str, float]]:
        return {name: asdict(figures) for name, figures in self.regions.items()}

    @staticmethod
    def from_json(values: Mapping[str, Mapping[str, float]]) -> "HeadFigures":
        return HeadFigures({name: RegionFigures(**entry) for name, entry in values.items()})


def measure(found: Mesh, head: Head, sampling: Sampling, rng: np.random.Generator) -> HeadFigures:
    """Compare the reconstruction `found` with `head`.

    A triangle of the reconstruction belongs to the region of the true point nearest to its
    middle and does not count where that lies on a triangle that does not.
    """
    truth = head.surface
    true_side = _Side(truth, SurfaceIndex(truth), _true_regions(head))
    nearest = true_side.index.closest_points(found.vertices[found.faces].mean(1))
    own_regions = true_side.regions[nearest.faces]
    own_side = _Side(found, SurfaceIndex(found), own_regions)
    small = (sampling.part, sampling.part, sampling.part, sampling.full)
    regions = {FULL: _compare(own_side, true_side, None, sampling.full, sampling, rng)}
    for row, name in enumerate(REGIONS):
        regions[name] = _compare(own_side, true_side, row, small[row], sampling, rng)
    return HeadFigures(regions)


UNCOUNTED = -1


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """One of two surfaces, with the region `(F,)` of each triangle."""

    mesh: Mesh
    index: SurfaceIndex
    regions: NDArray[np.int64]

    def draw(
        self, region: int | None, count: int, rng: np.random.Generator
    ) -> NDArray[np.float64] | None:
        """Points `(count, 3)` of a region, or of all that counts; None where there is none."""
        chosen = self.regions != UNCOUNTED if region is None else self.regions == region
        if not chosen.any():
            return None
        return sample_surface(self.mesh, count, rng, chosen).points


def _true_regions(head: Head) -> NDArray[np.int64]:
    weights = head.surface.region_weights
    if weights is None:
        raise ValueError("A true head has region weights.")
    regions = weights[head.surface.faces].sum(1).argmax(1)
    return np.where(head.counted, regions, UNCOUNTED)


def _compare(
    own_side: _Side,
    true_side: _Side,
    region: int | None,
    count: int,
    sampling: Sampling,
    rng: np.random.Generator,
) -> RegionFigures:
    true = true_side.draw(region, count, rng)
    own = own_side.draw(region, count, rng)
    if true is None or own is None:
        # Nothing was reconstructed here: as wrong as can be.
        return RegionFigures(float("inf"), float("inf"), 0.0, 0.0)
    between = cKDTree(true).query(own)[0], cKDTree(own).query(true)[0]
    exact = (
        true_side.index.closest_points(own).distances,
        own_side.index.closest_points(true).distances,
    )
    return RegionFigures(
        chamfer_distance(*between).symmetric_mm,
        chamfer_distance(*exact).symmetric_mm,
        f_score(*between, sampling.threshold_mm).score,
        f_score(*exact, 1.0).score,
    )
