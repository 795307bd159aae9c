"""Batches drawn from several sets of photographs at once."""

from collections.abc import Sequence
from dataclasses import fields

import numpy as np
import torch

from engine.errors import InputError
from training.photos.batches import CropBatches, PhotoBatch


class MixedBatches:
    """Draws from each set as often as its share of all photographs.

    Args:
        sets: crops of one size, whose points show the same vertices.

    Raises:
        InputError: there are none, or their points differ.
    """

    def __init__(self, sets: Sequence[CropBatches]) -> None:
        if not sets:
            raise InputError("There are no photographs to draw from. Prepare some.")
        for other in sets[1:]:
            if not np.array_equal(other.photos.rows, sets[0].photos.rows):
                raise InputError(
                    "The sets of photographs show different points. Prepare them again with one "
                    "version of the program."
                )
        self._sets = sets
        counts = np.array([len(one.rows) for one in sets], float)
        self._shares = counts / counts.sum()

    def draw(self, count: int, rng: np.random.Generator) -> PhotoBatch:
        """`count` random crops."""
        counts = rng.multinomial(count, self._shares)
        drawn = [
            one.draw(int(number), rng)
            for one, number in zip(self._sets, counts, strict=True)
            if number
        ]
        return PhotoBatch(
            **{
                field.name: torch.cat([getattr(batch, field.name) for batch in drawn])
                for field in fields(PhotoBatch)
            }
        )
