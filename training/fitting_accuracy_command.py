"""`lineament-train fit-accuracy`: the figures of the fit as JSON, CSV and Markdown."""

import argparse
import csv
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from engine.assets import load_model
from engine.errors import InputError
from engine.models.parts_model import PartsModel
from engine.models.protocol import REGIONS
from training.console import cancel_on_interrupt, progress_line
from training.fitting_accuracy import ScanAccuracy, measure_fits
from training.parts.cut_faces import cut_like
from training.parts.registered import RegisteredFaces

COLUMNS = ("whole", *REGIONS)


def run_fit_accuracy(options: argparse.Namespace) -> None:
    """Fit the held-out scans and write the figures into `options.output`."""
    model = PartsModel(options.weights) if options.weights else load_model("auto")
    faces = cut_like(RegisteredFaces.load(options.data / "faces.npz"), model)
    try:
        options.output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"'{options.output}' cannot be made: {error.strerror}.") from error
    cancel, show = cancel_on_interrupt(), progress_line()
    results: list[ScanAccuracy] = []
    for result in measure_fits(
        model, faces, options.count, options.seed, options.method, show, cancel
    ):
        results.append(result)
        write_results(results, options.output, model.info.identifier, options)
    print("\n" + (options.output / "fit-accuracy.md").read_text(encoding="utf-8"))


def write_results(
    results: Sequence[ScanAccuracy], folder: Path, weights: str, options: argparse.Namespace
) -> None:
    """Write `fit-accuracy.json`, `.csv` and `.md`."""
    facts = {"weights": weights, "seed": options.seed, "method": options.method}
    summary = {
        kind: summarise([entry for entry in results if entry.kind == kind])
        for kind in ("clean", "degraded")
    }
    content = facts | {"summary": summary, "scans": [asdict(entry) for entry in results]}
    (folder / "fit-accuracy.json").write_text(json.dumps(content, indent=2) + "\n")
    with (folder / "fit-accuracy.csv").open("w", newline="", encoding="utf-8") as stream:
        _write_csv(results, csv.writer(stream))
    (folder / "fit-accuracy.md").write_text(_markdown(facts, summary), encoding="utf-8")


def summarise(results: Sequence[ScanAccuracy]) -> dict[str, object]:
    """Means over scans, the worst, and how many failed."""
    done = [entry for entry in results if not entry.failed]
    summary: dict[str, object] = {"scans": len(results), "failed": len(results) - len(done)}
    if not done:
        return summary
    summary["chamfer_mm"] = {name: _mean(_figures(done, name, 0)) for name in COLUMNS}
    summary["fscore"] = {name: _mean(_figures(done, name, 1)) for name in COLUMNS}
    summary["worst_chamfer_mm"] = {name: max(_figures(done, name, 0)) for name in COLUMNS}
    for name in ("chamfer_with_residual_mm", "truth_chamfer_mm", "truth_fscore", "iterations"):
        values = [getattr(entry, name) for entry in done if getattr(entry, name) is not None]
        summary[name] = _mean(values)
    if done[0].truth_regions is not None:
        summary["truth_regions_mm"] = {
            name: _mean([e.truth_regions[name][0] for e in done if e.truth_regions is not None])
            for name in REGIONS
        }
    summary["largest_scale_error"] = max(abs((entry.unit_factor or 0.0) - 1.0) for entry in done)
    for name in ("seconds", "cpu_seconds"):
        summary[f"median_{name}"] = float(np.median([getattr(entry, name) for entry in done]))
    return summary


def _figures(done: Sequence[ScanAccuracy], name: str, which: int) -> list[float]:
    if name == "whole":
        found = [(entry.chamfer_mm, entry.fscore)[which] for entry in done]
    else:
        found = [entry.regions[name][which] for entry in done if entry.regions is not None]
    return [value for value in found if value is not None] or [float("nan")]


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None


def _write_csv(results: Sequence[ScanAccuracy], writer: Any) -> None:
    plain = ["chamfer_mm", "fscore", "chamfer_with_residual_mm", "truth_chamfer_mm"]
    plain += ["truth_fscore", "unit_factor", "seconds", "cpu_seconds", "iterations"]
    regional = [f"{name}_{kind}" for name in REGIONS for kind in ("chamfer_mm", "fscore")]
    writer.writerow(["scan", "kind", *plain, *regional, "failed"])
    for entry in results:
        pairs = entry.regions or dict.fromkeys(REGIONS, (None, None))
        values = [value for name in REGIONS for value in pairs[name]]
        own = [getattr(entry, name) for name in plain]
        writer.writerow([entry.name, entry.kind, *own, *values, entry.failed])


def _markdown(facts: dict[str, object], summary: dict[str, dict[str, object]]) -> str:
    lines = ["# Fits of held-out scans", ""]
    lines += [f"{name}: {value}  " for name, value in facts.items()]
    lines += ["", "| scans | | " + " | ".join(COLUMNS) + " |", "| --- | --- |" + " ---: |" * 5]
    for kind, figures in summary.items():
        for key, digits in (("chamfer_mm", 3), ("worst_chamfer_mm", 3), ("fscore", 1)):
            row = figures.get(key)
            if isinstance(row, dict):
                cells = " | ".join(f"{row[name]:.{digits}f}" for name in COLUMNS)
                lines.append(f"| {figures['scans']} {kind} | {key} | {cells} |")
    lines.append("")
    for kind, figures in summary.items():
        rest = ", ".join(
            f"{name} {value:.3f}" for name, value in figures.items() if isinstance(value, float)
        )
        lines.append(f"- {kind}: {figures['failed']} of {figures['scans']} failed. {rest}")
    lines += [
        "",
        "Distances run over the surface that the scan covers, before the residual layer; "
        "`truth_` figures are those of the paper's tables, over the whole head.",
    ]
    return "\n".join(lines) + "\n"
