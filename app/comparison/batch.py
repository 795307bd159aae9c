"""Many pairs compared at once, each in a process of its own kind."""

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace

from app.comparison.surface_files import NamedSurface
from engine.errors import Cancelled, LineamentError
from engine.evaluation.alignment import move_mesh
from engine.evaluation.curves import CumulativeCurve, merge_curves
from engine.evaluation.fields import FieldKind, Reference, ScalarField, measure_field
from engine.evaluation.pair import PairComparison, PairSettings, compare_pair
from engine.geometry.mesh import Mesh
from engine.progress import CancelToken


@dataclass(frozen=True, slots=True, eq=False)
class PairTask:
    """One pair to compare.

    Attributes:
        surface, reference: what is compared.
        region_names: of the reference's region weights; none for no regions.
        settings: how.
        field: also measured at every vertex, for pictures; None for none.
    """

    surface: NamedSurface
    reference: NamedSurface
    region_names: tuple[str, ...]
    settings: PairSettings
    field: FieldKind | None = None


@dataclass(frozen=True, slots=True, eq=False)
class PairResult:
    """What became of a pair: its figures or why there are none.

    Attributes:
        index: of the task.
        comparison: the figures, None if it failed.
        moved: the surface where the alignment took it, and `field` on it, if it was asked for.
        error: why it failed.
    """

    index: int
    comparison: PairComparison | None = None
    moved: Mesh | None = None
    field: ScalarField | None = None
    error: str | None = None


MOST_CURVES = 8
"""More lines than that nobody can follow."""


def named_curves(
    results: Sequence[PairResult], groups: Sequence[str]
) -> dict[str, CumulativeCurve]:
    """The cumulative error curves of `results`, by name.

    Of few pairs one for each; of many one for each of their `groups`, the folders they came
    from: a method's results lie together.
    """
    found: dict[str, list[CumulativeCurve]] = {}
    compared = [(r.comparison, group) for r, group in zip(results, groups, strict=True)]
    many = sum(pair is not None for pair, _ in compared) > MOST_CURVES
    for pair, group in compared:
        if pair is not None:
            name = group if many else pair.name
            while not many and name in found:
                name += "′"
            found.setdefault(name, []).append(pair.report.whole.curve)
    return {
        name if len(curves) == 1 else f"{name} ({len(curves)} pairs)": (
            curves[0] if len(curves) == 1 else merge_curves(curves)
        )
        for name, curves in found.items()
    }


def run_task(task: PairTask, index: int = 0, cancel: CancelToken | None = None) -> PairResult:
    """Compare one pair; what is wrong with it is part of the result.

    Raises:
        Cancelled: `cancel` was raised meanwhile.
    """
    try:
        reference = Reference(task.reference.mesh)
        names = task.surface.name, task.reference.name
        comparison = compare_pair(
            task.surface.mesh, reference, task.settings, task.region_names, names, cancel=cancel
        )
        if task.field is None:
            return PairResult(index, comparison)
        moved = move_mesh(task.surface.mesh, comparison.alignment.similarity)
        return PairResult(
            index, comparison, moved, measure_field(task.field, moved, reference, cancel)
        )
    except Cancelled:
        raise
    except LineamentError as error:
        if task.region_names:
            return _without_regions(task, index, str(error), cancel)
        return PairResult(index, error=str(error))


def _without_regions(
    task: PairTask, index: int, reason: str, cancel: CancelToken | None
) -> PairResult:
    """The figures of the whole surface, where one of the regions could not be measured."""
    result = run_task(replace(task, region_names=()), index, cancel)
    if result.comparison is None:
        return result
    notes = (*result.comparison.notes, f"Without regions: {reason}")
    return replace(result, comparison=replace(result.comparison, notes=notes))


def run_tasks(tasks: Sequence[PairTask], workers: int | None = None) -> Iterator[PairResult]:
    """Compare every pair, as many at once as there are processors; results as they come.

    Processes and not threads: the distance search holds the interpreter while it works.
    """
    count = min(workers or os.cpu_count() or 1, len(tasks))
    if count <= 1:
        for index, task in enumerate(tasks):
            yield run_task(task, index)
        return
    # A fresh interpreter: a fork would copy locks that other threads hold.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, mp_context=context) as pool:
        waiting: list[Future[PairResult]] = [
            pool.submit(run_task, task, index) for index, task in enumerate(tasks)
        ]
        try:
            for done in as_completed(waiting):
                yield done.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
