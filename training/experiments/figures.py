"""Figures 1, 2, 7 and 8 of Gu & Pears with the trained model."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.editing.random import random_code
from engine.errors import InputError
from engine.models.protocol import PARTS, REGIONS, FaceCode, FaceModel
from engine.progress import CancelToken, Progress
from training.experiments.part_steps import (
    PartSteps,
    summarise_motions,
    take_part_steps,
    write_motions,
)
from training.experiments.views import HEAD_ASPECT, face_studio, head_studio, part_studio
from training.figures.contact_sheet import ColorBar, contact_sheet, save_picture
from training.figures.error_colors import error_colors
from training.figures.shading import Image

Floats = NDArray[np.float32]

SIGMAS = (-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0)
COMPONENTS = 3
RANDOM_HEADS, RANDOM_EACH = 3, 2
NAMES = {
    "nose": "Nose",
    "eyes": "Eyes",
    "mouth": "Mouth",
    "head": "Remainder",
    "expression": "Expression",
}


@dataclass(frozen=True, slots=True)
class FigureSettings:
    """How figures are made.

    Attributes:
        order: in which figures 2 and 8 change the parts.
        steps: pictures of each part; size: pixels of a picture's side.
        seed: of the heads.
    """

    order: tuple[str, ...] = PARTS
    steps: int = 4
    size: int = 220
    seed: int = 7

    def __post_init__(self) -> None:
        if self.steps < 1 or not 16 <= self.size <= 2048:
            raise InputError(
                f"Figures need 1 step or more and pictures of 16 to 2048 pixels, got {self.steps} "
                f"and {self.size}."
            )


@dataclass(frozen=True, slots=True, eq=False)
class _Work:
    """What every figure needs."""

    model: FaceModel
    settings: FigureSettings
    folder: Path
    progress: Progress
    cancel: CancelToken

    def surface(self, code: FaceCode) -> Floats:
        return self.model.template_surface(code, self.cancel)

    def random_head(self, number: int) -> FaceCode:
        rng = np.random.default_rng([self.settings.seed, number])
        return random_code(self.model, rng, strength=0.9)

    def save(self, name: str, picture: Image) -> Path:
        file = self.folder / f"{name}.png"
        save_picture(picture, file)
        return file


def make_figure(
    number: int,
    model: FaceModel,
    settings: FigureSettings,
    folder: Path,
    progress: Progress,
    cancel: CancelToken,
) -> list[Path]:
    """Make figure `number`, one of `FIGURES`, and return the files."""
    return _MAKERS[number](_Work(model, settings, folder, progress, cancel))


def _components(work: _Work) -> list[Path]:
    """Figure 1: three components of each part; of whitened codes they are coordinates."""
    model, files = work.model, []
    mean = model.mean_code()
    for part in REGIONS:
        info = next(entry for entry in model.parts if entry.name == part)
        count = min(COMPONENTS, info.size)
        shapes = []
        for index in range(count):
            work.progress(index / count, f"Figure 1: {part}, component {index + 1}")
            spread = info.directions[index].spread
            shapes.append([work.surface(mean.with_value(part, index, s * spread)) for s in SIGMAS])
        studio = part_studio(
            model, part, [shape for row in shapes for shape in row], work.settings.size
        )
        sheet = contact_sheet(
            [[studio.picture(shape) for shape in row] for row in shapes],
            [info.directions[index].name for index in range(count)],
            [f"{s:+.0f}σ" if s else "mean" for s in SIGMAS],
            f"{NAMES[part]}: principal components of its code",
            f"Only the code of the {NAMES[part].lower()} varies; all other codes are zero.",
        )
        files.append(work.save(f"figure-1-{part}", sheet))
    return files


def _random_parts(work: _Work) -> list[Path]:
    """Figure 7: random parts on a few heads."""
    labels: list[str] = []
    shapes: list[list[Floats]] = []
    for number in range(RANDOM_HEADS):
        base = work.random_head(number).with_part("expression", work.model.mean_code().expression)
        own = [work.surface(base)]
        for place, part in enumerate(PARTS):
            work.progress((number + place / len(PARTS)) / RANDOM_HEADS, f"Figure 7: {part}")
            for draw in range(RANDOM_EACH):
                rng = np.random.default_rng([work.settings.seed, number, place, draw])
                own.append(work.surface(random_code(work.model, rng, [part], base)))
        shapes.append(own)
        labels.append(f"Head {number + 1}")
    everyone = [shape for own in shapes for shape in own]
    studio = face_studio(work.model, everyone, work.settings.size, 0.85)
    rows = [[studio.picture(shape) for shape in own] for own in shapes]
    columns = ["Original"] + [f"{NAMES[p]} {k + 1}" for p in PARTS for k in range(RANDOM_EACH)]
    note = (
        "Each column draws the code of one part at random and keeps all others. "
        f"Seed {work.settings.seed}."
    )
    return [work.save("figure-7", contact_sheet(rows, labels, columns, "Random parts", note))]


def _interpolation(work: _Work) -> list[Path]:
    """Figure 2: one head becomes another part by part, with a close look at small parts."""
    taken = _steps(work)
    size = work.settings.size
    whole = head_studio(work.model, taken.shapes(), size)
    rows: list[list[Image | None]] = []
    labels = []
    for group in taken.groups:
        rows.append([whole.picture(shape) for shape in group.shapes])
        labels.append(NAMES[group.part])
        if group.part in ("nose", "eyes", "mouth"):
            close = part_studio(work.model, group.part, group.shapes, size, HEAD_ASPECT)
            rows.append([close.picture(shape) for shape in group.shapes])
            labels.append("  closer")
    sheet = contact_sheet(
        rows,
        labels,
        _shares(work.settings.steps),
        "From head A to head B, one part after the other",
        f"Each row starts where the one above ends. Order: {', '.join(work.settings.order)}. "
        f"Two random heads, seed {work.settings.seed}.",
    )
    return [work.save("figure-2", sheet)]


def _error_maps(work: _Work) -> list[Path]:
    """Figure 8: the same with the distance that each vertex has moved within its part's row."""
    taken = _steps(work)
    studio = head_studio(work.model, taken.shapes(), work.settings.size)
    rows: list[list[Image | None]] = []
    labels = []
    for group in taken.groups:
        highest = group.highest_mm()
        rows.append([studio.picture(shape) for shape in group.shapes])
        rows.append(
            [
                studio.painted(shape, error_colors(moved, highest))
                for shape, moved in zip(group.shapes, group.motions(), strict=True)
            ]
        )
        labels += [NAMES[group.part], f"  moved,\n  red: {highest:.1f} mm"]
    bar = ColorBar(error_colors(np.linspace(0, 1, 128), 1.0), "still", "red")
    summaries = summarise_motions(taken, work.model)
    strays = ", ".join(
        f"{entry.part} {entry.outside_p95_mm:.2f} mm"
        for entry in summaries
        if entry.outside_p95_mm is not None
    )
    note = (
        "The colours show how far each vertex lies from the first head of its row; every row has "
        "a scale of its own. "
        + (f"Outside the part, 95 % of the vertices move less than: {strays}. " if strays else "")
        + f"Two random heads, seed {work.settings.seed}."
    )
    title = "From head A to head B: how far each vertex has moved"
    sheet = contact_sheet(rows, labels, _shares(work.settings.steps), title, note, bar)
    motions = work.folder / "figure-8.csv"
    write_motions(summaries, motions)
    return [work.save("figure-8", sheet), motions]


def _steps(work: _Work) -> PartSteps:
    return take_part_steps(
        work.model,
        (work.random_head(0), work.random_head(1)),
        work.settings.order,
        work.settings.steps,
        work.progress,
        work.cancel,
    )


def _shares(steps: int) -> list[str]:
    return [f"{100 * step / steps:.0f} %" for step in range(steps + 1)]


_MAKERS: Mapping[int, Callable[[_Work], list[Path]]] = {
    1: _components,
    2: _interpolation,
    7: _random_parts,
    8: _error_maps,
}
FIGURES = tuple(_MAKERS)
