"""One view of the comparison: a measured surface, the reference, or both."""

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QLabel, QWidget
from pyvistaqt import QtInteractor
from vtkmodules.vtkCommonDataModel import vtkPlane
from vtkmodules.vtkRenderingCore import vtkViewport

from app.theme import Theme
from app.viewport.antialiasing import Antialiasing
from app.viewport.graphics import release_graphics
from app.viewport.heat_look import look_measured, look_plain
from app.viewport.lighting import light_studio
from app.viewport.orbit import VIEW_ANGLE, Orbit, preset_orbit
from app.viewport.orbit_mouse import OrbitMouse, wheel_orbit
from app.viewport.surface_actor import SurfaceActor
from engine.geometry.mesh import Mesh

Showing = Literal["surface", "reference", "overlay", "wipe"]

CLAY = (206, 200, 192)
GHOST = 0.28
"""Opacity of the reference that is laid over the surface."""

HOVER_MS = 30
MOST_CAPTION = 0.15
"""Of a view's height is left free for its caption."""
CAPTION_MARGINS = 44
"""Pixels beside a caption's text: its place, padding and frame, on both sides."""
RADIAL_GRADIENT = vtkViewport.GradientModes.VTK_GRADIENT_RADIAL_VIEWPORT_FARTHEST_CORNER


