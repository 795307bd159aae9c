"""One head becoming another part by part, and how far every vertex moves meanwhile."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.editing.interpolation import part_sequence
from engine.models.protocol import REGIONS, FaceCode, FaceModel
from engine.progress import CancelToken, Progress

Floats = NDArray[np.float32]

UNTOUCHED = 1e-3
"""Vertices with less of a part's weight than this lie outside it."""


@dataclass(frozen=True, slots=True, eq=False)
class PartGroup:
    """The shapes `(V, 3)` while one part changes; the first is that before it does."""

    part: str
    shapes: Sequence[Floats]

    def motions(self) -> list[Floats]:
        """Distance `(V,)` in mm of each vertex from the first shape, for every shape."""
        return [np.linalg.norm(shape - self.shapes[0], axis=1) for shape in self.shapes]

    def highest_mm(self) -> float:
        """A scale for the motions: their 99.5th percentile at the end, to the half millimetre."""
        return max(0.5, float(np.ceil(2.0 * np.percentile(self.motions()[-1], 99.5)) / 2.0))


@dataclass(frozen=True, slots=True, eq=False)
class PartSteps:
    """A transition, in the order of the parts."""

    groups: Sequence[PartGroup]

    def shapes(self) -> list[Floats]:
        return [shape for group in self.groups for shape in group.shapes]


def take_part_steps(
    model: FaceModel,
    ends: tuple[FaceCode, FaceCode],
    order: Sequence[str],
    steps: int,
    progress: Progress,
    cancel: CancelToken,
) -> PartSteps:
    """Exact template surfaces from the first of `ends` to the second."""
    codes = list(part_sequence(ends[0], ends[1], order, steps))
    shapes = []
    for index, code in enumerate(codes):
        progress(index / len(codes), f"Surface {index + 1} of {len(codes)}")
        shapes.append(model.template_surface(code, cancel))
    return PartSteps(
        [
            PartGroup(part, shapes[turn * steps : (turn + 1) * steps + 1])
            for turn, part in enumerate(order)
        ]
    )


@dataclass(frozen=True, slots=True)
class MotionSummary:
    """How far vertices in and outside a part have moved when it is done, mm.

    The remainder and the expression reach everywhere: nothing lies outside them, and the
    figures are None.
    """

    part: str
    inside_mean_mm: float
    inside_max_mm: float
    outside_p95_mm: float | None
    outside_max_mm: float | None


def summarise_motions(taken: PartSteps, model: FaceModel) -> list[MotionSummary]:
    """One summary of each part, in order."""
    weights = model.template.region_weights
    if weights is None:
        raise ValueError("A face model's template has region weights.")
    summaries = []
    for group in taken.groups:
        moved = group.motions()[-1]
        inside = np.ones(len(moved), np.bool_)
        if group.part in ("nose", "eyes", "mouth"):
            inside = weights[:, REGIONS.index(group.part)] >= UNTOUCHED
        outside = moved[~inside]
        summaries.append(
            MotionSummary(
                group.part,
                float(moved[inside].mean()),
                float(moved[inside].max()),
                float(np.percentile(outside, 95)) if len(outside) else None,
                float(outside.max()) if len(outside) else None,
            )
        )
    return summaries


def write_motions(summaries: Sequence[MotionSummary], file: Path) -> None:
    """A CSV with one row for each part."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        names = [entry.name for entry in fields(MotionSummary)]
        writer.writerow(names)
        for summary in summaries:
            values = [getattr(summary, name) for name in names]
            writer.writerow(["" if v is None else _written(v) for v in values])


def _written(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.4f}"
