"""The mouse over the viewport, for tests."""

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from app.viewport.viewport import Viewport

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.MouseButton.NoButton
PLAIN = Qt.KeyboardModifier.NoModifier


def pixel_of(viewport: Viewport, vertex: int) -> QPointF:
    """Where a vertex of the surface shown is in the picture."""
    return pixel_of_place(viewport, viewport.vertex_buffer[vertex])


def pixel_of_place(viewport: Viewport, place: np.ndarray) -> QPointF:
    """Where a point `(3,)` of the scene is in the picture."""
    orbit = viewport.orbit
    position, up = np.array(orbit.position), np.array(orbit.up)
    forward = np.array(orbit.target) - position
    forward /= np.linalg.norm(forward)
    arm = np.asarray(place, float) - position
    scale = viewport.height() / 2 / np.tan(np.radians(12.0)) / float(arm @ forward)
    x = viewport.width() / 2 + scale * float(arm @ np.cross(forward, up))
    return QPointF(x, viewport.height() / 2 - scale * float(arm @ up))


def send(viewport: Viewport, kind: QEvent.Type, place: QPointF, modifiers=PLAIN) -> None:
    """One event of the left button at `place`."""
    moving = kind == QEvent.Type.MouseMove
    held = LEFT if kind != QEvent.Type.MouseButtonRelease else NONE
    button = NONE if moving else LEFT
    there = viewport.mapToGlobal(place)
    QApplication.sendEvent(viewport, QMouseEvent(kind, place, there, button, held, modifiers))


def press(viewport: Viewport, place: QPointF, modifiers=PLAIN) -> None:
    send(viewport, QEvent.Type.MouseButtonPress, place, modifiers)


def move(viewport: Viewport, place: QPointF, modifiers=PLAIN) -> None:
    send(viewport, QEvent.Type.MouseMove, place, modifiers)


def release(viewport: Viewport, place: QPointF, modifiers=PLAIN) -> None:
    send(viewport, QEvent.Type.MouseButtonRelease, place, modifiers)


def pull(viewport: Viewport, vertex: int, by: QPointF, modifiers=PLAIN, steps: int = 5) -> None:
    """Press a vertex, pull it by pixels in some steps, let go."""
    start = pixel_of(viewport, vertex)
    press(viewport, start, modifiers)
    for step in range(1, steps + 1):
        move(viewport, start + by * (step / steps), modifiers)
    release(viewport, start + by, modifiers)
