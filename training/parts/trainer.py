"""The training loop of the parts network: one process or many, resumable."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator

from engine.networks.parts import PartsNetwork
from engine.progress import CancelToken
from training.checkpoint import load_checkpoint, save_checkpoint
from training.parts.objective import (
    DistanceBatch,
    ObjectiveWeights,
    PartsObjective,
    SurfaceTask,
)
from training.parts.registered import RegisteredFaces
from training.parts.sampler import CodeSampler
from training.parts.states import FaceStates
from training.parts.surface_batches import SurfaceSampler
from training.parts.true_distance import DistancePool


@dataclass(frozen=True, slots=True)
class PartsTraining:
    """Settings of a run.

    Attributes:
        steps: optimiser steps in all.
        faces: faces of a step, for the stage terms and again for the distances.
        points: points on the whole head of each face; part_points: on each small part.
        distance_points: points with true distances of each face.
        oriented: points per face with gradient terms.
        learning_rate: at the start; it falls to a fiftieth along a cosine.
        template_rate: factor on the learning rate of SDFNet.
        hyper_rate: factor on that of the hyper-networks, whose every weight is multiplied by
            a whole code of N(0, 1) coordinates.
        whole_from, gradient_from: fractions of the run at which the end-to-end terms and
            the gradient terms join.
        gradient_every: gradient terms are taken every so many steps.
        seed: of the faces and points drawn.
        checkpoint_seconds: time between checkpoints.
    """

    steps: int = 40_000
    faces: int = 10
    points: int = 384
    part_points: int = 112
    distance_points: int = 256
    oriented: int = 40
    learning_rate: float = 1e-3
    template_rate: float = 0.05
    hyper_rate: float = 0.25
    whole_from: float = 0.1
    gradient_from: float = 0.6
    gradient_every: int = 2
    seed: int = 1
    checkpoint_seconds: float = 120.0
    weights: ObjectiveWeights = field(default_factory=ObjectiveWeights)


Report = Callable[[int, dict[str, float]], None]
"""Called with the step and the smoothed terms."""


def train_parts(
    network: PartsNetwork,
    faces: RegisteredFaces,
    pool: DistancePool,
    settings: PartsTraining,
    folder: Path,
    report: Report,
    cancel: CancelToken | None = None,
    accelerator: Accelerator | None = None,
) -> None:
    """Train in place, resuming from `folder` where a checkpoint lies there.

    Raises:
        Cancelled: `cancel` was raised; a checkpoint is written first.
    """
    accelerator = accelerator or Accelerator(cpu=not torch.cuda.is_available())
    run = _Run(network, faces, pool, settings, accelerator)
    counters = load_checkpoint(folder, network, run.optimiser)
    step = int(counters["step"]) if counters else 0
    saved = time.monotonic()
    smooth: dict[str, float] = {}
    while step < settings.steps:
        terms = run.advance(step)
        step += 1
        for name, value in terms.items():
            smooth[name] = 0.98 * smooth.get(name, value) + 0.02 * value
        if step % 50 == 0 and accelerator.is_main_process:
            report(step, smooth)
        stop = cancel is not None and cancel.cancelled
        due = time.monotonic() - saved > settings.checkpoint_seconds
        if accelerator.is_main_process and (due or stop or step == settings.steps):
            save_checkpoint(folder, network, run.optimiser, {"step": step})
            saved = time.monotonic()
        if stop and cancel is not None:
            cancel.check()


class _Run:
    def __init__(
        self,
        network: PartsNetwork,
        faces: RegisteredFaces,
        pool: DistancePool,
        settings: PartsTraining,
        accelerator: Accelerator,
    ) -> None:
        self._settings = settings
        self._accelerator = accelerator
        self._device = accelerator.device
        network.to(self._device)
        groups: dict[float, list[torch.nn.Parameter]] = {}
        for name, parameter in network.named_parameters():
            groups.setdefault(_rate_factor(name, settings), []).append(parameter)
        self._rates = tuple(groups)
        self.optimiser = torch.optim.Adam(
            [{"params": members} for members in groups.values()], lr=settings.learning_rate
        )
        self._states = FaceStates(faces, self._device)
        objective = PartsObjective(network, settings.weights, self._states.slices)
        several = accelerator.num_processes > 1
        self._objective = accelerator.prepare_model(objective) if several else objective
        self._surfaces = SurfaceSampler(self._states, settings.points, settings.part_points)
        self._codes = CodeSampler(faces)
        self._pool = pool
        self._pool_splines = self._solve_pool(network)

    @torch.no_grad()
    def _solve_pool(self, network: PartsNetwork) -> torch.Tensor:
        warp = network.warp
        splines = []
        for codes in torch.from_numpy(self._pool.codes).to(self._device).split(16):
            handles = warp.handles(codes)
            splines.append(warp.solve(handles, warp.template - handles))
        return torch.cat(splines)

    def advance(self, step: int) -> dict[str, float]:
        s = self._settings
        # Seeded by step and process: a resumed run draws what an uninterrupted one would.
        seed = (s.seed * 1_000_003 + step) * 64 + self._accelerator.process_index
        rng = np.random.default_rng(seed)
        generator = torch.Generator(self._device).manual_seed(seed)
        fraction = step / s.steps
        warm = min(1.0, (step + 1) / 200)
        rate = s.learning_rate * warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * fraction)))
        for group, factor in zip(self.optimiser.param_groups, self._rates, strict=True):
            group["lr"] = rate * factor
        codes = torch.from_numpy(self._codes.draw(s.faces, rng)).to(self._device)
        states = self._states.compute(codes)
        task = SurfaceTask(codes, states, self._surfaces.draw(states, generator))
        whole = fraction >= s.whole_from
        oriented = s.oriented * (fraction >= s.gradient_from and step % s.gradient_every == 0)
        terms = self._objective(task, self._draw_distances(rng) if whole else None, oriented)
        self.optimiser.zero_grad(set_to_none=True)
        self._accelerator.backward(terms["total"])
        torch.nn.utils.clip_grad_norm_(self._objective.parameters(), 5.0)
        self.optimiser.step()
        return {name: float(value.detach()) for name, value in terms.items()}

    def _draw_distances(self, rng: np.random.Generator) -> DistanceBatch:
        s, pool = self._settings, self._pool
        rows = rng.integers(len(pool.codes), size=s.faces)
        columns = rng.integers(pool.points.shape[1], size=(s.faces, s.distance_points))
        points = (
            np.take_along_axis(pool.points[rows], columns[..., None], axis=1),
            np.take_along_axis(pool.distances[rows], columns, axis=1),
        )
        return DistanceBatch(
            torch.from_numpy(pool.codes[rows]).to(self._device),
            self._pool_splines[torch.from_numpy(rows).to(self._device)],
            *(torch.from_numpy(a).to(self._device) for a in points),
        )


def _rate_factor(name: str, settings: PartsTraining) -> float:
    if name.startswith("template."):
        return settings.template_rate
    return settings.hyper_rate if "hyper_" in name else 1.0
