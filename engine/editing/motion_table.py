"""How each vertex moves with each coordinate, kept for quick looks at few vertices."""

import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.editing.surface_point import SurfacePoint
from engine.models.protocol import PARTS, FaceModel

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class PartMotion:
    """Motion of one part with D directions.

    Attributes:
        row: `(V,)` of each template vertex in `motion`; vertices that stay share row 0.
        motion: `(M + 1, 3, D)` mm per unit, row 0 is zero.
    """

    row: NDArray[np.int32]
    motion: Floats

    def at(self, vertices: NDArray) -> Floats:
        """`(N, 3, D)` at `vertices` `(N,)`."""
        return self.motion[self.row[vertices]]


class MotionTable:
    """The tangents of a model, asked for once. About 25 MB and 0.1 s for the shipped model.

    Safe to use from several threads; a part is read when it is first needed.
    """

    def __init__(self, model: FaceModel) -> None:
        self._model = model
        self._lock = threading.Lock()
        self._parts: dict[str, PartMotion] = {}

    def part(self, part: str) -> PartMotion:
        """The motion of `part`, a name from `PARTS`."""
        with self._lock:
            if part not in self._parts:
                self._parts[part] = self._read(part)
            return self._parts[part]

    def at_point(self, part: str, point: SurfacePoint) -> NDArray[np.float64]:
        """Motion `(3, D)` of a place on the surface, mm per unit."""
        corners = self.part(part).at(np.array(point.corners))
        mixed: NDArray[np.float64] = np.tensordot(np.array(point.weights), corners, axes=1)
        return mixed

    def prepare(self) -> None:
        """Read all parts now, for a worker thread that has the time."""
        for part in PARTS:
            self.part(part)

    def _read(self, part: str) -> PartMotion:
        size = self._model.parts[PARTS.index(part)].size
        tangents = [self._model.tangent(part, index) for index in range(size)]
        moved = np.zeros(len(self._model.template.vertices), np.bool_)
        for tangent in tangents:
            moved |= tangent.any(axis=1)
        found = np.flatnonzero(moved)
        row = np.zeros(len(moved), np.int32)
        row[found] = np.arange(1, len(found) + 1)
        motion = np.zeros((len(found) + 1, 3, size), np.float32)
        for index, tangent in enumerate(tangents):
            motion[1:, :, index] = tangent[found]
        return PartMotion(row, motion)
