"""How the mouse moves the viewer: the same in every view."""

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent

from app.viewport.orbit import Orbit

DEGREES_PER_PIXEL = 0.35
ZOOM_PER_NOTCH = 1.12
STILL_PIXELS = 4


class OrbitMouse:
    """Follows a hand on one view and says where it takes the viewer."""

    def __init__(self) -> None:
        self._pressed_at: QPointF | None = None
        self._still = False

    def press(self, event: QMouseEvent) -> None:
        self._pressed_at = event.position()
        self._still = event.button() == Qt.MouseButton.LeftButton

    def release(self) -> bool:
        """Whether it was a click: the left button, without a drag."""
        clicked, self._pressed_at = self._still and self._pressed_at is not None, None
        return clicked

    def move(self, event: QMouseEvent, orbit: Orbit, height: int) -> Orbit | None:
        """Where the viewer stands after a drag's step; None while there is none."""
        if self._pressed_at is None:
            return None
        moved = event.position() - self._pressed_at
        if self._still and moved.manhattanLength() < STILL_PIXELS:
            return None  # a hand that clicks trembles
        self._still = False
        self._pressed_at = event.position()
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        buttons = event.buttons()
        if buttons & Qt.MouseButton.MiddleButton or (shift and buttons & Qt.MouseButton.LeftButton):
            return orbit.panned(moved.x(), -moved.y(), height)
        if buttons & Qt.MouseButton.LeftButton:
            return orbit.turned(-DEGREES_PER_PIXEL * moved.x(), DEGREES_PER_PIXEL * moved.y())
        if buttons & Qt.MouseButton.RightButton:
            return orbit.zoomed(1.0 - 0.006 * moved.y())
        return None


def wheel_orbit(event: QWheelEvent, orbit: Orbit, width: int, height: int) -> Orbit:
    """Where a turn of the wheel takes the viewer: closer to what is under the cursor."""
    factor = ZOOM_PER_NOTCH ** (event.angleDelta().y() / 120.0)
    right, up = event.position().x() - width / 2.0, height / 2.0 - event.position().y()
    return orbit.zoomed_at(factor, right, up, height)
