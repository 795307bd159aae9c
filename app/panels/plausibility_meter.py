"""How usual a part is, as a small bar with its percentile."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.theme import Theme

RARE, VERY_RARE = 95.0, 99.0
"""Percentiles from which the bar warns."""

BAR_HEIGHT = 3.0


class PlausibilityMeter(QWidget):
    """Shows what share of the training faces lies nearer to the mean than this part."""

    def __init__(self, part: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._part = part
        self._theme = theme
        self._percentile = 0.0
        self.setAccessibleName(f"How unusual the {part} is")
        self.setFixedSize(self.sizeHint())
        self.show_plausibility(0.0, 0.0)

    @property
    def text(self) -> str:
        """The percentile as it is shown; a part at the mean shows none."""
        if self._percentile <= 0.0:
            return ""
        if self._percentile > 99.0:
            return ">99 %"
        return f"{max(self._percentile, 1.0):.0f} %"

    def show_plausibility(self, distance: float, percentile: float) -> None:
        """Show a Mahalanobis distance in σ and its percentile of the training faces."""
        if percentile != self._percentile or not self.toolTip():
            self._percentile = percentile
            self.update()
            self.setToolTip(self._tip(distance))

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(">99 %") + 4, 24)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        if not self.text:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = QColor(self._color())
        painter.setPen(QColor(self._theme.faint) if self._percentile < RARE else color)
        box = QRectF(self.rect()).adjusted(0, 0, 0, -BAR_HEIGHT - 1)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(box, right, self.text)
        rail = QRectF(4.0, self.height() - BAR_HEIGHT - 1, self.width() - 4.0, BAR_HEIGHT)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.groove))
        painter.drawRoundedRect(rail, 1.5, 1.5)
        rail.setWidth(max(BAR_HEIGHT, rail.width() * self._percentile / 100.0))
        painter.setBrush(color)
        painter.drawRoundedRect(rail, 1.5, 1.5)
        painter.end()

    def _color(self) -> str:
        if self._percentile >= VERY_RARE:
            return self._theme.danger
        return self._theme.warning if self._percentile >= RARE else self._theme.good

    def _tip(self, distance: float) -> str:
        if self._percentile <= 0.0:
            return f"The {self._part} is that of the mean face."
        return (
            f"{self._percentile:.1f} % of the training faces lie nearer to the mean in this part.\n"
            f"Mahalanobis distance {distance:.1f} σ. Above {RARE:.0f} % is rare."
        )
