"""The 3D view: one face, well lit, that changes in place."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDropEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget
from pyvistaqt import QtInteractor
from vtkmodules.vtkRenderingCore import vtkViewport

from app.eye_fit import EyeballFit
from app.live_preview import Frame
from app.other_items import PlacedItem
from app.picking import Marker
from app.surfaces import Surface
from app.theme import Theme
from app.viewport.antialiasing import Antialiasing
from app.viewport.eye_actors import EyeActors
from app.viewport.graphics import release_graphics
from app.viewport.item_actors import ItemActors
from app.viewport.lighting import light_studio
from app.viewport.marker_actors import MarkerActors
from app.viewport.orbit import VIEW_ANGLE, Orbit, orbit_of_camera, preset_orbit
from app.viewport.photo_camera import PhotoCamera
from app.viewport.photo_view import PhotoView
from app.viewport.picker import nearest_pick
from app.viewport.surface_actor import SurfaceActor
from engine.models.protocol import Eye
from engine.project.document import Camera

DEGREES_PER_PIXEL = 0.35
ZOOM_PER_NOTCH = 1.12
STILL_PIXELS = 4
RADIAL_GRADIENT = vtkViewport.GradientModes.VTK_GRADIENT_RADIAL_VIEWPORT_FARTHEST_CORNER


class Viewport(QtInteractor):
    """Shows a surface and lets the viewer walk around it.

    Signals:
        camera_moved: the viewer moved.
        clicked: the vertex that was clicked on, without a drag.
        picked: a `Pick`, instead of `clicked` while `set_picking` is on.
        item_clicked: the face or scan beside the active face that was clicked on.
        photo_left: the viewer turned away from where a photo was taken.
    """

    camera_moved = Signal()
    clicked = Signal(int)
    picked = Signal(object)
    item_clicked = Signal(object)
    photo_left = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        # pyvistaqt would draw five times a second on its own.
        super().__init__(parent=parent, auto_update=False)
        self.setAccessibleName("Face")
        self.setAcceptDrops(False)
        self.setMinimumSize(160, 120)
        self._look = theme
        self._orbit = Orbit()
        self._framed = False
        self._shut = False
        self._pressed_at: QPointF | None = None
        self._still = False
        self._surface_actor = SurfaceActor()
        self._eye_actors = EyeActors()
        self._item_actors = ItemActors(self.renderer)
        self._marker_actors = MarkerActors(self.renderer)
        self._photo = PhotoView(self)
        self._picking = False
        self._face_visible = True
        self._wireframe = False
        light_studio(self)
        for actor in (self._surface_actor.actor, *self._eye_actors.actors):
            self.renderer.AddActor(actor)
            actor.SetVisibility(False)
        self.camera.SetViewAngle(VIEW_ANGLE)
        self._frame_timer = QTimer(self)
        self._frame_timer.setSingleShot(True)
        self._frame_timer.timeout.connect(self.update)
        self._antialiasing = Antialiasing(
            self.GetRenderWindow(), self.renderer, self.schedule_render, self
        )
        self.set_theme(theme)

    # What is shown

    @property
    def vertex_buffer(self) -> NDArray[np.float32]:
        """The positions `(V, 3)` that are drawn."""
        return self._surface_actor.vertices

    @property
    def color_buffer(self) -> NDArray[np.uint8]:
        """The colours `(V, 3)` that are drawn."""
        return self._surface_actor.colors

    def show_surface(self, surface: Surface, colors: NDArray[np.uint8]) -> None:
        """Show `surface` in place of the last one."""
        self._surface_actor.show(surface.vertices, surface.normals, surface.faces, colors)
        self._surface_actor.actor.SetVisibility(self._face_visible)
        if not self._framed:
            self._framed = True
            self.frame_face()
        self.schedule_render()

    def move_surface(self, frame: Frame) -> None:
        """Move the vertices of the surface that is shown."""
        self._surface_actor.move(frame.vertices, frame.normals)
        self._antialiasing.hurry()
        self.schedule_render()

    def paint_surface(self, colors: NDArray[np.uint8]) -> None:
        """Colour the surface that is shown; `(V, 3)`."""
        self._surface_actor.paint(colors)
        self.schedule_render()

    def fit_eyes(self, eyes: tuple[Eye, Eye], fits: tuple[EyeballFit, EyeballFit]) -> None:
        """Put irises onto eyeballs whose surfaces are known."""
        self._eye_actors.fit(eyes, fits)
        self._eye_actors.set_visible(self._face_visible)
        self.schedule_render()

    def place_eyes(self, eyes: tuple[Eye, Eye]) -> None:
        """Move the irises with the eyes."""
        self._eye_actors.place(eyes)
        self._eye_actors.set_visible(self._face_visible)
        self.schedule_render()

    def set_face_visible(self, visible: bool) -> None:
        """Draw the face that is edited, or not."""
        self._face_visible = visible
        drawn = visible and len(self.vertex_buffer) > 0
        self._surface_actor.actor.SetVisibility(drawn)
        self._eye_actors.set_visible(drawn)
        self.schedule_render()

    def show_items(self, items: tuple[PlacedItem, ...]) -> None:
        """Show other faces and scans, these and no others."""
        self._item_actors.show(items)
        self._antialiasing.hurry()
        self.renderer.ResetCameraClippingRange()
        self.schedule_render()

    def picture(self) -> QImage:
        """What is shown, drawn now."""
        self.GetRenderWindow().Render()
        return self.grabFramebuffer()

    @property
    def picking(self) -> bool:
        """Whether a click points at a place on any surface."""
        return self._picking

    def set_picking(self, picking: bool) -> None:
        """Whether a click points at a place on any surface, rather than at a part."""
        self._picking = picking
        self.setCursor(Qt.CursorShape.CrossCursor if picking else Qt.CursorShape.ArrowCursor)

    def show_markers(self, markers: tuple[Marker, ...]) -> None:
        """Show numbered dots, these and no others."""
        self._marker_actors.show(markers)
        self.schedule_render()

    def set_wireframe(self, visible: bool) -> None:
        self._wireframe = visible
        self._surface_actor.set_edges(visible, self._look.edge)
        self.schedule_render()

    def set_theme(self, theme: Theme) -> None:
        """Take the background and the edges from `theme`."""
        self._look = theme
        inner, outer = (
            tuple(channel / 255.0 for channel in color)
            for color in (theme.backdrop_inner, theme.backdrop_outer)
        )
        self.renderer.SetBackground(*inner)
        self.renderer.SetBackground2(*outer)
        self.renderer.GradientBackgroundOn()
        self.renderer.SetGradientMode(RADIAL_GRADIENT)
        self._surface_actor.set_edges(self._wireframe, theme.edge)
        self.schedule_render()

    def hurry(self) -> None:
        """Something moves: the next pictures must be quick."""
        self._antialiasing.hurry()

    def schedule_render(self) -> None:
        """Draw once, when the events that wait have been handled."""
        if not self._shut and not self._frame_timer.isActive():
            self._frame_timer.start(0)

    def shut(self) -> None:
        """Give the graphics back; nothing is drawn from now on."""
        if not self._shut:
            self._shut = True
            self._frame_timer.stop()
            self._antialiasing.stop()
            release_graphics(self)

    # The viewer

    @property
    def orbit(self) -> Orbit:
        return self._orbit

    @property
    def lens(self) -> Orbit | PhotoCamera:
        """What the viewer looks through: an orbit, or the camera of a photo."""
        return self._photo.camera or self._orbit

    @property
    def photo(self) -> PhotoView:
        """The photo behind the face and its camera."""
        return self._photo

    def set_orbit(self, orbit: Orbit) -> None:
        if self._photo.shown:
            self._photo.hide()
            self.photo_left.emit()
        self._orbit = orbit
        camera = self.camera
        camera.SetPosition(orbit.position)
        camera.SetFocalPoint(orbit.target)
        camera.SetViewUp(orbit.up)
        self.renderer.ResetCameraClippingRange()
        self._antialiasing.hurry()
        self.camera_moved.emit()
        self.schedule_render()

    def camera_now(self) -> Camera:
        """Where the viewer stands, as a document keeps it."""
        return self._orbit.camera()

    def look_from(self, preset: str, mirrored: bool = False) -> None:
        """Look from one of `PRESETS`, or from its other side."""
        self.set_orbit(preset_orbit(self._orbit, preset, mirrored))
        self.frame_face()

    def look_through(self, camera: Camera | None) -> None:
        """Look as a document says, or from the front."""
        if camera is None:
            self.look_from("front")
        else:
            self.set_orbit(orbit_of_camera(camera))

    def frame_face(self) -> None:
        """Fill the picture with what is visible, the face or all that stands beside it."""
        if self._photo.shown:
            self._photo.frame()
            return
        points = self.vertex_buffer if self._face_visible else self.vertex_buffer[:0]
        points = np.concatenate([points, self._item_actors.points()])
        if not len(points):
            points = self.vertex_buffer
        if len(points):
            aspect = self.width() / max(self.height(), 1)
            self.set_orbit(self._orbit.framed(points, aspect))

    # Qt

    def initializeGL(self) -> None:
        super().initializeGL()
        self._antialiasing.adapt()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed_at = event.position()
        self._still = event.button() == Qt.MouseButton.LeftButton
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._still:
            self._click(event.position())
        self._pressed_at = None
        event.accept()

    def _click(self, place: QPointF) -> None:
        """Say what was clicked on; the active face goes before what lies over it."""
        x, y, width, height = place.x(), place.y(), self.width(), self.height()
        face = self._surface_actor if self._face_visible else None
        vertex = self.lens.pick(self.vertex_buffer, x, y, width, height)
        if vertex is not None and face is not None and not self._picking:
            self.clicked.emit(vertex)
            return
        pick = nearest_pick(self.lens.ray(x, y, width, height), face, self._item_actors.items())
        if pick is not None and self._picking:
            self.picked.emit(pick)
        elif pick is not None and pick.ref is not None:
            self.item_clicked.emit(pick.ref)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed_at is None:
            return
        moved = event.position() - self._pressed_at
        if self._still and moved.manhattanLength() < STILL_PIXELS:
            return  # a hand that clicks trembles
        self._still = False
        self._pressed_at = event.position()
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        buttons = event.buttons()
        if self._photo.drag(buttons, shift, moved):
            return
        if buttons & Qt.MouseButton.MiddleButton or (shift and buttons & Qt.MouseButton.LeftButton):
            self.set_orbit(self._orbit.panned(moved.x(), -moved.y(), self.height()))
        elif buttons & Qt.MouseButton.LeftButton:
            self.set_orbit(
                self._orbit.turned(-DEGREES_PER_PIXEL * moved.x(), DEGREES_PER_PIXEL * moved.y())
            )
        elif buttons & Qt.MouseButton.RightButton:
            self.set_orbit(self._orbit.zoomed(1.0 - 0.006 * moved.y()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.frame_face()
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        factor = ZOOM_PER_NOTCH ** (event.angleDelta().y() / 120.0)
        right = event.position().x() - self.width() / 2.0
        up = self.height() / 2.0 - event.position().y()
        event.accept()
        if self._photo.zoom(factor, right, up):
            return
        self.set_orbit(self._orbit.zoomed_at(factor, right, up, self.height()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.ignore()  # VTK's own keys would quit or change the scene

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        event.ignore()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        event.ignore()  # the window takes documents; VTK would load any mesh

    def dropEvent(self, event: QDropEvent) -> None:
        event.ignore()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._photo.resize()
        self.schedule_render()
