"""The one place where the window tells what went wrong or is done; it blocks nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from app.icons import make_icon
from app.theme import Theme

Level = Literal["error", "warning", "info", "done"]
LEVELS: dict[str, Level] = {
    "error": "error",
    "warning": "warning",
    "info": "info",
    "done": "done",
}

SECONDS = 7
"""How long a message stays that asks for nothing."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A button of a message."""

    text: str
    act: Callable[[], None]


class MessageBar(QFrame):
    """Shows one message at a time; errors and questions stay until they are closed."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("message")
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)  # names of files are part of it
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._buttons = QHBoxLayout()
        self._close = QToolButton()
        self._close.setIconSize(QSize(16, 16))
        self._close.setAccessibleName("Close message")
        self._close.setToolTip("Close (Esc)")
        self._close.clicked.connect(self.dismiss)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 8, 8, 8)
        layout.addWidget(self._text, 1)
        layout.addLayout(self._buttons)
        layout.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        self.set_theme(theme)
        self.hide()

    @property
    def text(self) -> str:
        """What is shown, empty if nothing is."""
        return "" if self.isHidden() else self._text.text()

    def show_message(
        self, text: str, level: Level = "info", answers: Sequence[Answer] = ()
    ) -> None:
        """Show `text` in place of the last message."""
        self._text.setText(text)
        self.setProperty("level", level)
        self.style().polish(self)
        while (item := self._buttons.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()  # it goes a turn later, and would cover the new text
                widget.deleteLater()
        for answer in answers:
            self._buttons.addWidget(self._make_button(answer))
        self.show()
        if answers or level in ("error", "warning"):
            self._timer.stop()
        else:
            self._timer.start(SECONDS * 1000)

    def dismiss(self) -> None:
        self._timer.stop()
        self.hide()

    def take_key(self, event: QKeyEvent) -> bool:
        """Close on Escape; whether the key was meant for this."""
        meant = event.key() == Qt.Key.Key_Escape and not self.isHidden()
        if meant:
            self.dismiss()
        return meant

    def forget_error(self) -> None:
        """Hide an error that something later has made good."""
        if self.property("level") == "error":
            self.dismiss()

    def set_theme(self, theme: Theme) -> None:
        self._close.setIcon(make_icon("close", theme))

    def _make_button(self, answer: Answer) -> QPushButton:
        button = QPushButton(answer.text)

        def act() -> None:
            self.dismiss()
            answer.act()

        button.clicked.connect(act)
        return button
