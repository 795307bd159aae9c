"""One trial of the experiments: train on a split, measure on the rest, remember the figures."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator
from numpy.typing import NDArray
from safetensors.torch import load_file

from engine.atomic_file import write_atomically
from engine.errors import InputError
from engine.geometry.mesh_hierarchy import MeshHierarchy
from engine.networks.spiral_autoencoder import SpiralAutoencoder
from engine.progress import CancelToken
from training.spiral.config_file import SpiralConfigFile, SpiralNetworkChoice
from training.spiral.evaluate import network_reconstruction, vertex_errors
from training.spiral.registered_set import RegisteredSet
from training.spiral.splits import Split
from training.spiral.trainer import (
    SpiralTraining,
    TrainingData,
    build_spiral_network,
    train_spiral,
)

RUN_FILE = "run.json"
RESULT_FILE = "result.json"
ERRORS_FILE = "errors.npy"
KNOWN_EVERY = 8
"""Of the training meshes, one in so many is measured as well."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What is tried: a split, a size of the code, a loss and a named configuration."""

    split: str
    latent: int
    loss: str
    variant: str

    @property
    def folder(self) -> str:
        return f"{self.variant}-{self.split}-{self.latent}-{self.loss}"


@dataclass(frozen=True, slots=True)
class TrialResult:
    """The generalisation error of a trial in mm, and how it was trained.

    Attributes:
        mean_mm: over test meshes and vertices; p95_mm: 95th percentile over the same.
        train_mm: mean over the training meshes.
        epochs, seconds: of the schedule, and spent (warm-up included).
        parameters: trained numbers of the network.
    """

    trial: Trial
    mean_mm: float
    p95_mm: float
    train_mm: float
    epochs: int
    seconds: float
    parameters: int


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What a folder of checkpoints is of: the trial, its settings, the split's seed and the
    name of the set."""

    trial: Trial
    settings: SpiralConfigFile
    split_seed: int
    data: str


def trial_settings(trial: Trial, config: SpiralConfigFile) -> SpiralConfigFile:
    """`config` at the size and loss of `trial`; people are mixed only where strangers are met."""
    mixed = config.training.mixed if trial.split == "identity" else 0.0
    return SpiralConfigFile(
        replace(config.network, latent=trial.latent),
        replace(config.training, loss=trial.loss, mixed=mixed),
    )


def run_trial(
    trial: Trial,
    meshes: RegisteredSet,
    split: Split,
    hierarchy: MeshHierarchy,
    config: SpiralConfigFile,
    folder: Path,
    report: Callable[[int, dict[str, float]], None],
    cancel: CancelToken | None = None,
) -> TrialResult:
    """Train (or resume) in `folder` and measure; a finished trial is read back instead.

    Raises:
        InputError: the folder holds a run with other settings.
    """
    settings = trial_settings(trial, config)
    accelerator = Accelerator(cpu=not torch.cuda.is_available())
    if accelerator.is_main_process:
        _claim(folder, RunRecord(trial, settings, split.seed, meshes.name))
    accelerator.wait_for_everyone()
    if (folder / RESULT_FILE).is_file():
        return read_result(folder)
    data = TrainingData(meshes, split.train)
    network = build_spiral_network(
        hierarchy, settings.network.config(), data, settings.training.seed
    )
    spent = [0.0]

    def note(epoch: int, figures: dict[str, float]) -> None:
        spent[0] += figures["seconds"]
        report(epoch, figures)

    train_spiral(network, data, settings.training, folder, note, cancel, accelerator)
    if accelerator.is_main_process:
        _measure(trial, network, meshes, split, settings.training.epochs, spent[0], folder)
    accelerator.wait_for_everyone()
    return read_result(folder)


def _measure(
    trial: Trial,
    network: SpiralAutoencoder,
    meshes: RegisteredSet,
    split: Split,
    epochs: int,
    seconds: float,
    folder: Path,
) -> None:
    reconstruct = network_reconstruction(network)
    errors = vertex_errors(reconstruct, meshes.vertices[split.test])
    known = vertex_errors(reconstruct, meshes.vertices[split.train[::KNOWN_EVERY]])
    result = TrialResult(
        trial,
        float(errors.mean()),
        float(np.percentile(errors, 95)),
        float(known.mean()),
        epochs,
        round(seconds, 1),
        sum(p.numel() for p in network.parameters()),
    )
    np.save(folder / ERRORS_FILE, errors.astype(np.float16))
    write_atomically(folder / RESULT_FILE, json.dumps(asdict(result), indent=2).encode())


def read_result(folder: Path) -> TrialResult:
    """The figures of a finished trial.

    Raises:
        InputError: there are none, or they are damaged.
    """
    try:
        values = json.loads((folder / RESULT_FILE).read_text())
        return TrialResult(**(values | {"trial": Trial(**values["trial"])}))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InputError(f"{folder} holds no result of a trial ({error}). Run it again.") from error


def read_errors(folder: Path) -> NDArray[np.float32]:
    """The test errors `(M, V)` in mm of a finished trial."""
    errors: NDArray[np.float32] = np.load(folder / ERRORS_FILE, allow_pickle=False)
    return errors.astype(np.float32)


def read_run(folder: Path) -> RunRecord:
    """What was trained in `folder`.

    Raises:
        InputError: nothing, or its record is damaged.
    """
    try:
        values = json.loads((folder / RUN_FILE).read_text())
        settings = SpiralConfigFile(
            SpiralNetworkChoice(**values["settings"]["network"]),
            SpiralTraining(**values["settings"]["training"]),
        )
        trial = Trial(**values["trial"])
        return RunRecord(trial, settings, int(values["split_seed"]), str(values["data"]))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InputError(
            f"{folder} holds no run of the spiral autoencoder ({error}). "
            "Train one with `lineament-train spiral train`."
        ) from error


def restore_network(
    folder: Path, meshes: RegisteredSet, hierarchy: MeshHierarchy
) -> SpiralAutoencoder:
    """The network trained in `folder`, as far as it was trained.

    Raises:
        InputError: it was never trained, or on another set.
    """
    record = read_run(folder)
    if record.data != meshes.name:
        raise InputError(
            f"{folder} was trained on '{record.data}', but this set is '{meshes.name}'. "
            "Name the set with --data."
        )
    file = folder / "checkpoint.safetensors"
    if not file.is_file():
        raise InputError(f"{folder} holds no checkpoint yet. Train it first.")
    network = SpiralAutoencoder(hierarchy, record.settings.network.config())
    tensors = load_file(file)
    try:
        network.load_state_dict(
            {n.removeprefix("network."): t for n, t in tensors.items() if n.startswith("network.")}
        )
    except RuntimeError as error:
        raise InputError(f"{file} is of another network. Train it again.") from error
    return network


def _claim(folder: Path, record: RunRecord) -> None:
    """Note what is trained in `folder`, which may hold nothing else."""
    text = json.dumps(asdict(record), indent=2)
    file = folder / RUN_FILE
    if file.is_file() and json.loads(file.read_text()) != json.loads(text):
        raise InputError(
            f"{folder} holds a run with other settings (see {file.name}). Name another --run "
            "folder, or the settings it was begun with."
        )
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(file, text.encode())
