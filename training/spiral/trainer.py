"""Training a spiral autoencoder: one process or many, resumable at every epoch."""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator
from accelerate.utils import broadcast
from numpy.typing import NDArray
from torch import Tensor

from engine.geometry.mesh_hierarchy import MeshHierarchy
from engine.networks.spiral_autoencoder import SpiralAutoencoder, SpiralConfig
from engine.progress import CancelToken
from training.checkpoint import load_checkpoint, save_checkpoint
from training.spiral.losses import l1_loss, landmark_weights
from training.spiral.mixing import IdentityMixer
from training.spiral.pca import Pca, fit_pca
from training.spiral.registered_set import RegisteredSet

Report = Callable[[int, dict[str, float]], None]
"""Called after an epoch with its number and the figures of it."""
WARM_BATCH = 64
CHECKPOINT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class SpiralTraining:
    """Settings of a run; the defaults are the paper's.

    Attributes:
        epochs: passes over the training meshes.
        batch: meshes of a step.
        learning_rate: Adam's at the start; decay: its factor after each epoch.
        weight_decay: Adam's L2 penalty.
        loss: `l1` or `weighted_l1`.
        warm_epochs: passes in which only the skip's network is trained, on principal
            coefficients, before the whole; the paper's network has no skip.
        mixed: share of meshes whose person is replaced by a random blend of all
            (`training.spiral.mixing`), so that no network can learn people by heart.
        seed: of weights and batches.
    """

    epochs: int = 300
    batch: int = 16
    learning_rate: float = 1e-3
    decay: float = 0.99
    weight_decay: float = 5e-5
    loss: str = "l1"
    warm_epochs: int = 0
    mixed: float = 0.0
    seed: int = 2


@dataclass(frozen=True, slots=True, eq=False)
class TrainingData:
    """The rows of a set that a run learns from."""

    meshes: RegisteredSet
    rows: NDArray[np.int64]

    @property
    def vertices(self) -> NDArray[np.float32]:
        return self.meshes.vertices[self.rows]


def build_spiral_network(
    hierarchy: MeshHierarchy, config: SpiralConfig, data: TrainingData, seed: int
) -> SpiralAutoencoder:
    """A network started for `data`: normalisation, and PCA for the skip.

    The paper's public code normalises every coordinate by its own deviation. With a skip, one
    deviation for all keeps the principal components those of millimetres.
    """
    torch.manual_seed(seed)
    network = SpiralAutoencoder(hierarchy, config)
    vertices = data.vertices
    with torch.no_grad():
        network.mean.copy_(torch.from_numpy(vertices.mean(0, dtype=np.float64)))
        spread = torch.from_numpy(vertices.std(0))
        if config.components:
            network.deviation.fill_(float(spread.square().mean().sqrt()))
            _start_skip(network, fit_pca(vertices, config.components))
        else:
            # A coordinate that hardly moves must not be blown up.
            network.deviation.copy_(spread.clamp(min=1e-3 * float(spread.max())))
    return network


def _start_skip(network: SpiralAutoencoder, pca: Pca) -> None:
    deviation = float(network.deviation[0, 0])
    missing = network.config.components - len(pca.basis)
    # A small set has fewer directions than asked for; the rest stays empty.
    basis = np.pad(pca.basis, ((0, missing), (0, 0)))
    scales = np.pad(pca.deviations / deviation, (0, missing), constant_values=1e-3)
    network.skip.start(torch.from_numpy(basis), torch.from_numpy(scales))


def train_spiral(
    network: SpiralAutoencoder,
    data: TrainingData,
    settings: SpiralTraining,
    folder: Path,
    report: Report,
    cancel: CancelToken | None = None,
    accelerator: Accelerator | None = None,
) -> None:
    """Train in place, resuming from `folder` where a checkpoint lies there.

    Raises:
        Cancelled: `cancel` was raised; a checkpoint is written first.
        WeightsError: the checkpoint there is of another network.
    """
    accelerator = accelerator or Accelerator(cpu=not torch.cuda.is_available())
    run = _Run(network, data, settings, accelerator)
    counters = load_checkpoint(folder, network, run.optimiser)
    first = int(counters["epoch"]) if counters else 0
    if not first and settings.warm_epochs:
        run.warm_up(cancel)
    saved = time.monotonic()
    for epoch in range(first, settings.epochs):
        started = time.monotonic()
        loss = run.advance(epoch, cancel)
        stopped = cancel is not None and cancel.cancelled
        done = epoch if stopped else epoch + 1
        if accelerator.is_main_process:
            due = time.monotonic() - saved > CHECKPOINT_SECONDS
            if due or stopped or done == settings.epochs:
                save_checkpoint(folder, network, run.optimiser, {"epoch": done})
                saved = time.monotonic()
            report(done, {"loss": loss, "seconds": time.monotonic() - started})
        if cancel is not None:
            cancel.check()


