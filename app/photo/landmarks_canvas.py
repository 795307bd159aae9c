"""A photo with its 68 landmarks, to be dragged."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from app.photo.canvas import PhotoCanvas
from app.photo.landmark_work import pinned_of
from engine.project.named_photo import NamedPhoto

REACH = 9.0
"""Pixels of the screen within which a landmark is taken hold of."""
FREE, SET, HELD = QColor(235, 240, 250), QColor(255, 176, 60), QColor(110, 168, 255)
SHADE = QColor(0, 0, 0, 150)
LINE = QColor(255, 255, 255, 110)

LINES = (
    *((range(17), False), (range(17, 22), False), (range(22, 27), False)),
    *((range(27, 31), False), (range(31, 36), False), (range(36, 42), True)),
    *((range(42, 48), True), (range(48, 60), True), (range(60, 68), True)),
)
"""Jaw, brows, nose, eyes and lips of the 68 landmarks, and which of them are closed."""


class LandmarksCanvas(PhotoCanvas):
    """Draws the landmarks; says which is dragged where.

    Signals:
        pressed: number of a landmark.
        moved: x and y of the hand, px of the photo.
        released: the hand let go.
        let_go: number of a landmark that was double-clicked.
        pointed: number of the landmark under the mouse, -1 for none.
    """

    pressed = Signal(int)
    moved = Signal(float, float)
    released = Signal()
    let_go = Signal(int)
    pointed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._landmarks: NDArray[np.float64] = np.zeros((0, 2))
        self._pinned: NDArray[np.bool_] = np.zeros(0, bool)
        self._held: int | None = None
        self._under = -1
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)

    def show_landmarks(self, photo: NamedPhoto, landmarks: NDArray[np.float64]) -> None:
        """Show `photo` with `landmarks` `(68, 2)` px upon it."""
        fresh = photo.picture is not self.picture
        self.show_picture(photo.picture)
        self._landmarks, self._pinned = landmarks, pinned_of(photo)
        if fresh:
            x0, y0, x1, y1 = (float(value) for value in photo.found.box)
            margin = 0.2 * max(x1 - x0, y1 - y0)
            self.show_box((x0 - margin, y0 - margin, x1 + margin, y1 + margin))
        self.viewport().update()

    def nearest(self, place: QPointF) -> int:
        """The landmark under a place of the widget, -1 if there is none."""
        if not len(self._landmarks):
            return -1
        scale, here = self.scale_now, self.photo_place(place)
        gaps = scale * np.hypot(*(self._landmarks - (here.x(), here.y())).T)
        return int(gaps.argmin()) if gaps.min() <= REACH else -1

    # Qt

    def mousePressEvent(self, event: QMouseEvent) -> None:
        number = self.nearest(event.position())
        if number < 0 or event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        self._held = number
        self.pressed.emit(number)
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._held is not None:
            place = self.photo_place(event.position())
            self.moved.emit(place.x(), place.y())
            event.accept()
            return
        under = self.nearest(event.position())
        if under != self._under:
            self._under = under
            shape = Qt.CursorShape.ArrowCursor if under < 0 else Qt.CursorShape.PointingHandCursor
            self.viewport().setCursor(shape)
            self.pointed.emit(under)
            self.viewport().update()
        super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._held is None:
            super().mouseReleaseEvent(event)
            return
        self._held = None
        self.released.emit()
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        number = self.nearest(event.position())
        if number >= 0:
            self.let_go.emit(number)
            event.accept()
        else:
            super().mouseDoubleClickEvent(event)

    def drawForeground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        del rect
        if not len(self._landmarks):
            return
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        places = [self.widget_place(float(x), float(y)) for x, y in self._landmarks]
        painter.setPen(QPen(LINE, 1.2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for numbers, closed in LINES:
            line = QPolygonF([places[number] for number in numbers])
            if closed:
                painter.drawPolygon(line)
            else:
                painter.drawPolyline(line)
        for number, place in enumerate(places):
            self._draw(painter, number, place)
        painter.restore()

    def _draw(self, painter: QPainter, number: int, place: QPointF) -> None:
        active = number in (self._held, self._under)
        color = HELD if active else SET if self._pinned[number] else FREE
        radius = 5.0 if active else 3.8 if self._pinned[number] else 3.0
        painter.setPen(QPen(SHADE, 1.4))
        painter.setBrush(color)
        painter.drawEllipse(place, radius, radius)
