"""Begins a network with the image layers that the network of codes has learnt."""

from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.numpy import load_file
from torch import nn

from engine.errors import WeightsError

CODES_NETWORK = "network."
"""Prefix of the network's tensors in a file of codes."""
BACKBONE = "backbone."


def begin_with_codes(module: nn.Module, file: Path, prefixes: tuple[str, ...]) -> int:
    """Take over the tensors of `file` whose names begin with `prefixes`; how many were taken.

    `prefixes` lists `BACKBONE` first: all of the module's backbone must be found.

    Raises:
        WeightsError: it is no such file, or its backbone has another name or width.
    """
    try:
        tensors = load_file(file)
    except (OSError, SafetensorError) as error:
        raise WeightsError(f"{file} cannot be read as weights ({error}).") from error
    own = module.state_dict()
    given = {name.removeprefix(CODES_NETWORK): array for name, array in tensors.items()}
    taken = {
        name: torch.from_numpy(array.astype(np.float32))
        for name, array in given.items()
        if name.startswith(prefixes) and name in own
    }
    needed = {
        name
        for name in own
        if name.startswith(BACKBONE) and not name.endswith("num_batches_tracked")
    }
    differing = [name for name, value in taken.items() if value.shape != own[name].shape]
    if differing or not needed <= set(taken):
        raise WeightsError(
            f"The backbone in {file} is not this network's. Train both with one [network.backbone]."
        )
    module.load_state_dict(taken, strict=False)
    return len(taken)
