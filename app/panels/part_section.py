"""A card with the sliders of one part."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.commands import Commands
from app.panels.direction_row import LEAST_NAME, MOST_NAME, DirectionRow, row_label
from app.panels.section_header import SectionHeader
from app.theme import Theme
from engine.models.protocol import PartInfo

FIRST_ROWS = 10
ROWS_PER_BATCH = 8
"""Rows made between two turns of the event loop, so that the window never stalls."""

MOST_MATCHES = 30


class PartSection(QFrame):
    """Header and rows of one part; rows are made when they are first seen.

    Signals:
        hovered: whether the mouse is over the card.
        random_clicked: the header's dice.
        lock_toggled: whether the part is to be locked.
    """

    hovered = Signal(bool)
    random_clicked = Signal()
    lock_toggled = Signal(bool)

    def __init__(
        self, commands: Commands, part: PartInfo, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self._commands = commands
        self._part = part
        self._values: NDArray[np.float32] = np.zeros(part.size, np.float32)
        self._rows: dict[int, DirectionRow] = {}
        self._waiting: list[int] = []
        self._all = False
        self._name_width = self._longest_name()
        self.header = SectionHeader(part.name, theme)
        self.filter = self._make_filter()
        self.more = self._make_more()
        self._no_match = QLabel("No expression has this name.")
        self._no_match.setObjectName("hint")
        self._body = QWidget()
        self._list = QVBoxLayout()
        self._list.setSpacing(3)
        self._lay_out()
        self._batch = QTimer(self)
        self._batch.setSingleShot(True)
        self._batch.timeout.connect(self._make_batch)
        self.header.fold_toggled.connect(self._show_body)
        self.header.random_clicked.connect(self.random_clicked)
        self.header.lock_toggled.connect(self.lock_toggled)
        self.header.reset_clicked.connect(lambda: commands.reset([part.name]))

    @property
    def part(self) -> PartInfo:
        return self._part

    @property
    def open(self) -> bool:
        return self.header.title.isChecked()

    def set_open(self, opened: bool) -> None:
        self.header.title.setChecked(opened)

    def row(self, index: int) -> DirectionRow:
        """The row of direction `index`, made now if nobody has seen it yet."""
        if index not in self._rows:
            self._make_row(index)
            self._arrange()
        return self._rows[index]

    def show_values(self, values: NDArray[np.float32]) -> None:
        """Show the part's code `(D,)`."""
        for index in np.flatnonzero(values != self._values):
            if int(index) in self._rows:
                self._rows[int(index)].show_value(float(values[index]))
        self._values = values
        self.header.show_moved(int(np.count_nonzero(np.abs(values) > 1e-6)))

    def set_active(self, active: bool) -> None:
        """Show that the keyboard is in this card."""
        if self.property("active") != active:
            self.setProperty("active", active)
            self.style().polish(self)

    def enterEvent(self, event: QEnterEvent) -> None:
        self.hovered.emit(True)
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self.hovered.emit(False)
        super().leaveEvent(event)

    def _longest_name(self) -> int:
        metrics = self.fontMetrics()
        names = (row_label(direction) for direction in self._part.directions)
        longest = max((metrics.horizontalAdvance(name) for name in names), default=0) + 4
        return max(LEAST_NAME, min(longest, MOST_NAME))

    def _make_filter(self) -> QLineEdit:
        line = QLineEdit()
        line.setPlaceholderText(f"Find among {self._part.size}…")
        line.setAccessibleName(f"Find {self._part.name}")
        line.setClearButtonEnabled(True)
        line.setVisible(self._part.name == "expression")
        line.textChanged.connect(self._filter)
        return line

    def _make_more(self) -> QPushButton:
        button = QPushButton("")
        button.setObjectName("link")
        button.setVisible(self._part.size > FIRST_ROWS)
        button.clicked.connect(self._toggle_more)
        return button

    def _lay_out(self) -> None:
        body = QVBoxLayout(self._body)
        body.setContentsMargins(4, 2, 0, 4)
        body.setSpacing(6)
        body.addWidget(self.filter)
        body.addLayout(self._list)
        body.addWidget(self._no_match)
        body.addWidget(self.more)
        self._no_match.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 7, 8, 7)
        layout.setSpacing(2)
        layout.addWidget(self.header)
        layout.addWidget(self._body)
        self._body.hide()
        self._say_more()

    def _show_body(self, opened: bool) -> None:
        self._body.setVisible(opened)
        if opened:
            self._want(self._wanted())

    def _toggle_more(self) -> None:
        self._all = not self._all
        self._say_more()
        self._want(self._wanted())

    def _say_more(self) -> None:
        rest = self._part.size - FIRST_ROWS
        self.more.setText("Show fewer" if self._all else f"Show {rest} more…")

    def _filter(self, text: str) -> None:
        self.more.setVisible(not text.strip() and self._part.size > FIRST_ROWS)
        self._want(self._wanted())

    def _wanted(self) -> list[int]:
        """The directions to show, in order."""
        words = self.filter.text().casefold().split()
        if words:
            names = [direction.name.casefold() for direction in self._part.directions]
            found = [k for k, name in enumerate(names) if all(word in name for word in words)]
            return found[:MOST_MATCHES]
        return list(range(self._part.size if self._all else min(FIRST_ROWS, self._part.size)))

    def _want(self, indices: Sequence[int]) -> None:
        self._waiting = [index for index in indices if index not in self._rows]
        self._no_match.setVisible(not indices)
        # The first rows at once, so that an opened card is never seen empty.
        first, self._waiting = self._waiting[:FIRST_ROWS], self._waiting[FIRST_ROWS:]
        for index in first:
            self._make_row(index)
        self._arrange()
        if self._waiting:
            self._batch.start(0)

    def _make_batch(self) -> None:
        batch, self._waiting = self._waiting[:ROWS_PER_BATCH], self._waiting[ROWS_PER_BATCH:]
        for index in batch:
            self._make_row(index)
        self._arrange()
        if self._waiting:
            self._batch.start(0)

    def _make_row(self, index: int) -> None:
        if index in self._rows:
            return
        row = DirectionRow(
            self._commands, self._part.name, index, self._part.directions[index], self._name_width
        )
        row.show_value(float(self._values[index]))
        place = sum(1 for other in self._rows if other < index)
        self._rows[index] = row
        self._list.insertWidget(place, row)
        self._tab_in(index)

    def _tab_in(self, index: int) -> None:
        """Rows are made in any order; Tab goes through them from top to bottom."""
        before = [other for other in self._rows if other < index]
        row = self._rows[index]
        if before:
            QWidget.setTabOrder(self._rows[max(before)].box, row.slider)
        QWidget.setTabOrder(row.slider, row.box)

    def _arrange(self) -> None:
        wanted = set(self._wanted())
        for index, row in self._rows.items():
            row.setVisible(index in wanted)
