"""Laying a scan of unknown pose and unit on a model's mean head."""

from collections.abc import Iterator
from typing import Literal, TypeGuard

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError, NotAHead
from engine.geometry.mesh import Mesh
from engine.geometry.similarity import Similarity, fit_similarity
from engine.models.protocol import FaceModel
from engine.progress import CancelToken
from engine.scans.head_target import HeadTarget, head_target
from engine.scans.likeness import Likeness
from engine.scans.placing import (
    LEAST_FACING,
    LEAST_LIKENESS,
    LEAST_OF_BOTH,
    Placed,
    Subject,
    about_head,
    is_believed,
    is_head,
    judge,
    refine,
    search,
)
from engine.scans.steps import PairAlignment, ScanAlignmentStep
from engine.scans.summits import search_summits
from engine.scans.units import UNITS, UNKNOWN, UNKNOWN_RADII_MM, Unit, likely_units

Size = Literal["auto", "unit", "free"]

MUCH_BETTER = 0.1
FINE_ROUNDS, FINE_STEPS, FINE_SAMPLES = 4, 6, 2000


def align_scan(
    scan: Mesh,
    model: FaceModel,
    unit_mm: float | None = None,
    size: Size = "auto",
    cancel: CancelToken | None = None,
) -> Iterator[ScanAlignmentStep]:
    """Find where `scan` lies on the mean head of `model`, from its shape alone; last step wins.

    Args:
        scan: in its file's unit and axes, of any pose; a head, a face, or a bust.
        unit_mm: millimetres in its unit, if that is known; guessed where None.
        size: `unit` keeps the size of the person as the unit says; `free` scales the scan to
            the mean head, which throws the size away; `auto` keeps it unless no unit makes a
            head of the scan.

    Raises:
        NotAHead: nothing in the scan looks like a face, in any pose.
        InputError: the unit is not above zero, or the model has no regions.
        Cancelled: `cancel` was raised meanwhile.
    """
    if unit_mm is not None and not (np.isfinite(unit_mm) and unit_mm > 0):
        raise InputError(f"The unit of a scan must be above 0 mm, got {unit_mm}.")
    target = head_target(model)
    subject = Subject(scan)
    if unit_mm is not None:
        units: tuple[Unit, ...] = (Unit(_name_of(unit_mm), unit_mm),)
    else:
        units = likely_units(subject.radius)
    best: Placed | None = None
    if units:
        best = search(subject, target, units, cancel)
        if best is not None:
            yield _step(best, 0.5, done=False)
    if unit_mm is None and size != "unit" and not is_believed(best):
        guesses = [Unit(UNKNOWN, radius / subject.radius) for radius in UNKNOWN_RADII_MM]
        free = search(subject, target, guesses, cancel, with_scale=True)
        if _is_better(free, best):
            best = free
            yield _step(free, 0.6, done=False)
    if not is_believed(best):
        known = None if unit_mm is None else units[0]
        summit = search_summits(scan, subject, target, known, cancel)
        too_free = size == "unit" and summit is not None and summit.unit.name == UNKNOWN
        if _is_better(summit, best) and (unit_mm is not None or not too_free):
            best = summit
            yield _step(summit, 0.75, done=False)
    if best is None:
        raise NotAHead(_refusal(None))
    with_scale = size == "free" or (best.unit.name == UNKNOWN and unit_mm is None)
    subject = about_head(scan, subject, target, best.similarity)
    yield from _finish(subject, target, best, with_scale, cancel)


def _is_better(other: Placed | None, best: Placed | None) -> TypeGuard[Placed]:
    """Whether `other` looks so much more like a head that it is worth another size or crop."""
    return other is not None and (best is None or other.quality > best.quality + MUCH_BETTER)


def refine_alignment(
    scan: Mesh,
    model: FaceModel,
    start: Similarity,
    with_scale: bool = False,
    cancel: CancelToken | None = None,
) -> Iterator[ScanAlignmentStep]:
    """Improve `start` (scan → model), for example from picked points; the last step wins.

    Nothing is refused: the user has seen where the scan lies.

    Raises:
        InputError: the scan has too few faces.
        Cancelled: `cancel` was raised meanwhile.
    """
    target, subject = head_target(model), Subject(scan)
    unit = Unit(_name_of(start.scale), start.scale)
    placed = judge(subject, target, start, unit, cancel)
    subject = about_head(scan, subject, target, start)
    yield from _finish(subject, target, placed, with_scale, cancel, must_be_head=False)


def align_by_pairs(
    scan_points: NDArray, model_points: NDArray, with_scale: bool = True
) -> PairAlignment:
    """The similarity that takes picked points `(N, 3)` of a scan to theirs on the model, N ≥ 3.

    Args:
        with_scale: off where the scan's points are in mm already and its size is to be kept.

    Raises:
        InputError: fewer than three pairs, or points on a line.
    """
    similarity = fit_similarity(scan_points, model_points, with_scale=with_scale)
    gaps = similarity.apply(np.asarray(scan_points, np.float64)) - np.asarray(model_points)
    distances = np.linalg.norm(gaps, axis=1)
    rms = float(np.sqrt(np.mean(distances**2)))
    return PairAlignment(similarity, rms, tuple(float(distance) for distance in distances))


def _finish(
    subject: Subject,
    target: HeadTarget,
    placed: Placed,
    with_scale: bool,
    cancel: CancelToken | None,
    must_be_head: bool = True,
) -> Iterator[ScanAlignmentStep]:
    for number in range(FINE_ROUNDS):
        refined = refine(
            subject, target, placed.similarity, with_scale, FINE_STEPS, FINE_SAMPLES, cancel
        )
        placed = judge(subject, target, refined, placed.unit, cancel)
        yield _step(placed, 0.8 + 0.2 * number / FINE_ROUNDS, done=False)
    if must_be_head and not is_head(placed.likeness):
        raise NotAHead(_refusal(placed.likeness))
    yield _step(placed, 1.0, done=True)


def _step(placed: Placed, fraction: float, done: bool) -> ScanAlignmentStep:
    likeness = placed.likeness
    return ScanAlignmentStep(
        placed.similarity,
        likeness.rms_mm,
        likeness.covered_share,
        likeness.relief,
        placed.unit.name,
        fraction,
        done,
    )


def _refusal(likeness: Likeness | None) -> str:
    if likeness is None or not np.isfinite(likeness.rms_mm):
        found = "no part of it can be laid on a face"
    else:
        found = (
            f"residual {likeness.rms_mm:.1f} mm after alignment, {likeness.covered_share:.0%} of "
            f"the face covered, likeness of the relief {max(likeness.relief, 0.0):.2f} and of the "
            f"slopes {max(likeness.facing, 0.0):.2f}, where a face has more than {LEAST_LIKENESS} "
            f"and {LEAST_FACING} and together {LEAST_OF_BOTH}"
        )
    return (
        f"This does not look like a head: {found}. Choose a scan of a head or face; if it is "
        "one, align it by three to five pairs of picked points."
    )


def _name_of(unit_mm: float) -> str:
    for unit in UNITS:
        if abs(unit_mm / unit.millimetres - 1.0) < 1e-6:
            return unit.name
    return UNKNOWN
