"""A baseline after DeepSDF (Park et al. 2019): one code for the whole head, one decoder, no parts.

An auto-decoder: the codes of the training faces are free variables beside the decoder's
weights, with a Gaussian prior. As in DeepSDF the code enters the first layer and once more half
way, and distances are clamped; unlike there the layers are sines, as in the parts model, and
small enough for one processor core.
"""

import itertools
import math
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from engine.networks.sine import initialise_sine_layers
from engine.progress import CancelToken, Progress, ignore_progress
from training.checkpoint import load_checkpoint, save_checkpoint
from training.parts.true_distance import DistancePool

Floats = NDArray[np.float32]

CLAMP_MM = 20.0
"""Distances saturate here, as in the training of the parts model."""


@dataclass(frozen=True, slots=True)
class DecoderConfig:
    """Sizes of a `CodeDecoder`.

    Attributes:
        code_size: length D of the code; width, layers: of the sine network.
        omega: frequency of the first layer, radians per `scale`.
        centre, scale: normalisation of points, mm.
    """

    code_size: int
    width: int = 128
    layers: int = 5
    omega: float = 18.0
    centre: tuple[float, float, float] = (0.0, 0.0, 0.0)
    scale: float = 150.0


class CodeDecoder(nn.Module):
    """Signed distance of point and code."""

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        self.config = config
        sizes = [3] + [config.width] * config.layers
        self.layers = nn.ModuleList(
            nn.Linear(before, after) for before, after in itertools.pairwise(sizes)
        )
        self.output = nn.Linear(config.width, 1)
        linears = [layer for layer in self.layers if isinstance(layer, nn.Linear)]
        initialise_sine_layers([*linears, self.output], config.omega)
        entries = {str(k): nn.Linear(config.code_size, config.width, False) for k in self._entered}
        for entry in entries.values():
            nn.init.normal_(entry.weight, std=0.3 / math.sqrt(config.code_size))
        self.entries = nn.ModuleDict(entries)

    @property
    def _entered(self) -> tuple[int, int]:
        """Layers to which the code is given."""
        return 0, self.config.layers // 2

    def fold(self, codes: Tensor) -> dict[int, Tensor]:
        """What codes `(B, D)` add to each layer that they enter, `(B, 1, width)`."""
        return {k: self.entries[str(k)](codes).unsqueeze(1) for k in self._entered}

    def forward(self, points: Tensor, folded: dict[int, Tensor]) -> Tensor:
        """Distances `(B, N)` in mm at points `(B, N, 3)` in mm."""
        h = (points - points.new_tensor(self.config.centre)) / self.config.scale
        for k, layer in enumerate(self.layers):
            h = layer(h)
            if k in folded:
                h = h + folded[k]
            h = torch.sin(h)
        distance: Tensor = self.output(h).squeeze(-1) * 50.0
        return distance


class AutoDecoder(nn.Module):
    """A decoder and the codes `(F, D)` of the faces it is trained on."""

    def __init__(self, config: DecoderConfig, faces: int) -> None:
        super().__init__()
        self.decoder = CodeDecoder(config)
        self.codes = nn.Parameter(torch.randn(faces, config.code_size) * 0.1)


@dataclass(frozen=True, slots=True)
class DeepSdfTraining:
    """Settings of the training.

    Attributes:
        steps: optimiser steps; the rate falls along a cosine over them.
        faces, points: of a step.
        near_share: of the points, those within `NEAR_MM` of the surface.
        learning_rate: of the decoder; code_rate: of the codes.
        prior: weight of the mean squared code, in mm.
        seed: of the weights and the draws.
    """

    steps: int = 14_000
    faces: int = 12
    points: int = 640
    near_share: float = 0.6
    learning_rate: float = 8e-4
    code_rate: float = 4e-3
    prior: float = 2e-3
    seed: int = 5
    checkpoint_seconds: float = 60.0


NEAR_MM = 4.0


