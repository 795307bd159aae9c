"""`lineament-train experiments`."""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from engine.assets import load_model
from engine.errors import InputError
from engine.models.parts_model import PartsModel
from engine.models.protocol import FaceModel
from engine.progress import CancelToken, Progress
from training.console import cancel_on_interrupt, progress_line
from training.experiments.deep_sdf import DeepSdfTraining
from training.experiments.deep_sdf_fit import DeepSdfFit
from training.experiments.figures import FIGURES, FigureSettings, make_figure
from training.experiments.local_fields_training import FieldsTraining
from training.experiments.tables import TableMaker, TableSettings
from training.parts.registered import RegisteredFaces
from training.parts.true_distance import DistancePool

TABLES = (1, 2, 3, 4)
COUNTS = (
    "count",
    "samples",
    "part_samples",
    "deep_sdf_steps",
    "deep_sdf_fit_steps",
    "field_steps",
)
"""Options that must be 1 or more."""


def run_experiments(options: argparse.Namespace) -> None:
    """Make what was asked for and say where it lies.

    Raises:
        InputError: an option is missing or out of range, or the data cannot be read.
    """
    progress, cancel = progress_line(), cancel_on_interrupt()
    if options.kind == "tables":
        make_tables(options, progress, cancel)
    else:
        make_figures(options, progress, cancel)


def make_tables(options: argparse.Namespace, progress: Progress, cancel: CancelToken) -> None:
    if options.data is None:
        raise InputError(
            "Tables need the faces that they are measured on. Name with --data the folder that "
            "`lineament-train prepare` wrote."
        )
    for name in COUNTS:
        if getattr(options, name) < 1:
            raise InputError(
                f"--{name.replace('_', '-')} must be 1 or more, got {getattr(options, name)}."
            )
    if options.threads:
        import torch

        torch.set_num_threads(options.threads)
    numbers = chosen(options.only, TABLES, "table")
    settings = TableSettings(
        runs=options.runs or options.output / "runs",
        count=options.count,
        resolution=options.resolution,
        samples=options.samples,
        part_samples=options.part_samples,
        deep_sdf=replace(DeepSdfTraining(), steps=options.deep_sdf_steps),
        deep_sdf_fit=replace(DeepSdfFit(), steps=options.deep_sdf_fit_steps),
        fields=replace(FieldsTraining(), steps=options.field_steps),
    )
    if options.seed is not None:
        settings = replace(settings, seed=options.seed)
    maker = TableMaker(
        RegisteredFaces.load(options.data / "faces.npz"),
        lambda: DistancePool.load(options.data / "distances.npz"),
        open_model(options.weights),
        settings,
        options.output,
        progress,
        cancel,
    )
    for number in numbers:
        print(f"Wrote {maker.make(number)}.", flush=True)


def make_figures(options: argparse.Namespace, progress: Progress, cancel: CancelToken) -> None:
    numbers = chosen(options.only, FIGURES, "figure")
    settings = FigureSettings(tuple(options.order), options.steps, options.size)
    if options.seed is not None:
        settings = replace(settings, seed=options.seed)
    model = open_model(options.weights)
    for number in numbers:
        for file in make_figure(number, model, settings, options.output, progress, cancel):
            print(f"Wrote {file}.", flush=True)


def open_model(folder: Path | None) -> FaceModel:
    """The model in `folder`, or the one that ships."""
    return load_model() if folder is None else PartsModel(folder, "auto")


def chosen(only: Sequence[int] | None, known: Sequence[int], what: str) -> list[int]:
    """The numbers to make, in order.

    Raises:
        InputError: there is no such table or figure.
    """
    unknown = sorted(set(only or ()) - set(known))
    if unknown:
        raise InputError(
            f"There is no {what} {unknown[0]}. Choose from {', '.join(map(str, known))}."
        )
    return sorted(set(only or known))
