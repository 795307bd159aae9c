"""The true intermediate faces of the cascade.

State 0 is the expressive face; state k has lost the first k parts of the cascade, and
the last state is the template. Because the faces are registered, a point that moves with
the surface is known in every state, and each network is supervised by its own step.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from engine.models.protocol import PARTS
from engine.networks.parts import CASCADE
from training.parts.registered import RegisteredFaces

STATES = len(CASCADE) + 1


@dataclass(frozen=True, slots=True)
class StateBatch:
    """B faces in every state: vertices `(STATES, B, V, 3)`, joint codes `(STATES, B, K)`."""

    vertices: Tensor
    codes: Tensor


class FaceStates:
    """Computes `StateBatch`es from joint codes."""

    def __init__(self, faces: RegisteredFaces, device: torch.device) -> None:
        self.faces = faces
        self.device = device
        self.slices = faces.slices
        self._canonical = torch.from_numpy(faces.canonical_code()).to(device)
        self._template = torch.from_numpy(faces.vertices(faces.canonical_code())).to(device)
        self._motion = {part: self._sparse(part) for part in PARTS}

    def _sparse(self, part: str) -> tuple[Tensor, Tensor]:
        basis = torch.from_numpy(self.faces.basis[:, :, self.slices[part]]).to(self.device)
        moved = torch.nonzero(basis.abs().amax(dim=(1, 2)) > 1e-6).squeeze(1)
        return moved, basis[moved].reshape(len(moved) * 3, -1).contiguous()

    def split(self, codes: Tensor) -> dict[str, Tensor]:
        """Codes `(B, D)` of each part from joint codes `(B, K)`."""
        return {part: codes[:, columns] for part, columns in self.slices.items()}

    def compute(self, codes: Tensor) -> StateBatch:
        """All states of the faces with joint codes `(B, K)`."""
        relative = self.split(codes - self._canonical)
        states = [self._template.expand(len(codes), -1, -1)]
        joint = [self._canonical.expand(len(codes), -1)]
        for part in reversed(CASCADE):
            moved, basis = self._motion[part]
            motion = (relative[part] @ basis.T).view(len(codes), -1, 3)
            states.append(states[-1].index_add(1, moved, motion))
            with_part = joint[-1].clone()
            with_part[:, self.slices[part]] = codes[:, self.slices[part]]
            joint.append(with_part)
        return StateBatch(torch.stack(states[::-1]), torch.stack(joint[::-1]))
