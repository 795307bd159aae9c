"""The training objective of the parts network.

Differences from Gu & Pears, section 3.5, and why:
- Each network of the cascade is supervised by its own true step (`FaceStates`), because
  registered data knows it; the paper has only the final distance.
- Codes are the whitened part coordinates of the registered faces, not free variables, so
  eq. 9's regulariser has nothing to act on.
- The landmark model (eq. 10) is linear in the codes and trained beforehand, for every point of
  the template at once (`training.parts.motion_trainer`).
- Distances, normals and the eikonal term (eqs. 3 and 8) act end to end, on points all
  around the head, not only near its surface: a field that is right at the surface alone
  fills the air with debris. A bound on the gradient keeps coarse-to-fine extraction safe.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.networks.parts import CASCADE, WINDOWED, Folded, PartsNetwork
from training.parts.states import STATES, StateBatch
from training.parts.surface_batches import SurfaceBatch

SATURATION_MM = 20.0


def saturate(distance: Tensor) -> Tensor:
    """T tanh(s / T): how far away a far point is need not be learned, only that it is far."""
    return SATURATION_MM * torch.tanh(distance / SATURATION_MM)


@dataclass(frozen=True, slots=True)
class ObjectiveWeights:
    """Weights of the terms, per millimetre.

    Attributes:
        stage: each network's own step.
        correspondence: the whole cascade's end point on the template.
        distance: |Φ − s|, both saturated.
        normal, eikonal: eq. 3, on the surface.
        bound: squared excess of |∇Φ| over `gradient_limit`.
        calm: motion of the networks far from the surface.
    """

    stage: float = 1.0
    correspondence: float = 0.5
    distance: float = 1.0
    normal: float = 0.1
    eikonal: float = 0.05
    bound: float = 0.5
    calm: float = 0.02
    gradient_limit: float = 1.2


@dataclass(frozen=True, slots=True)
class DistanceBatch:
    """Points `(B, N, 3)` with signed distances `(B, N)` of faces with codes `(B, K)`.

    `splines` `(B, H + 1, 3)` are their landmark warps, solved beforehand.
    """

    codes: Tensor
    splines: Tensor
    points: Tensor
    distances: Tensor


@dataclass(frozen=True, slots=True)
class SurfaceTask:
    """A batch of faces with points that move with their surfaces."""

    codes: Tensor
    states: StateBatch
    surface: SurfaceBatch


class PartsObjective(nn.Module):
    """Total loss and its terms; the module that data-parallel training wraps."""

    def __init__(
        self, network: PartsNetwork, weights: ObjectiveWeights, slices: dict[str, slice]
    ) -> None:
        super().__init__()
        self.network = network
        self._weights = weights
        self._slices = slices

    def fold(self, codes: Tensor, spline: Tensor) -> Folded:
        parts = {part: codes[:, columns] for part, columns in self._slices.items()}
        return self.network.fold(parts, codes, spline)

    def forward(
        self, task: SurfaceTask, distances: DistanceBatch | None, oriented: int
    ) -> dict[str, Tensor]:
        """Terms by name; `total` is their weighted sum.

        Args:
            task: drives the stage terms.
            distances: drives the end-to-end terms, or None to leave them out.
            oriented: points per face that get the (costly) gradient terms; may be 0.
        """
        aligned, spline = self._align_states(task)
        folded = self.fold(task.codes, spline)
        terms = self._stage_terms(task, folded, aligned)
        w = self._weights
        total = w.stage * torch.stack([terms[part] for part in CASCADE]).sum()
        if distances is not None:
            terms |= self._distance_terms(distances)
            total = total + w.distance * terms["distance"] + w.calm * terms["calm"]
            terms |= self._surface_terms(task, folded, aligned)
            total = total + w.correspondence * terms["correspondence"] + terms["surface"]
        if oriented and distances is not None:
            terms |= self._gradient_terms(task, folded, distances, oriented)
            total = total + w.normal * terms["normal"] + w.eikonal * terms["eikonal"]
            total = total + w.bound * terms["bound"]
        terms["total"] = total
        return terms

    def _stage_terms(
        self, task: SurfaceTask, folded: Folded, aligned: list[Tensor]
    ) -> dict[str, Tensor]:
        network = self.network
        terms = {}
        for k, part in enumerate(CASCADE):
            chosen = task.surface.ranges[part] if part in WINDOWED else slice(None)
            motion = network.stage_motion(k, aligned[k][:, chosen], aligned[0][:, chosen], folded)[
                ..., :3
            ]
            target = (aligned[k + 1] - aligned[k])[:, chosen]
            terms[part] = (motion - target).norm(dim=-1).mean()
        return terms

    @torch.no_grad()
    def _align_states(self, task: SurfaceTask) -> tuple[list[Tensor], Tensor]:
        """Every state in the space of q, `(B, N, 3)`, and the spline of state 0.

        The handles' motion from each state to the template is interpolated about the
        handles of state 0, as the network itself does.
        """
        points, warp = task.surface.points, self.network.warp
        handles = [warp.handles(codes) for codes in task.states.codes]
        values = torch.cat([handles[-1] - handles[k] for k in range(STATES - 1)], dim=-1)
        splines = warp.solve(handles[0], values)
        steps = warp.displace(points[0], handles[0], splines).split(3, dim=-1)
        aligned = [points[k] + steps[k] for k in range(STATES - 1)] + [points[-1]]
        return aligned, splines[..., :3].contiguous()

    def _surface_terms(
        self, task: SurfaceTask, folded: Folded, aligned: list[Tensor]
    ) -> dict[str, Tensor]:
        # Half the points of the head, and half of those about the eyes: lids are hardest.
        ranges = task.surface.ranges
        rows = [torch.arange(ranges[name].start, ranges[name].stop, 2) for name in ("", "eyes")]
        chosen = torch.cat(rows).to(aligned[0].device)
        q, correction = self.network.to_template(aligned[0][:, chosen], folded)
        # Off the surface the offset is the distance only where nothing else is nearer, and
        # the eyeballs' surface is hidden under the lids in part.
        on = ((task.surface.offsets == 0) & task.surface.skin)[chosen].float()
        distance = self.network.template(q, correction)
        return {
            "correspondence": (q - aligned[-1][:, chosen]).norm(dim=-1).mean(),
            "surface": (distance.abs() * on).sum() / (on.sum() * len(q)).clamp_min(1.0),
        }

    def _distance_terms(self, batch: DistanceBatch) -> dict[str, Tensor]:
        folded = self.fold(batch.codes, batch.splines)
        with torch.no_grad():
            aligned = self.network.align(batch.points, folded)
        q, correction = self.network.to_template(aligned, folded)
        distance = self.network.template(q, correction)
        error = (saturate(distance) - saturate(batch.distances)).abs()
        far = (batch.distances.abs() > 25.0).float()
        return {
            "distance": error.mean(),
            "calm": ((q - aligned).norm(dim=-1) * far).mean(),
        }

    def _gradient_terms(
        self, task: SurfaceTask, folded: Folded, distances: DistanceBatch, count: int
    ) -> dict[str, Tensor]:
        start = task.surface.ranges[""]
        seen = (task.surface.offsets[start] == 0) & task.surface.skin[start]
        on = torch.nonzero(seen).squeeze(1)[:count]
        gradient = self._gradient(task.surface.points[0][:, on], folded)
        normals = task.surface.normals[:, on]
        around = self._gradient(
            distances.points[:, :count], self.fold(distances.codes, distances.splines)
        )
        excess = (around.norm(dim=-1) - self._weights.gradient_limit).clamp_min(0.0)
        length = gradient.norm(dim=-1)
        return {
            "normal": (1.0 - (gradient * normals).sum(-1) / length.clamp_min(1e-3)).mean(),
            "eikonal": (length - 1.0).abs().mean(),
            "bound": excess.square().mean(),
        }

    def _gradient(self, points: Tensor, folded: Folded) -> Tensor:
        variable = points.detach().requires_grad_(True)
        distance = self.network(variable, folded)
        (gradient,) = torch.autograd.grad(distance.sum(), variable, create_graph=True)
        return gradient
