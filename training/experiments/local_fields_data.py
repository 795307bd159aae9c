"""Points of the face that move with the surface through the cascade's intermediate faces."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.networks.parts import CASCADE
from training.parts.registered import RegisteredFaces

Floats = NDArray[np.float32]

FACE_MM = 22.0
"""Triangles this near to one of the 68 landmarks belong to the face."""
THIN_SHARE = 0.2
"""Of the offsets at lips and lids, where longer ones would reach the other lip or lid."""


@dataclass(frozen=True, slots=True)
class Moving:
    """Vertices of the data set in every state of the cascade, computed when asked.

    State 0 is the face; state k has lost the first k parts of `CASCADE`; the last is the
    template (see `training.parts.states`).
    """

    faces: RegisteredFaces

    def positions(self, rows: NDArray[np.int64], codes: Floats) -> Tensor:
        """Positions `(STATES, B, N, 3)` of vertices `rows` `(N,)` for joint codes `(B, K)`."""
        faces = self.faces
        canonical = faces.canonical_code()
        basis = faces.basis[rows]
        template = faces.rest[rows] + basis @ canonical
        states = [np.broadcast_to(template, (len(codes), *template.shape))]
        relative = codes - canonical
        for part in reversed(CASCADE):
            columns = faces.slices[part]
            own = basis[:, :, columns].reshape(3 * len(rows), columns.stop - columns.start)
            motion = (relative[:, columns] @ own.T).reshape(len(codes), len(rows), 3)
            states.append(states[-1] + motion)
        return torch.from_numpy(np.stack(states[::-1]).astype(np.float32))

    def split(self, codes: Floats) -> list[Tensor]:
        """Codes `(B, D)` of each part in the order of `CASCADE`."""
        return [
            torch.from_numpy(np.ascontiguousarray(codes[:, self.faces.slices[part]]))
            for part in CASCADE
        ]


def face_triangles(faces: RegisteredFaces) -> NDArray[np.int64]:
    """Rows of the triangles that are seen on the face."""
    template = faces.vertices(faces.canonical_code())
    centroids = template[faces.faces].mean(1)
    marks = template[faces.landmarks]
    near = np.linalg.norm(centroids[:, None] - marks[None], axis=2).min(1) < FACE_MM
    keep = faces.groups == 0
    for group, centre in enumerate(faces.eye_centres, start=1):
        front = centroids[:, 2] > template[centre, 2] + 2.0
        keep = keep | ((faces.groups == group) & front)
    return np.flatnonzero(near & keep)


class FaceSampler:
    """Draws points on and near the face, half of them by triangle, more on nose, eyes, mouth."""

    def __init__(self, faces: RegisteredFaces) -> None:
        self.moving = Moving(faces)
        self._triangles = faces.faces[face_triangles(faces)]
        template = faces.vertices(faces.canonical_code())
        corners = template[self._triangles]
        area = np.linalg.norm(
            np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1
        )
        weights = faces.region_weights[self._triangles].max(1)
        feature = 1.0 - np.clip(weights[:, 3], 0.0, 1.0)
        odds = (0.5 * area / area.sum() + 0.5 / len(area)) * (1.0 + 1.5 * feature)
        self._odds = np.cumsum(odds / odds.sum())
        self._thin = weights[:, 1:3].max(1) > 0.5

    def draw(self, codes: Floats, count: int, rng: np.random.Generator) -> Tensor:
        """Points `(STATES, B, count, 3)`, the same in every state but for its motion."""
        picks = np.minimum(np.searchsorted(self._odds, rng.random(count)), len(self._thin) - 1)
        shares = torch.from_numpy(rng.dirichlet(np.ones(3), count).astype(np.float32))
        offsets = rng.standard_normal(count) * 1.5 * (rng.random(count) > 0.4)
        offsets[self._thin[picks]] *= THIN_SHARE
        rows = self._triangles[picks].reshape(-1)
        corners = self.moving.positions(rows, codes)
        corners = corners.view(*corners.shape[:2], count, 3, 3)
        normals = torch.nn.functional.normalize(
            torch.linalg.cross(
                corners[..., 1, :] - corners[..., 0, :], corners[..., 2, :] - corners[..., 0, :]
            ),
            dim=-1,
        )
        away = torch.from_numpy(offsets.astype(np.float32))[:, None]
        return (corners * shares[:, :, None]).sum(-2) + away * normals
