"""The photo of an import, with the faces that were found and the marks of a hand."""

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPen
from PySide6.QtWidgets import QWidget

from app.photo.canvas import PhotoCanvas
from app.photo.import_state import PhotoImportState
from app.theme import MARK_COLORS
from app.written_numbers import as_percent

CHOSEN, OTHER = QColor(110, 168, 255), QColor(230, 234, 241, 190)
SHADE = QColor(0, 0, 0, 130)
DOT = 5.0
"""Radius of a mark, px of the screen."""


class FacesCanvas(PhotoCanvas):
    """Draws boxes with the detector's confidence, and numbered marks.

    Signals:
        face_clicked: index of the face whose box was clicked on.
        marked: x and y of a mark, px of the photo.
    """

    face_clicked = Signal(int)
    marked = Signal(float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state: PhotoImportState | None = None
        self.clicked.connect(self._click)

    def show_state(self, state: PhotoImportState) -> None:
        """Show the photo with what is known of it."""
        before = self._state
        self._state = state
        self.show_picture(state.picture)
        marking = state.stage == "marking"
        shape = Qt.CursorShape.CrossCursor if marking else Qt.CursorShape.ArrowCursor
        self.viewport().setCursor(shape)
        if before is None or _drawn(before) != _drawn(state):
            self.viewport().update()

    def _click(self, x: float, y: float) -> None:
        if self._state is None:
            return
        if self._state.stage == "marking":
            self.marked.emit(x, y)
            return
        inside = [
            (float((face.box[2] - face.box[0]) * (face.box[3] - face.box[1])), index)
            for index, face in enumerate(self._state.faces)
            if face.box[0] <= x <= face.box[2] and face.box[1] <= y <= face.box[3]
        ]
        if inside:
            self.face_clicked.emit(min(inside)[1])

    def drawForeground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        del rect
        state = self._state
        if state is None or state.picture is None:
            return
        painter.save()
        painter.resetTransform()  # marks keep their size on the screen
        if state.stage == "marking":
            for number, (x, y) in enumerate(state.marks):
                self._draw_mark(painter, number, self.widget_place(x, y))
        else:
            for index in range(len(state.faces)):
                self._draw_face(painter, state, index)
        painter.restore()

    def _draw_face(self, painter: QPainter, state: PhotoImportState, index: int) -> None:
        face, chosen = state.faces[index], index == state.chosen
        x0, y0, x1, y1 = (float(value) for value in face.box)
        box = QRectF(self.widget_place(x0, y0), self.widget_place(x1, y1))
        color = CHOSEN if chosen else OTHER
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(SHADE, 4.0 if chosen else 3.0))
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(QPen(color, 2.0 if chosen else 1.2))
        painter.drawRoundedRect(box, 4, 4)
        if chosen:
            painter.setPen(QPen(SHADE, 1.0))
            painter.setBrush(color)
            for x, y in face.points:
                painter.drawEllipse(self.widget_place(float(x), float(y)), 2.5, 2.5)
        by_hand = face.confidence >= 1.0
        text = "by hand" if by_hand else as_percent(face.confidence)
        if chosen or len(state.faces) > 1:
            self._draw_label(painter, text, box.topLeft(), color)

    def _draw_label(self, painter: QPainter, text: str, place: QPointF, color: QColor) -> None:
        font = QFont(self.font())
        font.setPointSizeF(8.5)
        painter.setFont(font)
        size = painter.fontMetrics().boundingRect(text).adjusted(-4, -1, 4, 1)
        label = QRectF(place.x(), place.y() - size.height() - 3, size.width(), size.height())
        if label.top() < 0:
            label.moveTop(place.y() + 3)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(SHADE)
        painter.drawRoundedRect(label, 3, 3)
        painter.setPen(color)
        painter.drawText(label, Qt.AlignmentFlag.AlignCenter, text)

    def _draw_mark(self, painter: QPainter, number: int, place: QPointF) -> None:
        painter.setPen(QPen(SHADE, 2.0))
        painter.setBrush(QColor(*MARK_COLORS[number % len(MARK_COLORS)]))
        painter.drawEllipse(place, DOT, DOT)
        self._draw_label(painter, str(number + 1), place + QPointF(DOT, -DOT), OTHER)


def _drawn(state: PhotoImportState) -> tuple[object, ...]:
    """What the marks upon the photo depend on."""
    return state.marks, len(state.faces), id(state.faces), state.chosen, state.stage
