"""One slider of a part: its name, its rail and its number."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from app.commands import Commands
from app.panels.value_box import ValueBox
from app.panels.value_slider import ValueSlider
from engine.models.protocol import Direction

SETTLE_MS = 700
"""Key presses and wheel notches closer together than this are one gesture."""

LEAST_NAME, MOST_NAME = 56, 140
"""A name's column is as wide as the longest name, within these pixels."""


def row_label(direction: Direction) -> str:
    """A direction's name without its part, which the section's header says already."""
    _, _, described = direction.name.partition(" ")
    return described if " · " in direction.name else direction.name


class NameLabel(QLabel):
    """A direction's name; a double click resets it."""

    double_clicked = Signal()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.double_clicked.emit()
        event.accept()


class DirectionRow(QWidget):
    """Edits one coordinate of one part through the commands."""

    def __init__(
        self,
        commands: Commands,
        part: str,
        index: int,
        direction: Direction,
        name_width: int,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._commands = commands
        self.part, self.index, self.direction = part, index, direction
        self._gesture: int | None = None
        self._held = False
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self._end)
        self.name = self._make_name(name_width)
        self.slider = ValueSlider(direction.minimum, direction.maximum)
        suffix = "" if part == "expression" else " σ"
        self.box = ValueBox(direction.minimum, direction.maximum, suffix)
        self._describe()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.name)
        layout.addWidget(self.slider, 1)
        layout.addWidget(self.box)
        self.setFocusProxy(self.slider)
        self.slider.drag_started.connect(self._hold)
        self.slider.drag_ended.connect(self._let_go)
        self.slider.value_edited.connect(self._edit)
        self.box.value_edited.connect(self._edit)

    def show_value(self, value: float) -> None:
        """Show what the session says."""
        self.slider.show_amount(value)
        self.box.show_amount(value)
        moved = abs(value) > 1e-6
        if self.name.property("moved") != moved:
            self.name.setProperty("moved", moved)
            self.name.style().polish(self.name)

    def _make_name(self, width: int) -> NameLabel:
        name = NameLabel()
        name.setObjectName("rowName")
        name.setFixedWidth(width)
        elided = name.fontMetrics().elidedText(
            row_label(self.direction), Qt.TextElideMode.ElideRight, width
        )
        name.setText(elided)
        name.setAccessibleName(self.direction.name)
        name.setCursor(Qt.CursorShape.PointingHandCursor)
        name.double_clicked.connect(self._reset)
        return name

    def _describe(self) -> None:
        name, direction = self.direction.name, self.direction
        self.slider.setAccessibleName(name)
        self.box.setAccessibleName(f"{name} value")
        self.name.setToolTip(f"{name}\nDouble-click to reset")
        self.slider.setToolTip(
            f"{name}: {direction.minimum:g} to {direction.maximum:g}\n"
            "Drag, or use the arrow keys. Shift moves finely, Ctrl+wheel steps."
        )
        self.box.setToolTip("Type a value. Up and Down step by 0.1.")

    def _edit(self, value: float) -> None:
        if self._gesture is None:
            self._gesture = self._commands.begin_gesture()
        self._commands.set_value(self.part, self.index, value, self._gesture)
        if not self._held:
            self._settle.start()

    def _hold(self) -> None:
        self._end()
        self._held = True
        self._gesture = self._commands.begin_gesture()

    def _let_go(self) -> None:
        self._held = False
        self._end()

    def _end(self) -> None:
        self._settle.stop()
        if self._gesture is not None:
            self._gesture = None
            self._commands.end_gesture()

    def _reset(self) -> None:
        self._end()
        self._commands.reset_direction(self.part, self.index)
