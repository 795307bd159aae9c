"""What every panel beside the view is."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget


class SidePanel(QWidget):
    """A widget with the theme's background of panels."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
