"""What the view shows of an import: the scan on or beside the face, and the picked points."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from app.face_view import FaceView
from app.other_items import GUEST, Guest, OtherItems
from app.picking import Marker
from app.scan.point_pairs import PointPair
from app.theme import MARK_COLORS
from engine.geometry.mesh import Mesh
from engine.geometry.similarity import Similarity


class ImportScene:
    """Shows it, once there is a view; before that only the scan is kept ready."""

    def __init__(self, others: OtherItems) -> None:
        self._others = others
        self._view: FaceView | None = None

    def attach_view(self, view: FaceView) -> None:
        """Use `view` for pointing and for its camera."""
        self._view = view

    def show_scan(self, mesh: Mesh, similarity: Similarity, beside: bool) -> None:
        """Show the scan where it lies, or beside the face so that both can be pointed at."""
        self._others.show_guest(Guest(mesh, similarity, beside))

    def show_pairs(self, pairs: Sequence[PointPair]) -> None:
        """Show a numbered dot for every point, where the scan stands now."""
        if self._view is not None:
            self._view.show_markers(tuple(self._markers(pairs)))

    def set_picking(self, picking: bool) -> None:
        """Whether clicks point at surfaces."""
        if self._view is not None:
            self._view.set_picking(picking)

    def frame(self) -> None:
        """Fill the view with what is visible."""
        if self._view is not None:
            self._view.frame_face()

    def clear(self) -> None:
        """Show nothing of an import any more."""
        self.set_picking(False)
        self.show_pairs(())
        self._others.show_guest(None)

    def _markers(self, pairs: Sequence[PointPair]) -> Iterator[Marker]:
        placed = [item for item in self._others.placed if item.ref == GUEST]
        for number, pair in enumerate(pairs):
            if pair.model is not None:
                yield _marker(number, pair.model)
            if pair.scan is not None and placed:
                matrix = placed[0].matrix
                yield _marker(number, matrix[:3, :3] @ pair.scan + matrix[:3, 3])


def _marker(number: int, place: NDArray[np.float64]) -> Marker:
    x, y, z = (float(value) for value in place)
    return Marker((x, y, z), str(number + 1), MARK_COLORS[number % len(MARK_COLORS)])
