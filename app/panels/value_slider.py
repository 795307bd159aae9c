"""A slider for one coordinate: filled from zero, fine with Shift, deaf to the plain wheel."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QSlider, QWidget

STEPS_PER_UNIT = 1000
"""QSlider counts in whole numbers; a coordinate's unit is this many of them."""

KEY_STEP, PAGE_STEP = 0.1, 0.5
FINE = 0.1
"""With Shift the handle moves this much of what the hand moves."""

HANDLE, GROOVE = 13.0, 4.0


class ValueSlider(QSlider):
    """Edits one real value between two ends.

    Signals:
        value_edited: the value, as the user moves it.
        drag_started, drag_ended: the mouse holds the handle.
    """

    value_edited = Signal(float)
    drag_started = Signal()
    drag_ended = Signal()

    def __init__(self, minimum: float, maximum: float, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setRange(_steps(minimum), _steps(maximum))
        self.setSingleStep(_steps(KEY_STEP))
        self.setPageStep(_steps(PAGE_STEP))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self._quiet = False
        self._last_x: float | None = None
        self._exact = 0.0
        self.valueChanged.connect(self._tell)

    @property
    def amount(self) -> float:
        """The value shown."""
        return self.value() / STEPS_PER_UNIT

    def show_amount(self, value: float) -> None:
        """Show a value that came from elsewhere; tells nobody."""
        self._quiet = True
        self.setValue(_steps(value))
        self._quiet = False

    def sizeHint(self) -> QSize:
        return QSize(120, 22)

    def minimumSizeHint(self) -> QSize:
        return QSize(60, 22)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        self._last_x = event.position().x()
        self.drag_started.emit()
        self.setSliderDown(True)
        on_handle = abs(self._last_x - self._x_of(self.amount)) <= HANDLE
        self._exact = self.amount
        if not on_handle and not _is_fine(event):
            self._exact = self._amount_at(self._last_x)
            self.setValue(_steps(self._exact))
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._last_x is None:
            return
        x = event.position().x()
        span = (self.maximum() - self.minimum()) / STEPS_PER_UNIT
        step = (x - self._last_x) / self._length() * span
        self._exact += step * FINE if _is_fine(event) else step
        self._last_x = x
        self.setValue(_steps(self._exact))
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._stop_drag()
            event.accept()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._stop_drag()
        super().focusOutEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()  # the panel scrolls
            return
        notches = event.angleDelta().y() / 120.0
        step = KEY_STEP * FINE if _is_fine(event) else KEY_STEP
        self.setValue(self.value() + round(notches * step * STEPS_PER_UNIT))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        sign = {
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: 1,
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Down: -1,
        }.get(Qt.Key(event.key()))
        if sign is not None and fine:
            self.setValue(self.value() + sign * _steps(KEY_STEP * FINE))
            event.accept()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        middle = self.height() / 2.0
        zero = self._x_of(min(max(0.0, self._lowest()), self._highest()))
        here = self._x_of(self.amount)
        self._paint_groove(painter, middle, zero, here)
        self._paint_handle(painter, middle, here)
        painter.end()

    def _paint_groove(self, painter: QPainter, middle: float, zero: float, here: float) -> None:
        palette = self.palette()
        left, length = HANDLE / 2.0, self._length()
        painter.setBrush(palette.color(QPalette.ColorRole.Mid))
        painter.drawRoundedRect(
            QRectF(left, middle - GROOVE / 2.0, length, GROOVE), GROOVE / 2.0, GROOVE / 2.0
        )
        painter.drawRoundedRect(QRectF(zero - 1.0, middle - 5.0, 2.0, 10.0), 1.0, 1.0)
        painter.setBrush(palette.color(QPalette.ColorRole.Highlight))
        painter.drawRoundedRect(
            QRectF(min(zero, here), middle - GROOVE / 2.0, abs(here - zero), GROOVE), 2.0, 2.0
        )

    def _paint_handle(self, painter: QPainter, middle: float, here: float) -> None:
        palette = self.palette()
        accent = palette.color(QPalette.ColorRole.Highlight)
        if self.hasFocus():
            halo = QColor(accent)
            halo.setAlpha(70)
            painter.setBrush(halo)
            painter.drawEllipse(QPointF(here, middle), HANDLE / 2.0 + 3.5, HANDLE / 2.0 + 3.5)
        held = self.isSliderDown() or self.underMouse()
        painter.setBrush(palette.color(QPalette.ColorRole.BrightText) if held else accent)
        painter.drawEllipse(QPointF(here, middle), HANDLE / 2.0, HANDLE / 2.0)
        painter.setBrush(palette.color(QPalette.ColorRole.Base))
        painter.drawEllipse(QPointF(here, middle), HANDLE / 2.0 - 3.0, HANDLE / 2.0 - 3.0)

    def _stop_drag(self) -> None:
        if self._last_x is not None:
            self._last_x = None
            self.setSliderDown(False)
            self.drag_ended.emit()

    def _tell(self, value: int) -> None:
        if not self._quiet:
            self.value_edited.emit(value / STEPS_PER_UNIT)

    def _lowest(self) -> float:
        return self.minimum() / STEPS_PER_UNIT

    def _highest(self) -> float:
        return self.maximum() / STEPS_PER_UNIT

    def _length(self) -> float:
        return max(1.0, self.width() - HANDLE)

    def _x_of(self, value: float) -> float:
        span = self._highest() - self._lowest()
        return HANDLE / 2.0 + self._length() * (value - self._lowest()) / max(span, 1e-9)

    def _amount_at(self, x: float) -> float:
        part = min(max((x - HANDLE / 2.0) / self._length(), 0.0), 1.0)
        return self._lowest() + part * (self._highest() - self._lowest())


def _steps(value: float) -> int:
    return round(value * STEPS_PER_UNIT)


def _is_fine(event: QMouseEvent | QWheelEvent) -> bool:
    return bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
