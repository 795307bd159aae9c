"""Experiments as tables (Markdown and CSV), curves and strips."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.geometry.mesh import Mesh
from training.figures.camera import frame_points
from training.figures.contact_sheet import ColorBar, contact_sheet, save_picture
from training.figures.error_colors import error_colors
from training.figures.shading import render_mesh
from training.spiral.evaluate import Reconstruct, cumulative_curve

Floats = NDArray[np.float32]

LARGEST_MM = 4.0
"""End of the cumulative curves' axis."""
PICTURE = 260
COLUMNS = (
    *("split", "latent", "method", "loss", "mean_mm", "median_mm", "p95_mm"),
    *("train_mm", "test_meshes", "epochs", "seconds", "parameters"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """One line of a table: a method at a size on a split.

    Attributes:
        method: its name; loss: `l1`, `weighted_l1` or empty for PCA.
        errors: `(M, V)` mm on the test meshes.
        train_mm: mean over training meshes; epochs and seconds of its training.
        parameters: trained numbers.
    """

    method: str
    split: str
    latent: int
    loss: str
    errors: Floats
    train_mm: float
    epochs: int
    seconds: float
    parameters: int


def write_tables(rows: Sequence[Measured], title: str, folder: Path) -> None:
    """`generalisation.md`, an error per size and method, and `generalisation.csv` with all."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "generalisation.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        for row in sorted(rows, key=_order):
            figures = [row.errors.mean(), *np.percentile(row.errors, (50, 95)), row.train_mm]
            writer.writerow(
                [row.split, row.latent, row.method, row.loss]
                + [f"{value:.4f}" for value in figures]
                + [len(row.errors), row.epochs, f"{row.seconds:.0f}", row.parameters]
            )
    (folder / "generalisation.md").write_text(_markdown(rows, title), encoding="utf-8")


def _markdown(rows: Sequence[Measured], title: str) -> str:
    lines = [
        f"# Generalisation error: {title}",
        "",
        "Mean distance of corresponding vertices on test meshes, mm; the lowest of a size in bold.",
    ]
    for split in dict.fromkeys(row.split for row in rows):
        chosen = sorted((row for row in rows if row.split == split), key=_order)
        sizes = sorted({row.latent for row in chosen})
        lines += ["", f"## {split.capitalize()} split", ""]
        lines += ["| method | " + " | ".join(f"{size}" for size in sizes) + " |"]
        lines += ["| --- |" + " ---: |" * len(sizes)]
        means = {(_label(row), row.latent): float(row.errors.mean()) for row in chosen}
        best = {s: min(v for (_, size), v in means.items() if size == s) for s in sizes}
        for label in dict.fromkeys(_label(row) for row in chosen):
            cells = []
            for size in sizes:
                value = means.get((label, size))
                bold = "**" if value is not None and value == best[size] else ""
                cells.append("" if value is None else f"{bold}{value:.3f}{bold}")
            lines.append(f"| {label} | " + " | ".join(cells) + " |")
    lines += ["", "Schedules: " + "; ".join(_schedules(rows)) + "."]
    return "\n".join(lines) + "\n"


def _order(row: Measured) -> tuple[str, str, str, int]:
    return (row.split, row.method, row.loss, row.latent)


def _label(row: Measured) -> str:
    return row.method if row.loss in ("", "l1") else f"{row.method}, weighted L1"


def _schedules(rows: Sequence[Measured]) -> list[str]:
    found: dict[str, set[int]] = {}
    for row in rows:
        if row.epochs:
            found.setdefault(row.method, set()).add(row.epochs)
    return [
        f"{method} {' or '.join(str(count) for count in sorted(epochs))} epochs"
        for method, epochs in sorted(found.items())
    ] or ["none"]


def draw_curves(rows: Sequence[Measured], title: str, folder: Path) -> None:
    """`error-by-size.png` and, for each split, `cumulative-SPLIT.png` (the paper's figs. 5, 6)."""
    from matplotlib.figure import Figure

    folder.mkdir(parents=True, exist_ok=True)
    figure = Figure(figsize=(7.5, 4.5), layout="constrained")
    axes = figure.subplots()
    lines: dict[tuple[str, str], list[Measured]] = {}
    for row in sorted(rows, key=_order):
        lines.setdefault((_label(row), row.split), []).append(row)
    for (label, split), members in lines.items():
        style = "-" if split == "percentage" else "--"
        axes.plot(
            [row.latent for row in members],
            [float(row.errors.mean()) for row in members],
            style,
            marker="o",
            label=f"{label}, {split}",
        )
    axes.set(xscale="log", xlabel="length of the code", ylabel="mean error, mm", title=title)
    sizes = sorted({row.latent for row in rows})
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.set_ylim(bottom=0.0)
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    figure.savefig(folder / "error-by-size.png", dpi=140)
    for split in dict.fromkeys(row.split for row in rows):
        _draw_cumulative(
            [row for row in rows if row.split == split],
            f"{title}, {split}",
            folder / f"cumulative-{split}.png",
        )


def _draw_cumulative(rows: Sequence[Measured], title: str, file: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.5, 4.5), layout="constrained")
    axes = figure.subplots()
    thresholds = np.linspace(0.0, LARGEST_MM, 161)
    for row in sorted(rows, key=_order):
        style = ":" if row.method == "PCA" else "-"
        label = f"{_label(row)}, {row.latent}"
        axes.plot(thresholds, cumulative_curve(row.errors, thresholds), style, label=label)
    axes.set(xlabel="error, mm", ylabel="vertices within, %", title=title, xlim=(0, LARGEST_MM))
    axes.set_ylim(0.0, 100.0)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=7, loc="lower right")
    figure.savefig(file, dpi=140)


def draw_strips(
    meshes: Floats,
    faces: NDArray,
    names: Sequence[str],
    methods: dict[str, Reconstruct],
    title: str,
    file: Path,
    highest_mm: float = 3.0,
) -> None:
    """Reference, and for each method reconstruction and heatmap (the paper's figs. 7 to 9)."""
    triangles = faces.astype(np.int32)
    camera = frame_points(meshes.reshape(-1, 3), 18.0, 4.0, 0.75)
    size = (round(0.75 * PICTURE), PICTURE)
    made = {name: reconstruct(meshes) for name, reconstruct in methods.items()}
    rows = []
    for index, reference in enumerate(meshes):
        row = [render_mesh(Mesh(reference, triangles), camera, *size)]
        for found in made.values():
            errors = np.linalg.norm(found[index] - reference, axis=1)
            mesh = Mesh(found[index], triangles)
            row.append(render_mesh(mesh, camera, *size))
            row.append(render_mesh(mesh, camera, *size, error_colors(errors, highest_mm)))
        rows.append(row)
    columns = ["reference", *(text for name in methods for text in (name, "error"))]
    scale = error_colors(np.linspace(0.0, highest_mm, 64), highest_mm)
    bar = ColorBar(scale, "0 mm", f"{highest_mm:g} mm")
    sheet = contact_sheet(rows, list(names), columns, title, color_bar=bar)
    save_picture(sheet, file)
