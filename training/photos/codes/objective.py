"""What the network of codes is asked for.

A photograph's pose and landmarks can be found without knowing whose face it is: the mean head does
nearly as well. So the shape is asked for by itself, as millimetres that no turn or shift explains,
and weighs as much as all that is seen in the image.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.models.carrier import Carrier
from engine.networks.photo_codes import PhotoCodesOutput, PhotoStart, project
from engine.photo.crop import HEAD_MM
from training.photos.batches import PhotoBatch

SMALL_MM = 0.1
"""Keeps the root of a squared error smooth at zero."""


@dataclass(frozen=True, slots=True)
class CodesWeights:
    """Factors of the terms, all in mm but the likelihood and the expression, in mm².

    Attributes:
        identity: the face at rest, free of pose and without the rest of the head, which hair
            hides; shape: all points with their expression, likewise.
        expression: what the expression alone moves, squared. A face rarely smiles, so the answer
            that errs least in mm, a median, is hardly ever a smile; a mean is.
        pose: where the true face appears under the pose that was found.
        points: distance of the points; likelihood: of the points under their deviations.
        hidden: weight of points that are out of sight.
    """

    identity: float = 1.0
    shape: float = 0.5
    expression: float = 1.0
    pose: float = 0.5
    points: float = 0.3
    likelihood: float = 0.5
    hidden: float = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class CodesLoss:
    """The weighted sum, and each term's mean."""

    total: Tensor
    terms: dict[str, Tensor]


class CodesObjective(torch.nn.Module):
    """Computes `CodesLoss`.

    Args:
        carrier: carries the template; rows: `(P,)` its vertices that a photograph's points show;
            face: `(P,)` which of them belong to the face;
            identity: how many leading coordinates of the joint code are shape; the rest is
            expression.
        size: pixels per side of the crop.
    """

    rest: Tensor
    motion: Tensor
    gram: Tensor
    face_gram: Tensor

    def __init__(
        self,
        carrier: Carrier,
        rows: NDArray[np.integer],
        face: NDArray[np.bool_],
        identity: int,
        size: int,
        weights: CodesWeights,
    ) -> None:
        super().__init__()
        rest, motion = carrier.rest[rows].astype(np.float64), carrier.motion(rows)
        self._identity, self._half, self._weights = identity, size / 2, weights
        self.register_buffer("rest", torch.from_numpy(carrier.rest[rows]))
        flat = motion.reshape(len(rows) * 3, -1).astype(np.float64)
        self.register_buffer("motion", torch.from_numpy(flat.astype(np.float32)))
        self.register_buffer("gram", _gram(rest, motion))
        self.register_buffer("face_gram", _gram(rest[face], motion[face]))

    def start(self, batch: PhotoBatch) -> PhotoStart:
        """The batch's start in half crops."""
        return start_in_half_crops(batch, self.rest, self._half)

    def forward(self, output: PhotoCodesOutput, batch: PhotoBatch) -> CodesLoss:
        """The loss of what the network said of `batch`; what a photograph's labels do not say
        (NaN codes, NaN points) is not asked for."""
        w, half, mm = self._weights, self._half, HEAD_MM / 2
        known = torch.isfinite(batch.codes).all(1)
        codes = torch.where(known[:, None], batch.codes, output.codes.detach())
        wrong = output.codes - codes
        identity, expression = wrong.clone(), wrong.clone()
        identity[:, self._identity :] = 0.0
        expression[:, : self._identity] = 0.0
        vertices = self.rest + (codes @ self.motion.T).view(len(wrong), -1, 3)
        true = project(vertices, *self._normalised(batch))
        seen = project(vertices, output.rotations, output.scales, output.translations)
        wanted = batch.points / half - 1.0
        labelled = torch.isfinite(wanted).all(2)
        miss = (output.points - torch.where(labelled[..., None], wanted, output.points)).norm(dim=2)
        weights = torch.where(batch.visible, 1.0, w.hidden) * labelled
        weights = weights / weights.sum(1, keepdim=True)
        logarithm = output.log_deviations
        terms = {
            "identity": self.identity_root(identity),
            "shape": _root(wrong, self.gram),
            "expression": ((expression @ self.face_gram) * expression).sum(1),
            "pose": (seen - true).norm(dim=2).mean(1) * mm,
            "points": (weights * miss).sum(1) * mm,
            "likelihood": (weights * (miss / logarithm.exp() + 2.0 * logarithm)).sum(1),
        }
        total = sum((getattr(w, name) * value for name, value in terms.items()), torch.zeros(()))
        return CodesLoss(total.mean(), {n: v.detach().mean() for n, v in terms.items()})

    def identity_root(self, wrong: Tensor) -> Tensor:
        """Root mean square over the face of the displacement that `wrong` `(B, K)` makes, free of
        pose, mm `(B,)`."""
        return _root(wrong, self.face_gram)

    def _normalised(self, batch: PhotoBatch) -> tuple[Tensor, Tensor, Tensor]:
        return batch.rotations, batch.scales / self._half, batch.translations / self._half - 1.0


def _gram(rest: NDArray, motion: NDArray) -> Tensor:
    """`(K, K)` of the mean square displacement, less rigid motion."""
    free = without_rigid_motion(rest, motion.reshape(len(rest) * 3, -1).astype(np.float64))
    return torch.from_numpy(free.T @ free / len(rest)).float()


def _root(wrong: Tensor, gram: Tensor) -> Tensor:
    return (((wrong @ gram) * wrong).sum(1) + SMALL_MM**2).sqrt()


def start_in_half_crops(batch: PhotoBatch, rest: Tensor, half: float) -> PhotoStart:
    """Where a network starts: the mean head's pose and its points `rest` `(P, 3)`."""
    scales = batch.start_scales / half
    translations = batch.start_translations / half - 1.0
    points = project(rest, batch.start_rotations, scales, translations)
    return PhotoStart(batch.five / half - 1.0, batch.start_rotations, scales, translations, points)


def without_rigid_motion(rest: NDArray, motion: NDArray) -> NDArray[np.float64]:
    """`motion` `(3 P, K)` of points `rest` `(P, 3)` less the shift and the turn in every column."""
    centred = rest - rest.mean(0)
    rigid = np.zeros((6, *centred.shape))
    for axis in range(3):
        rigid[axis, :, axis] = 1.0
        rigid[3 + axis] = np.cross(np.eye(3)[axis], centred)
    basis, _ = np.linalg.qr(rigid.reshape(6, -1).T)
    free: NDArray[np.float64] = motion - basis @ (basis.T @ motion)
    return free