class ComparisonView(QtInteractor):
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
        super().__init__(parent=parent, auto_update=False)
        self.setAccessibleName("Comparison")
        self.setAcceptDrops(False)
        self.setMinimumSize(120, 100)
        self.setMouseTracking(True)
        self._orbit = Orbit()
        self._mouse = OrbitMouse()
        self._shut = False
        self._showing: Showing = "surface"
        self._wipe = 0.5
        self._painting = False
        self._measured_actor, self._reference_actor = SurfaceActor(), SurfaceActor()
        self._planes = (vtkPlane(), vtkPlane())
        light_studio(self)
        for actor in (self._measured_actor.actor, self._reference_actor.actor):
            self.renderer.AddActor(actor)
            actor.SetVisibility(False)
        self.camera.SetViewAngle(VIEW_ANGLE)
        self.caption = QLabel(self)
        self.caption.setObjectName("viewCaption")
        self._caption = "", ""
        self.caption.move(8, 8)
        self.caption.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._frame_timer = QTimer(self)
        self._frame_timer.setSingleShot(True)
        self._frame_timer.timeout.connect(self.update)
        self._cursor: tuple[float, float] | None = None
        self._hover_timer = QTimer(self)
        self._hover_timer.setSingleShot(True)
        self._hover_timer.setInterval(HOVER_MS)
        self._hover_timer.timeout.connect(self._look_under_cursor)
        self._antialiasing = Antialiasing(
            self.GetRenderWindow(), self.renderer, self.schedule_render, self
        )
        self.set_theme(theme)

    # What is shown

    def show_surface(
        self, mesh: Mesh, normals: NDArray[np.float32], colors: NDArray[np.uint8] | None
    ) -> None:
        """Show `mesh` with the colours `(V, 3)` of its heatmap, as clay where None."""
        self._measured_actor.show(mesh.vertices, normals, mesh.faces, _clay(mesh, colors))
        (look_plain if colors is None else look_measured)(self._measured_actor.actor)
        self._arrange()

    def show_reference(self, mesh: Mesh, normals: NDArray[np.float32]) -> None:
        """The surface that `reference`, `overlay` and `wipe` show beside the other."""
        self._reference_actor.show(mesh.vertices, normals, mesh.faces, _clay(mesh, None))
        self._arrange()

    def paint(self, colors: NDArray[np.uint8]) -> None:
        """Change the heatmap's colours `(V, 3)` and nothing else."""
        self._measured_actor.paint(colors)
        self.schedule_render()

    @property
    def colors(self) -> NDArray[np.uint8]:
        """The colours `(V, 3)` that are drawn."""
        return self._measured_actor.colors

    def picture(self) -> QImage:
        """What is shown, drawn now."""
        self.GetRenderWindow().Render()
        return self.grabFramebuffer()

    @property
    def has_content(self) -> bool:
        """Whether there is anything to look at."""
        drawn = len(self._measured_actor.vertices) + len(self._reference_actor.vertices)
        return drawn > 0

    def set_caption(self, name: str, note: str = "") -> None:
        """Say what is shown; a name that is too long loses its end, the note does not."""
        self._caption = name, note
        self._fit_caption()

    def _fit_caption(self) -> None:
        name, note = self._caption
        metrics = self.caption.fontMetrics()
        room = self.width() - CAPTION_MARGINS - metrics.horizontalAdvance(note)
        shown = metrics.elidedText(name, Qt.TextElideMode.ElideRight, max(room, 0))
        self.caption.setText(shown + note)
        self.caption.adjustSize()
        self.caption.setVisible(bool(name))

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
        self._wipe = min(max(share, 0.0), 1.0)
        self._place_wipe()
        self.schedule_render()

    def set_theme(self, theme: Theme) -> None:
        self.renderer.SetBackground(*(channel / 255.0 for channel in theme.backdrop_inner))
        self.renderer.SetBackground2(*(channel / 255.0 for channel in theme.backdrop_outer))
        self.renderer.GradientBackgroundOn()
        self.renderer.SetGradientMode(RADIAL_GRADIENT)
        self.caption.setStyleSheet(
            f"background: {theme.card}; color: {theme.text}; border: 1px solid {theme.line};"
            "border-radius: 8px; padding: 3px 9px;"
        )
        self.caption.adjustSize()
        self.schedule_render()

    def schedule_render(self) -> None:
        """Draw once, when the events that wait have been handled."""
        if not self._shut and not self._frame_timer.isActive():
            self._frame_timer.start(0)

    def shut(self) -> None:
        """Give the graphics back; nothing is drawn from now on."""
        if not self._shut:
            self._shut = True
            for timer in (self._frame_timer, self._hover_timer):
                timer.stop()
            self._antialiasing.stop()
            release_graphics(self)

    def _arrange(self) -> None:
        surface, reference = self._measured_actor, self._reference_actor
        has_surface, has_reference = len(surface.vertices) > 0, len(reference.vertices) > 0
        showing = self._showing
        surface.actor.SetVisibility(has_surface and showing != "reference")
        reference.actor.SetVisibility(has_reference and showing != "surface")
        reference.actor.GetProperty().SetOpacity(GHOST if showing == "overlay" else 1.0)
        for actor, plane in zip((surface, reference), self._planes, strict=True):
            mapper = actor.actor.GetMapper()
            mapper.RemoveAllClippingPlanes()
            if showing == "wipe":
                mapper.AddClippingPlane(plane)
        self._place_wipe()
        self.renderer.ResetCameraClippingRange()
        self.schedule_render()

    def _place_wipe(self) -> None:
        """Cut the surface off at the right and the reference at the left of one line.

        The plane goes through the viewer's eye and the line, so that it is seen as the line.
        """
        eye = np.array(self._orbit.position)
        outward = eye - np.array(self._orbit.target)
        outward /= np.linalg.norm(outward)
        right = np.cross(np.array(self._orbit.up), outward)
        slope = math.tan(math.radians(VIEW_ANGLE / 2.0)) * self.width() / max(self.height(), 1)
        angle = math.atan((2.0 * self._wipe - 1.0) * slope)
        normal = right * math.cos(angle) + outward * math.sin(angle)
        for plane, sign in zip(self._planes, (-1.0, 1.0), strict=True):
            plane.SetOrigin(*eye)
            plane.SetNormal(*(sign * normal))

    # The viewer

    @property
    def orbit(self) -> Orbit:
        return self._orbit

    def set_orbit(self, orbit: Orbit) -> None:
        """Stand elsewhere; says nothing, so that linked views do not answer each other."""
        self._orbit = orbit
        self.camera.SetPosition(orbit.position)
        self.camera.SetFocalPoint(orbit.target)
        self.camera.SetViewUp(orbit.up)
        self._place_wipe()
        self.renderer.ResetCameraClippingRange()
        self._antialiasing.hurry()
        self.schedule_render()

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

    def initializeGL(self) -> None:
        super().initializeGL()
        self._antialiasing.adapt()

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
        orbit = self._mouse.move(event, self._orbit, self.height())
        if orbit is not None:
            self._take_to(orbit)
        elif not event.buttons():
            self._cursor = event.position().x(), event.position().y()
            if not self._hover_timer.isActive():
                self._hover_timer.start()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._take_to(self.framed())
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._take_to(wheel_orbit(event, self._orbit, self.width(), self.height()))
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        self._cursor = None
        self._hover_timer.stop()
        self.hovered.emit(-1)
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.ignore()  # VTK's own keys would quit or change the scene

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        event.ignore()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_caption()
        self._place_wipe()
        self.schedule_render()

    def _stroke(self, event: QMouseEvent) -> None:
        vertex = self._vertex_at(event.position().x(), event.position().y())
        if vertex is not None:
            self.stroked.emit(vertex)
        event.accept()

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


def _clay(mesh: Mesh, colors: NDArray[np.uint8] | None) -> NDArray[np.uint8]:
    if colors is not None:
        return colors
    return np.tile(np.array(CLAY, np.uint8), (len(mesh.vertices), 1))
