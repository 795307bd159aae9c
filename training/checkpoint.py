"""Resumable checkpoints without pickles: safetensors for tensors, JSON for the rest."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from engine.errors import WeightsError


def save_checkpoint(
    folder: Path, network: nn.Module, optimiser: torch.optim.Optimizer, counters: dict[str, float]
) -> None:
    """Write the state so that an interruption at any moment leaves a usable checkpoint."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {f"network.{name}": value for name, value in network.state_dict().items()}
    state = optimiser.state_dict()
    for index, entry in state["state"].items():
        for name, value in entry.items():
            tensors[f"optimiser.{index}.{name}"] = torch.as_tensor(value)
    temporary = folder / "checkpoint.tmp"
    save_file(
        {name: value.detach().contiguous().cpu() for name, value in tensors.items()},
        temporary,
        metadata={"counters": json.dumps(counters)},
    )
    temporary.replace(folder / "checkpoint.safetensors")


def load_checkpoint(
    folder: Path, network: nn.Module, optimiser: torch.optim.Optimizer
) -> dict[str, float] | None:
    """Restore what `save_checkpoint` wrote; None where there is nothing yet.

    Raises:
        WeightsError: the checkpoint is damaged or of other sizes.
    """
    file = folder / "checkpoint.safetensors"
    if not file.exists():
        return None
    try:
        with safe_open(file, framework="pt") as reader:
            counters: dict[str, float] = json.loads(reader.metadata()["counters"])
        tensors = load_file(file)
        network.load_state_dict(
            {n.removeprefix("network."): t for n, t in tensors.items() if n.startswith("network.")}
        )
    except (SafetensorError, RuntimeError, KeyError, ValueError) as error:
        raise WeightsError(
            f"{file} does not fit this network ({error}). Name another --run folder."
        ) from error
    _restore_optimiser(optimiser, tensors)
    return counters


def _restore_optimiser(optimiser: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    state: dict[str, Any] = optimiser.state_dict()
    for name, value in tensors.items():
        if name.startswith("optimiser."):
            _, index, key = name.split(".")
            state["state"].setdefault(int(index), {})[key] = value
    optimiser.load_state_dict(state)
