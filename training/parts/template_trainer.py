"""Training of SDFNet: the signed distance of the template (eqs. 3 and 8 on one face)."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from torch import Tensor

from engine.networks.template import TemplateNetwork
from engine.progress import Progress, ignore_progress
from training.parts.objective import saturate
from training.parts.registered import RegisteredFaces
from training.parts.true_distance import scatter_points, true_signed_distance

Floats = NDArray[np.float32]

FINE_MM = 9.0
"""Within this distance of the lids' and lips' landmarks points are drawn more often."""


@dataclass(frozen=True, slots=True)
class TemplateTraining:
    """Settings of the template's training.

    Attributes:
        steps: optimiser steps.
        batch: points of each kind (on the surface, around it) in a step.
        learning_rate: at the start; it falls to a hundredth along a cosine.
        volume_points: how many points with true distances are drawn beforehand.
        fine_share: of the points of a step that lie near lids and lips.
        normal_weight, eikonal_weight: of eq. 3, per millimetre of distance error.
    """

    steps: int = 6000
    batch: int = 4096
    learning_rate: float = 4e-4
    volume_points: int = 800_000
    fine_share: float = 0.35
    normal_weight: float = 0.2
    eikonal_weight: float = 0.1


@dataclass(frozen=True, slots=True)
class TemplateSamples:
    """Surface points with normals `(M, 3)`, and points around with distances `(P,)`.

    `near_surface` and `near_points` are the indices of those close to lids and lips.
    """

    surface: Tensor
    normals: Tensor
    points: Tensor
    distances: Tensor
    near_surface: Tensor
    near_points: Tensor


def sample_template(
    faces: RegisteredFaces, count: int, rng: np.random.Generator
) -> TemplateSamples:
    """Draw training samples of the canonical face."""
    vertices = faces.vertices(faces.canonical_code())
    points = scatter_points(faces, vertices, count, rng)
    distances = true_signed_distance(faces, vertices, points)
    surface, normals = sample_visible(faces, vertices, count // 2, rng)
    margins = cKDTree(vertices[faces.landmarks[36:]])
    near = [
        np.flatnonzero(margins.query(p, distance_upper_bound=FINE_MM)[0] < FINE_MM)
        for p in (surface, points)
    ]
    arrays = (surface, normals, points, distances, *near)
    return TemplateSamples(*(torch.from_numpy(array) for array in arrays))


def sample_visible(
    faces: RegisteredFaces, vertices: Floats, count: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Points and normals `(≤ count, 3)` on the outer surface, half by area, half by triangle.

    Parts of the eyeballs inside the skin, and of the skin inside an eyeball, are left out.
    """
    triangles = faces.faces[faces.groups != 3]
    corners = vertices[triangles].astype(np.float64)
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = np.linalg.norm(cross, axis=1)
    weight = 0.5 * area / area.sum() + 0.5 / len(area)
    pick = rng.choice(len(area), size=count, p=weight / weight.sum())
    bary = rng.dirichlet(np.ones(3), size=count)
    points = np.einsum("nk,nkd->nd", bary, corners[pick])
    normals = cross[pick] / np.maximum(area[pick], 1e-12)[:, None]
    distance = true_signed_distance(faces, vertices, points.astype(np.float32))
    outer = distance > -0.02
    return points[outer].astype(np.float32), normals[outer].astype(np.float32)


def train_template(
    network: TemplateNetwork,
    samples: TemplateSamples,
    settings: TemplateTraining,
    generator: torch.Generator,
    progress: Progress = ignore_progress,
) -> float:
    """Train in place; the mean |S| in mm on the surface over the last steps is returned."""
    optimiser = torch.optim.Adam(network.parameters(), lr=settings.learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(
        optimiser, settings.steps, settings.learning_rate / 100
    )
    error = 0.0
    for step in range(settings.steps):
        loss, surface = _template_loss(network, samples, settings, generator)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 2.0)
        optimiser.step()
        schedule.step()
        error = surface if step == 0 else 0.98 * error + 0.02 * surface
        if step % 50 == 0:
            progress(step / settings.steps, f"template {step}: |S| on the surface {error:.3f} mm")
    return error


def _draw(
    near: Tensor, count: int, settings: TemplateTraining, generator: torch.Generator
) -> Tensor:
    fine = int(settings.batch * settings.fine_share) if len(near) else 0
    picks = near[torch.randint(max(len(near), 1), (fine,), generator=generator)]
    even = torch.randint(count, (settings.batch - fine,), generator=generator)
    both = torch.cat([picks, even])
    return both[torch.randperm(len(both), generator=generator)]


def _template_loss(
    network: TemplateNetwork,
    samples: TemplateSamples,
    settings: TemplateTraining,
    generator: torch.Generator,
) -> tuple[Tensor, float]:
    on = _draw(samples.near_surface, len(samples.surface), settings, generator)
    off = _draw(samples.near_points, len(samples.points), settings, generator)
    # Second derivatives cost three times as much, so only a part of the points has them.
    few = settings.batch // 4
    oriented = samples.surface[on[:few]].requires_grad_(True)
    values = network(oriented)
    (gradient,) = torch.autograd.grad(values.sum(), oriented, create_graph=True)
    surface = torch.cat([values.abs(), network(samples.surface[on[few:]]).abs()]).mean()
    length = gradient.norm(dim=-1)
    # The cosine, not eq. 3's bare product, which a steeper and steeper field would please.
    cosine = (gradient * samples.normals[on[:few]]).sum(-1) / length.clamp_min(1e-3)
    misaligned = (1.0 - cosine).mean()
    stretched = (length - 1.0).abs().mean()
    truth = samples.distances[off]
    wrong = (saturate(network(samples.points[off])) - saturate(truth)).abs()
    volume = wrong.mean()
    loss = (
        surface + volume + settings.normal_weight * misaligned + settings.eikonal_weight * stretched
    )
    return loss, float(surface.detach())
