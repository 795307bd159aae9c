"""Regions drawn by hand: a brush on any surface changes the regions of the reference."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal
from scipy.spatial import cKDTree

from app.comparison.comparison import Comparison
from app.comparison.surface_files import NamedSurface
from engine.geometry.mesh import Mesh
from engine.geometry.regions import dominant_regions
from engine.models.protocol import REGIONS

REGION_COLORS = np.array(
    [[230, 159, 0], [86, 180, 233], [204, 121, 167], [200, 200, 204]], np.uint8
)
"""Of `REGIONS`: Okabe and Ito's, told apart by the colour-blind; the rest of the head is grey."""

BRUSH_MM = 8.0


class RegionPaint(QObject):
    """Keeps the brush and what it has painted so far.

    Regions belong to the reference: the figures of every surface follow from them by nearest
    correspondence. A stroke is taken over, and figures are measured again, when the hand lets go.

    Signals:
        changed: whether it paints, or what is painted.
    """

    changed = Signal()

    def __init__(self, comparison: Comparison, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._comparison = comparison
        self.region: str | None = None
        self.radius_mm = BRUSH_MM
        self._mesh: Mesh | None = None
        self._regions: NDArray[np.int64] = np.zeros(0, np.int64)
        self._nearest: dict[Mesh, NDArray[np.int64]] = {}
        self._tree: cKDTree | None = None
        self._touched = False

    @property
    def active(self) -> bool:
        return self.region is not None

    def choose(self, region: str | None) -> None:
        """Paint `region`, one of `REGIONS`; None puts the brush away."""
        self.region = region
        self.changed.emit()

    def colors_of(self, key: str | None) -> NDArray[np.uint8] | None:
        """Colours `(V, 3)` of the regions on an item; None where they are not known."""
        measured = self._comparison.measured_of(key)
        if measured is None or not self._follow_reference():
            return None
        mesh = measured.drawable.mesh
        if mesh not in self._nearest and self._tree is not None:
            self._nearest[mesh] = self._tree.query(mesh.vertices)[1]
        colors: NDArray[np.uint8] = REGION_COLORS[self._regions[self._nearest[mesh]]]
        return colors

    def touch(self, key: str, vertex: int) -> None:
        """The brush is at a vertex of an item."""
        measured = self._comparison.measured_of(key)
        if self.region is None or measured is None or not self._follow_reference():
            return
        assert self._mesh is not None
        point = measured.drawable.mesh.vertices[vertex]
        under = np.linalg.norm(self._mesh.vertices - point, axis=1) < self.radius_mm
        self._regions[under] = REGIONS.index(self.region)
        self._touched = True
        self.changed.emit()

    def let_go(self) -> None:
        """The stroke is over: measure by the regions as they are now."""
        surface = self._comparison.surface_of(self._comparison.reference)
        if not self._touched or surface is None:
            return
        self._touched = False
        weights = np.eye(len(REGIONS), dtype=np.float32)[self._regions]
        mesh = surface.mesh
        painted = Mesh(mesh.vertices, mesh.faces, mesh.uv, mesh.colors, weights)
        # The same vertices: what is known of them stays.
        self._mesh, self._nearest = painted, {}
        self._comparison.replace_surface(
            str(self._comparison.reference), replace(surface, mesh=painted, painted=True)
        )

    def reset(self) -> None:
        """Back to the regions of the template."""
        self._comparison.reload(str(self._comparison.reference))
        self._mesh = None
        self.changed.emit()

    def _follow_reference(self) -> bool:
        """Whether the reference has regions; they are copied once for each reference."""
        surface: NamedSurface | None = self._comparison.surface_of(self._comparison.reference)
        if surface is None or surface.mesh.region_weights is None:
            return False
        if surface.mesh is not self._mesh:
            self._mesh = surface.mesh
            self._regions = dominant_regions(surface.mesh.region_weights).copy()
            self._tree = cKDTree(surface.mesh.vertices)
            self._nearest = {}
        return True