class _Run:
    def __init__(
        self,
        network: SpiralAutoencoder,
        data: TrainingData,
        settings: SpiralTraining,
        accelerator: Accelerator,
    ) -> None:
        self._settings, self._accelerator = settings, accelerator
        self._device = accelerator.device
        self._network = network.to(self._device)
        self.optimiser = torch.optim.Adam(
            network.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
        )
        several = accelerator.num_processes > 1
        self._forward = accelerator.prepare_model(network) if several else network
        self._weights = None
        if settings.loss == "weighted_l1":
            weights = landmark_weights(data.meshes.mean, data.meshes.landmarks)
            self._weights = torch.from_numpy(weights).to(self._device)
        identities = [data.meshes.identities[row] for row in data.rows]
        self._mixer = IdentityMixer(data.vertices, identities, settings.mixed)

    def advance(self, epoch: int, cancel: CancelToken | None) -> float:
        """One pass over the meshes; the mean loss."""
        s = self._settings
        for group in self.optimiser.param_groups:
            group["lr"] = s.learning_rate * s.decay**epoch
        total, count = 0.0, 0
        # Seeded by epoch: a resumed run draws what an uninterrupted one would.
        for vertices in self._batches(np.random.default_rng((s.seed, 1, epoch))):
            wanted = (vertices - self._network.mean) / self._network.deviation
            loss = l1_loss(self._forward(wanted), wanted, self._weights)
            self.optimiser.zero_grad(set_to_none=True)
            self._accelerator.backward(loss)
            self.optimiser.step()
            total, count = total + float(loss.detach()), count + 1
            if cancel is not None and cancel.cancelled:
                break
        return total / max(count, 1)

    def _batches(self, rng: np.random.Generator) -> Iterator[Tensor]:
        share, size = self._accelerator, self._settings.batch
        order = rng.permutation(len(self._mixer))[share.process_index :: share.num_processes]
        for start in range(0, len(order), size):
            rows = order[start : start + size]
            yield torch.from_numpy(self._mixer.draw(rows, rng)).to(self._device)

    def warm_up(self, cancel: CancelToken | None) -> None:
        """Train the skip's network on principal coefficients, in seconds instead of minutes."""
        s, skip = self._settings, self._network.skip
        parameters = [*skip.encoder.parameters(), *skip.decoder.parameters()]
        optimiser = torch.optim.Adam(parameters, lr=s.learning_rate)
        mixer = self._mixer.of(self._coefficients())
        for epoch in range(s.warm_epochs):
            rate = 0.5 * (1.0 + math.cos(math.pi * epoch / s.warm_epochs))
            for group in optimiser.param_groups:
                group["lr"] = s.learning_rate * max(rate, 0.02)
            rng = np.random.default_rng((s.seed, 0, epoch))
            order = rng.permutation(len(mixer))
            for rows in np.array_split(order, math.ceil(len(order) / WARM_BATCH)):
                wanted = torch.from_numpy(mixer.draw(rows, rng)).to(self._device)
                left = skip.decode(skip.encode(wanted)) - wanted
                loss = (left.square().sum(1) + 1e-6).sqrt().mean()
                optimiser.zero_grad(set_to_none=True)
                loss.backward()
                optimiser.step()
            if cancel is not None:
                cancel.check()
        if self._accelerator.num_processes > 1:
            for parameter in parameters:
                parameter.data.copy_(broadcast(parameter.data))

    @torch.no_grad()
    def _coefficients(self) -> NDArray[np.float32]:
        """Principal coefficients `(M, K)` of the training meshes, normalised."""
        network = self._network
        parts = [
            network.skip.coefficients(((rows - network.mean) / network.deviation).flatten(1))
            for rows in torch.from_numpy(self._mixer.vertices).to(self._device).split(64)
        ]
        found: NDArray[np.float32] = torch.cat(parts).cpu().numpy()
        return found
