"""Training of the motion networks: how points of the template move with each part's code.

The loss is the squared error of the motion over random codes. Codes are uncorrelated, so its
expectation is the error of A(x)'s columns, weighted by the variances of the coordinates, and
needs no drawing of codes; points are drawn anew in every step.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from engine.errors import WeightsError
from engine.geometry.normals import face_areas, vertex_normals
from engine.models.protocol import PARTS
from engine.networks.motion import MotionConfig, MotionNetwork
from engine.progress import Progress, ignore_progress
from training.parts.registered import RegisteredFaces

Floats = NDArray[np.float32]

STILL_MM = 0.01
"""Points that no coordinate of a part moves further than this per unit stay still."""
EXPRESSION_SPREAD = 0.3
"""Standard deviation of an expression's weight in the loss; shape coordinates have one of 1."""
KIND_OF_GROUP = np.array([0, 1, 2, 0])
"""Kinds of `engine.networks.motion` from groups of `training.parts.registered`."""


@dataclass(frozen=True, slots=True)
class MotionTraining:
    """Settings of the motion networks' training.

    Attributes:
        steps: optimiser steps of each network.
        batch: points in a step.
        learning_rate: at the start; it falls to a hundredth along a cosine.
        wide, narrow: widths for head and expression, and for the small parts.
        omega_wide, omega_narrow: their first layers' frequencies.
        normal_noise: standard deviation added to the normals' components, because another
            mesh of the same surface has slightly other normals.
        seed: of the points and the initial weights.
    """

    steps: int = 5000
    batch: int = 2048
    learning_rate: float = 2e-3
    wide: int = 256
    narrow: int = 160
    omega_wide: float = 40.0
    omega_narrow: float = 16.0
    normal_noise: float = 0.1
    seed: int = 3


@dataclass(frozen=True, slots=True)
class MotionSource:
    """Corners `(T, 3)` of triangles whose points a part moves, how often each is drawn `(T,)`,
    and their kinds `(T,)`; per vertex of the faces the place and normal on the canonical face
    `(V, 3)` and the motion `(V, 3, D)`; the coordinates' spread `(D,)`."""

    triangles: Tensor
    weights: Tensor
    kinds: Tensor
    places: Tensor
    normals: Tensor
    motion: Tensor
    spread: Tensor


def motion_source(faces: RegisteredFaces, part: str) -> MotionSource:
    """What the network of `part` learns from."""
    canonical = faces.vertices(faces.canonical_code())
    motion = faces.basis[:, :, faces.slices[part]]
    moved = np.abs(motion).max((1, 2)) > STILL_MM
    rows = np.flatnonzero(moved[faces.faces].any(1))
    spread = EXPRESSION_SPREAD if part == "expression" else 1.0
    area = face_areas(canonical, faces.faces[rows].astype(np.int32))
    return MotionSource(
        torch.from_numpy(faces.faces[rows]),
        # Half evenly over the triangles, which are small where detail is, half over the area.
        torch.from_numpy(0.5 * area / area.sum() + 0.5 / len(area)),
        torch.from_numpy(KIND_OF_GROUP[faces.groups[rows]]),
        torch.from_numpy(canonical),
        torch.from_numpy(vertex_normals(canonical, faces.faces.astype(np.int32))),
        torch.from_numpy(np.ascontiguousarray(motion)),
        torch.full((motion.shape[2],), spread),
    )


def train_motions(
    faces: RegisteredFaces,
    settings: MotionTraining,
    folder: Path,
    progress: Progress = ignore_progress,
) -> dict[str, MotionNetwork]:
    """The networks of all parts; those that `folder` has already are read, not trained.

    Raises:
        WeightsError: a file in `folder` is damaged or of other sizes.
    """
    networks = {}
    for done, part in enumerate(PARTS):
        file = folder / f"motion-{part}.safetensors"

        def report(step: int, error: float, part: str = part, done: int = done) -> None:
            fraction = (done + step / settings.steps) / len(PARTS)
            progress(fraction, f"motion of {part} {step}: {error:.3f} mm")

        if file.exists():
            networks[part] = _read(file, motion_source(faces, part), part, settings)
        else:
            networks[part] = train_motion(faces, part, settings, report)
            folder.mkdir(parents=True, exist_ok=True)
            save_file(networks[part].state_dict(), file)
    return networks


