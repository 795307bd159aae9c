"""What a reader found in a file, before anything is checked."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.geometry.mesh import Mesh


@dataclass(frozen=True, slots=True, eq=False)
class RawSurface:
    """Triangles that may be unsound: not finite, out of range, without area.

    Attributes:
        vertices: `(V, 3)` float32 or float64; faces: `(F, 3)` integers.
        colors: `(V, 3)` uint8 sRGB, or None.
        notes: what the reader left out.
    """

    vertices: NDArray
    faces: NDArray
    colors: NDArray[np.uint8] | None = None
    notes: tuple[str, ...] = ()

    @staticmethod
    def of(mesh: Mesh) -> "RawSurface":
        return RawSurface(mesh.vertices, mesh.faces, mesh.colors)

    def with_faces(self, kept: NDArray[np.bool_]) -> "RawSurface":
        """Only the faces where `kept` `(F,)` is true."""
        return RawSurface(self.vertices, self.faces[kept], self.colors, self.notes)
