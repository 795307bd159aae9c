"""One view of the comparison: a measured surface, the reference, or both."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QMouseEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from app.theme import Theme
from app.viewport.heat_look import clay_colors, look_measured, look_plain
from app.viewport.orbit import Orbit, preset_orbit
from app.viewport.orbit_mouse import OrbitMouse, dragged, wheel_turn
from app.viewport.studio_view import StudioView
from app.viewport.surface_actor import SurfaceActor
from app.viewport.view_caption import ViewCaption
from app.viewport.wipe import Wipe
from engine.geometry.mesh import Mesh

Showing = Literal["surface", "reference", "overlay", "wipe"]

GHOST = 0.28
"""Opacity of the reference that is laid over the surface."""

HOVER_MS = 30
MOST_CAPTION = 0.15
"""Of a view's height is left free for its caption."""


class ComparisonView(StudioView):
    """Shows a surface with its heatmap and the reference as clay.

    Signals:
        moved: the `Orbit` to which the user took the viewer.
        hovered: the surface's vertex under the cursor, -1 for none.
        clicked: the surface's vertex that was clicked on.
        pressed: the user turned to this view.
        stroked: the surface's vertex under a brush that is drawn over it, see `set_painting`.
        stroke_ended: the hand let go of the brush.
    """

    moved = Signal(object)
    hovered = Signal(int)
    clicked = Signal(int)
    pressed = Signal()
    stroked = Signal(int)
    stroke_ended = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("Comparison", parent)
        self.setMinimumSize(120, 100)
        self.setMouseTracking(True)
        self._mouse = OrbitMouse()
        self._showing: Showing = "surface"
        self._painting = False
        self._measured_actor, self._reference_actor = SurfaceActor(), SurfaceActor()
        self._wipe = Wipe(self._measured_actor.actor, self._reference_actor.actor)
        self._add_hidden(self._measured_actor.actor, self._reference_actor.actor)
        self.caption = ViewCaption(self)
        self._cursor: tuple[float, float] | None = None
        self._hover_timer = QTimer(self)
        self._hover_timer.setSingleShot(True)
        self._hover_timer.setInterval(HOVER_MS)
        self._hover_timer.timeout.connect(self._look_under_cursor)
        self.set_theme(theme)

    # What is shown

    def show_surface(
        self, mesh: Mesh, normals: NDArray[np.float32], colors: NDArray[np.uint8] | None
    ) -> None:
        """Show `mesh` with the colours `(V, 3)` of its heatmap, as clay where None."""
        drawn = clay_colors(len(mesh.vertices)) if colors is None else colors
        self._measured_actor.show(mesh.vertices, normals, mesh.faces, drawn)
        (look_plain if colors is None else look_measured)(self._measured_actor.actor)
        self._arrange()

    def show_reference(self, mesh: Mesh, normals: NDArray[np.float32]) -> None:
        """The surface that `reference`, `overlay` and `wipe` show beside the other."""
        clay = clay_colors(len(mesh.vertices))
        self._reference_actor.show(mesh.vertices, normals, mesh.faces, clay)
        self._arrange()

    def paint(self, colors: NDArray[np.uint8]) -> None:
        """Change the heatmap's colours `(V, 3)` and nothing else."""
        self._measured_actor.paint(colors)
        self.schedule_render()

    @property
    def colors(self) -> NDArray[np.uint8]:
        """The colours `(V, 3)` that are drawn."""
        return self._measured_actor.colors

    @property
    def has_content(self) -> bool:
        """Whether there is anything to look at."""
        drawn = len(self._measured_actor.vertices) + len(self._reference_actor.vertices)
        return drawn > 0

    @property
    def showing(self) -> Showing:
        return self._showing

    def set_showing(self, showing: Showing) -> None:
        """Show the surface, the reference, one through the other, or one beside the other."""
        if showing != self._showing:
            self._showing = showing
            self._arrange()

    def set_painting(self, painting: bool) -> None:
        """Whether the left button draws over the surface instead of turning it."""
        self._painting = painting
        self.setCursor(Qt.CursorShape.CrossCursor if painting else Qt.CursorShape.ArrowCursor)

    def set_wipe(self, share: float) -> None:
        """Where the border of `wipe` is, from 0 at the left to 1 at the right."""
        self._wipe.share = min(max(share, 0.0), 1.0)
        self._place_wipe()
        self.schedule_render()

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        self.caption.set_theme(theme)

    def shut(self) -> None:
        self._hover_timer.stop()
        super().shut()

    def _arrange(self) -> None:
        surface, reference = self._measured_actor, self._reference_actor
        has_surface, has_reference = len(surface.vertices) > 0, len(reference.vertices) > 0
        showing = self._showing
        surface.actor.SetVisibility(has_surface and showing != "reference")
        reference.actor.SetVisibility(has_reference and showing != "surface")
        reference.actor.GetProperty().SetOpacity(GHOST if showing == "overlay" else 1.0)
        self._wipe.set_cutting(showing == "wipe")
        self._place_wipe()
        self.renderer.ResetCameraClippingRange()
        self.schedule_render()

    def _place_wipe(self) -> None:
        self._wipe.place(self._orbit, self.width() / max(self.height(), 1))

    # The viewer

    def set_orbit(self, orbit: Orbit) -> None:
        """Stand elsewhere; says nothing, so that linked views do not answer each other."""
        super().set_orbit(orbit)
        self._place_wipe()

    def framed(self, preset: str | None = None) -> Orbit:
        """The orbit that fills the picture, from a preset's direction if given."""
        orbit = self._orbit if preset is None else preset_orbit(self._orbit, preset)
        points = (
            self._measured_actor.vertices
            if len(self._measured_actor.vertices)
            else self._reference_actor.vertices
        )
        if not len(points):
            return orbit
        height = max(self.height(), 1)
        # Below the caption, if that leaves enough.
        head = min(self.caption.geometry().bottom() / height, MOST_CAPTION)
        return orbit.framed(points, self.width() / height, -head)

    # Qt

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._painting and event.button() == Qt.MouseButton.LeftButton:
            self._stroke(event)
            return
        self._mouse.press(event)
        self.pressed.emit()
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._painting and event.button() == Qt.MouseButton.LeftButton:
            self.stroke_ended.emit()
            return
        if self._mouse.release():
            vertex = self._vertex_at(event.position().x(), event.position().y())
            if vertex is not None:
                self.clicked.emit(vertex)
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._painting and event.buttons() & Qt.MouseButton.LeftButton:
            self._stroke(event)
            return
        moved = self._mouse.step(event)
        if moved is not None:
            self._drag(event, moved)
        elif not event.buttons():
            self._cursor = event.position().x(), event.position().y()
            if not self._hover_timer.isActive():
                self._hover_timer.start()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._take_to(self.framed())
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        turn = wheel_turn(event, self.width(), self.height())
        self._take_to(self._orbit.zoomed_at(turn.factor, turn.right, turn.up, self.height()))
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        self._cursor = None
        self._hover_timer.stop()
        self.hovered.emit(-1)
        super().leaveEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.caption.fit()
        self._place_wipe()

    def _stroke(self, event: QMouseEvent) -> None:
        vertex = self._vertex_at(event.position().x(), event.position().y())
        if vertex is not None:
            self.stroked.emit(vertex)
        event.accept()

    def _drag(self, event: QMouseEvent, moved: QPointF) -> None:
        orbit = dragged(self._orbit, event, moved, self.height())
        if orbit is not None:
            self._take_to(orbit)

    def _take_to(self, orbit: Orbit) -> None:
        self.set_orbit(orbit)
        self.moved.emit(orbit)

    def _look_under_cursor(self) -> None:
        if self._cursor is not None:
            vertex = self._vertex_at(*self._cursor)
            self.hovered.emit(-1 if vertex is None else vertex)

    def _vertex_at(self, x: float, y: float) -> int | None:
        vertices = self._measured_actor.vertices
        if not len(vertices) or self._showing == "reference":
            return None
        return self._orbit.pick(vertices, x, y, self.width(), self.height())
