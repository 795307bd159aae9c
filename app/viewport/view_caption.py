"""The words at the top of a view: what it shows."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from app.theme import Theme

MARGINS = 44
"""Pixels beside the text: the caption's place, padding and frame, on both sides."""


class ViewCaption(QLabel):
    """A name and a note; a name that is too long loses its end, the note does not."""

    def __init__(self, view: QWidget) -> None:
        super().__init__(view)
        self.setObjectName("viewCaption")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._view = view
        self._name, self._note = "", ""
        self.move(8, 8)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def show_text(self, name: str, note: str = "") -> None:
        """Say this, or nothing where there is no name."""
        self._name, self._note = name, note
        self.fit()

    def fit(self) -> None:
        """Take the room there is in the view."""
        metrics = self.fontMetrics()
        room = self._view.width() - MARGINS - metrics.horizontalAdvance(self._note)
        shown = metrics.elidedText(self._name, Qt.TextElideMode.ElideRight, max(room, 0))
        self.setText(shown + self._note)
        self.adjustSize()
        self.setVisible(bool(self._name))

    def set_theme(self, theme: Theme) -> None:
        self.setStyleSheet(
            f"background: {theme.card}; color: {theme.text}; border: 1px solid {theme.line};"
            "border-radius: 8px; padding: 3px 9px;"
        )
        self.adjustSize()
