"""Clicks and drags of one hand."""

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent

from app.viewport.orbit import Orbit
from app.viewport.orbit_mouse import DEGREES_PER_PIXEL, OrbitMouse, dragged

NO, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
LEFT, MIDDLE, RIGHT = (
    Qt.MouseButton.LeftButton,
    Qt.MouseButton.MiddleButton,
    Qt.MouseButton.RightButton,
)


def mouse_event(
    x: float, y: float, button: Qt.MouseButton = LEFT, keys: Qt.KeyboardModifier = NO
) -> QMouseEvent:
    place = QPointF(x, y)
    return QMouseEvent(QEvent.Type.MouseMove, place, place, button, button, keys)


def test_a_press_without_a_drag_is_one_click() -> None:
    mouse = OrbitMouse()
    mouse.press(mouse_event(50, 50))
    assert mouse.step(mouse_event(51, 52)) is None, "a hand that clicks trembles"
    assert mouse.release()
    assert not mouse.release(), "a double click ends with a second release"


def test_a_drag_is_no_click() -> None:
    mouse = OrbitMouse()
    mouse.press(mouse_event(50, 50))
    assert mouse.step(mouse_event(60, 45)) == QPointF(10, -5)
    assert mouse.step(mouse_event(61, 45)) == QPointF(1, 0), "from where the last step ended"
    assert not mouse.release()
    assert mouse.step(mouse_event(80, 80)) is None


@pytest.mark.parametrize(
    ("button", "keys", "expected"),
    [
        (LEFT, NO, Orbit().turned(-10 * DEGREES_PER_PIXEL, 4 * DEGREES_PER_PIXEL)),
        (LEFT, SHIFT, Orbit().panned(10, -4, 400)),
        (MIDDLE, NO, Orbit().panned(10, -4, 400)),
        (RIGHT, NO, Orbit().zoomed(1.0 - 0.006 * 4)),
        (Qt.MouseButton.BackButton, NO, None),
    ],
)
def test_each_button_moves_the_viewer_in_its_way(
    button: Qt.MouseButton, keys: Qt.KeyboardModifier, expected: Orbit | None
) -> None:
    event = mouse_event(60, 54, button, keys)
    assert dragged(Orbit(), event, QPointF(10, 4), 400) == expected
