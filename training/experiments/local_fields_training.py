"""Training of the local-field variants: all on the same faces and points, equally long."""

import math
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from engine.networks.parts import CASCADE
from engine.progress import CancelToken, Progress, ignore_progress
from training.checkpoint import load_checkpoint, save_checkpoint
from training.experiments.landmark_sets import LocalFields, landmark_vertices, rows_of_part
from training.experiments.local_fields import FieldsConfig, LandmarkCascade
from training.experiments.local_fields_data import FaceSampler, face_triangles
from training.parts.registered import RegisteredFaces
from training.parts.sampler import CodeSampler


@dataclass(frozen=True, slots=True)
class FieldsTraining:
    """Settings, the same for every variant.

    Attributes:
        steps: optimiser steps; the rate falls along a cosine over them.
        faces, points: of a step.
        whole_from: fraction of the run at which the end of the whole cascade counts, too.
        learning_rate: at the start; hyper_rate: factor on that of the hyper-networks.
        seed: of the draws and the weights.
    """

    steps: int = 1000
    faces: int = 5
    points: int = 256
    whole_from: float = 0.4
    learning_rate: float = 1.5e-3
    hyper_rate: float = 0.25
    seed: int = 7
    checkpoint_seconds: float = 45.0


@dataclass(frozen=True, slots=True, eq=False)
class TrainedFields:
    """A trained variant, and the median time of a step in ms."""

    variant: LocalFields
    network: LandmarkCascade
    step_ms: float

    @property
    def parameters(self) -> int:
        return sum(p.numel() for p in self.network.parameters())


def fields_config(faces: RegisteredFaces, variant: LocalFields) -> FieldsConfig:
    """Sizes for a data set."""
    template = faces.vertices(faces.canonical_code())
    used = template[np.unique(faces.faces[face_triangles(faces)])]
    low, high = used.min(0), used.max(0)
    x, y, z = ((low + high) / 2).tolist()
    rows = rows_of_part(faces, variant)
    return FieldsConfig(
        variant.fields,
        tuple(faces.slices[part].stop - faces.slices[part].start for part in CASCADE),
        len(landmark_vertices(faces, variant)),
        tuple(tuple(rows[part]) for part in CASCADE),
        (x, y, z),
        float((high - low).max() / 2),
    )


def train_fields(
    faces: RegisteredFaces,
    variant: LocalFields,
    settings: FieldsTraining,
    folder: Path,
    progress: Progress = ignore_progress,
    cancel: CancelToken | None = None,
) -> TrainedFields:
    """Train a variant, resuming from `folder` where a checkpoint lies there.

    Raises:
        Cancelled: `cancel` was raised; a checkpoint is written first.
    """
    torch.manual_seed(settings.seed)
    network = LandmarkCascade(fields_config(faces, variant))
    hyper = [p for name, p in network.named_parameters() if "hyper_" in name]
    rest = [p for name, p in network.named_parameters() if "hyper_" not in name]
    rates = (settings.learning_rate, settings.learning_rate * settings.hyper_rate)
    optimiser = torch.optim.Adam([{"params": rest}, {"params": hyper}], lr=rates[0])
    counters = load_checkpoint(folder, network, optimiser)
    step = int(counters["step"]) if counters else 0
    step_ms = counters.get("step_ms", 0.0) if counters else 0.0
    task = _Task(faces, variant, settings)
    saved, smooth, times = time.monotonic(), 0.0, []
    while step < settings.steps:
        start = time.process_time()
        fall = 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / settings.steps))
        for group, rate in zip(optimiser.param_groups, rates, strict=True):
            group["lr"] = rate * fall * min(1.0, (step + 1) / 100)
        loss, error = task.loss(network, step)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimiser.step()
        step += 1
        times.append(1000.0 * (time.process_time() - start))
        smooth = error if smooth == 0 else 0.98 * smooth + 0.02 * error
        if step % 20 == 0:
            text = f"{variant.name}, {step}: {smooth:.3f} mm to the template"
            progress(step / settings.steps, text)
        stop = cancel is not None and cancel.cancelled
        due = time.monotonic() - saved > settings.checkpoint_seconds
        if due or stop or step == settings.steps:
            step_ms = float(np.median(times))
            save_checkpoint(folder, network, optimiser, {"step": step, "step_ms": step_ms})
            saved = time.monotonic()
        if stop and cancel is not None:
            cancel.check()
    return TrainedFields(variant, network, step_ms)


class _Task:
    """Each network's own true step, and later the end of the cascade, as in the parts model."""

    def __init__(
        self, faces: RegisteredFaces, variant: LocalFields, settings: FieldsTraining
    ) -> None:
        self._settings = settings
        self._codes = CodeSampler(faces)
        self._sampler = FaceSampler(faces)
        self._landmarks = landmark_vertices(faces, variant)

    def loss(self, network: LandmarkCascade, step: int) -> tuple[Tensor, float]:
        s = self._settings
        rng = np.random.default_rng([s.seed, step])
        codes = self._codes.draw(s.faces, rng)
        points = self._sampler.draw(codes, s.points, rng)
        moving = self._sampler.moving
        landmarks, split = moving.positions(self._landmarks, codes), moving.split(codes)
        with torch.no_grad():
            aligned = align_states(network, points, landmarks)
        losses = []
        for stage in range(len(CASCADE)):
            found = network.motion(stage, aligned[stage], split[stage], landmarks[stage])
            losses.append((found - (aligned[stage + 1] - aligned[stage])).norm(dim=-1).mean())
        loss = torch.stack(losses).sum()
        if step < s.whole_from * s.steps:
            return loss, float(loss.detach())
        end = network(points[0], split, landmarks)
        error = (end - points[-1]).norm(dim=-1).mean()
        return loss + error, float(error.detach())


def align_states(network: LandmarkCascade, points: Tensor, landmarks: Tensor) -> list[Tensor]:
    """Points `(STATES, B, N, 3)` of every state in the space that the fields work in.

    The spline interpolates each state's own motion to the template about the landmarks of
    state 0, as `training.parts.objective` does; without a spline nothing changes.
    """
    if network.config.fields != "spline":
        return list(points)
    values = torch.cat([landmarks[-1] - state for state in landmarks[:-1]], dim=-1)
    coefficients = network.warp.solve(landmarks[0], values)
    steps = network.warp.displace(points[0], landmarks[0], coefficients).split(3, dim=-1)
    moved = [state + step for state, step in zip(points[:-1], steps, strict=True)]
    return [*moved, points[-1]]
