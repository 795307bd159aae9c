"""What the commands of the parts model do."""

import argparse
import json
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from engine.errors import InputError, WeightsError
from engine.models.parts_evaluator import load_tensors
from engine.models.parts_model import NETWORK_FILE, TEMPLATE_FILE, PartsModel
from engine.networks.parts import PartsNetwork
from engine.progress import CancelToken, Progress
from engine.weights import load_weights
from training.config_file import PartsConfigFile, read_parts_config
from training.console import cancel_on_interrupt, progress_line
from training.ict_source import read_ict_source
from training.parts.build import build_network
from training.parts.cut_faces import cut_like
from training.parts.editing_quality import measure_leakage, measure_preview
from training.parts.evaluate import evaluate_faces, held_out_codes, outer_faces
from training.parts.export import cut_exported, export_model, record_metrics
from training.parts.motion_trainer import train_motions
from training.parts.prepare_ict import MOUTH_VERTICES, prepare_ict
from training.parts.registered import RegisteredFaces
from training.parts.report import summarise_accuracy
from training.parts.template.build import build_template
from training.parts.template.network_field import network_field
from training.parts.template_kit import load_kit, make_kit
from training.parts.template_trainer import sample_template, train_template
from training.parts.trainer import train_parts
from training.parts.true_distance import DistancePool, make_distance_pool

FACES_FILE = "faces.npz"
POOL_FILE = "distances.npz"
SDF_FILE = "sdf.safetensors"
"""SDFNet in a run's folder."""
KIT_FILE = "parts-template.safetensors"
"""The template mesh with its motion networks in a run's folder."""
SOURCE = "ICT Face Model Light (ICT-FaceKit), MIT licence"


def prepare(options: argparse.Namespace) -> None:
    show = progress_line()
    faces = prepare_ict(read_ict_source(options.source, show))
    faces.save(options.output / FACES_FILE)
    rng = np.random.default_rng(options.seed)
    pool = make_distance_pool(faces, options.faces, options.points, rng, show)
    pool.save(options.output / POOL_FILE)
    print(f"\nWrote {options.output}: {len(faces.rest)} vertices, codes {faces.sizes.tolist()}.")


def train(options: argparse.Namespace) -> None:
    from accelerate import Accelerator, DistributedDataParallelKwargs
    from torch.utils.tensorboard import SummaryWriter

    if options.threads:
        torch.set_num_threads(options.threads)
    config, faces = read_parts_config(options.config), load_faces(options.data)
    pool = DistancePool.load(options.data / POOL_FILE)
    # Terms join in the course of a run, so not every parameter takes part in every step.
    unused = DistributedDataParallelKwargs(find_unused_parameters=True)
    accelerator = Accelerator(cpu=not torch.cuda.is_available(), kwargs_handlers=[unused])
    cancel = cancel_on_interrupt()
    if accelerator.is_main_process:
        if options.init:
            start_run_from(options.init, options.run)
        train_template_once(faces, config, options.run, cancel)
        make_kit_once(faces, config, options.run, cancel)
    accelerator.wait_for_everyone()
    network = build_network(faces, config.network, load_kit(options.run / KIT_FILE).handles())
    network.template.load_state_dict(load_file(options.run / SDF_FILE))
    if options.init:
        start_from(network, options.init)
    settings = replace(config.training, weights=config.weights)
    writer = SummaryWriter(str(options.run)) if accelerator.is_main_process else None

    def report(step: int, terms: dict[str, float]) -> None:
        for name, value in terms.items():
            if writer is not None:
                writer.add_scalar(f"train/{name}", value, step)
        text = "  ".join(f"{name} {value:.3f}" for name, value in terms.items())
        print(f"step {step}/{settings.steps}  {text}", flush=True)

    train_parts(network, faces, pool, settings, options.run, report, cancel, accelerator)


def start_run_from(shipped: Path, run_folder: Path) -> None:
    """Put SDFNet and the template of exported weights into a run that has none yet.

    Raises:
        WeightsError: the weights are missing or damaged.
    """
    if (run_folder / KIT_FILE).exists():
        return
    weights = load_weights(shipped / NETWORK_FILE, "parts-network")
    load_kit(shipped / TEMPLATE_FILE)
    run_folder.mkdir(parents=True, exist_ok=True)
    prefix = "template."
    sdf = {
        name.removeprefix(prefix): torch.from_numpy(array.copy())
        for name, array in weights.tensors.items()
        if name.startswith(prefix)
    }
    save_file(sdf, run_folder / SDF_FILE)
    shutil.copyfile(shipped / TEMPLATE_FILE, run_folder / KIT_FILE)


