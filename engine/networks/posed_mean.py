"""The mean head where a detector's points put it, and displacements of it, in tensors.

Camera coordinates count half images from the image's middle: x to the right, y down, z towards the
viewer, all at one scale (`engine.photo.weak_perspective` in half images instead of pixels).
"""

from dataclasses import dataclass

import torch
from torch import Tensor

UNIT_MM = 10.0
"""What a network's displacement of 1 means on the head."""
DESCRIBED = 19
"""Numbers of `PosedMean.described`."""


@dataclass(frozen=True, slots=True, eq=False)
class PosedMean:
    """The pose of the mean head in B images.

    Attributes:
        five: `(B, 5, 2)` the detector's points, half images from the middle.
        rotations: `(B, 3, 3)`; scales: `(B,)` half images per mm; translations: `(B, 2)`.
    """

    five: Tensor
    rotations: Tensor
    scales: Tensor
    translations: Tensor

    def described(self) -> Tensor:
        """The points and the rotation as numbers `(B, 19)` for an encoder."""
        return torch.cat([self.five.flatten(1), self.rotations.flatten(1)], dim=1)

    def place(self, points: Tensor) -> Tensor:
        """Camera coordinates `(B, N, 3)` of points `(N, 3)` or `(B, N, 3)` in mm."""
        return posed(points, self.rotations, self.scales, self.translations)

    def move(self, displacements: Tensor, frame: str) -> Tensor:
        """Camera displacements `(B, N, 3)` of a network's, whose axes `frame` names."""
        if frame == "head":
            displacements = _down(displacements @ self.rotations.transpose(1, 2))
        return displacements * (UNIT_MM * self.scales)[:, None, None]

    def measure(self, moved: Tensor, frame: str) -> Tensor:
        """The network's displacements `(B, N, 3)` of camera displacements: undoes `move`."""
        displacements = moved / (UNIT_MM * self.scales)[:, None, None]
        return _down(displacements) @ self.rotations if frame == "head" else displacements


def posed(points: Tensor, rotations: Tensor, scales: Tensor, translations: Tensor) -> Tensor:
    """Camera coordinates `(B, N, 3)` of `points` `(N, 3)` or `(B, N, 3)` under B poses."""
    camera = _down(points @ rotations.transpose(1, 2)) * scales[:, None, None]
    depth = translations.new_zeros(len(translations), 1)
    return camera + torch.cat([translations, depth], dim=1)[:, None]


def _down(points: Tensor) -> Tensor:
    return points * points.new_tensor((1.0, -1.0, 1.0))
