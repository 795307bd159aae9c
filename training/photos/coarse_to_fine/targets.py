"""The true heads of photographs on every level of the coarse-to-fine network."""

from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from engine.geometry.mesh import Mesh
from engine.geometry.mesh_hierarchy import MeshHierarchy
from engine.geometry.subdivision import subdivide_faces
from engine.models.carrier import Carrier
from engine.networks.posed_mean import PosedMean, posed
from engine.photo.landmark_weights import landmark_weights
from training.photos.batches import PhotoBatch

GUIDED_LEVELS = 2
"""The finest levels but one on which there are targets: the template and a quarter of it."""


class Targets(nn.Module):
    """Where the template's vertices truly are, linear in the codes.

    The template is a smooth surface, and so are its midpoints on the finest level: there is no
    finer truth in it than its own 12,662 vertices.

    Args:
        carrier: carries the template; mesh: the template, mean head in mm.
        hierarchy: whose second level is the template.
        landmarks: `(68,)` template vertices.
    """

    ends: Tensor

    def __init__(
        self, carrier: Carrier, mesh: Mesh, hierarchy: MeshHierarchy, landmarks: NDArray
    ) -> None:
        super().__init__()
        ends = subdivide_faces(mesh.faces, len(mesh.vertices)).ends
        self.register_buffer("ends", torch.from_numpy(ends), persistent=False)
        spots = mesh.vertices[landmarks]
        chosen = np.arange(len(mesh.vertices))
        for level in range(1, GUIDED_LEVELS + 1):
            if level > 1:
                chosen = chosen[hierarchy.steps[level - 1].kept]
            self._keep(f"rest{level}", mesh.vertices[chosen])
            self._keep(f"weights{level}", landmark_weights(mesh.vertices[chosen], spots))
            motion = carrier.motion(chosen)
            self._keep(f"motion{level}", motion.reshape(3 * len(chosen), -1))

    def _keep(self, name: str, array: NDArray) -> None:
        values = torch.from_numpy(np.ascontiguousarray(array, np.float32))
        self.register_buffer(name, values, persistent=False)

    def truth(self, batch: PhotoBatch, level: int, half: float) -> Tensor:
        """Camera coordinates `(B, Vₗ, 3)` of the true heads; `half` a crop in pixels."""
        known = max(level, 1)
        motion, rest = self._of("motion", known), self._of("rest", known)
        heads = rest + (batch.codes @ motion.T).view(len(batch.codes), -1, 3)
        camera = posed(heads, batch.rotations, batch.scales / half, batch.translations / half - 1.0)
        return self._carried(camera) if level == 0 else camera

    def rest(self, level: int) -> Tensor:
        """The mean head `(Vₗ, 3)` in mm."""
        return self._carried(self._of("rest", 1)) if level == 0 else self._of("rest", level)

    def weights(self, level: int) -> Tensor:
        """How much each vertex counts `(Vₗ,)`; they add up to 1."""
        values = self._of("weights", max(level, 1))
        if level == 0:
            values = self._carried(values[:, None])[:, 0]
        return values / values.sum()

    def _of(self, name: str, level: int) -> Tensor:
        return cast(Tensor, getattr(self, f"{name}{level}"))

    def _carried(self, values: Tensor) -> Tensor:
        """Values `(…, V, C)` on the template, and on the middles of its edges."""
        first, second = (values.index_select(-2, self.ends[:, k]) for k in range(2))
        return torch.cat([values, 0.5 * (first + second)], dim=-2)


def start_of(batch: PhotoBatch, half: float) -> PosedMean:
    """The mean heads on the detector's points, in half crops of `half` pixels."""
    return PosedMean(
        batch.five / half - 1.0,
        batch.start_rotations,
        batch.start_scales / half,
        batch.start_translations / half - 1.0,
    )
