"""The bar of colours with its histogram: what the colours mean, and a brush for the surface."""

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import Theme
from engine.evaluation.heat import HeatStyle

BINS = 96
BAR_WIDTH = 20
LABEL_WIDTH = 54
TOP, BOTTOM = 30, 18
BEYOND = 0.06
"""Share of the height at each end for values outside the colours' range."""
LEAST_BRUSH_PIXELS = 4
TICKS = 5


class ValueBar(QWidget):
    """Colours from low to high, ticks in mm, and how much of the surface has each value.

    Drag over it to brush the surface; a click shows all of it again.

    Signals:
        brushed: the lowest and the highest value chosen, or None for all.
    """

    brushed = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("valueBar")
        self.setAccessibleName("Histogram of the errors")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.name_surface("")
        self._theme = theme
        self._style: HeatStyle | None = None
        self._shares: NDArray[np.float64] = np.zeros(BINS)
        self._brush: tuple[float, float] | None = None
        self._marker: float | None = None
        self._pressed: float | None = None

    def sizeHint(self) -> QSize:
        return QSize(BAR_WIDTH + LABEL_WIDTH + 110, 360)

    def minimumSizeHint(self) -> QSize:
        return QSize(BAR_WIDTH + LABEL_WIDTH + 70, 160)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def name_surface(self, name: str) -> None:
        """Say whose values are shown."""
        whose = f"Values of {name}." if name else "Values of the chosen surface."
        self.setToolTip(
            f"{whose}\nDrag to highlight a range on the surface; click to show all.\n"
            "Lengths go with the square root of the area that has a value."
        )

    def show_values(
        self,
        style: HeatStyle | None,
        values: NDArray | None = None,
        areas: NDArray | None = None,
        brush: tuple[float, float] | None = None,
    ) -> None:
        """Show how the `areas` `(V,)` are spread over the `values` `(V,)`, coloured by `style`."""
        self._style, self._brush = style, brush
        self._shares = np.zeros(BINS)
        if style is not None and values is not None and areas is not None:
            low, high = self._ends()
            known = np.isfinite(values)
            clipped = np.clip(values[known], low, high)
            counts, _ = np.histogram(clipped, BINS, (low, high), weights=areas[known])
            self._shares = counts / max(counts.max(), 1e-30)
        self.update()

    def mark(self, value: float | None) -> None:
        """Show where a value lies, for the cursor on the surface."""
        if value != self._marker:
            self._marker = value
            self.update()

    def value_at(self, y: float) -> float:
        """The value at a height of the widget in pixels."""
        low, high = self._ends()
        share = 1.0 - (y - TOP) / max(self.height() - TOP - BOTTOM, 1)
        return low + min(max(share, 0.0), 1.0) * (high - low)

    def _ends(self) -> tuple[float, float]:
        """The values at the widget's ends: some more than those of the colours."""
        if self._style is None:
            return 0.0, 1.0
        more = BEYOND * (self._style.high - self._style.low)
        below = 0.0 if self._style.low == 0 else more
        return self._style.low - below, self._style.high + more

    def _place(self, value: float) -> float:
        low, high = self._ends()
        share = (min(max(value, low), high) - low) / (high - low)
        return TOP + (1.0 - share) * (self.height() - TOP - BOTTOM)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._style is None:
            painter.setPen(QColor(self._theme.faint))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect(), flags, "No values yet")
            return
        self._paint_bar(painter, self._style)
        self._paint_histogram(painter, self._style)
        self._paint_ticks(painter, self._style)
        self._paint_marks(painter)

    def _paint_bar(self, painter: QPainter, style: HeatStyle) -> None:
        table = np.ascontiguousarray(style.colors.table[::-1])
        image = QImage(table.data, 1, len(table), 3, QImage.Format.Format_RGB888)
        top, bottom = self._place(style.high), self._place(style.low)
        low, high = self._ends()
        for value, color in ((high, table[0]), (low, table[-1])):
            edge = self._place(value)
            start = top if value == high else bottom
            painter.fillRect(
                QRectF(LABEL_WIDTH, min(edge, start), BAR_WIDTH, abs(start - edge)),
                QColor(*color.tolist()),
            )
        painter.drawImage(QRectF(LABEL_WIDTH, top, BAR_WIDTH, bottom - top), image)

    def _paint_histogram(self, painter: QPainter, style: HeatStyle) -> None:
        low, high = self._ends()
        edges = np.linspace(low, high, BINS + 1)
        left = LABEL_WIDTH + BAR_WIDTH + 6
        room = self.width() - left - 8
        colors = style.colors.paint(0.5 * (edges[1:] + edges[:-1]), style.low, style.high)
        outline = QColor(self._theme.faint)
        outline.setAlpha(150)
        for share, start, end, color in zip(
            self._shares, edges[:-1], edges[1:], colors, strict=True
        ):
            if share <= 0:
                continue
            top, bottom = self._place(end), self._place(start)
            # Roots, so that the few large errors can be seen beside the many small ones.
            box = QRectF(left, top, room * np.sqrt(share), max(bottom - top, 1.0))
            painter.fillRect(box, QColor(*color.tolist()))
            painter.fillRect(QRectF(box.right() - 1, top, 1, box.height()), outline)

    def _paint_ticks(self, painter: QPainter, style: HeatStyle) -> None:
        painter.setPen(QColor(self._theme.muted))
        metrics = QFontMetricsF(self.font())
        painter.drawText(QPointF(LABEL_WIDTH - 2, TOP - 12), "mm")
        decimals = tick_decimals(style.low, style.high)
        for value in np.linspace(style.low, style.high, TICKS):
            text, y = f"{value:.{decimals}f}", self._place(float(value))
            width = metrics.horizontalAdvance(text)
            painter.drawText(QPointF(LABEL_WIDTH - 9 - width, y + 0.35 * metrics.ascent()), text)
            painter.drawLine(QPointF(LABEL_WIDTH - 5, y), QPointF(LABEL_WIDTH - 1, y))

    def _paint_marks(self, painter: QPainter) -> None:
        right = self.width() - 4
        if self._brush is not None:
            top, bottom = self._place(self._brush[1]), self._place(self._brush[0])
            shade = QColor(self._theme.accent)
            shade.setAlpha(46)
            painter.fillRect(QRectF(LABEL_WIDTH, top, right - LABEL_WIDTH, bottom - top), shade)
            painter.setPen(QPen(QColor(self._theme.accent), 1.5))
            for y in (top, bottom):
                painter.drawLine(QPointF(LABEL_WIDTH, y), QPointF(right, y))
        if self._marker is not None and np.isfinite(self._marker):
            y = self._place(self._marker)
            painter.setPen(QPen(QColor(self._theme.text), 1.5))
            painter.drawLine(QPointF(LABEL_WIDTH - 3, y), QPointF(right, y))

    # The brush

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._style is not None:
            self._pressed = event.position().y()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None:
            return
        y = event.position().y()
        if abs(y - self._pressed) >= LEAST_BRUSH_PIXELS:
            self._say(self._pressed, y)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None:
            return
        start, self._pressed = self._pressed, None
        if abs(event.position().y() - start) < LEAST_BRUSH_PIXELS:
            self._brush = None
            self.update()
            self.brushed.emit(None)

    def _say(self, first: float, second: float) -> None:
        low, high = sorted((self.value_at(first), self.value_at(second)))
        ends = self._ends()
        # The ends stand for all that lies beyond.
        low = -np.inf if low <= ends[0] else low
        high = np.inf if high >= ends[1] else high
        self._brush = (low, high)
        self.update()
        self.brushed.emit(self._brush)


def tick_decimals(low: float, high: float) -> int:
    """Digits after the point that tell the ticks from `low` to `high` apart, the same for all."""
    step = max((high - low) / (TICKS - 1), 1e-12)
    return max(0, 1 - math.floor(math.log10(step)))
