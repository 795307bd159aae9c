"""Edge-based graph unpooling: a new vertex on every edge (Wang et al., section 3.4), at its middle
or where training puts it (Liu et al., section 3.1.3)."""

import torch
from torch import Tensor, nn

from engine.networks.mesh_levels import MeshLevel

SPLIT = (0.1, 0.9)
"""How near to the ends of its edge a learned vertex may come; nearer, triangles lose their area."""


class GraphUnpooling(nn.Module):
    """From a level of V vertices and E edges to the next of V + E.

    Args:
        level: the coarser one.
        adaptive: learn where each edge is split, once for all images; else at its middle.
    """

    starts: Tensor
    ends: Tensor

    def __init__(self, level: MeshLevel, adaptive: bool) -> None:
        super().__init__()
        start, end = torch.from_numpy(level.edges.copy()).T.contiguous()
        self.register_buffer("starts", start, persistent=False)
        self.register_buffer("ends", end, persistent=False)
        self.split = nn.Parameter(torch.zeros(len(level.edges))) if adaptive else None

    def shares(self) -> Tensor:
        """Where each edge is split, `(E,)` from its first vertex, in `SPLIT`."""
        if self.split is None:
            return torch.full((len(self.starts),), 0.5, device=self.starts.device)
        lowest, highest = SPLIT
        # A sigmoid keeps the limits and still has a gradient everywhere.
        return lowest + (highest - lowest) * torch.sigmoid(self.split)

    def forward(self, rows: Tensor) -> Tensor:
        """`(V, …)` to `(V + E, …)`: positions or features."""
        share = self.shares().to(rows.dtype).view(-1, *[1] * (rows.dim() - 1))
        first = rows.index_select(0, self.starts)
        second = rows.index_select(0, self.ends)
        return torch.cat([rows, torch.lerp(first, second, share)])
