"""Points that move with the surface, in every state of the cascade."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.networks.parts import WINDOWED
from training.parts.states import FaceStates, StateBatch


@dataclass(frozen=True, slots=True)
class SurfaceBatch:
    """N points of each of B faces.

    Attributes:
        points: `(STATES, B, N, 3)` positions in each state.
        offsets: `(N,)` distances from the surface along its normal.
        normals: `(B, N, 3)` of the expressive face.
        skin: `(N,)` whether a point is on the skin, not on an eyeball.
        ranges: where the points drawn for a part lie in N.
    """

    points: Tensor
    offsets: Tensor
    normals: Tensor
    skin: Tensor
    ranges: dict[str, slice]


class SurfaceSampler:
    """Draws triangles of the whole head and of each small part."""

    def __init__(self, states: FaceStates, general: int, each_part: int) -> None:
        faces = states.faces
        visible = self._visible(states)
        self._skin = torch.from_numpy(faces.groups[visible] == 0).to(states.device)
        self._triangles = torch.from_numpy(faces.faces[visible]).to(states.device)
        regions = torch.from_numpy(faces.region_weights).to(states.device)[self._triangles].amax(1)
        template = torch.from_numpy(faces.vertices(faces.canonical_code())).to(states.device)
        corners = template[self._triangles]
        area = torch.linalg.cross(
            corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0], dim=-1
        ).norm(dim=-1)
        feature = 1.0 - regions[:, -1].clamp(0, 1)
        even = 0.5 * area / area.sum() + 0.5 / len(area)
        self._weights = {"": even * (1.0 + 1.5 * feature)}
        for index, part in enumerate(WINDOWED):
            near = (regions[:, index] > 1e-3).float()
            self._weights[part] = even * (near + 1e-9)
        self._thin = (regions[:, 1:3].amax(1) > 0.5).float()
        self._counts = {"": general} | dict.fromkeys(WINDOWED, each_part)

    @staticmethod
    def _visible(states: FaceStates) -> NDArray[np.int64]:
        faces = states.faces
        front = faces.faces[:, 0]
        template = faces.vertices(faces.canonical_code())
        keep = faces.groups == 0
        for group, centre in enumerate(faces.eye_centres, start=1):
            # Only the eyeball's front is ever seen; its back lies inside the head.
            keep |= (faces.groups == group) & (template[front, 2] > template[centre, 2] + 2.0)
        return np.flatnonzero(keep)

    def draw(self, batch: StateBatch, generator: torch.Generator) -> SurfaceBatch:
        picks, ranges, start = [], {}, 0
        for part, count in self._counts.items():
            picks.append(
                torch.multinomial(self._weights[part], count, replacement=True, generator=generator)
            )
            ranges[part] = slice(start, start + count)
            start += count
        pick = torch.cat(picks)
        bary = _dirichlet(start, generator)
        offsets = self._offsets(pick, generator)
        corners = batch.vertices[:, :, self._triangles[pick]]
        normals = torch.nn.functional.normalize(
            torch.linalg.cross(
                corners[..., 1, :] - corners[..., 0, :],
                corners[..., 2, :] - corners[..., 0, :],
                dim=-1,
            ),
            dim=-1,
        )
        points = (corners * bary[:, :, None]).sum(-2) + offsets[:, None] * normals
        return SurfaceBatch(points, offsets, normals[0], self._skin[pick], ranges)

    def _offsets(self, pick: Tensor, generator: torch.Generator) -> Tensor:
        noise = torch.randn(len(pick), generator=generator)
        # A third lies on the surface; thin lips and lids take only short offsets, which
        # would otherwise reach the other lip.
        sigma = 1.5 - 1.2 * self._thin[pick]
        away = (torch.rand(len(pick), generator=generator) > 0.4).float()
        return noise * sigma * away


def _dirichlet(count: int, generator: torch.Generator) -> Tensor:
    u = torch.rand(count, 2, generator=generator)
    root = u[:, 0].sqrt()
    return torch.stack([1.0 - root, root * (1.0 - u[:, 1]), root * u[:, 1]], dim=1)
