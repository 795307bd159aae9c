"""A place on the template that moves with the face."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.editing.reflection import Reflection
from engine.errors import InputError


@dataclass(frozen=True, slots=True)
class SurfacePoint:
    """A mix of three template vertices.

    Attributes:
        corners: three vertices.
        weights: of them, adding up to one.
    """

    corners: tuple[int, int, int]
    weights: tuple[float, float, float] = (1.0, 0.0, 0.0)

    @staticmethod
    def at_vertex(vertex: int) -> "SurfacePoint":
        return SurfacePoint((vertex, vertex, vertex))

    def of(self, field: NDArray[np.float32]) -> NDArray[np.float64]:
        """The value `(3,)` here of a field `(V, 3)` over the vertices."""
        value: NDArray[np.float64] = np.asarray(self.weights) @ field[list(self.corners)]
        return value

    def require_on(self, vertices: int) -> None:
        """Check it against a template of that many vertices.

        Raises:
            InputError: a corner is not there.
        """
        if min(self.corners) < 0 or max(self.corners) >= vertices:
            raise InputError(
                f"There is no vertex {max(self.corners, key=abs)}; the template has {vertices}."
            )

    def mirrored(self, reflection: Reflection) -> "SurfacePoint":
        """The place on the other side."""
        right, middle, left = (reflection.opposite(corner) for corner in self.corners)
        return SurfacePoint((right, middle, left), self.weights)
