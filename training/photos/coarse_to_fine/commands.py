"""`lineament-train photos train coarse-to-fine`: what it does."""

import argparse
import json
from dataclasses import asdict

import torch

from engine.assets import load_model
from engine.devices import chosen_device
from training.config_file import read_config
from training.console import cancel_on_interrupt, progress_line
from training.photos.coarse_to_fine.build import build_run, coded_batches
from training.photos.coarse_to_fine.export import export_coarse_to_fine, measure_coarse_to_fine
from training.photos.coarse_to_fine.trainer import CoarseToFineConfigFile, train_coarse_to_fine
from training.photos.mixed_batches import MixedBatches
from training.photos.photo_set import load_photo_set
from training.photos.warm_start import BACKBONE, begin_with_codes

LOG_FILE = "log.jsonl"
CHECKPOINT = "checkpoint.safetensors"
TAKEN_OVER = (BACKBONE, "grid.")
"""Layers that this encoder has in common with the network of codes."""


def train(options: argparse.Namespace) -> None:
    """Train for as long as asked, resuming; then measure on `--held-out` and write the weights."""
    if options.threads:
        torch.set_num_threads(options.threads)
    config = read_config(CoarseToFineConfigFile, options.config)
    model = load_model("cpu")
    photos = load_photo_set(options.data)
    run = build_run(model, config)
    if options.init is not None and not (options.run / CHECKPOINT).exists():
        taken = begin_with_codes(run.network.encoder, options.init, TAKEN_OVER)
        print(f"The encoder starts with {taken} tensors of {options.init}.", flush=True)
    device = torch.device(chosen_device())
    run.objective.to(device)
    run.network.encoder.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    show, cancel = progress_line(), cancel_on_interrupt()
    options.run.mkdir(parents=True, exist_ok=True)

    def report(step: int, terms: dict[str, float]) -> None:
        with (options.run / LOG_FILE).open("a") as log:
            log.write(json.dumps({"step": step, **terms}) + "\n")
        text = "  ".join(f"{name} {value:.3f}" for name, value in terms.items())
        show(step / config.training.steps, f"step {step}  {text}")

    seconds = None if options.minutes is None else 60.0 * options.minutes
    sets = [photos, *(load_photo_set(folder) for folder in options.also)]
    batches = MixedBatches([coded_batches(model, one, config, augment=True) for one in sets])
    train_coarse_to_fine(
        run.objective, batches, config.training, options.run, report, cancel, seconds
    )
    if options.output is None:
        return
    held = load_photo_set(options.held_out) if options.held_out else photos
    errors = measure_coarse_to_fine(run, coded_batches(model, held, config, augment=False))
    about = {
        "data": dict(photos.about),
        "photographs": sum(map(len, sets)),
        **asdict(config.training),
    }
    export_coarse_to_fine(run, model.template, errors, options.output, about)
    print(
        f"\nWrote {options.output} ({options.output.stat().st_size / 1e6:.1f} MB): mean head "
        f"{errors.mean_mm:.2f} mm, coarse {errors.coarse_mm:.2f}, refined {errors.refined_mm:.2f}; "
        f"shape alone {errors.mean_shape_mm:.2f}, {errors.coarse_shape_mm:.2f}, "
        f"{errors.refined_shape_mm:.2f} mm."
    )
