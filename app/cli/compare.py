"""`lineament compare`: how far surfaces lie from their references."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from app.cli.console_progress import ConsoleProgress
from app.cli.output import require_output
from app.comparison.batch import PairResult, PairTask, named_curves, run_tasks
from app.comparison.regions import with_regions
from app.comparison.surface_files import NamedSurface, SurfaceReader, pair_files
from engine.evaluation.alignment import AlignmentRequest
from engine.evaluation.fields import FieldKind
from engine.evaluation.pair import PairComparison, PairSettings
from engine.evaluation.plots import PLOT_SUFFIXES, save_curves
from engine.evaluation.surface_report import ReportSettings
from engine.evaluation.tables import pairs_table, write_bytes, write_table
from engine.models.protocol import REGIONS
from engine.progress import Progress

READ = 0.2
"""Share of the progress that reading takes."""

FAILED = 2


def run(options: argparse.Namespace) -> int:
    """Compare the pairs of `options.files`; 2 if any of them could not be compared."""
    _require_outputs(options)
    pairs = pair_files(options.files, options.against)
    with ConsoleProgress(sys.stderr) as progress:
        tasks = _make_tasks(pairs, options, progress)
        results = _run(tasks, options.jobs, progress)
        compared = [result.comparison for result in results if result.comparison is not None]
        if compared:
            progress(0.98, "Writing")
            folders = [surface.resolve().parent.name for surface, _ in pairs]
            _write(results, tasks, folders, options)
    if options.json:
        _write_json(results, tasks, options.json)
    for result, (surface, reference) in zip(results, pairs, strict=True):
        if result.error is not None:
            print(f"lineament: {surface} against {reference}: {result.error}", file=sys.stderr)
    if options.json != "-":
        _print_summary(compared)
    return 0 if len(compared) == len(results) else FAILED


def _require_outputs(options: argparse.Namespace) -> None:
    for name, suffixes in (
        ("json", (".json",)),
        ("csv", (".csv",)),
        ("md", (".md",)),
        ("tex", (".tex",)),
        ("html", (".html", ".htm")),
        ("curves", PLOT_SUFFIXES),
    ):
        given = getattr(options, name)
        if given is not None and given != "-":
            require_output(Path(given), suffixes)


def _make_tasks(
    pairs: Sequence[tuple[Path, Path]], options: argparse.Namespace, progress: Progress
) -> list[PairTask]:
    reader = SurfaceReader(options.device)
    settings = PairSettings(
        AlignmentRequest(options.align),
        ReportSettings(
            samples=options.samples,
            region_samples=max(options.samples // 15, 100),
            thresholds_mm=tuple(sorted(set(options.threshold))),
            points=False,
        ),
        earth_mover_samples=0 if options.no_emd else 1024,
        seed=options.seed,
    )
    files = list(dict.fromkeys(path for pair in pairs for path in pair))
    references = {reference for _, reference in pairs}
    known: dict[Path, NamedSurface] = {}
    for index, path in enumerate(files):
        progress(READ * index / len(files), f"Reading {path.name}")
        known[path] = reader.read(path)
        for note in known[path].notes:
            print(f"lineament: {path}: {note}", file=sys.stderr)
    prepared = dict(known)
    if options.regions:
        for path in references:
            prepared[path] = with_regions(known[path], reader.model)
    names = REGIONS if options.regions else ()
    kind: FieldKind | None = "nearest" if options.html else None
    return [
        PairTask(known[surface], prepared[reference], names, settings, kind)
        for surface, reference in pairs
    ]


def _run(tasks: list[PairTask], jobs: int | None, progress: Progress) -> list[PairResult]:
    results: list[PairResult | None] = [None] * len(tasks)
    progress(READ, f"Comparing 1 of {len(tasks)}")
    for done, result in enumerate(run_tasks(tasks, jobs), 1):
        results[result.index] = result
        share = READ + (0.95 - READ) * done / len(tasks)
        progress(share, f"Compared {done} of {len(tasks)}")
    return [result for result in results if result is not None]


def _write(
    results: list[PairResult],
    tasks: list[PairTask],
    folders: list[str],
    options: argparse.Namespace,
) -> None:
    compared = [result.comparison for result in results if result.comparison is not None]
    for comparison in compared:
        for note in comparison.notes:
            print(f"lineament: {note}", file=sys.stderr)
    table = pairs_table(compared, by_region=options.regions)
    for path in (options.csv, options.md, options.tex):
        if path is not None:
            write_table(table, Path(path))
    curves = named_curves(results, folders)
    if options.curves is not None:
        save_curves(curves, Path(options.curves))
    if options.html is not None:
        from app.comparison.html_report import make_report

        page = make_report(results, [task.reference for task in tasks], table, curves)
        write_bytes(Path(options.html), page.encode("utf-8"))


def _write_json(results: list[PairResult], tasks: list[PairTask], path: str) -> None:
    entries = [
        result.comparison.to_json()
        if result.comparison is not None
        else {
            "surface": tasks[result.index].surface.name,
            "reference": tasks[result.index].reference.name,
            "error": result.error,
        }
        for result in results
    ]
    text = json.dumps(entries[0] if len(entries) == 1 else entries, indent=2) + "\n"
    if path == "-":
        sys.stdout.write(text)
    else:
        write_bytes(Path(path), text.encode("utf-8"))


def _print_summary(compared: Sequence[PairComparison]) -> None:
    for pair in compared:
        whole = pair.report.whole
        scores = ", ".join(f"{s.score:.1f} % at {s.threshold_mm:g} mm" for s in whole.f_scores)
        print(
            f"{pair.name} to {pair.reference_name}: mean {whole.forward.mean:.3f} mm, "
            f"p95 {whole.forward.p95:.3f}, max {whole.forward.maximum:.3f}, "
            f"chamfer {whole.chamfer.symmetric_mm:.3f}; F-score {scores}"
        )
        for errors in pair.report.regions:
            print(
                f"  {errors.name}: mean {errors.forward.mean:.3f} mm, "
                f"chamfer {errors.chamfer.symmetric_mm:.3f} mm"
            )
