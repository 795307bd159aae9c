"""The mesh every other room speaks of."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError


def frozen(array: NDArray, dtype: type) -> NDArray:
    """A contiguous read-only copy of `array` as `dtype`."""
    copy: NDArray = np.array(array, dtype=dtype, order="C", copy=True)
    copy.setflags(write=False)
    return copy


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """A triangle mesh in millimetres.

    V vertices, F faces, R regions. Arrays are copied and made read-only.

    Attributes:
        vertices: `(V, 3)` float32.
        faces: `(F, 3)` int32, counter-clockwise seen from outside.
        uv: `(V, 2)` float32 in [0, 1], or None.
        colors: `(V, 3)` uint8 sRGB, or None.
        region_weights: `(V, R)` float32 of non-negative rows, or None.

    Raises:
        InputError: an array has the wrong shape, a face names a vertex that is
            not there, or a coordinate is not finite.
    """

    vertices: NDArray[np.float32]
    faces: NDArray[np.int32]
    uv: NDArray[np.float32] | None = None
    colors: NDArray[np.uint8] | None = None
    region_weights: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        self._freeze("vertices", np.float32, 3)
        self._freeze("faces", np.int32, 3)
        count = len(self.vertices)
        if not np.isfinite(self.vertices).all():
            bad = int(np.argmax(~np.isfinite(self.vertices).all(axis=1)))
            raise InputError(
                f"Vertex {bad} of the mesh is not a finite number. Repair the mesh and try again."
            )
        if len(self.faces) and (self.faces.min() < 0 or self.faces.max() >= count):
            raise InputError(
                f"A face names vertex {int(self.faces.max())} (smallest {int(self.faces.min())}), "
                f"but the mesh has {count} vertices. Repair the mesh and try again."
            )
        for name, dtype, width in (
            ("uv", np.float32, 2),
            ("colors", np.uint8, 3),
            ("region_weights", np.float32, None),
        ):
            if getattr(self, name) is not None:
                self._freeze(name, dtype, width)
                if len(getattr(self, name)) != count:
                    raise InputError(
                        f"The mesh has {count} vertices but {len(getattr(self, name))} rows of "
                        f"{name}. Give one row per vertex."
                    )

    def _freeze(self, name: str, dtype: type, width: int | None) -> None:
        array = np.asarray(getattr(self, name))
        if array.ndim != 2 or (width is not None and array.shape[1] != width):
            raise InputError(f"Mesh {name} must have shape (n, {width or 'R'}), got {array.shape}.")
        object.__setattr__(self, name, frozen(array, dtype))

    def with_vertices(self, vertices: NDArray) -> "Mesh":
        """The same mesh with other positions `(V, 3)`."""
        if np.shape(vertices) != self.vertices.shape:
            raise InputError(
                f"Expected vertices of shape {self.vertices.shape}, got {np.shape(vertices)}."
            )
        return Mesh(vertices, self.faces, self.uv, self.colors, self.region_weights)
