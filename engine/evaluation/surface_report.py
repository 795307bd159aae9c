"""What is known of one reconstruction against its truth: every measure, whole and by region."""

from dataclasses import dataclass

from engine.errors import InputError
from engine.evaluation.curves import CumulativeCurve
from engine.evaluation.metrics import ChamferDistance, DistanceSummary, FScore


@dataclass(frozen=True, slots=True)
class ReportSettings:
    """How a comparison samples and counts.

    Attributes:
        samples: points on each whole surface; the paper uses 150 000.
        region_samples: points on each region of each surface; the paper uses 6000 to 10 000.
        thresholds_mm: where F-scores are taken.
        points: measure the paper's sample-to-sample distance too; slow for surfaces far apart.
    """

    samples: int = 150_000
    region_samples: int = 10_000
    thresholds_mm: tuple[float, ...] = (0.5, 1.0, 2.0)
    points: bool = True

    def __post_init__(self) -> None:
        if self.samples < 1 or self.region_samples < 1:
            raise InputError(
                f"A comparison needs at least one sample, got {self.samples} on the surface and "
                f"{self.region_samples} on each region."
            )


@dataclass(frozen=True, slots=True)
class SurfaceErrors:
    """Errors over a whole surface or one region, from exact point-to-surface distances.

    Attributes:
        name: `whole`, or the region's name.
        chamfer: directed and symmetric mean distances.
        f_scores: one for each threshold of the settings.
        forward, backward: distances from the reconstruction, and from the truth; the
            maxima are also over the vertices, where the largest distances tend to be.
        curve: how much of the reconstruction lies within each distance.
        normal_error_deg: mean angle between the normals at samples and at the closest
            points of the other surface, over both directions.
    """

    name: str
    chamfer: ChamferDistance
    f_scores: tuple[FScore, ...]
    forward: DistanceSummary
    backward: DistanceSummary
    normal_error_deg: float
    curve: CumulativeCurve

    @property
    def hausdorff_mm(self) -> float:
        """The larger of both directed maxima: see `metrics.hausdorff_distance`."""
        return max(self.forward.maximum, self.backward.maximum)


@dataclass(frozen=True, slots=True)
class PointErrors:
    """The paper's sample-to-sample measure of the whole surface.

    Attributes:
        chamfer: see `metrics.point_chamfer_distance`.
        floor_mm: what two samplings of the truth alone would give.
        samples: points on each surface.
    """

    chamfer: ChamferDistance
    floor_mm: float
    samples: int


@dataclass(frozen=True, slots=True)
class SurfaceReport:
    """Everything measured between a reconstruction and its truth; `points` if asked for."""

    whole: SurfaceErrors
    points: PointErrors | None
    regions: tuple[SurfaceErrors, ...]

    def region(self, name: str) -> SurfaceErrors:
        """The errors of region `name`.

        Raises:
            InputError: the report has no such region.
        """
        for errors in self.regions:
            if errors.name == name:
                return errors
        known = ", ".join(errors.name for errors in self.regions) or "none"
        raise InputError(f"The report has no region '{name}'. Its regions: {known}.")
