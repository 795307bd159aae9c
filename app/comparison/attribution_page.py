"""The tab that says how much of an error each part accounts for."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.comparison.attributing import Attributing
from app.comparison.comparison import Comparison
from app.comparison.numbers_view import NumbersView
from engine.evaluation.attribution import Attribution, attribution_table


class AttributionPage(QWidget):
    """A button that attributes the current face's error, and the table it gives."""

    def __init__(
        self, comparison: Comparison, attributing: Attributing, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.title = QLabel(
            "How much of the error the pose, each part and the residual account for"
        )
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.button = QPushButton("Attribute the error")
        self.button.setToolTip(
            "Fit the current face to the reference, then replace its parts one at a time"
        )
        self.shares = NumbersView()
        row = QHBoxLayout()
        row.setContentsMargins(10, 6, 10, 0)
        row.addWidget(self.title, 1)
        row.addWidget(self.button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(self.shares, 1)
        self.button.clicked.connect(lambda: attributing.start(comparison.current))
        attributing.running_changed.connect(self._show_running)
        attributing.attributed.connect(self._show)

    def _show_running(self, running: bool, text: str) -> None:
        self.button.setEnabled(not running)
        if text:
            self.title.setText(text)

    def _show(self, name: str, attribution: Attribution) -> None:
        self.title.setText(f"{name}: mean distance from the reference to the face")
        self.shares.show_table(attribution_table(attribution))
