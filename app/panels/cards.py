"""Cards, titles and rows, as the panels of imports and fits are made of."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLayout, QVBoxLayout, QWidget


def make_text(style: str) -> QLabel:
    """A label that wraps, in a style of the sheet."""
    label = QLabel()
    label.setObjectName(style)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)  # names of files are shown as they are
    return label


def make_title(text: str) -> QLabel:
    """A card's title."""
    label = make_text("sectionTitle")
    label.setText(text)
    return label


def make_row(*widgets: QWidget) -> QHBoxLayout:
    """Widgets side by side, equally wide."""
    row = QHBoxLayout()
    row.setSpacing(8)
    for widget in widgets:
        row.addWidget(widget, 1)
    return row


def make_card(*contents: QWidget | QLayout) -> QFrame:
    """A card with `contents` from top to bottom."""
    card = QFrame()
    card.setObjectName("card")
    layout = QVBoxLayout(card)
    layout.setContentsMargins(12, 10, 12, 10)
    layout.setSpacing(8)
    for content in contents:
        if isinstance(content, QWidget):
            layout.addWidget(content)
        else:
            layout.addLayout(content)
    return card
