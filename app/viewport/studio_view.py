"""What every 3D view of a window is: lit by the studio, seen from an orbit, drawn when asked."""

from PySide6.QtCore import QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QWidget
from pyvistaqt import QtInteractor
from vtkmodules.vtkRenderingCore import vtkActor, vtkViewport

from app.theme import Theme
from app.viewport.antialiasing import Antialiasing
from app.viewport.graphics import release_graphics
from app.viewport.lighting import light_studio
from app.viewport.orbit import VIEW_ANGLE, Orbit, stand_on

RADIAL_GRADIENT = vtkViewport.GradientModes.VTK_GRADIENT_RADIAL_VIEWPORT_FARTHEST_CORNER


class StudioView(QtInteractor):
    """A scene without contents; what it shows and what the mouse does is up to each view."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        # pyvistaqt would draw five times a second on its own.
        super().__init__(parent=parent, auto_update=False)
        self.setAccessibleName(name)
        self.setAcceptDrops(False)
        self._orbit = Orbit()
        self._shut = False
        light_studio(self)
        self.camera.SetViewAngle(VIEW_ANGLE)
        self._frame_timer = QTimer(self)
        self._frame_timer.setSingleShot(True)
        self._frame_timer.timeout.connect(self.update)
        self._antialiasing = Antialiasing(
            self.GetRenderWindow(), self.renderer, self.schedule_render, self
        )

    @property
    def orbit(self) -> Orbit:
        return self._orbit

    def set_orbit(self, orbit: Orbit) -> None:
        """Stand elsewhere."""
        self._orbit = orbit
        stand_on(self.camera, orbit)
        self.renderer.ResetCameraClippingRange()
        self.hurry()
        self.schedule_render()

    def set_theme(self, theme: Theme) -> None:
        """Take the background from `theme`."""
        self.renderer.SetBackground(*(channel / 255.0 for channel in theme.backdrop_inner))
        self.renderer.SetBackground2(*(channel / 255.0 for channel in theme.backdrop_outer))
        self.renderer.GradientBackgroundOn()
        self.renderer.SetGradientMode(RADIAL_GRADIENT)
        self.schedule_render()

    def picture(self) -> QImage:
        """What is shown, drawn now."""
        self.GetRenderWindow().Render()
        return self.grabFramebuffer()

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

    def _add_hidden(self, *actors: vtkActor) -> None:
        """Take actors into the scene that have nothing to show yet."""
        for actor in actors:
            self.renderer.AddActor(actor)
            actor.SetVisibility(False)

    # Qt

    def initializeGL(self) -> None:
        super().initializeGL()
        self._antialiasing.adapt()

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
        self.schedule_render()
