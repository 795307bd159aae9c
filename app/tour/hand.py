"""The hand of the tour: it drags sliders and waits, while the window goes on as for anybody."""

import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QEventLoop, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget

from app.panels.value_slider import STEPS_PER_UNIT, ValueSlider
from engine.errors import InputError

PATIENCE_SECONDS = 300.0
"""Longer than the largest export takes on a slow processor."""

DRAG_STEPS = 12

EDGE = 7.0
"""Pixels from a slider's end to the middle of its handle there."""


def bring_into_view(widget: QWidget) -> None:
    """Scroll the area that `widget` lies in."""
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QScrollArea):
            parent.ensureWidgetVisible(widget)
        parent = parent.parentWidget()


def drag(slider: ValueSlider, amount: float) -> None:
    """Press the slider's handle, move it in steps until it shows `amount`, and let go."""
    span = (slider.maximum() - slider.minimum()) / STEPS_PER_UNIT
    start = slider.amount
    share = start / span - slider.minimum() / STEPS_PER_UNIT / span
    x = min(max(share * slider.width(), EDGE), slider.width() - EDGE)
    _send(slider, QEvent.Type.MouseButtonPress, x)
    for step in range(1, DRAG_STEPS + 1):
        wanted = start + (amount - start) * step / DRAG_STEPS
        x += (wanted - slider.amount) / span * slider.width()
        _send(slider, QEvent.Type.MouseMove, x)
        settle(0.03)
    _send(slider, QEvent.Type.MouseButtonRelease, x)


def _send(slider: ValueSlider, kind: QEvent.Type, x: float) -> None:
    place = QPointF(x, slider.height() / 2.0)
    button = Qt.MouseButton.LeftButton
    moving, released = kind == QEvent.Type.MouseMove, kind == QEvent.Type.MouseButtonRelease
    event = QMouseEvent(
        kind,
        place,
        slider.mapToGlobal(place),
        Qt.MouseButton.NoButton if moving else button,
        Qt.MouseButton.NoButton if released else button,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(slider, event)


def settle(seconds: float) -> None:
    """Handle events for a while, so that what was asked for is on the screen."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 10)
        time.sleep(0.002)


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Handle events until `condition` holds.

    Raises:
        InputError: it does not within `PATIENCE_SECONDS`.
    """
    ends = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > ends:
            raise InputError(f"The tour waited {PATIENCE_SECONDS:.0f} s for {what} and gave up.")
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
        time.sleep(0.002)
