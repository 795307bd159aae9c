"""`lineament-train photos tables`: the papers' tables with our methods."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from engine.assets import load_model
from engine.errors import InputError
from engine.evaluation.tables import to_csv, to_markdown, write_bytes
from training.console import cancel_on_interrupt, progress_line
from training.photos.ablation_tables import ablation_tables
from training.photos.ablations import (
    FACE,
    FEW_UNPOOLINGS,
    HEAD,
    Variant,
    all_variants,
    read_curve,
    read_results,
    repeated,
)
from training.photos.evaluation_command import make_folder, weight_files
from training.photos.evaluation_files import STEM
from training.photos.figures_csv import read_figures
from training.photos.photo_set import load_photo_set
from training.photos.tables import PaperTable, cost_table, nme_table, surface_tables

ABLATIONS = Path(__file__).resolve().parents[1] / "configs" / "photos-ablations.toml"


def run_tables(options: argparse.Namespace) -> None:
    """Make what was asked for and say where it lies.

    Raises:
        InputError: an option is missing, or the data cannot be read.
    """
    if options.evaluated is None and options.run is None:
        raise InputError(
            "Name the folder that `photos evaluate` wrote with --evaluated, a folder for the "
            "ablations with --run, or both."
        )
    make_folder(options.output)
    if options.evaluated is not None:
        write_tables(evaluated_tables(options.evaluated), options.output)
    if options.run is not None:
        run_ablations(options)
        write_tables(tables_of_runs(options.run), options.output)


def evaluated_tables(folder: Path) -> list[PaperTable]:
    """The tables for which an evaluation has figures.

    Raises:
        InputError: `folder` holds no evaluation.
    """
    try:
        about = json.loads((folder / f"{STEM}.json").read_text(encoding="utf-8"))
        names = [str(entry["name"]) for entry in about["sets"]]
        device = str(about["settings"]["device"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{folder} does not hold an evaluation ({error}). Make one with "
            "`lineament-train photos evaluate`."
        ) from error
    tables: list[PaperTable] = []
    for name in names:
        methods = read_figures(folder / f"{STEM}-{name}.csv")
        if name == "renders":
            tables += [*surface_tables(methods), cost_table(methods, device)]
        if name == "aflw" or "aflw" not in names:
            tables.append(nme_table(methods, name))
    return tables


def run_ablations(options: argparse.Namespace) -> None:
    """Train and measure every variant for its time; stops at Ctrl+C and resumes.

    Raises:
        InputError: the photographs are missing or an option does not fit.
    """
    if options.data is None or options.held_out is None:
        if not options.only_finished:
            raise InputError("Ablations need photographs: --data and --held-out.")
        return
    if options.only_finished:
        return
    if options.seeds < 1:
        raise InputError(f"--seeds must be at least 1, got {options.seeds}.")
    chosen, init = chosen_variants(options.only), weight_files(options.init, (HEAD, FACE))
    if options.threads:
        import torch

        torch.set_num_threads(options.threads)
    from training.photos.ablation_trials import Trials, TrialSettings, with_steps
    from training.photos.pixel2mesh.config_file import read_pixel2mesh_config

    base = with_steps(read_pixel2mesh_config(options.config or ABLATIONS), options.steps)
    seconds = None if options.minutes_each is None else 60.0 * options.minutes_each
    trials = Trials(
        load_model("cpu"),
        load_photo_set(options.data),
        load_photo_set(options.held_out),
        TrialSettings(base, seconds, options.count, init=init),
        options.run,
        progress_line(),
        cancel_on_interrupt(),
    )
    for variant in (repeated(one, number + 1) for number in range(options.seeds) for one in chosen):
        result = trials.run(variant)
        print(
            f"{variant.key}: {result.steps} steps, F(τ) {result.surface.f_tau:.1f} %, "
            f"CD {result.surface.chamfer:.3f}",
            flush=True,
        )


def chosen_variants(only: Sequence[str] | None) -> list[Variant]:
    """The variants `only`, or all.

    Raises:
        InputError: there is no such variant.
    """
    known = {variant.key: variant for variant in all_variants()}
    unknown = [key for key in only or () if key not in known]
    if unknown:
        raise InputError(f"There is no variant '{unknown[0]}'. Choose from {', '.join(known)}.")
    return [known[key] for key in only] if only else list(known.values())


def tables_of_runs(runs: Path) -> list[PaperTable]:
    """The tables of what was trained in `runs`.

    Raises:
        InputError: nothing was, or a result cannot be read.
    """
    results = {}
    for variant in all_variants():
        found = read_results(runs, variant)
        if found:
            results[variant.key] = found
    if not results:
        raise InputError(f"{runs} holds no finished ablation. Leave out --only-finished.")
    curves = {variant.key: read_curve(runs / variant.key) for variant in FEW_UNPOOLINGS}
    return ablation_tables(results, curves)


def write_tables(tables: Sequence[PaperTable], folder: Path) -> None:
    """Write each table as `table-KEY.md` and `.csv`.

    Raises:
        InputError: a file cannot be written.
    """
    for entry in tables:
        lines = [f"# {entry.title}", "", to_markdown(entry.table)]
        lines += [f"- {note}" for note in entry.notes]
        file = folder / f"table-{entry.key}.md"
        write_bytes(file, ("\n".join(lines).rstrip() + "\n").encode("utf-8"))
        write_bytes(file.with_suffix(".csv"), to_csv(entry.table).encode("utf-8"))
        print(f"Wrote {file}.", flush=True)
