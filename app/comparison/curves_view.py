"""The cumulative error curves of all that is shown, in one plot."""

from collections.abc import Mapping

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from app.theme import Theme
from engine.evaluation.curves import CumulativeCurve
from engine.evaluation.plots import DASHES, LINE_COLORS, curve_limit

LEFT, RIGHT, TOP, BOTTOM = 46, 14, 12, 34
POINTS = 240
_PENS = {
    "-": Qt.PenStyle.SolidLine,
    "--": Qt.PenStyle.DashLine,
    "-.": Qt.PenStyle.DashDotLine,
    ":": Qt.PenStyle.DotLine,
}


class CurvesView(QWidget):
    """Draws what `engine.evaluation.plots.curves_plot` writes."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Cumulative error curves")
        self.setToolTip("How much of each surface lies within a distance of the reference")
        self._theme = theme
        self.curves: Mapping[str, CumulativeCurve] = {}

    def sizeHint(self) -> QSize:
        return QSize(420, 200)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_curves(self, curves: Mapping[str, CumulativeCurve]) -> None:
        self.curves = dict(curves)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self.curves:
            painter.setPen(QColor(self._theme.faint))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "Nothing is measured yet")
            return
        limit = curve_limit(self.curves)
        area = QRectF(LEFT, TOP, self.width() - LEFT - RIGHT, self.height() - TOP - BOTTOM)
        self._paint_grid(painter, area, limit)
        grid = np.linspace(0.0, limit, POINTS)
        for index, curve in enumerate(self.curves.values()):
            shares = curve.share_within(grid)
            line = QPolygonF(
                [
                    QPointF(
                        area.left() + area.width() * x / limit, area.bottom() - area.height() * y
                    )
                    for x, y in zip(grid.tolist(), shares.tolist(), strict=True)
                ]
            )
            painter.setPen(self._pen(index))
            painter.drawPolyline(line)
        self._paint_legend(painter, area)

    def _pen(self, index: int) -> QPen:
        color = QColor(LINE_COLORS[index % len(LINE_COLORS)])
        if color.lightness() < 40 and QColor(self._theme.window).lightness() < 128:
            color = QColor(self._theme.text)
        pen = QPen(color, 2.0)
        pen.setStyle(_PENS[DASHES[index // len(LINE_COLORS) % len(DASHES)]])
        return pen

    def _paint_grid(self, painter: QPainter, area: QRectF, limit: float) -> None:
        metrics = QFontMetricsF(self.font())
        lines, text = QPen(QColor(self._theme.line), 1.0), QPen(QColor(self._theme.muted))
        for step in range(5):
            y = area.bottom() - area.height() * step / 4
            x = area.left() + area.width() * step / 4
            painter.setPen(lines)
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
            painter.setPen(text)
            label = f"{25 * step} %"
            width = metrics.horizontalAdvance(label)
            painter.drawText(QPointF(area.left() - 6 - width, y + 0.35 * metrics.ascent()), label)
            label = f"{limit * step / 4:.3g}" + (" mm" if step == 4 else "")
            width = metrics.horizontalAdvance(label)
            painter.drawText(
                QPointF(min(x - width / 2, self.width() - width - 2), area.bottom() + 18), label
            )

    def _paint_legend(self, painter: QPainter, area: QRectF) -> None:
        metrics = QFontMetricsF(self.font())
        height = metrics.height() + 2
        y = area.bottom() - height * len(self.curves) - 4
        widest = max(metrics.horizontalAdvance(name) for name in self.curves)
        x = area.right() - widest - 12
        for index, name in enumerate(self.curves):
            painter.setPen(self._pen(index))
            middle = y + height / 2
            painter.drawLine(QPointF(x - 30, middle), QPointF(x - 8, middle))
            painter.setPen(QColor(self._theme.text))
            painter.drawText(QPointF(x, y + metrics.ascent()), name)
            y += height
