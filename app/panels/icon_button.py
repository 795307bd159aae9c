"""The small buttons with a picture, as in the outliner and above the sliders."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QToolButton

SIDE = 18
"""Of the icon, px."""


def make_icon_button(name: str, tip: str) -> QToolButton:
    """A button that is called `name`; `tip` says what it does. The panel's theme gives the icon."""
    button = QToolButton()
    button.setIconSize(QSize(SIDE, SIDE))
    button.setAccessibleName(name)
    button.setToolTip(f"{name}\n{tip}")
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