def train_deep_sdf(
    pool: DistancePool,
    code_size: int,
    settings: DeepSdfTraining,
    folder: Path,
    progress: Progress = ignore_progress,
    cancel: CancelToken | None = None,
) -> AutoDecoder:
    """Train on the faces of `pool`, resuming from `folder` where a checkpoint lies there.

    Raises:
        Cancelled: `cancel` was raised; a checkpoint is written first.
        WeightsError: the checkpoint is of another network.
    """
    torch.manual_seed(settings.seed)
    network = AutoDecoder(decoder_config(pool, code_size), len(pool.codes))
    optimiser = torch.optim.Adam(
        [
            {"params": network.decoder.parameters(), "lr": settings.learning_rate},
            {"params": [network.codes], "lr": settings.code_rate},
        ]
    )
    counters = load_checkpoint(folder, network, optimiser)
    step = int(counters["step"]) if counters else 0
    rates = (settings.learning_rate, settings.code_rate)
    draw = _Draw(pool, settings)
    saved, smooth = time.monotonic(), 0.0
    while step < settings.steps:
        fall = 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / settings.steps))
        for group, rate in zip(optimiser.param_groups, rates, strict=True):
            group["lr"] = rate * fall * min(1.0, (step + 1) / 100)
        rows, points, distances = draw.batch(step)
        codes = network.codes[rows]
        error = clamped_error(network.decoder(points, network.decoder.fold(codes)), distances)
        loss = error + settings.prior * codes.square().mean() * code_size
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.decoder.parameters(), 5.0)
        optimiser.step()
        step += 1
        smooth = (
            float(error.detach()) if smooth == 0 else 0.99 * smooth + 0.01 * float(error.detach())
        )
        if step % 20 == 0:
            progress(step / settings.steps, f"DeepSDF {step}: mean error {smooth:.3f} mm")
        stop = cancel is not None and cancel.cancelled
        due = time.monotonic() - saved > settings.checkpoint_seconds
        if due or stop or step == settings.steps:
            save_checkpoint(folder, network, optimiser, {"step": step})
            saved = time.monotonic()
        if stop and cancel is not None:
            cancel.check()
    return network


def decoder_config(pool: DistancePool, code_size: int) -> DecoderConfig:
    """Frame of the points in `pool`."""
    near = pool.points[np.abs(pool.distances) < NEAR_MM]
    low, high = near.min(0), near.max(0)
    x, y, z = ((low + high) / 2).tolist()
    return DecoderConfig(code_size, centre=(x, y, z), scale=float((high - low).max() / 2))


def clamped_error(found: Tensor, truth: Tensor) -> Tensor:
    """Mean |Δ| in mm of distances that saturate smoothly at `CLAMP_MM`."""
    return (_saturate(found) - _saturate(truth)).abs().mean()


def _saturate(distance: Tensor) -> Tensor:
    return CLAMP_MM * torch.tanh(distance / CLAMP_MM)


class _Draw:
    """Random faces of a pool with random points, more of them near the surface."""

    def __init__(self, pool: DistancePool, settings: DeepSdfTraining) -> None:
        self._pool, self._settings = pool, settings
        self._near = [np.flatnonzero(np.abs(row) < NEAR_MM) for row in pool.distances]

    def batch(self, step: int) -> tuple[Tensor, Tensor, Tensor]:
        s, pool = self._settings, self._pool
        # Seeded by the step: a resumed run draws what an uninterrupted one would.
        rng = np.random.default_rng([s.seed, step])
        rows = rng.integers(len(pool.codes), size=s.faces)
        near = int(s.points * s.near_share)
        columns = rng.integers(pool.points.shape[1], size=(s.faces, s.points))
        for place, row in enumerate(rows):
            if len(self._near[row]):
                columns[place, :near] = rng.choice(self._near[row], near)
        points = np.take_along_axis(pool.points[rows], columns[..., None], axis=1)
        distances = np.take_along_axis(pool.distances[rows], columns, axis=1)
        return torch.from_numpy(rows), torch.from_numpy(points), torch.from_numpy(distances)
