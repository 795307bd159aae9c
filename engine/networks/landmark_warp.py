"""The landmark-driven part of the deformation, in closed form.

Gu & Pears, eq. 7, blends local fields by the distance to landmarks that a model predicts
from the codes. Here every handle h knows from the codes where it lies, l_h(z), and where
it belongs on the template, t_h, and a polyharmonic spline through the handles carries
every other point along:

    q = p + a + Σ_h c_h φ(|p − l_h|),   φ(r) = −r,   so that l_h ↦ t_h up to a little smoothing.

The networks of the cascade then add their fields in the space of q, where a nostril or an
eyelid is always in about the same place.  (Blending translations by distance instead, as
published, leaves steps between the handles: with the same 448 handles, 0.94 mm to the template
in the mean where the spline leaves 0.72.)
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

UNIT_MM = 100.0
"""Distances are divided by this in the spline, to keep its matrix well scaled."""
CLOSEST_SQUARED = 1e-4
"""Squared distances to a handle are at least this, mm²: the root has no slope at zero."""


@dataclass(frozen=True, slots=True)
class WarpConfig:
    """Sizes of a `LandmarkWarp`.

    Attributes:
        handles: number H of handles.
        code_size: length K of the joint code.
        smoothing: of the spline, in mm; keeps handles on touching lips from fighting.
    """

    handles: int
    code_size: int
    smoothing: float = 0.5


class LandmarkWarp(nn.Module):
    """Handles that follow the code, and the spline that they drive.

    Buffers: `template` `(H, 3)` handles on the template, `rest` `(H, 3)` handles of the
    face with code zero, `basis` `(H, 3, K)` their motion per unit of code, all in mm. They follow
    from the template mesh and its motion networks, so they are set, not saved.
    """

    template: Tensor
    rest: Tensor
    basis: Tensor

    def __init__(self, config: WarpConfig) -> None:
        super().__init__()
        self.config = config
        count = config.handles
        self.register_buffer("template", torch.zeros(count, 3), persistent=False)
        self.register_buffer("rest", torch.zeros(count, 3), persistent=False)
        self.register_buffer("basis", torch.zeros(count, 3, config.code_size), persistent=False)

    @torch.no_grad()
    def set_handles(self, template: Tensor, rest: Tensor, basis: Tensor) -> None:
        """Fill the buffers."""
        self.template.copy_(template)
        self.rest.copy_(rest)
        self.basis.copy_(basis)

    def handles(self, code: Tensor) -> Tensor:
        """Handle positions `(B, H, 3)` for joint codes `(B, K)`."""
        return self.rest + torch.einsum("hdk,bk->bhd", self.basis, code)

    def solve(self, handles: Tensor, values: Tensor) -> Tensor:
        """Spline coefficients `(B, H + 1, C)` through `values` `(B, H, C)` at the handles.

        The last row is the constant a; coefficients add up to zero, so that the spline
        stays bounded far away.
        """
        batch, count, _ = handles.shape
        system = handles.new_zeros(batch, count + 1, count + 1)
        distance = torch.cdist(handles, handles, compute_mode="donot_use_mm_for_euclid_dist")
        system[:, :count, :count] = distance / -UNIT_MM
        system[:, :count, :count].diagonal(dim1=1, dim2=2).add_(self.config.smoothing / UNIT_MM)
        system[:, :count, count] = 1.0
        system[:, count, :count] = 1.0
        padded = torch.nn.functional.pad(values, (0, 0, 0, 1))
        if system.device.type != "cpu":
            return torch.linalg.solve(system, padded)
        # One by one: batched LU factors fail in torch 2.13's CPU build as soon as
        # torch.set_num_threads was called (wrong pivots, a RuntimeError).
        return torch.stack([torch.linalg.solve(a, b) for a, b in zip(system, padded, strict=True)])

    def displace(self, points: Tensor, handles: Tensor, coefficients: Tensor) -> Tensor:
        """Spline values `(B, N, C)` at points `(B, N, 3)`."""
        squared = torch.baddbmm(
            (points.square().sum(-1, keepdim=True) + handles.square().sum(-1).unsqueeze(1)),
            points,
            handles.transpose(1, 2),
            alpha=-2.0,
        )
        kernel = squared.clamp_min(CLOSEST_SQUARED).sqrt()
        return torch.baddbmm(
            coefficients[:, -1:], kernel, coefficients[:, :-1], alpha=-1.0 / UNIT_MM
        )