def train_template_once(
    faces: RegisteredFaces, config: PartsConfigFile, run_folder: Path, cancel: CancelToken
) -> None:
    """Train SDFNet on the canonical face unless the run already has it."""
    file = run_folder / SDF_FILE
    if file.exists():
        return
    run_folder.mkdir(parents=True, exist_ok=True)
    network = build_network(faces, config.network).template
    rng = np.random.default_rng(config.training.seed)
    samples = sample_template(faces, config.template.volume_points, rng)
    generator = torch.Generator().manual_seed(config.training.seed)
    train_template(network, samples, config.template, generator, cancellable_print(cancel))
    save_file(network.state_dict(), file)


def make_kit_once(
    faces: RegisteredFaces, config: PartsConfigFile, run_folder: Path, cancel: CancelToken
) -> None:
    """Extract the template mesh and train its motion unless the run already has them."""
    file = run_folder / KIT_FILE
    if file.exists():
        return
    show = cancellable_print(cancel)
    network = build_network(faces, config.network).template
    network.load_state_dict(load_file(run_folder / SDF_FILE))
    mesh = build_template(network_field(network), faces, progress=show).template
    motions = train_motions(faces, config.motion, run_folder, show)
    make_kit(mesh, faces, motions, config.network.handles).save(file)


def cancellable_print(cancel: CancelToken) -> Progress:
    """Progress as lines of text; raises `Cancelled` once `cancel` is raised."""

    def show(fraction: float, text: str) -> None:
        cancel.check()
        print(text, flush=True)

    return show


def export(options: argparse.Namespace) -> None:
    config, faces = read_parts_config(options.config), load_faces(options.data)
    kit = load_kit(options.run / KIT_FILE)
    network = build_network(faces, config.network, kit.handles())
    restore(network, options.run)
    training = {
        "data": SOURCE,
        "settings": asdict(config.training),
        "template": asdict(config.template),
        "motion": asdict(config.motion),
    }
    export_model(network, faces, kit, options.output, training, {})
    print(f"Wrote {options.output}. Measure it with `lineament-train evaluate`.")


def evaluate(options: argparse.Namespace) -> None:
    model = PartsModel(options.weights, "auto")
    faces = cut_like(load_faces(options.data), model)
    codes = held_out_codes(faces, options.count, options.seed)
    results = evaluate_faces(
        model,
        faces,
        codes,
        options.resolution,
        options.samples,
        outer_faces(faces, MOUTH_VERTICES),
        progress_line(),
    )
    summary = summarise_accuracy(results) | measure_leakage(model)
    summary["preview_p95_mm"] = measure_preview(model, np.random.default_rng(options.seed))
    print("\n" + json.dumps(summary, indent=2))
    if options.json:
        options.json.write_text(json.dumps(summary, indent=2) + "\n")
    if options.record:
        record_metrics(options.weights, summary)


def cut_necks(options: argparse.Namespace) -> None:
    changed = cut_exported(options.weights)
    ends = "ends in a plane now" if changed else "ended in a plane before, or has no cap"
    print(f"The neck of the template in {options.weights} {ends}.")


def load_faces(folder: Path) -> RegisteredFaces:
    return RegisteredFaces.load(folder / FACES_FILE)


def start_from(network: PartsNetwork, folder: Path) -> None:
    """Take over exported weights; details of the expression that they lack start afresh.

    Raises:
        WeightsError: there are none, or they are of another configuration.
    """
    weights = load_weights(folder / NETWORK_FILE, "parts-network")
    try:
        load_tensors(network, weights)
    except RuntimeError as error:
        raise WeightsError(
            f"{folder} holds a network of other sizes. Choose its configuration with --config."
        ) from error


def restore(network: PartsNetwork, run_folder: Path) -> None:
    """Load the network of a run's last checkpoint.

    Raises:
        InputError: the run has none, or it is of another configuration.
    """
    file = run_folder / "checkpoint.safetensors"
    if not file.exists():
        raise InputError(f"{run_folder} holds no checkpoint. Train with `lineament-train parts`.")
    tensors = load_file(file)
    try:
        network.load_state_dict(
            {n.removeprefix("network."): t for n, t in tensors.items() if n.startswith("network.")}
        )
    except RuntimeError as error:
        raise InputError(
            f"{file} was trained with another configuration. Name it with --config."
        ) from error
