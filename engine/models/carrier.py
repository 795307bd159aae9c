"""The linear carrier: where template vertices go, quickly and without torch.

Fitted on the training faces (`training.parts.carrier_fit`): one matrix per part gives a
preview in a few milliseconds and the place from which the exact surface is found.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import WeightsError
from engine.models.protocol import PARTS, FaceCode

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class PartCarrier:
    """Motion of the vertices that a part moves: `moved` `(M,)`, `basis` `(3 M, D)` in mm."""

    moved: NDArray[np.int64]
    basis: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Carrier:
    """`rest` `(V, 3)` vertices of the mean face at rest and the motion of each part."""

    rest: Floats
    parts: Mapping[str, PartCarrier]

    def carry(self, code: FaceCode) -> Floats:
        """Vertices `(V, 3)` in mm for `code`."""
        vertices = self.rest.copy()
        for part in PARTS:
            vector = code.part(part)
            if vector.any():
                carrier = self.parts[part]
                vertices[carrier.moved] += (carrier.basis @ vector).reshape(-1, 3)
        return vertices

    def tangent(self, part: str, index: int) -> Floats:
        """Motion `(V, 3)` in mm per unit of one coordinate."""
        carrier = self.parts[part]
        motion = np.zeros_like(self.rest)
        motion[carrier.moved] = carrier.basis[:, index].reshape(-1, 3)
        return motion


def carrier_tensors(carrier: Carrier) -> dict[str, NDArray]:
    """The arrays of a carrier by name, bases as float16 (0.01 mm at the largest motion)."""
    tensors: dict[str, NDArray] = {"rest": carrier.rest}
    for part, piece in carrier.parts.items():
        tensors[f"{part}.moved"] = piece.moved.astype(np.int32)
        tensors[f"{part}.basis"] = piece.basis.astype(np.float16)
    return tensors


def carrier_from_tensors(tensors: Mapping[str, NDArray], sizes: Mapping[str, int]) -> Carrier:
    """Read what `carrier_tensors` made; `sizes` are the lengths of the parts' codes.

    Raises:
        WeightsError: an array is missing or of another shape.
    """
    try:
        rest = np.ascontiguousarray(tensors["rest"], dtype=np.float32)
        parts = {}
        for part in PARTS:
            moved = tensors[f"{part}.moved"].astype(np.int64)
            basis = np.ascontiguousarray(tensors[f"{part}.basis"], dtype=np.float32)
            if basis.shape != (3 * len(moved), sizes[part]):
                raise WeightsError(
                    f"The carrier of {part} has shape {basis.shape}, expected "
                    f"{(3 * len(moved), sizes[part])}. Install Lineament again."
                )
            parts[part] = PartCarrier(moved, basis)
    except KeyError as error:
        raise WeightsError(
            f"The template file holds no {error}. Install Lineament again."
        ) from error
    return Carrier(rest, parts)
