"""Mirrored photographs: every photograph of a set shows a second person, at no cost."""

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.editing.mirror import Mirror
from engine.models.protocol import PARTS, FaceModel
from engine.photo.mirror_maps import NO_TWIN, OTHER_FIVE, MirrorMaps
from engine.photo.point_basis import places_among
from training.photos.batches import CropBatches, PhotoBatch
from training.photos.mixed_batches import MixedBatches


def mirror_maps(model: FaceModel, rows: NDArray[np.integer]) -> MirrorMaps:
    """Of photographs whose points show the template's vertices `rows` `(P,)`."""
    mirror = Mirror(model)
    opposite = np.array([mirror.reflection.opposite(int(row)) for row in rows])
    back = np.array([mirror.reflection.opposite(int(row)) for row in opposite])
    twins = np.where(back == rows, places_among(rows, opposite), NO_TWIN)
    return MirrorMaps(mirror.matrix(PARTS), twins)


def mirror_batch(batch: PhotoBatch, chosen: Tensor, maps: MirrorMaps) -> PhotoBatch:
    """`batch` with the photographs `chosen` `(B,)` bool mirrored; points without a twin are NaN
    there."""
    size = float(batch.images.shape[3])
    flip = torch.tensor([-1.0, 1.0])
    across = torch.tensor([size, 0.0])
    turned = torch.tensor([-1.0, 1.0, 1.0])[:, None] * torch.tensor([-1.0, 1.0, 1.0])
    twins = torch.from_numpy(maps.twins.copy())
    codes = torch.from_numpy(maps.codes.astype(np.float32))
    known = twins != NO_TWIN
    points = (batch.points * flip + across)[:, twins]
    changed = {
        "images": batch.images.flip(3),
        "five": (batch.five * flip + across)[:, list(OTHER_FIVE)],
        "codes": batch.codes @ codes.T,
        "rotations": batch.rotations * turned,
        "translations": batch.translations * flip + across,
        "start_rotations": batch.start_rotations * turned,
        "start_translations": batch.start_translations * flip + across,
        "points": torch.where(known[:, None], points, torch.nan),
        "visible": batch.visible[:, twins] & known,
    }
    mixed = {}
    for name, value in changed.items():
        old = getattr(batch, name)
        mask = chosen.view(-1, *[1] * (old.ndim - 1))
        mixed[name] = torch.where(mask, value, old)
    return replace(batch, **mixed)


class MirroredBatches:
    """Draws from `batches`, every other photograph mirrored."""

    def __init__(self, batches: CropBatches | MixedBatches, maps: MirrorMaps) -> None:
        self._batches, self._maps = batches, maps

    def draw(self, count: int, rng: np.random.Generator) -> PhotoBatch:
        """`count` random crops."""
        chosen = torch.from_numpy(rng.random(count) < 0.5)
        return mirror_batch(self._batches.draw(count, rng), chosen, self._maps)
