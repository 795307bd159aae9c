"""A picture of a window as it is on the screen, with the 3D view in it."""

from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QWidget


def grab_window(window: QWidget, dialog: QWidget | None = None) -> QPixmap:
    """What the screen shows of `window`; the 3D view is drawn past Qt, so Qt alone misses it.

    Args:
        dialog: a window above it that is to be in the picture.

    """
    picture = window.screen().grabWindow(window.winId())
    if dialog is not None and dialog.isVisible():
        painter = QPainter(picture)
        place = dialog.mapToGlobal(dialog.rect().topLeft()) - window.mapToGlobal(
            window.rect().topLeft()
        )
        painter.drawPixmap(place, dialog.grab())
        painter.end()
    return picture
