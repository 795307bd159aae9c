"""The evaluation of photo methods as Markdown, CSV and JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from engine.evaluation.photo_metrics import PaperUnits, SurfaceFigures
from engine.evaluation.tables import Cell, Table, to_markdown, write_bytes
from training.photos.evaluation import MeanFigures, MethodFigures, PhotoFigures, mean_figures
from training.photos.figures_csv import figures_to_csv
from training.photos.identity import IdentityFigures

YAWS = ((0.0, 30.0), (30.0, 60.0), (60.0, 91.0))
"""Degrees of yaw by which figures of AFLW2000-3D are told apart (Zhu et al., 2017)."""
STEM = "photo-evaluation"
HEADER = (
    "Method",
    "NME 68 (%)",
    "NME 51 (%)",
    "CD",
    "F(τ) (%)",
    "F(2τ) (%)",
    "EMD",
    "Chamfer (mm)",
    "CD in place",
    "Time (ms)",
    "Size (MB)",
    "Failed",
)
DIGITS = (0, 2, 2, 3, 1, 1, 2, 2, 3, 0, 1, 0)


@dataclass(frozen=True, slots=True)
class SetFigures:
    """What was measured on one set of photographs.

    Attributes:
        name: of the set; photos: how many; missed: of them, faces the detector did not find.
        detector: `mtcnn` or `jittered`, true places with a good detector's errors.
        methods: the baseline first.
        floor: what the true faces measure against themselves.
        identity: by method; empty where the set has no codes.
    """

    name: str
    photos: int
    missed: int
    detector: str
    methods: tuple[MethodFigures, ...]
    floor: SurfaceFigures | None
    identity: Mapping[str, tuple[IdentityFigures, ...]]


def write_evaluation(
    sets: Sequence[SetFigures], units: PaperUnits, facts: Mapping[str, Any], folder: Path
) -> Path:
    """Write `photo-evaluation.md`, `.json`, and a `.csv` of every photograph for each set.

    Raises:
        InputError: a file cannot be written.
    """
    content = {"settings": dict(facts), "unit_mm": units.millimetres}
    content["sets"] = [_set_json(figures) for figures in sets]
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    write_bytes(folder / f"{STEM}.json", text.encode("utf-8"))
    for figures in sets:
        write_bytes(
            folder / f"{STEM}-{figures.name}.csv", figures_to_csv(figures.methods).encode("utf-8")
        )
    file = folder / f"{STEM}.md"
    write_bytes(file, _markdown(sets, units, facts).encode("utf-8"))
    return file


def method_table(figures: SetFigures) -> Table:
    """A row for each method, and one for the floor."""
    rows = [_row(method.title, method, method.photos) for method in figures.methods]
    if figures.floor is not None:
        rows.append(
            ("The true faces, drawn again", None, None, *_cells(figures.floor), *[None] * 3)
        )
    return Table(HEADER, tuple(rows), DIGITS)


def _row(title: str, method: MethodFigures, photos: tuple[PhotoFigures, ...]) -> tuple[Cell, ...]:
    mean: MeanFigures = mean_figures(method, photos)
    megabytes = method.megabytes or None
    ends: tuple[Cell, ...] = (mean.milliseconds, megabytes, float(mean.failed))
    return (title, mean.nme, mean.nme_inner, *_cells(mean.surface), *ends)


def _cells(surface: SurfaceFigures | None) -> tuple[Cell, ...]:
    if surface is None:
        return (None,) * 6
    return (
        surface.chamfer,
        surface.f_tau,
        surface.f_two_tau,
        surface.earth_mover,
        surface.chamfer_mm,
        surface.chamfer_in_place,
    )


def yaw_table(figures: SetFigures) -> Table:
    """NME over 68 points by how far the head is turned."""
    titles = [f"{low:.0f}° to {min(high, 90.0):.0f}°" for low, high in YAWS]
    rows: list[tuple[Cell, ...]] = []
    for method in figures.methods:
        means = [
            mean_figures(
                method, tuple(p for p in method.photos if low <= min(abs(p.yaw), 90.0) < high)
            )
            for low, high in YAWS
        ]
        found = [mean.nme for mean in means if mean.nme is not None]
        balanced = sum(found) / len(found) if found else None
        rows.append((method.title, *(mean.nme for mean in means), balanced))
    return Table(("Method", *titles, "Mean of the three"), tuple(rows), (0, 2, 2, 2, 2))


def identity_table(figures: SetFigures) -> Table:
    """Errors without pose and expression beside the mean face's."""
    titles = {method.name: method.title for method in figures.methods}
    header = (
        "Method",
        "Photographs each",
        "Cases",
        "People",
        "Error (mm)",
        "Mean face (mm)",
        "Below the mean face (%)",
        "First by likeness (%)",
        "First by distance (%)",
        "Of",
    )
    rows = tuple(
        (
            titles[name],
            float(entry.photos_each),
            float(entry.cases),
            float(entry.people),
            entry.error_mm,
            entry.mean_error_mm,
            entry.reduction,
            entry.first_by_likeness,
            entry.first_by_distance,
            float(entry.gallery),
        )
        for name, entries in figures.identity.items()
        for entry in entries
    )
    return Table(header, rows, (0, 0, 0, 0, 2, 2, 1, 1, 1, 0))


