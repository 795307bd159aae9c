"""How the mouse moves the viewer: the same in every view."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent

from app.viewport.orbit import Orbit

DEGREES_PER_PIXEL = 0.35
ZOOM_PER_PIXEL = 0.006
ZOOM_PER_NOTCH = 1.12
STILL_PIXELS = 4


class OrbitMouse:
    """Follows a hand on one view and tells drags from clicks."""

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

    def step(self, event: QMouseEvent) -> QPointF | None:
        """How far a drag went on, in pixels; None while there is none."""
        if self._pressed_at is None:
            return None
        moved = event.position() - self._pressed_at
        if self._still and moved.manhattanLength() < STILL_PIXELS:
            return None  # a hand that clicks trembles
        self._still = False
        self._pressed_at = event.position()
        return moved


def pans(event: QMouseEvent) -> bool:
    """Whether a drag moves what is seen sideways: with the middle button, or Shift and the left."""
    buttons = event.buttons()
    shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
    left = bool(buttons & Qt.MouseButton.LeftButton)
    return bool(buttons & Qt.MouseButton.MiddleButton) or (shift and left)


def dragged(orbit: Orbit, event: QMouseEvent, moved: QPointF, height: int) -> Orbit | None:
    """Where a drag's step of `moved` pixels takes the viewer, in a view of `height` pixels.

    None where the buttons that are held mean nothing.
    """
    if pans(event):
        return orbit.panned(moved.x(), -moved.y(), height)
    if event.buttons() & Qt.MouseButton.LeftButton:
        return orbit.turned(-DEGREES_PER_PIXEL * moved.x(), DEGREES_PER_PIXEL * moved.y())
    if event.buttons() & Qt.MouseButton.RightButton:
        return orbit.zoomed(zoom_of_drag(moved))
    return None


def zoom_of_drag(moved: QPointF) -> float:
    """Closer by this factor when the right button is drawn up."""
    return 1.0 - ZOOM_PER_PIXEL * moved.y()


@dataclass(frozen=True, slots=True)
class WheelTurn:
    """A turn of the wheel: closer by `factor` to what is `right` and `up` pixels off the middle."""

    factor: float
    right: float
    up: float


def wheel_turn(event: QWheelEvent, width: int, height: int) -> WheelTurn:
    """What a turn of the wheel asks of a view of this size."""
    place = event.position()
    factor = ZOOM_PER_NOTCH ** (event.angleDelta().y() / 120.0)
    return WheelTurn(factor, place.x() - width / 2.0, height / 2.0 - place.y())
