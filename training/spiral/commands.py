"""What each step of `lineament-train spiral` does."""

import argparse
import json
import time
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch

from engine.assets import load_model
from engine.errors import InputError
from engine.models.spiral_autoencoder import SpiralModel
from training.console import cancel_on_interrupt, progress_line
from training.spiral.bu3dfe_source import read_bu3dfe
from training.spiral.coma_source import read_coma
from training.spiral.config_file import read_spiral_config
from training.spiral.experiments import plan, run_experiments
from training.spiral.export import export_spiral
from training.spiral.hierarchy_cache import cached_hierarchy
from training.spiral.mesh_folder import read_mesh_folder
from training.spiral.registered_set import RegisteredSet
from training.spiral.sampled_set import SampledSetting, sample_set
from training.spiral.splits import make_split
from training.spiral.trials import (
    RESULT_FILE,
    Trial,
    read_result,
    read_run,
    restore_network,
    run_trial,
)

TIMED = 20


def run_spiral(options: argparse.Namespace) -> None:
    """Carry out a step that `training.spiral.options` read."""
    steps = {
        "prepare": prepare,
        "train": train,
        "experiments": experiments,
        "evaluate": evaluate,
        "export": export,
    }
    steps[options.step](options)


def prepare(options: argparse.Namespace) -> None:
    meshes = _read_source(options)
    meshes.save(options.output)
    hierarchy = cached_hierarchy(meshes, options.output)
    count, vertices, _ = meshes.vertices.shape
    people = len(set(meshes.identities))
    print(
        f"\nWrote {options.output}: {count} meshes of {people} people, {vertices} vertices, "
        f"levels {' → '.join(str(size) for size in hierarchy.sizes)}."
    )


def _read_source(options: argparse.Namespace) -> RegisteredSet:
    show = progress_line()
    if options.kind == "sampled":
        setting = SampledSetting(
            options.identities, options.meshes, options.expressions, options.seed
        )
        return sample_set(load_model(), setting, progress=show)
    if options.source is None:
        raise InputError(f"Name the folder of the {options.kind} meshes with --source.")
    if not options.unit_mm > 0:
        raise InputError(f"--unit-mm must be above 0, got {options.unit_mm}.")
    if options.kind == "coma":
        return read_coma(options.source, options.every, show)
    if options.kind == "bu3dfe":
        return read_bu3dfe(options.source, options.unit_mm, show)
    return read_mesh_folder(options.source, options.unit_mm, show)


def train(options: argparse.Namespace) -> None:
    from accelerate import Accelerator
    from torch.utils.tensorboard import SummaryWriter

    if options.threads:
        torch.set_num_threads(options.threads)
    meshes = RegisteredSet.load(options.data)
    hierarchy = cached_hierarchy(meshes, options.data)
    config = read_spiral_config(options.config)
    if options.epochs:
        config = replace(config, training=replace(config.training, epochs=options.epochs))
    name = options.config.stem.removeprefix("spiral-") if options.config else "published"
    trial = Trial(
        options.split, options.latent or config.network.latent, config.training.loss, name
    )
    split = make_split(options.split, meshes.identities, options.split_seed)
    accelerator = Accelerator(cpu=not torch.cuda.is_available())
    writer = SummaryWriter(str(options.run)) if accelerator.is_main_process else None

    def report(epoch: int, figures: dict[str, float]) -> None:
        for key, value in figures.items():
            if writer is not None:
                writer.add_scalar(f"train/{key}", value, epoch)
        print(f"epoch {epoch}/{config.training.epochs}  loss {figures['loss']:.4f}", flush=True)

    result = run_trial(
        trial, meshes, split, hierarchy, config, options.run, report, cancel_on_interrupt()
    )
    if not accelerator.is_main_process:
        return
    print(f"{result.mean_mm:.3f} mm on {len(split.test)} test meshes ({options.split} split).")
    if options.output:
        write_weights(options.data, options.run, options.output)


def experiments(options: argparse.Namespace) -> None:
    if options.threads:
        torch.set_num_threads(options.threads)
    run_experiments(plan(options), options.output, options.only_finished, cancel_on_interrupt())


def export(options: argparse.Namespace) -> None:
    write_weights(options.data, options.run, options.output)


def write_weights(data: Path, run: Path, output: Path) -> None:
    """Export what was trained in `run` on the set in `data`."""
    meshes = RegisteredSet.load(data)
    hierarchy = cached_hierarchy(meshes, data)
    network, record = restore_network(run, meshes, hierarchy), read_run(run)
    split = make_split(record.trial.split, meshes.identities, record.split_seed)
    metrics: dict[str, float] = {}
    if (run / RESULT_FILE).is_file():
        result = read_result(run)
        metrics = {"mean_mm": round(result.mean_mm, 4), "p95_mm": round(result.p95_mm, 4)}
    about = {"trial": asdict(record.trial), "settings": asdict(record.settings.training)}
    export_spiral(network, meshes, split.train, hierarchy, output, about, metrics)
    print(f"Wrote {output} ({output.stat().st_size / 1e6:.1f} MB).")


def evaluate(options: argparse.Namespace) -> None:
    """Measure exported weights on every mesh of a set, one mesh at a time as the editor does."""
    meshes, model = RegisteredSet.load(options.data), SpiralModel(options.weights)
    if not np.array_equal(model.template.faces, meshes.faces):
        raise InputError(
            f"{options.weights} is of another topology than the meshes in {options.data}."
        )
    model.reconstruct(meshes.vertices[0])
    errors, seconds = [], []
    for vertices in meshes.vertices:
        started = time.perf_counter()
        found = model.reconstruct(vertices)
        seconds.append(time.perf_counter() - started)
        errors.append(np.linalg.norm(found - vertices, axis=1))
    summary = {
        "mean_mm": round(float(np.mean(errors)), 4),
        "p95_mm": round(float(np.percentile(errors, 95)), 4),
        "meshes": len(errors),
        "median_ms": round(1000 * float(np.median(seconds[-TIMED:])), 2),
    }
    print(json.dumps(summary, indent=2))
    if options.json:
        options.json.write_text(json.dumps(summary, indent=2) + "\n")
