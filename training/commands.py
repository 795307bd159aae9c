"""What each command of `lineament-train` does."""

import argparse
import json
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from types import FrameType

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from engine.errors import InputError, WeightsError
from engine.models.parts_model import NETWORK_FILE, PartsModel
from engine.networks.parts import PartsNetwork
from engine.progress import CancelToken
from engine.weights import load_weights
from training.config_file import PartsConfigFile, read_parts_config
from training.ict_source import read_ict_source
from training.parts.build import build_network
from training.parts.editing_quality import measure_leakage, measure_preview
from training.parts.evaluate import evaluate_faces, held_out_codes, outer_faces
from training.parts.export import export_network, export_template, record_metrics
from training.parts.prepare_ict import MOUTH_VERTICES, prepare_ict
from training.parts.registered import RegisteredFaces
from training.parts.report import summarise_accuracy
from training.parts.template.build import build_template
from training.parts.template.network_field import network_field
from training.parts.template_trainer import sample_template, train_template
from training.parts.trainer import train_parts
from training.parts.true_distance import DistancePool, make_distance_pool

FACES_FILE = "faces.npz"
POOL_FILE = "distances.npz"
TEMPLATE_CHECKPOINT = "template.safetensors"
SOURCE = "ICT Face Model Light (ICT-FaceKit), MIT licence"


def run(options: argparse.Namespace) -> None:
    """Carry out the command that `build_parser` read."""
    {"prepare": prepare, "parts": train, "export": export, "evaluate": evaluate}[options.command](
        options
    )


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
    network = build_network(faces, config.network)
    if options.init:
        start_from(network, options.init)
    cancel = cancel_on_interrupt()
    if accelerator.is_main_process and options.init:
        options.run.mkdir(parents=True, exist_ok=True)
        save_file(network.template.state_dict(), options.run / TEMPLATE_CHECKPOINT)
    elif accelerator.is_main_process:
        train_template_once(network, faces, config, options.run, cancel)
    accelerator.wait_for_everyone()
    network.template.load_state_dict(load_file(options.run / TEMPLATE_CHECKPOINT))
    settings = replace(config.training, weights=config.weights)
    writer = SummaryWriter(str(options.run)) if accelerator.is_main_process else None

    def report(step: int, terms: dict[str, float]) -> None:
        for name, value in terms.items():
            if writer is not None:
                writer.add_scalar(f"train/{name}", value, step)
        text = "  ".join(f"{name} {value:.3f}" for name, value in terms.items())
        print(f"step {step}/{settings.steps}  {text}", flush=True)

    train_parts(network, faces, pool, settings, options.run, report, cancel, accelerator)


def train_template_once(
    network: PartsNetwork,
    faces: RegisteredFaces,
    config: PartsConfigFile,
    run_folder: Path,
    cancel: CancelToken,
) -> None:
    """Train SDFNet on the canonical face unless the run already has it."""
    file = run_folder / TEMPLATE_CHECKPOINT
    if file.exists():
        return
    run_folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(config.training.seed)
    samples = sample_template(faces, config.template.volume_points, rng)
    generator = torch.Generator().manual_seed(config.training.seed)

    def show(fraction: float, text: str) -> None:
        cancel.check()
        print(text, flush=True)

    train_template(network.template, samples, config.template, generator, show)
    save_file(network.template.state_dict(), file)


def export(options: argparse.Namespace) -> None:
    config, faces = read_parts_config(options.config), load_faces(options.data)
    network = build_network(faces, config.network)
    restore(network, options.run)
    training = {
        "data": SOURCE,
        "settings": asdict(config.training),
        "template": asdict(config.template),
    }
    show = progress_line()
    built = build_template(network_field(network.template), faces, progress=show)
    export_template(network, faces, built.template, options.output, training, {})
    export_network(network, options.output, training, {})
    print(f"\nWrote {options.output}. Measure it with `lineament-train evaluate`.")


def evaluate(options: argparse.Namespace) -> None:
    faces, model = load_faces(options.data), PartsModel(options.weights, "auto")
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


def load_faces(folder: Path) -> RegisteredFaces:
    return RegisteredFaces.load(folder / FACES_FILE)


def start_from(network: PartsNetwork, folder: Path) -> None:
    """Take over exported weights.

    Raises:
        WeightsError: there are none, or they are of another configuration.
    """
    weights = load_weights(folder / NETWORK_FILE, "parts-network")
    try:
        network.load_state_dict(
            {name: torch.from_numpy(array.copy()) for name, array in weights.tensors.items()}
        )
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


def progress_line() -> Callable[[float, str], None]:
    """Progress on stderr: one line that is overwritten on a terminal, else one per 10 s."""
    last = [0.0]

    def show(fraction: float, text: str) -> None:
        now = time.monotonic()
        if sys.stderr.isatty():
            print(f"\r{100 * fraction:3.0f} %  {text:<60}", end="", file=sys.stderr, flush=True)
        elif now - last[0] > 10:
            last[0] = now
            print(f"{100 * fraction:3.0f} %  {text}", file=sys.stderr, flush=True)

    return show


def cancel_on_interrupt() -> CancelToken:
    """A token that Ctrl+C raises, so that a checkpoint is written before the program ends."""
    token = CancelToken()

    def interrupt(number: int, frame: FrameType | None) -> None:
        if token.cancelled:
            raise KeyboardInterrupt
        token.cancel()

    signal.signal(signal.SIGINT, interrupt)
    signal.signal(signal.SIGTERM, interrupt)
    return token
