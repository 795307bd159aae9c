"""How large an exported face is: in per cent of life size, or by its height."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QLabel, QWidget

SCALES = (0.001, 10.0)
"""Smallest and largest factor on life size."""


class _SizeBox(QDoubleSpinBox):
    """A number that a stray wheel cannot change."""

    def __init__(self, decimals: int, suffix: str, tip: str) -> None:
        super().__init__()
        self.setDecimals(decimals)
        self.setSuffix(suffix)
        self.setToolTip(tip)
        self.setKeyboardTracking(False)
        self.lineEdit().setTextMargins(5, 0, 5, 0)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class ExportSize(QWidget):
    """Two boxes for one size.

    Args:
        life_mm: height of the face in life size.

    Signals:
        changed: another size.
    """

    changed = Signal()

    def __init__(self, life_mm: float) -> None:
        super().__init__()
        self._life_mm = life_mm
        self._scale = 1.0
        least, greatest = SCALES
        self.percent = _SizeBox(1, " %", "Of life size")
        self.percent.setRange(100.0 * least, 100.0 * greatest)
        self.height_mm = _SizeBox(1, " mm", "Height of the head with its neck")
        self.height_mm.setRange(least * life_mm, greatest * life_mm)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.percent, 1)
        row.addWidget(QLabel("or"))
        row.addWidget(self.height_mm, 1)
        row.addWidget(QLabel("high"))
        self._show()
        self.percent.valueChanged.connect(lambda value: self.set_scale(value / 100.0))
        self.height_mm.valueChanged.connect(lambda value: self.set_scale(value / self._life_mm))

    @property
    def scale(self) -> float:
        """The factor on life size, exact where a box shows it rounded."""
        return self._scale

    def set_scale(self, scale: float) -> None:
        self._scale = scale
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        shown = ((self.percent, 100.0 * self._scale), (self.height_mm, self._life_mm * self._scale))
        for box, value in shown:
            blocked = box.blockSignals(True)
            box.setValue(value)
            box.blockSignals(blocked)
