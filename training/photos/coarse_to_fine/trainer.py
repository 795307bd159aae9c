"""Trains the coarse-to-fine network: the coarse mesh first, then the refiner alone."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from engine.networks.coarse_to_fine_config import CoarseToFineConfig
from engine.progress import CancelToken
from training.photos.batches import CropBatches
from training.photos.coarse_to_fine.losses import CoarseToFineWeights
from training.photos.coarse_to_fine.objective import CoarseToFineObjective, Terms
from training.photos.mixed_batches import MixedBatches
from training.photos.run_steps import Report, run_steps
from training.photos.schedules import cosine_rate

FIRST_LEVELS, LAST_LEVELS = (0.05, 0.2, 0.75), (0.35, 0.45, 0.2)
"""How often the finest level and the guided ones are judged, at the start of the coarse stage and
at its end."""


@dataclass(frozen=True, slots=True)
class CoarseToFineTraining:
    """Settings of a run.

    Attributes:
        coarse_steps: of Adam for encoder and decoder; refine_steps: then for the refiner.
        batch: photographs of each.
        learning_rate: at its highest, after `warm` steps of a stage; it falls to a hundredth by a
            cosine. refine_rate: likewise, of the second stage.
        weight_decay: of AdamW.
        bfloat16: the encoder computes in bfloat16.
        seed: of weights and batches.
    """

    coarse_steps: int = 20_000
    refine_steps: int = 1_500
    batch: int = 16
    learning_rate: float = 1e-3
    refine_rate: float = 2e-3
    warm: int = 200
    weight_decay: float = 1e-3
    bfloat16: bool = True
    seed: int = 6

    @property
    def steps(self) -> int:
        """Of both stages."""
        return self.coarse_steps + self.refine_steps


@dataclass(frozen=True, slots=True)
class CoarseToFineConfigFile:
    """Tables `[network]`, `[training]` and `[weights]` of a run."""

    network: CoarseToFineConfig = field(default_factory=CoarseToFineConfig)
    training: CoarseToFineTraining = field(default_factory=CoarseToFineTraining)
    weights: CoarseToFineWeights = field(default_factory=CoarseToFineWeights)


def train_coarse_to_fine(
    objective: CoarseToFineObjective,
    batches: CropBatches | MixedBatches,
    settings: CoarseToFineTraining,
    folder: Path,
    report: Report,
    cancel: CancelToken | None = None,
    seconds: float | None = None,
) -> None:
    """Train the objective's network in place, resuming from `folder` where a checkpoint lies.

    Args:
        seconds: stop after so long, as if cancelled, but without an error.

    Raises:
        Cancelled: `cancel` was raised; a checkpoint is written first.
        WeightsError: the checkpoint there is of another network.
    """
    guided = objective.guided
    optimiser = torch.optim.AdamW(guided.parameters(), weight_decay=settings.weight_decay)

    def advance(step: int) -> dict[str, Tensor]:
        return _advance(objective, batches, settings, optimiser, step).values

    run_steps(
        guided,
        optimiser,
        settings.steps,
        advance,
        folder,
        report,
        cancel,
        seconds,
        report_last=True,
    )


def _advance(
    objective: CoarseToFineObjective,
    batches: CropBatches | MixedBatches,
    settings: CoarseToFineTraining,
    optimiser: torch.optim.Optimizer,
    step: int,
) -> Terms:
    """One step; which stage it belongs to follows from its number."""
    # Seeded by step: a resumed run draws what an uninterrupted one would.
    rng = np.random.default_rng((settings.seed, step))
    for group in optimiser.param_groups:
        group["lr"] = rate_at(step, settings)
    batch = batches.draw(settings.batch, rng).to(objective.device)
    if step < settings.coarse_steps:
        share = step / settings.coarse_steps
        chances = (1.0 - share) * np.array(FIRST_LEVELS) + share * np.array(LAST_LEVELS)
        level = int(rng.choice(len(chances), p=chances))
        terms = objective.coarse(batch, level, settings.bfloat16)
    else:
        terms = objective.refine(batch, settings.bfloat16)
    optimiser.zero_grad(set_to_none=True)
    terms.total.backward()
    torch.nn.utils.clip_grad_norm_(objective.guided.parameters(), 20.0)
    optimiser.step()
    return terms


def rate_at(step: int, settings: CoarseToFineTraining) -> float:
    """The learning rate at a step, counted over both stages."""
    if step < settings.coarse_steps:
        return settings.learning_rate * cosine_rate(step, settings.coarse_steps, settings.warm)
    done = step - settings.coarse_steps
    return settings.refine_rate * cosine_rate(done, settings.refine_steps, settings.warm)
