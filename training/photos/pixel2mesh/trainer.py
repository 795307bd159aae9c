"""Trains Pixel2Mesh, resumably."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from engine.networks.pixel2mesh import CameraPoses, Pixel2Mesh
from engine.progress import CancelToken
from training.photos.batches import CropBatches, PhotoBatch
from training.photos.mixed_batches import MixedBatches
from training.photos.pixel2mesh.config_file import Pixel2MeshTraining
from training.photos.pixel2mesh.losses import MeshLoss, MeshObjective
from training.photos.pixel2mesh.targets import MeshTargetSampler
from training.photos.run_steps import Report, run_steps
from training.photos.schedules import cosine_rate, dropping_rate

LARGEST_GRADIENT = 10.0


def train_pixel2mesh(
    network: Pixel2Mesh,
    objective: MeshObjective,
    sampler: MeshTargetSampler,
    batches: CropBatches | MixedBatches,
    settings: Pixel2MeshTraining,
    folder: Path,
    report: Report,
    cancel: CancelToken | None = None,
    device: torch.device | None = None,
    seconds: float | None = None,
) -> None:
    """Train in place, resuming from `folder` where a checkpoint lies there.

    Args:
        seconds: stop after so long, with a checkpoint and without an error.

    Raises:
        Cancelled: `cancel` was raised; a checkpoint is written first.
        WeightsError: the checkpoint there is of another network.
    """
    run = _Run(network, objective, sampler, settings, device or torch.device("cpu"))

    def advance(step: int) -> dict[str, Tensor]:
        # Seeded by step: a resumed run draws what an uninterrupted one would.
        rng = np.random.default_rng((settings.seed, step))
        return run.advance(step, batches.draw(settings.batch, rng), rng).terms

    run_steps(network, run.optimiser, settings.steps, advance, folder, report, cancel, seconds)


class _Run:
    def __init__(
        self,
        network: Pixel2Mesh,
        objective: MeshObjective,
        sampler: MeshTargetSampler,
        settings: Pixel2MeshTraining,
        device: torch.device,
    ) -> None:
        self._network = network.to(device)
        network.backbone.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        network.train()
        self._objective, self._sampler = objective.to(device), sampler
        sampler.to(device)
        self._settings, self._device = settings, device
        self.optimiser = torch.optim.Adam(
            network.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
        )

    def advance(self, step: int, batch: PhotoBatch, rng: np.random.Generator) -> MeshLoss:
        """One step of Adam."""
        settings, network = self._settings, self._network
        for group in self.optimiser.param_groups:
            group["lr"] = settings.learning_rate * rate_at(step, settings)
        blocks = blocks_at(step, settings, len(network.blocks), rng)
        points = settings.early_points if step < settings.early_steps else settings.points
        batch = batch.to(self._device)
        targets = self._sampler.draw(batch, points, network.levels[blocks - 1].count, rng)
        images = batch.images.contiguous(memory_format=torch.channels_last)
        with torch.autocast(self._device.type, torch.bfloat16, enabled=settings.bfloat16):
            meshes = network(images, start_poses(batch), blocks)
        loss: MeshLoss = self._objective(meshes, targets, step / settings.steps)
        self.optimiser.zero_grad(set_to_none=True)
        loss.total.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), LARGEST_GRADIENT)
        self.optimiser.step()
        return loss


def start_poses(batch: PhotoBatch) -> CameraPoses:
    """The poses of the mean head fitted to the detector's points."""
    return CameraPoses(batch.start_rotations, batch.start_scales, batch.start_translations)


def blocks_at(
    step: int, settings: Pixel2MeshTraining, blocks: int, rng: np.random.Generator
) -> int:
    """How many of a network's `blocks` a step trains."""
    if step < settings.early_steps:
        return min(settings.early_blocks, blocks)
    return blocks if rng.random() < settings.whole_share else max(1, blocks - 1)


def rate_at(step: int, settings: Pixel2MeshTraining) -> float:
    """Share of the highest learning rate at a step."""
    steps, warm = settings.steps, settings.warm
    if settings.schedule == "cosine":
        return cosine_rate(step, steps, warm)
    return dropping_rate(step, steps, warm, settings.drop, settings.drops)
