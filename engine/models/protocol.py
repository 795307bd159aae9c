"""What the editor asks of a face model, and the codes it edits."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.geometry.mesh import Mesh, frozen
from engine.progress import CancelToken

PARTS = ("nose", "eyes", "mouth", "head", "expression")
"""The parts of a face, in the order of the cascade's codes."""

REGIONS = ("nose", "eyes", "mouth", "head")
"""Columns of a template's region weights."""


@dataclass(frozen=True, slots=True)
class Direction:
    """One slider: a coordinate of a part's latent code.

    Attributes:
        name: what the user reads, for example `Nose 1` or `Jaw open`.
        minimum, maximum: ends of the slider; σ for shape, weight for expression.
        spread: standard deviation of the coordinate over the training faces.
    """

    name: str
    minimum: float
    maximum: float
    spread: float


@dataclass(frozen=True, slots=True)
class PartInfo:
    """A part's name (one of `PARTS`) and its directions, largest first."""

    name: str
    directions: tuple[Direction, ...]

    @property
    def size(self) -> int:
        return len(self.directions)


@dataclass(frozen=True, slots=True, eq=False)
class FaceCode:
    """The latent code of one face: a read-only float32 vector `(D,)` per part.

    Coordinates are along the part's directions, so slider k of a part shows
    element k of its vector. Zero everywhere is the mean face at rest.
    """

    nose: NDArray[np.float32]
    eyes: NDArray[np.float32]
    mouth: NDArray[np.float32]
    head: NDArray[np.float32]
    expression: NDArray[np.float32]

    def __post_init__(self) -> None:
        for name in PARTS:
            array = np.asarray(getattr(self, name))
            if array.ndim != 1 or not np.isfinite(array).all():
                raise InputError(
                    f"The {name} code must be a finite vector, got shape {array.shape}."
                )
            object.__setattr__(self, name, frozen(array, np.float32))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FaceCode) and all(
            np.array_equal(self.part(name), other.part(name)) for name in PARTS
        )

    def __hash__(self) -> int:
        return hash(tuple(self.part(name).tobytes() for name in PARTS))

    def part(self, name: str) -> NDArray[np.float32]:
        """The vector `(D,)` of part `name`."""
        if name not in PARTS:
            raise InputError(f"There is no part '{name}'. The parts are {', '.join(PARTS)}.")
        vector: NDArray[np.float32] = getattr(self, name)
        return vector

    def with_part(self, name: str, vector: NDArray) -> "FaceCode":
        """This code with the vector of part `name` replaced by one of the same length."""
        if np.shape(vector) != self.part(name).shape:
            raise InputError(
                f"The {name} code has length {len(self.part(name))}, got shape {np.shape(vector)}."
            )
        return replace(self, **{name: vector})

    def at_rest(self) -> "FaceCode":
        """The same person without expression."""
        return self.with_part("expression", np.zeros_like(self.expression))

    def with_value(self, name: str, index: int, value: float) -> "FaceCode":
        """This code with one coordinate of one part replaced."""
        vector = self.part(name).copy()
        vector[index] = value
        return self.with_part(name, vector)


@dataclass(frozen=True, slots=True)
class Eye:
    """An eyeball.

    Attributes:
        centre: `(3,)` mm of the sphere nearest to it; radius: of that sphere.
        gaze: unit direction `(3,)`.
        points: `(M, 3)` mm on the part of it that shows between the lids.
    """

    centre: NDArray[np.float32]
    radius: float
    gaze: NDArray[np.float32]
    points: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SignedField:
    """A signed distance with what an extractor must know of it.

    Attributes:
        evaluate: maps points `(N, 3)` float32 mm to signed distances `(N,)` float32 mm,
            negative inside; safe to call from a worker thread.
        lower, upper: corners `(3,)` in mm of a box that holds the surface with a margin.
        lipschitz: a bound on the gradient's norm inside the box.
    """

    evaluate: Callable[[NDArray[np.float32]], NDArray[np.float32]]
    lower: NDArray[np.float32]
    upper: NDArray[np.float32]
    lipschitz: float


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What `lineament info` and the status bar say of a model.

    Attributes:
        name: the model's name for people.
        identifier: hash of its weights; a document remembers it.
        device: for example `cpu` or `cuda:0`.
        metrics: measured figures by name, from the weights' header.
    """

    name: str
    identifier: str
    device: str
    metrics: Mapping[str, float]


class FaceModel(Protocol):
    """A face model that can be edited by parts."""

    @property
    def info(self) -> ModelInfo: ...

    @property
    def parts(self) -> tuple[PartInfo, ...]:
        """In the order of `PARTS`."""
        ...

    @property
    def template(self) -> Mesh:
        """The mean face at rest, with UV, colours and region weights `(V, 4)` of `REGIONS`."""
        ...

    @property
    def landmarks(self) -> NDArray[np.int32]:
        """Template vertices `(68,)` of the Multi-PIE landmarks."""
        ...

    def mean_code(self) -> FaceCode: ...

    def preview(self, code: FaceCode) -> NDArray[np.float32]:
        """Template vertices `(V, 3)` for `code`, linear and quick (a few ms, no torch)."""
        ...

    def tangent(self, part: str, index: int) -> NDArray[np.float32]:
        """Motion `(V, 3)` of the preview, in mm per unit of one direction."""
        ...

    def template_surface(
        self, code: FaceCode, cancel: CancelToken | None = None
    ) -> NDArray[np.float32]:
        """Template vertices `(V, 3)` carried onto the zero set of `field(code)`."""
        ...

    def field(self, code: FaceCode) -> SignedField:
        """The face as a signed distance."""
        ...

    def influence(
        self, part: str, faces: Sequence[FaceCode], points: NDArray[np.float32]
    ) -> NDArray[np.bool_]:
        """At which `points` `(N, 3)` one of `faces`, which differ in `part` only, may have
        another value than the first."""
        ...

    def correspond(self, code: FaceCode, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """Where `points` `(N, 3)` near the face lie on the mean face at rest, `(N, 3)`."""
        ...

    def eyes(self, code: FaceCode) -> tuple[Eye, Eye]:
        """The subject's right eye, then the left."""
        ...
