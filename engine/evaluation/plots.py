"""Plots for papers, as SVG, PDF or PNG. Matplotlib is loaded when one is drawn."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine.errors import InputError
from engine.evaluation.curves import CumulativeCurve
from engine.evaluation.tables import write_bytes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PLOT_SUFFIXES = (".svg", ".pdf", ".png")

LINE_COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Okabe & Ito, "Color Universal Design", 2008: told apart by the colour-blind."""

DASHES = ("-", "--", "-.", ":")
DOTS_PER_INCH = 300


def curves_plot(
    curves: Mapping[str, CumulativeCurve], suffix: str = ".svg", limit_mm: float | None = None
) -> bytes:
    """The cumulative error curves of all methods in one plot, as the content of a file.

    Args:
        curves: by the name of the method.
        suffix: one of `PLOT_SUFFIXES`.
        limit_mm: right end of the axis; where None, where every curve has come to 99 %.

    Raises:
        InputError: no curve, another suffix, or a limit that is not positive.
    """
    if not curves:
        raise InputError("There is no curve to plot. Compare at least one pair.")
    limit = curve_limit(curves) if limit_mm is None else limit_mm
    if not 0 < limit < np.inf:
        raise InputError(f"The plot must end above 0 mm, got {limit}.")
    figure = _new_figure()
    axes = figure.add_subplot()
    grid = np.linspace(0.0, limit, 600)
    for index, (name, curve) in enumerate(curves.items()):
        color = LINE_COLORS[index % len(LINE_COLORS)]
        dash = DASHES[index // len(LINE_COLORS) % len(DASHES)]
        # A leading underscore would hide a name from the legend.
        label = name if not name.startswith("_") else f"\u200b{name}"
        axes.plot(grid, 100.0 * curve.share_within(grid), dash, color=color, label=label)
    axes.set_xlim(0.0, limit)
    axes.set_ylim(0.0, 101.0)
    axes.set_xlabel("Distance to the reference (mm)")
    axes.set_ylabel("Surface within it (%)")
    axes.grid(True, color="#dddddd", linewidth=0.6)
    axes.legend(frameon=False, loc="lower right", fontsize=8)
    return _save(figure, suffix)


def curve_limit(curves: Mapping[str, CumulativeCurve]) -> float:
    """A round distance in mm by which every curve has come to 99 %; at least 0.01."""
    reached = max(float(np.interp(0.99, c.shares, c.errors)) for c in curves.values())
    return round_up(max(reached, 0.01))


def round_up(value: float) -> float:
    """The next of 1, 1.5, 2, 3, 4, 5, 6, 8 times a power of ten."""
    power = 10.0 ** np.floor(np.log10(value))
    for step in (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0):
        if value <= step * power * (1 + 1e-9):
            return float(f"{step * power:.6g}")
    return float(10.0 * power)


def save_curves(
    curves: Mapping[str, CumulativeCurve], path: Path, limit_mm: float | None = None
) -> None:
    """Write `curves_plot` to `path`, whose suffix says the format.

    Raises:
        InputError: as `curves_plot`, or the file cannot be written.
    """
    write_bytes(path, curves_plot(curves, path.suffix.lower(), limit_mm))


def _new_figure() -> "Figure":
    # The object and not pyplot, which keeps figures for ever and looks for a screen.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.2, 3.4), layout="constrained")
    figure.patch.set_facecolor("white")
    return figure


def _save(figure: "Figure", suffix: str) -> bytes:
    if suffix not in PLOT_SUFFIXES:
        raise InputError(
            f"A plot cannot be written as '{suffix}'. Choose one of {', '.join(PLOT_SUFFIXES)}."
        )
    from matplotlib import rc_context

    content = io.BytesIO()
    dated = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}, ".png": {}}[suffix]
    # Text stays text, and the same plot gives the same file.
    with rc_context({"svg.fonttype": "none", "pdf.fonttype": 42, "svg.hashsalt": "lineament"}):
        figure.savefig(content, format=suffix[1:], dpi=DOTS_PER_INCH, metadata=dated)
    return content.getvalue()
