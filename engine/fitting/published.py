"""The paper's own fit, for measuring beside ours: Adam on the codes through the network.

Gu & Pears, "Parts-based Implicit 3D Face Modeling", eq. 12: with the network fixed, minimise

    Σ |Φ(pᵢ; z)| + λ Σ ‖z‖²

over points pᵢ of the scan for 1000 epochs. Where the paper leaves things open, or its figures
belong to codes of another scale: the learning rate is for whitened codes, its decay is the
paper's (0.95 every 10 epochs after 200), expression weights are kept in their range, and the
pose, which the paper has aligned beforehand, may be refined along with the codes.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from engine.errors import InputError
from engine.fitting.gauss_newton import turned
from engine.fitting.scan_target import prepare_scan
from engine.fitting.settings import FitSettings, FitStep
from engine.geometry.mesh import Mesh
from engine.geometry.similarity import Similarity
from engine.models.protocol import PARTS, FaceCode, FaceModel
from engine.progress import CancelToken

if TYPE_CHECKING:
    from engine.models.parts_evaluator import PartsEvaluator

EPOCHS = 1000
BATCH = 2000
RATE, POSE_RATE = 0.03, 0.002
DECAY, DECAY_EVERY, DECAY_FROM = 0.95, 10, 200
LATENT_WEIGHT = 2e-4
"""λ, against the mean of |Φ| in mm."""
LARGEST_MM = 10.0
"""|Φ| counts as this at most: hair and clothes are no face."""
REPORT_EVERY = 10
ARM_MM = 100.0
"""Turns are measured in radians times this, so that they and shifts are alike to Adam."""


def fit_published(
    model: FaceModel,
    scan: Mesh,
    start: Similarity,
    settings: FitSettings,
    cancel: CancelToken | None = None,
) -> Iterator[FitStep]:
    """Fit `scan`; see `engine.fitting.fit_scan`.

    Raises:
        InputError: the model is no network.
    """
    evaluator: PartsEvaluator | None = getattr(model, "evaluator", None)
    if evaluator is None:
        raise InputError(
            f"The published method needs the network of the parts-based model; "
            f"'{model.info.name}' has none. Choose the method fast."
        )
    rng = np.random.default_rng(settings.seed)
    code = settings.start_code or model.mean_code()
    target = prepare_scan(scan, start, model.preview(code), settings.samples, rng)
    problem = _Problem(model, evaluator, code, target.points, settings)
    epochs = settings.iterations or EPOCHS
    for epoch in range(1, epochs + 1):
        if cancel is not None:
            cancel.check()
        batch = rng.integers(len(target.points), size=BATCH)
        rms_mm = problem.advance(batch, epoch)
        if epoch % REPORT_EVERY == 0 or epoch == epochs:
            yield FitStep(
                problem.code(),
                problem.placing().after(start),
                rms_mm,
                epoch,
                epoch / epochs,
                epoch == epochs,
            )


class _Problem:
    """Codes and pose as tensors with gradients, and their optimiser."""

    def __init__(
        self,
        model: FaceModel,
        evaluator: "PartsEvaluator",
        code: FaceCode,
        points: np.ndarray,
        settings: FitSettings,
    ) -> None:
        self._network, device = evaluator.network, evaluator.device
        self._points = torch.tensor(points, dtype=torch.float32, device=device)
        self._centre = self._points.mean(dim=0)
        self._codes = {
            part: torch.tensor(code.part(part), device=device, requires_grad=part in settings.parts)
            for part in PARTS
        }
        self._pose = torch.zeros(6, device=device, requires_grad=settings.pose_free)
        directions = {part.name: part.directions for part in model.parts}["expression"]
        self._ends = tuple(
            torch.tensor([getattr(d, end) for d in directions], device=device)
            for end in ("minimum", "maximum")
        )
        groups = [{"params": [self._codes[part] for part in settings.parts], "lr": RATE}]
        if settings.pose_free:
            groups.append({"params": [self._pose], "lr": POSE_RATE * ARM_MM})
        self._optimizer = torch.optim.Adam(groups)
        self._plausibility = settings.plausibility
        self._rates = [group["lr"] for group in self._optimizer.param_groups]

    def advance(self, batch: np.ndarray, epoch: int) -> float:
        """One step of Adam; the root mean square of Φ over the batch, in mm."""
        decay = DECAY ** (max(epoch - DECAY_FROM, 0) // DECAY_EVERY)
        for group, rate in zip(self._optimizer.param_groups, self._rates, strict=True):
            group["lr"] = rate * decay
        self._optimizer.zero_grad()
        rows = torch.as_tensor(batch, device=self._points.device)
        joint = torch.cat([self._codes[part] for part in PARTS])[None]
        folded = self._network.fold({part: z[None] for part, z in self._codes.items()}, joint)
        size = self._network(self._placed(self._points[rows])[None], folded)[0].abs()
        size = size.clamp_max(LARGEST_MM)
        loss = size.mean() + LATENT_WEIGHT * self._plausibility * joint.square().sum()
        loss.backward()
        self._optimizer.step()
        with torch.no_grad():
            weights = self._codes["expression"]
            if weights.requires_grad:
                weights.clamp_(self._ends[0], self._ends[1])
            return float(size.square().mean().sqrt())

    def code(self) -> FaceCode:
        return FaceCode(**{part: z.detach().cpu().numpy() for part, z in self._codes.items()})

    def placing(self) -> Similarity:
        """The pose so far, after the start."""
        pose = self._pose.detach().cpu().numpy().astype(np.float64)
        change = np.concatenate([pose[:3] / ARM_MM, pose[3:], [0.0]])
        centre = self._centre.cpu().numpy().astype(np.float64)
        return turned(Similarity.identity(), centre, change)

    def _placed(self, points: Tensor) -> Tensor:
        turn = self._pose[:3] / ARM_MM
        x, y, z = turn
        zero = torch.zeros_like(x)
        cross = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero]).reshape(3, 3)
        rotation = torch.linalg.matrix_exp(cross)
        return (points - self._centre) @ rotation.T + self._centre + self._pose[3:]
