"""Tables as Markdown, to read, and as CSV, to reckon with."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

import numpy as np

from training.experiments.measure import COLUMNS, HeadFigures, RegionFigures

HEADINGS = {"full": "Full", "nose": "Nose", "eyes": "Eyes", "mouth": "Mouth", "head": "Rem"}


@dataclass(frozen=True, slots=True)
class TableRow:
    """A method's means over heads.

    Attributes:
        name: of the method; code_size: numbers per head.
        figures: by the names in `COLUMNS`.
        heads: how many were measured; seconds: median CPU time of a reconstruction.
        more: further figures of the method by name.
    """

    name: str
    code_size: int
    figures: Mapping[str, RegionFigures]
    heads: int
    seconds: float
    more: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows with a title and what must be known to read them."""

    number: int
    title: str
    rows: Sequence[TableRow]
    notes: Sequence[str]
    threshold_mm: float


def mean_row(
    name: str,
    code_size: int,
    measured: Sequence[HeadFigures],
    seconds: Sequence[float],
    more: Mapping[str, float] | None = None,
) -> TableRow:
    """The mean of each figure over heads."""
    means = {
        region: RegionFigures(
            **{
                entry.name: float(
                    np.mean([getattr(m.regions[region], entry.name) for m in measured])
                )
                for entry in fields(RegionFigures)
            }
        )
        for region in COLUMNS
    }
    return TableRow(name, code_size, means, len(measured), float(np.median(seconds)), more or {})


def write_table(table: Table, folder: Path) -> Path:
    """Write `table-N.md` and `table-N.csv`; the Markdown file is returned."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"table-{table.number}.md"
    file.write_text(_markdown(table), encoding="utf-8")
    with (folder / f"table-{table.number}.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        names = [entry.name for entry in fields(RegionFigures)]
        more = sorted({name for row in table.rows for name in row.more})
        writer.writerow(["method", "code_size", "heads", "seconds", *more, "region", *names])
        for row in table.rows:
            extra = [_number(row.more[name], 4) if name in row.more else "" for name in more]
            for region in COLUMNS:
                values = [_number(getattr(row.figures[region], name), 5) for name in names]
                head = [row.name, row.code_size, row.heads, _number(row.seconds, 2), *extra]
                writer.writerow([*head, HEADINGS[region].lower(), *values])
    return file


def _markdown(table: Table) -> str:
    lines = [f"# Table {table.number}: {table.title}", ""]
    lines += [
        "SCD is the symmetric chamfer distance in mm (less is better), F the F-score in percent "
        "(more is better).",
        "",
        f"From samples to samples, as in the paper; F at {table.threshold_mm:.2f} mm:",
        "",
        *_grid(table.rows, "scd_points_mm", "f_unit"),
        "",
        "From samples to the other surface, without the samples' spacing; F at 1 mm:",
        "",
        *_grid(table.rows, "scd_mm", "f_1mm"),
        "",
        *_costs(table.rows),
        "",
    ]
    lines += [f"- {note}" for note in table.notes]
    return "\n".join(lines) + "\n"


def _grid(rows: Sequence[TableRow], chamfer: str, score: str) -> list[str]:
    columns = [f"{heading} {HEADINGS[region]}" for heading in ("SCD", "F") for region in COLUMNS]
    lines = [
        "| method | " + " | ".join(columns) + " |",
        "| --- |" + " ---: |" * len(columns),
    ]
    for row in rows:
        distances = [_number(getattr(row.figures[region], chamfer), 3) for region in COLUMNS]
        scores = [_number(getattr(row.figures[region], score), 1) for region in COLUMNS]
        lines.append(f"| {row.name} | " + " | ".join([*distances, *scores]) + " |")
    return lines


def _costs(rows: Sequence[TableRow]) -> list[str]:
    more = list(dict.fromkeys(name for row in rows for name in row.more))
    lines = [
        "| method | code length | heads | CPU seconds a head | " + "".join(f"{m} | " for m in more),
        "| --- |" + " ---: |" * (3 + len(more)),
    ]
    for row in rows:
        extra = "".join(f" {_number(row.more[m], 3) if m in row.more else ''} |" for m in more)
        code = row.code_size or "none"
        lines.append(f"| {row.name} | {code} | {row.heads} | {row.seconds:.1f} |{extra}")
    return [line.rstrip() for line in lines]


def _number(value: float, digits: int) -> str:
    return f"{value:.{digits}f}" if np.isfinite(value) else "∞"
