"""Some of the template's points as a linear function of the joint code."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.fitting.surface_basis import SHAPE_REACH
from engine.geometry.mesh import frozen
from engine.models.protocol import PARTS, FaceCode, FaceModel

Floats = NDArray[np.float64]


def joint_code(code: FaceCode) -> Floats:
    """All codes one after the other, `(K,)` in the order of `PARTS`."""
    return np.concatenate([code.part(part) for part in PARTS]).astype(np.float64)


def places_among(rows: NDArray[np.integer], wanted: NDArray[np.integer]) -> NDArray[np.int64]:
    """Where the vertices `wanted` `(N,)` stand in `rows` `(P,)`, −1 where one does not."""
    place = {int(row): index for index, row in enumerate(rows)}
    return np.array([place.get(int(vertex), -1) for vertex in wanted], np.int64)


def split_code(joint: NDArray, model: FaceModel) -> FaceCode:
    """The reverse of `joint_code`, from `(K,)`."""
    ends = np.cumsum([part.size for part in model.parts])
    if np.shape(joint) != (ends[-1],):
        raise InputError(
            f"The joint code of this model has length {ends[-1]}, got shape {np.shape(joint)}."
        )
    vectors = np.split(np.asarray(joint, np.float32), ends[:-1])
    return FaceCode(**dict(zip(PARTS, vectors, strict=True)))


@dataclass(frozen=True, slots=True, eq=False)
class PointBasis:
    """P points and K coordinates: points(z) = rest + motion · z.

    Attributes:
        rows: `(P,)` vertices of the template.
        rest: `(P, 3)` mm on the mean face; motion: `(P, 3, K)` mm per unit.
        sizes: coordinates of each part, in the order of `PARTS`.
    """

    rows: NDArray[np.int64]
    rest: NDArray[np.float32]
    motion: NDArray[np.float32]
    sizes: tuple[int, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", frozen(self.rows, np.int64))

    @staticmethod
    def of(model: FaceModel, rows: NDArray) -> "PointBasis":
        """The basis of vertices `rows` `(P,)`; takes some 0.1 s for a model of full size."""
        chosen = np.asarray(rows, np.int64)
        if chosen.ndim != 1 or not len(chosen):
            raise InputError(f"Points are named by vertices (P,), got shape {chosen.shape}.")
        motion = [
            model.tangent(part.name, index)[chosen]
            for part in model.parts
            for index in range(part.size)
        ]
        sizes = tuple(part.size for part in model.parts)
        rest = model.preview(model.mean_code())[chosen]
        return PointBasis(chosen, rest, np.stack(motion, axis=2), sizes)

    def choose(self, places: NDArray) -> "PointBasis":
        """The basis of some of the points: `places` `(Q,)` in `rows`."""
        return PointBasis(self.rows[places], self.rest[places], self.motion[places], self.sizes)

    def points(self, joint: NDArray) -> Floats:
        """`(P, 3)` mm for the joint code `(K,)`."""
        moved = self.rest + self.motion @ np.asarray(joint, np.float32)
        return moved.astype(np.float64)

    def columns(self, parts: Collection[str]) -> NDArray[np.int64]:
        """The coordinates of `parts` in the joint code."""
        ends = np.cumsum(self.sizes)
        spans = [
            np.arange(end - size, end)
            for part, size, end in zip(PARTS, self.sizes, ends, strict=True)
            if part in parts
        ]
        return np.concatenate([np.zeros(0, np.int64), *spans])


@dataclass(frozen=True, slots=True, eq=False)
class CodePrior:
    """What is known of a joint code of K coordinates before its points are seen.

    Attributes:
        mean, deviation: `(K,)` of a Gaussian, independent coordinates.
        lower, upper: `(K,)` ends that a code keeps.
    """

    mean: Floats
    deviation: Floats
    lower: Floats
    upper: Floats

    def __post_init__(self) -> None:
        shapes = {np.shape(getattr(self, name)) for name in ("mean", "deviation", "lower", "upper")}
        if len(shapes) > 1 or not np.all(np.asarray(self.deviation) > 0):
            raise InputError(f"A prior needs four arrays (K,), deviations above 0, got {shapes}.")
        for name in ("mean", "deviation", "lower", "upper"):
            object.__setattr__(self, name, frozen(getattr(self, name), np.float64))

    @staticmethod
    def of(
        model: FaceModel, mean: NDArray | None = None, deviation: NDArray | None = None
    ) -> "CodePrior":
        """The prior of `model`'s training faces, about `mean` with `deviation` if given `(K,)`."""
        directions = [(part.name, d) for part in model.parts for d in part.directions]
        reach = np.array([1.0 if part == "expression" else SHAPE_REACH for part, _ in directions])
        lower = reach * np.array([direction.minimum for _, direction in directions])
        upper = reach * np.array([direction.maximum for _, direction in directions])
        spread = np.array([direction.spread for _, direction in directions])
        centre = np.zeros(len(reach)) if mean is None else np.asarray(mean, np.float64)
        known = spread if deviation is None else np.asarray(deviation, np.float64)
        return CodePrior(centre.clip(lower, upper), np.maximum(known, 1e-3), lower, upper)
