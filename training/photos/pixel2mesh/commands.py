"""What `lineament-train photos train pixel2mesh` and `… pixel2mesh-face` do."""

import argparse
import json
from dataclasses import asdict, replace

import torch

from engine.assets import load_model
from engine.devices import chosen_device
from training.console import cancel_on_interrupt, progress_line
from training.photos.mixed_batches import MixedBatches
from training.photos.photo_set import load_photo_set
from training.photos.pixel2mesh.build import (
    kept_start,
    make_batches,
    make_network,
    make_sampler,
)
from training.photos.pixel2mesh.config_file import in_steps, read_pixel2mesh_config
from training.photos.pixel2mesh.export import export_pixel2mesh
from training.photos.pixel2mesh.losses import MeshObjective
from training.photos.pixel2mesh.measure import measure_pixel2mesh
from training.photos.pixel2mesh.trainer import train_pixel2mesh
from training.photos.warm_start import BACKBONE, begin_with_codes

LOG_FILE = "log.jsonl"


def train(options: argparse.Namespace) -> None:
    """Train for as long as asked, resuming; then measure on `--held-out` and write the weights."""
    if options.threads:
        torch.set_num_threads(options.threads)
    variant = options.network
    config = read_pixel2mesh_config(options.config)
    if options.steps:
        config = replace(config, training=in_steps(config.training, options.steps))
    model = load_model("cpu")
    photos = load_photo_set(options.data)
    sizes = config.network.config(variant)
    start = kept_start(options.run, model, sizes)
    network = make_network(start, sizes, config.training.seed)
    if options.init is not None:
        # A checkpoint, where there is one, takes the place of these.
        begin_with_codes(network, options.init, (BACKBONE,))
    sampler = make_sampler(model, start, variant, config)
    sets = [photos, *(load_photo_set(folder) for folder in options.also)]
    batches = MixedBatches([make_batches(model, one, sizes, augment=True) for one in sets])
    show, cancel = progress_line(), cancel_on_interrupt()

    def report(step: int, terms: dict[str, float]) -> None:
        with (options.run / LOG_FILE).open("a") as log:
            log.write(json.dumps({"step": step, **terms}) + "\n")
        text = "  ".join(f"{name} {value:.2e}" for name, value in terms.items())
        show(step / config.training.steps, f"step {step}  {text}")

    train_pixel2mesh(
        network,
        MeshObjective(network.levels, config.losses),
        sampler,
        batches,
        config.training,
        options.run,
        report,
        cancel,
        torch.device(chosen_device()),
        None if options.minutes is None else 60.0 * options.minutes,
    )
    if options.output is not None:
        cpu = torch.device("cpu")
        sampler.to(cpu)
        held = load_photo_set(options.held_out) if options.held_out else photos
        measured = make_batches(model, held, sizes, augment=False)
        findings = measure_pixel2mesh(network.to(cpu), model, sampler, measured)
        about = {
            "data": dict(photos.about),
            "photographs": sum(map(len, sets)),
            "config": asdict(config),
        }
        export_pixel2mesh(network, variant, findings, options.output, about)
        print(
            f"\nWrote {options.output}: {findings.surface_mm:.2f} mm from the true surface "
            f"(start {findings.start_surface_mm:.2f})."
        )
