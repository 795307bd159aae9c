"""Looking at the face through a photograph's camera: the part of the viewport that does it."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent

from app.viewport.orbit import VIEW_ANGLE
from app.viewport.orbit_mouse import pans, zoom_of_drag
from app.viewport.photo_camera import PhotoCamera
from app.viewport.photo_layer import PhotoLayer
from engine.project.picture import Picture

if TYPE_CHECKING:
    from app.viewport.viewport import Viewport
    from engine.photo.near_camera import NearCamera


class PhotoView:
    """Keeps the photo's camera on the viewport and the photo behind the face.

    Attributes:
        camera: the photo's; None while the viewer stands on an orbit.
    """

    def __init__(self, viewport: "Viewport") -> None:
        self._viewport = viewport
        self._layer = PhotoLayer(viewport.renderer)
        self._picture: Picture | None = None
        self._box: NDArray[np.float64] | None = None
        self._drawn = True
        self._framed = True
        self.camera: PhotoCamera | None = None

    @property
    def shown(self) -> bool:
        """Whether the viewer looks through a photo's camera."""
        return self.camera is not None

    def show(self, picture: Picture, near: "NearCamera", box: NDArray[np.float64]) -> None:
        """Look as the camera of the photo `picture` does; see `PhotoBackdrop`."""
        same = self.camera is not None and picture is self._picture
        self._picture, self._box = picture, box
        if same and self.camera is not None:
            self._stand(PhotoCamera(near, self.camera.centre, self.camera.zoom))
        else:
            self.camera = PhotoCamera(near, np.zeros(2), 1.0)
            self.frame()

    def hide(self) -> None:
        """Look from the orbit again."""
        if self.camera is None:
            return
        self.camera, self._picture = None, None
        self._layer.hide()
        lens = self._viewport.camera
        lens.SetParallelProjection(False)
        lens.SetViewAngle(VIEW_ANGLE)
        lens.SetWindowCenter(0.0, 0.0)
        self._viewport.set_orbit(self._viewport.orbit)

    def set_drawn(self, drawn: bool) -> None:
        """Draw the photo, or only look through its camera."""
        if drawn != self._drawn:
            self._drawn = drawn
            if self.camera is not None:
                self._stand(self.camera)

    def set_share(self, share: float) -> None:
        """How much of the photo is seen where the face is, 0 to 1."""
        self._layer.set_share(share)
        self._viewport.schedule_render()

    def frame(self) -> None:
        """Fill the view with the face in the photo."""
        picture = self._picture
        if self.camera is not None and picture is not None and self._box is not None:
            size = (picture.width, picture.height)
            self._stand(self.camera.framed(self._box, size, self._size))
            self._framed = True

    # Called by the viewport, for the mouse and for another size

    def drag(self, event: QMouseEvent, moved: QPointF) -> bool:
        """Move over the photo; False if the hand turns the head, which leaves it."""
        if self.camera is None:
            return False
        if pans(event):
            self._framed = False
            self._stand(self.camera.panned(moved.x(), -moved.y()))
            return True
        if event.buttons() & Qt.MouseButton.RightButton:
            self._framed = False
            self._stand(self.camera.zoomed_at(zoom_of_drag(moved), 0.0, 0.0))
            return True
        if event.buttons() & Qt.MouseButton.LeftButton:
            # The turn begins where the photo was taken from.
            orbit = self.camera.orbit(self._size[1])
            self._viewport.set_orbit(orbit)
        return False

    def zoom(self, factor: float, right: float, up: float) -> bool:
        """Closer by `factor`; False where no photo is shown."""
        if self.camera is None:
            return False
        self._framed = False
        self._stand(self.camera.zoomed_at(factor, right, up))
        return True

    def resize(self) -> None:
        """Fill a view of another size too, until a hand moves the photo."""
        if self._framed:
            self.frame()
        elif self.camera is not None:
            self._stand(self.camera)

    def _stand(self, camera: PhotoCamera) -> None:
        self.camera = camera
        if self._picture is not None and self._drawn:
            self._layer.show(self._picture, camera)
        else:
            self._layer.hide()
        lens = self._viewport.camera
        width, height = self._size
        lens.SetParallelProjection(camera.parallel)
        lens.SetPosition(camera.as_vector(camera.position))
        lens.SetFocalPoint(camera.as_vector(camera.aim))
        lens.SetViewUp(camera.as_vector(camera.up))
        lens.SetParallelScale(camera.parallel_scale(height))
        lens.SetViewAngle(VIEW_ANGLE if camera.parallel else camera.view_angle(height))
        lens.SetWindowCenter(*camera.window_centre(width, height))
        self._viewport.renderer.ResetCameraClippingRange()
        self._viewport.hurry()
        self._viewport.camera_moved.emit()
        self._viewport.schedule_render()

    @property
    def _size(self) -> tuple[int, int]:
        return max(self._viewport.width(), 1), max(self._viewport.height(), 1)