def _read(file: Path, source: MotionSource, part: str, settings: MotionTraining) -> MotionNetwork:
    network = MotionNetwork(_config(source, part, settings))
    try:
        network.load_state_dict(load_file(file))
    except (SafetensorError, RuntimeError) as error:
        raise WeightsError(
            f"{file} does not fit this data set ({error}). Name another --run folder."
        ) from error
    return network


def train_motion(
    faces: RegisteredFaces,
    part: str,
    settings: MotionTraining,
    report: Callable[[int, float], None] = lambda step, error: None,
) -> MotionNetwork:
    """A trained network of `part`; `report` gets the step and the rms error in mm."""
    torch.manual_seed(settings.seed)
    source = motion_source(faces, part)
    network = MotionNetwork(_config(source, part, settings))
    generator = torch.Generator().manual_seed(settings.seed)
    optimiser = torch.optim.Adam(network.parameters(), lr=settings.learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(
        optimiser, settings.steps, settings.learning_rate / 100
    )
    smooth = 0.0
    for step in range(settings.steps):
        points, normals, kinds, motion = _draw(source, settings.batch, generator)
        noise = torch.randn(normals.shape, generator=generator) * settings.normal_noise
        normals = torch.nn.functional.normalize(normals + noise, dim=1)
        error = (network(points, normals, kinds) - motion) * source.spread
        loss = error.square().sum((1, 2)).mean()
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimiser.step()
        schedule.step()
        value = float(loss.detach()) ** 0.5
        smooth = value if step == 0 else 0.98 * smooth + 0.02 * value
        if step % 50 == 0:
            report(step, smooth)
    refit_last_layer(network, source, generator)
    return network


@torch.no_grad()
def refit_last_layer(
    network: MotionNetwork, source: MotionSource, generator: torch.Generator, count: int = 60_000
) -> None:
    """The last layer is linear, so its least-squares values are known: take them."""
    points, normals, kinds, motion = _draw(source, count, generator)
    h = network.features(points, normals, kinds)
    design = torch.cat([h, torch.ones(len(h), 1)], dim=1).double()
    gram = design.T @ design
    gram.diagonal().add_(1e-7 * gram.diagonal().mean())
    solution = torch.linalg.solve(gram, design.T @ motion.reshape(len(h), -1).double())
    network.output.weight.copy_(solution[:-1].T)
    network.output.bias.copy_(solution[-1])


def _config(source: MotionSource, part: str, settings: MotionTraining) -> MotionConfig:
    used = source.places[source.triangles.reshape(-1)]
    low, high = used.amin(0), used.amax(0)
    x, y, z = ((low + high) / 2).tolist()
    big = part in ("head", "expression")
    return MotionConfig(
        code_size=source.motion.shape[2],
        width=settings.wide if big else settings.narrow,
        omega=settings.omega_wide if big else settings.omega_narrow,
        centre=(x, y, z),
        scale=float((high - low).max() / 2),
    )


def _draw(
    source: MotionSource, count: int, generator: torch.Generator
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Points, normals, kinds and true motions `(N, 3, D)` of random places."""
    pick = torch.multinomial(source.weights, count, replacement=True, generator=generator)
    u = torch.rand(count, 2, generator=generator)
    root = u[:, 0].sqrt()
    weights = torch.stack([1.0 - root, root * (1.0 - u[:, 1]), root * u[:, 1]], dim=1)
    corners = source.triangles[pick]
    points = (source.places[corners] * weights[:, :, None]).sum(1)
    normals = torch.nn.functional.normalize(
        (source.normals[corners] * weights[:, :, None]).sum(1), dim=1
    )
    motion = (source.motion[corners] * weights[:, :, None, None]).sum(1)
    return points, normals, source.kinds[pick], motion
