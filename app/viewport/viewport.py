"""The 3D view: one face, well lit, that changes in place."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from app.eye_fit import EyeballFit
from app.live_preview import Frame
from app.other_items import PlacedItem
from app.picking import Marker
from app.surfaces import Surface
from app.theme import Theme
from app.viewport.eye_actors import EyeActors
from app.viewport.item_actors import ItemActors
from app.viewport.marker_actors import MarkerActors
from app.viewport.orbit import Orbit, orbit_of_camera, preset_orbit
from app.viewport.orbit_mouse import OrbitMouse, dragged, wheel_turn
from app.viewport.photo_camera import PhotoCamera
from app.viewport.photo_view import PhotoView
from app.viewport.picker import nearest_pick
from app.viewport.studio_view import StudioView
from app.viewport.surface_actor import SurfaceActor
from engine.models.protocol import Eye
from engine.project.document import Camera


class Viewport(StudioView):
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
        super().__init__("Face", parent)
        self.setMinimumSize(160, 120)
        self._look = theme
        self._framed = False
        self._mouse = OrbitMouse()
        self._surface_actor = SurfaceActor()
        self._eye_actors = EyeActors()
        self._item_actors = ItemActors(self.renderer)
        self._marker_actors = MarkerActors(self.renderer)
        self._photo = PhotoView(self)
        self._picking = False
        self._face_visible = True
        self._wireframe = False
        self._add_hidden(self._surface_actor.actor, *self._eye_actors.actors)
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
        self.hurry()
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
        self.hurry()
        self.renderer.ResetCameraClippingRange()
        self.schedule_render()

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
        self._surface_actor.set_edges(self._wireframe, theme.edge)
        super().set_theme(theme)

    # The viewer

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
        super().set_orbit(orbit)
        self.camera_moved.emit()

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

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._mouse.press(event)
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._mouse.release():
            self._click(event.position())
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
        moved = self._mouse.step(event)
        if moved is not None and not self._photo.drag(event, moved):
            orbit = dragged(self._orbit, event, moved, self.height())
            if orbit is not None:
                self.set_orbit(orbit)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.frame_face()
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        turn = wheel_turn(event, self.width(), self.height())
        event.accept()
        if not self._photo.zoom(turn.factor, turn.right, turn.up):
            self.set_orbit(self._orbit.zoomed_at(turn.factor, turn.right, turn.up, self.height()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._photo.resize()