def _markdown(sets: Sequence[SetFigures], units: PaperUnits, facts: Mapping[str, Any]) -> str:
    lines = ["# Faces from photographs", ""]
    lines += [f"{name}: {value}  " for name, value in facts.items()]
    for figures in sets:
        lines += ["", f"## {figures.name}: {figures.photos} photographs", ""]
        lines += [_detected(figures), "", to_markdown(method_table(figures))]
        lines += ["NME over 68 points by the head's yaw:", "", to_markdown(yaw_table(figures))]
        if any(figures.identity.values()):
            lines += ["Identity:", "", to_markdown(identity_table(figures))]
    lines += [f"- {note}" for note in _notes(units)]
    return "\n".join(lines) + "\n"


def _detected(figures: SetFigures) -> str:
    if figures.detector != "mtcnn":
        return "Every method was given the face's true place with a good detector's errors."
    return (
        f"MTCNN found {figures.photos - figures.missed} of {figures.photos} faces; of the others "
        "every method was given the true place with a good detector's errors."
    )


def _notes(units: PaperUnits) -> list[str]:
    return [
        "The baseline is the mean head posed on the detector's five points, with no network.",
        "NME: mean distance of the landmarks over √(width · height) of the box around the 68 true "
        "ones; the inner 51 are divided by the same box.",
        "CD, F and EMD: over the face region where the camera has it, only slid along the line "
        "of sight: under weak perspective a photograph does not tell how far away a face is. "
        "`CD in place` is without that. In the papers' form: CD is both mean squared "
        "distances added, × 1000; F counts points within the *squared* distances τ = 1e-4 and "
        "2τ; EMD is the mean way of the best assignment, × 100. The unit is "
        f"{units.millimetres:.0f} mm, so that the mean face's box has a diagonal of 0.57 as "
        f"Pixel2Mesh's objects have at most: τ is {units.reach_mm():.1f} mm and 2τ "
        f"{units.reach_mm(2.0):.1f} mm. Chamfer (mm) is the mean of both mean distances.",
        "Time: median of one photograph, detection not included.",
        "Identity: the neutral face of the codes against the true one over the face region, "
        "corresponding vertices after rigid alignment without scale. Likeness is the cosine of "
        "both departures from the mean face.",
    ]


def _set_json(figures: SetFigures) -> dict[str, Any]:
    return {
        "name": figures.name,
        "photos": figures.photos,
        "missed_by_detector": figures.missed,
        "detector": figures.detector,
        "floor": None if figures.floor is None else asdict(figures.floor),
        "methods": {
            method.name: asdict(mean_figures(method, method.photos))
            | {"megabytes": round(method.megabytes, 2)}
            for method in figures.methods
        },
        "identity": {
            name: [asdict(entry) | {"reduction": entry.reduction} for entry in entries]
            for name, entries in figures.identity.items()
        },
    }
