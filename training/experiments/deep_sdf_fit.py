"""Fitting the DeepSDF baseline to a scan, and its surface."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.geometry.distance import SurfaceIndex
from engine.geometry.mesh import Mesh
from engine.geometry.sampling import sample_surface
from engine.models.protocol import SignedField
from training.experiments.deep_sdf import AutoDecoder, CodeDecoder, clamped_error

Floats = NDArray[np.float32]

CHUNK = 8192
MARGIN_MM = 14.0
LIPSCHITZ = 2.0
"""Assumed bound on the gradient: the baseline is not trained to keep one."""


@dataclass(frozen=True, slots=True)
class DeepSdfFit:
    """Settings of the optimisation of a code with the decoder fixed (Park et al., eq. 10).

    Attributes:
        steps, points: of Adam, and points in each.
        learning_rate: falls to a tenth half way, as there.
        prior: weight of the squared length of the code, whitened by the training codes.
        samples: points with distances drawn about the scan beforehand.
        spread_mm: of half of them from the surface; the others lie on it.
    """

    steps: int = 400
    points: int = 2000
    learning_rate: float = 2e-2
    prior: float = 1e-4
    samples: int = 16_000
    spread_mm: float = 2.5


def fit_deep_sdf(
    network: AutoDecoder, scan: Mesh, settings: DeepSdfFit, rng: np.random.Generator
) -> Iterator[Floats]:
    """The code `(D,)` after each hundred steps; the scan lies in the model's frame."""
    points, distances = _sample(scan, settings, rng)
    mean = network.codes.detach().mean(0)
    spread = network.codes.detach().std(0).clamp_min(1e-3)
    whitened = torch.zeros_like(mean).requires_grad_(True)
    optimiser = torch.optim.Adam([whitened], lr=settings.learning_rate)
    for step in range(settings.steps):
        if step == settings.steps // 2:
            optimiser.param_groups[0]["lr"] *= 0.1
        rows = torch.from_numpy(rng.integers(len(points), size=settings.points))
        code = (mean + spread * whitened)[None]
        folded = network.decoder.fold(code)
        error = clamped_error(network.decoder(points[rows][None], folded), distances[rows][None])
        loss = error + settings.prior * whitened.square().sum()
        (gradient,) = torch.autograd.grad(loss, whitened)
        whitened.grad = gradient
        optimiser.step()
        if (step + 1) % 100 == 0 or step + 1 == settings.steps:
            yield (mean + spread * whitened).detach().numpy()


def _sample(scan: Mesh, settings: DeepSdfFit, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    drawn = sample_surface(scan, settings.samples, rng).points
    offsets = rng.standard_normal(drawn.shape) * settings.spread_mm
    offsets[::2] = 0.0
    points = drawn + offsets
    distances = SurfaceIndex(scan).signed_closest_points(points).distances.copy()
    distances[::2] = 0.0
    return (
        torch.from_numpy(points.astype(np.float32)),
        torch.from_numpy(distances.astype(np.float32)),
    )


def deep_sdf_field(decoder: CodeDecoder, code: Floats, lower: Floats, upper: Floats) -> SignedField:
    """The baseline's head in the box from `lower` to `upper` `(3,)` mm, and a margin."""

    def evaluate(points: Floats) -> Floats:
        result = np.empty(len(points), np.float32)
        with torch.inference_mode():
            folded = decoder.fold(torch.from_numpy(np.array(code, np.float32))[None])
            for start in range(0, len(points), CHUNK):
                part = slice(start, start + CHUNK)
                chunk = torch.from_numpy(np.ascontiguousarray(points[part], np.float32))
                result[part] = decoder(chunk[None], folded)[0].numpy()
        return result

    return SignedField(
        evaluate,
        np.asarray(lower, np.float32) - MARGIN_MM,
        np.asarray(upper, np.float32) + MARGIN_MM,
        LIPSCHITZ,
    )
