"""Below the views: the value under the cursor, the chosen part, and its refit."""

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from app.comparison.comparison import Comparison
from app.comparison.refit import Refit
from app.comparison.value_bar import ValueBar
from app.session import Session
from engine.models.protocol import REGIONS

HINT = "Point at a surface to read its value; click to choose its part"


class ProbeBar(QWidget):
    """Reads values for the cursor and leads from an error to the part it is in."""

    def __init__(
        self,
        session: Session,
        comparison: Comparison,
        refit: Refit,
        bar: ValueBar,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self._session, self._comparison, self._refit, self._bar = session, comparison, refit, bar
        self._picked: tuple[str, str] | None = None
        self.text = QLabel(HINT)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.busy = QProgressBar()
        self.busy.setRange(0, 0)
        self.busy.setFixedWidth(120)
        self.busy.hide()
        self.button = QPushButton("Refit this part")
        self.button.setToolTip("Fit only this part's code to the reference")
        self.button.setEnabled(False)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 5, 10, 5)
        row.addWidget(self.text, 1)
        row.addWidget(self.busy)
        row.addWidget(self.button)
        self.button.clicked.connect(self._start_refit)
        refit.running_changed.connect(self._show_refit)
        comparison.measured.connect(self._show_picked)

    def show_busy(self, busy: bool, text: str = "") -> None:
        """Something is loaded, measured or fitted."""
        self.busy.setVisible(busy)
        if text:
            self.busy.setToolTip(text)

    def point(self, key: str, vertex: int) -> None:
        """The cursor is at a vertex of an item; -1 for none."""
        if vertex < 0:
            self._bar.mark(None)
            self.text.setText(self._picked_text())
            return
        value, text, _ = self._describe(key, vertex)
        self.text.setText(text)
        self._bar.mark(value if key == self._comparison.current else None)

    def pick(self, key: str, vertex: int) -> None:
        """A vertex of an item was clicked on: choose its part, in the editor too."""
        _, text, part = self._describe(key, vertex)
        self.text.setText(text)
        self._picked = None if part is None else (key, part)
        item = self._comparison.item(key)
        if part is not None and item is not None and item.face is not None:
            self._session.activate(item.face)
            self._session.request_part(part)
        self._show_picked()

    def _describe(self, key: str, vertex: int) -> tuple[float, str, str | None]:
        """The value at a vertex, a sentence of it, and the part it belongs to."""
        item, measured = self._comparison.item(key), self._comparison.measured_of(key)
        field = self._comparison.field_of(key)
        if item is None or measured is None or field is None or vertex >= len(field.values):
            return float("nan"), "", None
        value = float(field.values[vertex])
        part = None if measured.regions is None else REGIONS[int(measured.regions[vertex])]
        text = f"{item.name}: {value:.3f} mm" if np.isfinite(value) else f"{item.name}: no value"
        return value, f"{text}, {part}" if part else text, part

    def _picked_text(self) -> str:
        if self._picked is None:
            return HINT
        item = self._comparison.item(self._picked[0])
        return f"{self._picked[1].title()} of {item.name if item is not None else '?'} chosen"

    def _show_picked(self) -> None:
        picked = self._picked
        can = picked is not None and self._refit.can_refit(picked[0]) and not self._refit.running
        self.button.setEnabled(can)
        self.button.setText("Refit this part" if picked is None else f"Refit the {picked[1]}")

    def _start_refit(self) -> None:
        if self._picked is not None:
            self._refit.start(*self._picked)

    def _show_refit(self, running: bool, text: str) -> None:
        self.show_busy(running)
        self.text.setText(text or self._picked_text())
        self._show_picked()
