"""The model's template surface as a linear function of the coordinates that are free."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.models.protocol import PARTS, FaceCode, FaceModel

Floats = NDArray[np.float32]

SHAPE_REACH = 1.15
"""Shape codes may go this much beyond their sliders' ends: one in 600 real ones does."""
EXPRESSION_SCALE = 0.12
"""Mean of the exponential prior of an expression weight: few of them act at once."""


@dataclass(frozen=True, slots=True, eq=False)
class SurfaceBasis:
    """V vertices and K free coordinates, largest motion first: v(x) = rest + jacobian · x.

    Attributes:
        rest: `(V, 3)` float32, all locked coordinates worked in.
        jacobian: `(3 V, K)` float32, mm per unit.
        lower, upper: `(K,)` ends of each coordinate.
        precision: `(K,)` 1 / variance of the Gaussian prior.
        push: `(K,)` slope of the linear prior that draws expression weights to zero.
        owners: part and index of each coordinate.
    """

    rest: Floats
    jacobian: Floats
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    precision: NDArray[np.float64]
    push: NDArray[np.float64]
    owners: tuple[tuple[str, int], ...]

    @property
    def size(self) -> int:
        return len(self.owners)

    def vertices(self, values: NDArray) -> Floats:
        """`(V, 3)` for the free coordinates `(K,)`."""
        return self.rest + (self.jacobian @ values.astype(np.float32)).reshape(-1, 3)

    def values_of(self, code: FaceCode) -> NDArray[np.float64]:
        """The free coordinates `(K,)` of `code`, inside their ends."""
        values = np.array([code.part(part)[index] for part, index in self.owners], np.float64)
        return values.clip(self.lower, self.upper)

    def write(self, code: FaceCode, values: NDArray) -> FaceCode:
        """`code` with the free coordinates replaced by `values` `(K,)`."""
        vectors = {part: code.part(part).copy() for part in PARTS}
        for (part, index), value in zip(self.owners, values, strict=True):
            vectors[part][index] = value
        return FaceCode(**vectors)


def free_basis(model: FaceModel, start: FaceCode, parts: Sequence[str]) -> SurfaceBasis:
    """The basis of `parts` about `start`, whose other parts stay as they are."""
    zeroed = start
    columns, owners, directions = [], [], []
    for part in model.parts:
        if part.name not in parts:
            continue
        zeroed = zeroed.with_part(part.name, np.zeros(part.size, np.float32))
        for index, direction in enumerate(part.directions):
            columns.append(model.tangent(part.name, index).reshape(-1))
            owners.append((part.name, index))
            directions.append(direction)
    jacobian = np.stack(columns, axis=1)
    spread = np.array([direction.spread for direction in directions], np.float64)
    order = np.argsort(-np.linalg.norm(jacobian, axis=0) * spread, kind="stable")
    weights = np.array([part == "expression" for part, _ in owners])
    lower = np.array([direction.minimum for direction in directions])
    upper = np.array([direction.maximum for direction in directions])
    return SurfaceBasis(
        model.preview(zeroed),
        np.ascontiguousarray(jacobian[:, order]),
        np.where(weights, lower, SHAPE_REACH * lower)[order],
        np.where(weights, upper, SHAPE_REACH * upper)[order],
        (1.0 / np.maximum(np.where(weights, 1.0, spread), 1e-6) ** 2)[order],
        np.where(weights, 1.0 / EXPRESSION_SCALE, 0.0)[order],
        tuple(owners[k] for k in order),
    )
