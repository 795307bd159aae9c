"""`lineament-train photos train codes`: options and what it does."""

import argparse
import json
from dataclasses import asdict, replace

import numpy as np
import torch

from engine.assets import load_model
from engine.devices import chosen_device
from engine.models.parts_model import PartsModel
from engine.models.protocol import PARTS
from engine.networks.photo_codes import PhotoCodes
from engine.photo.face_region import face_region
from training.config_file import read_config
from training.console import cancel_on_interrupt, progress_line
from training.photos.batches import CropBatches
from training.photos.codes.export import export_codes, measure_codes
from training.photos.codes.objective import CodesObjective
from training.photos.codes.trainer import CodesConfigFile, train_codes
from training.photos.mirrored import MirroredBatches, mirror_maps
from training.photos.mixed_batches import MixedBatches
from training.photos.photo_set import PhotoSet, load_photo_set
from training.photos.warm_start import BACKBONE, begin_with_codes

LOG_FILE = "log.jsonl"
TAKEN_OVER = (
    BACKBONE,
    "grid.",
    "layers.",
    "codes.",
    "pose.",
    "points.",
    "after_points.",
    "corrected.",
)
"""Layers that `--init` can give; a checkpoint in the run's folder goes before."""


def train(options: argparse.Namespace) -> None:
    """Train for as long as asked, resuming; then measure on `--held-out` and write the weights."""
    if options.threads:
        torch.set_num_threads(options.threads)
    config = read_config(CodesConfigFile, options.config)
    model = load_model("cpu")
    photos = load_photo_set(options.data)
    torch.manual_seed(config.training.seed)
    codes, points = photos.codes.shape[1], len(photos.rows)
    network = PhotoCodes(replace(config.network, codes=codes, points=points))
    if options.init is not None:
        begin_with_codes(network, options.init, TAKEN_OVER)
    objective = make_objective(model, photos, config)
    sets = [photos, *(load_photo_set(folder) for folder in options.also)]
    drawn = MixedBatches([make_batches(model, one, config, augment=True) for one in sets])
    maps = mirror_maps(model, photos.rows)
    batches = MirroredBatches(drawn, maps)
    show, cancel = progress_line(), cancel_on_interrupt()
    options.run.mkdir(parents=True, exist_ok=True)

    def report(step: int, terms: dict[str, float]) -> None:
        with (options.run / LOG_FILE).open("a") as log:
            log.write(json.dumps({"step": step, **terms}) + "\n")
        text = "  ".join(f"{name} {value:.2f}" for name, value in terms.items())
        show(step / config.training.steps, f"step {step}  {text}")

    device = torch.device(chosen_device())
    seconds = None if options.minutes is None else 60.0 * options.minutes
    train_codes(
        network, objective, batches, config.training, options.run, report, cancel, device, seconds
    )
    if options.output is not None:
        held = load_photo_set(options.held_out) if options.held_out else photos
        measured = make_batches(model, held, config, augment=False)
        errors = measure_codes(network.cpu(), objective.cpu(), measured, identity_size(model))
        about = {
            "data": dict(photos.about),
            "photographs": sum(map(len, sets)),
            **asdict(config.training),
        }
        export_codes(network, photos.rows, errors, options.output, about, maps)
        print(
            f"\nWrote {options.output}: identity {errors.identity_mm:.2f} mm "
            f"(mean head {errors.mean_identity_mm:.2f}), points {errors.points_mm:.2f} mm."
        )


def make_objective(model: PartsModel, photos: PhotoSet, config: CodesConfigFile) -> CodesObjective:
    """The objective for photographs whose points show `photos.rows`."""
    face = np.isin(photos.rows, face_region(model).vertices)
    return CodesObjective(
        model.carrier, photos.rows, face, identity_size(model), config.network.size, config.weights
    )


def make_batches(
    model: PartsModel, photos: PhotoSet, config: CodesConfigFile, augment: bool
) -> CropBatches:
    """Crops of all the photographs."""
    return CropBatches(
        photos,
        np.arange(len(photos)),
        model.template.vertices[model.landmarks],
        config.network.size,
        augment=augment,
    )


def identity_size(model: PartsModel) -> int:
    """How many leading coordinates of the joint code are shape."""
    return sum(part.size for part in model.parts if part.name != PARTS[-1])
