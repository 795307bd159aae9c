"""Trains the network of codes, resumably."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from engine.networks.photo_codes import PhotoCodes, PhotoCodesConfig
from engine.progress import CancelToken
from training.photos.batches import CropBatches
from training.photos.codes.objective import CodesLoss, CodesObjective, CodesWeights
from training.photos.mirrored import MirroredBatches
from training.photos.mixed_batches import MixedBatches
from training.photos.run_steps import Report, run_steps
from training.photos.schedules import cosine_rate


@dataclass(frozen=True, slots=True)
class CodesTraining:
    """Settings of a run.

    Attributes:
        steps: of Adam; batch: photographs of each.
        learning_rate: at its highest, after `warm` steps; it falls to a hundredth by a cosine.
        weight_decay: of AdamW.
        bfloat16: the backbone computes in bfloat16.
        seed: of weights and batches.
    """

    steps: int = 16_000
    batch: int = 64
    learning_rate: float = 2e-3
    warm: int = 300
    weight_decay: float = 1e-3
    bfloat16: bool = True
    seed: int = 5


@dataclass(frozen=True, slots=True)
class CodesConfigFile:
    """Tables `[network]`, `[training]` and `[weights]` of a run."""

    network: PhotoCodesConfig = field(default_factory=PhotoCodesConfig)
    training: CodesTraining = field(default_factory=CodesTraining)
    weights: CodesWeights = field(default_factory=CodesWeights)


def train_codes(
    network: PhotoCodes,
    objective: CodesObjective,
    batches: CropBatches | MixedBatches | MirroredBatches,
    settings: CodesTraining,
    folder: Path,
    report: Report,
    cancel: CancelToken | None = None,
    device: torch.device | None = None,
    seconds: float | None = None,
) -> None:
    """Train in place, resuming from `folder` where a checkpoint lies there.

    Args:
        seconds: stop after so long, as if cancelled, but without an error.

    Raises:
        Cancelled: `cancel` was raised; a checkpoint is written first.
        WeightsError: the checkpoint there is of another network.
    """
    device = device or torch.device("cpu")
    network.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    network.train()
    objective.to(device)
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
    )

    def advance(step: int) -> dict[str, Tensor]:
        for group in optimiser.param_groups:
            rate = cosine_rate(step, settings.steps, settings.warm)
            group["lr"] = settings.learning_rate * rate
        # Seeded by step: a resumed run draws what an uninterrupted one would.
        batch = batches.draw(settings.batch, np.random.default_rng((settings.seed, step)))
        batch = batch.to(device)
        start = objective.start(batch)
        images = batch.images.contiguous(memory_format=torch.channels_last)
        with torch.autocast(device.type, torch.bfloat16, enabled=settings.bfloat16):
            output = network(images, start)
        loss: CodesLoss = objective(output, batch)
        optimiser.zero_grad(set_to_none=True)
        loss.total.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 20.0)
        optimiser.step()
        return loss.terms

    run_steps(network, optimiser, settings.steps, advance, folder, report, cancel, seconds)
