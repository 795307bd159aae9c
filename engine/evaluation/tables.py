"""Tables of figures, as CSV, Markdown, LaTeX and JSON."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.atomic_file import write_atomically
from engine.errors import InputError
from engine.evaluation.pair import PairComparison
from engine.evaluation.surface_report import SurfaceErrors

Cell = str | float | None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of names and figures.

    Attributes:
        header: a title for each column.
        rows: each with one cell for each column; None is an empty cell.
        digits: decimals of the figures of each column; full precision in CSV and JSON.
        caption: what the table shows.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    digits: tuple[int, ...]
    caption: str = ""

    def __post_init__(self) -> None:
        for row in (*self.rows, self.digits):
            if len(row) != len(self.header):
                raise InputError(
                    f"A table of {len(self.header)} columns cannot hold a row of {len(row)} cells."
                )

    def text(self, row: int, column: int) -> str:
        """A cell as people read it."""
        cell = self.rows[row][column]
        if cell is None:
            return ""
        return cell if isinstance(cell, str) else f"{cell:.{self.digits[column]}f}"

    def is_figure(self, column: int) -> bool:
        """Whether a column holds figures, which are set to the right."""
        return any(isinstance(row[column], float) for row in self.rows)


def pairs_table(pairs: Sequence[PairComparison], by_region: bool = False) -> Table:
    """The figures of `pairs`: a row for each pair, and for each of its regions if asked.

    Raises:
        InputError: there is no pair, or their F-scores have other thresholds.
    """
    if not pairs:
        raise InputError("There is nothing to tabulate. Compare at least one pair.")
    thresholds = [tuple(s.threshold_mm for s in pair.report.whole.f_scores) for pair in pairs]
    if len(set(thresholds)) > 1:
        raise InputError("Pairs with F-scores at different thresholds do not fit in one table.")
    with_mover = any(pair.earth_mover is not None for pair in pairs)
    with_nme = any(pair.nme is not None for pair in pairs)
    header = ["Surface", "Reference"] + (["Region"] if by_region else [])
    titles = _titles(thresholds[0])
    rows: list[tuple[Cell, ...]] = []
    for pair in pairs:
        measured = (pair.report.whole, *(pair.report.regions if by_region else ()))
        for errors in measured:
            names: list[Cell] = [pair.name, pair.reference_name]
            cells = [*names, *([errors.name] if by_region else []), *_figures(errors)]
            whole = errors is pair.report.whole
            if with_mover:
                mover = pair.earth_mover if whole else None
                cells += [None, None] if mover is None else [mover.mean_mm, mover.floor_mm]
            if with_nme:
                cells.append(pair.nme if whole else None)
            rows.append(tuple(cells))
    extra = (["EMD (mm)", "EMD floor (mm)"] if with_mover else []) + (["NME"] if with_nme else [])
    columns = (*header, *titles, *extra)
    digits = tuple(4 if title == "NME" else 1 if "%" in title else 3 for title in columns)
    return Table(columns, tuple(rows), digits, "Distances to the reference surface")


def _titles(thresholds: Sequence[float]) -> list[str]:
    lengths = ("Mean", "Median", "RMS", "P90", "P95", "P99", "Max", "Chamfer", "Hausdorff")
    scores = [f"F@{threshold:g} mm (%)" for threshold in thresholds]
    return [*(f"{name} (mm)" for name in lengths), *scores, "Normals (°)"]


def _figures(errors: SurfaceErrors) -> list[Cell]:
    summary = errors.forward
    angle = errors.normal_error_deg
    return [
        summary.mean,
        summary.median,
        summary.rms,
        summary.p90,
        summary.p95,
        summary.p99,
        summary.maximum,
        errors.chamfer.symmetric_mm,
        errors.hausdorff_mm,
        *(score.score for score in errors.f_scores),
        angle if angle == angle else None,  # not a number where no face has a normal
    ]


def to_csv(table: Table) -> str:
    """Comma-separated values (RFC 4180), figures in full."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(table.header)
    writer.writerows(["" if cell is None else cell for cell in row] for row in table.rows)
    return text.getvalue()


def to_markdown(table: Table) -> str:
    """A pipe table."""
    marks = ["--:" if table.is_figure(k) else ":--" for k in range(len(table.header))]
    lines = [[_escape_pipes(title) for title in table.header], marks]
    lines += [
        [_escape_pipes(table.text(row, k)) for k in range(len(table.header))]
        for row in range(len(table.rows))
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def to_latex(table: Table) -> str:
    """A `table` environment with rules of the package booktabs."""
    marks = "".join("r" if table.is_figure(k) else "l" for k in range(len(table.header)))
    lines = [r"\begin{table}", r"\centering", rf"\begin{{tabular}}{{{marks}}}", r"\toprule"]
    lines.append(" & ".join(_escape_latex(title) for title in table.header) + r" \\")
    lines.append(r"\midrule")
    for row in range(len(table.rows)):
        cells = (_escape_latex(table.text(row, k)) for k in range(len(table.header)))
        lines.append(" & ".join(cells) + r" \\")
    lines += [r"\bottomrule", r"\end{tabular}"]
    if table.caption:
        lines.append(rf"\caption{{{_escape_latex(table.caption)}}}")
    return "\n".join([*lines, r"\end{table}"]) + "\n"


def to_json(table: Table) -> str:
    """A list of objects, one for each row, keyed by the titles of columns."""
    rows = [dict(zip(table.header, row, strict=True)) for row in table.rows]
    return json.dumps(rows, indent=2, ensure_ascii=False) + "\n"


TABLE_WRITERS: dict[str, Callable[[Table], str]] = {
    ".csv": to_csv,
    ".md": to_markdown,
    ".tex": to_latex,
    ".json": to_json,
}
"""What writes a table, by the suffix of the file."""


def write_table(table: Table, path: Path) -> None:
    """Write `table` in the format of `path`'s suffix.

    Raises:
        InputError: the suffix is not known, or the file cannot be written.
    """
    writer = TABLE_WRITERS.get(path.suffix.lower())
    if writer is None:
        raise InputError(
            f"A table cannot be written as '{path.name}'. Choose a name that ends in "
            f"{', '.join(TABLE_WRITERS)}."
        )
    write_bytes(path, writer(table).encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> None:
    """Write `content` to `path`, complete or not at all.

    Raises:
        InputError: the file cannot be written.
    """
    try:
        write_atomically(path, content)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"Cannot write '{path}': {reason}. Choose another place.") from error


def _escape_pipes(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|")


_LATEX = {
    "\\": r"\textbackslash{}",
    "°": r"$^\circ$",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{character: f"\\{character}" for character in "&%$#_{}"},
}


def _escape_latex(text: str) -> str:
    return "".join(_LATEX.get(character, character) for character in text)
