"""Panels at the sides of the window."""

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

OUTLINER_WIDTH = 216

STAND_IN, WANTED = "stand_in", "wanted"
"""Properties of docks: it takes the place of another one; it is to come back afterwards."""


@dataclass(frozen=True, slots=True)
class DockSpec:
    """A dock.

    Attributes:
        name: for the settings.
        title: for people.
        keys: that toggle it, empty for none.
        area: its side.
        shown: whether it is there from the start.
    """

    name: str
    title: str
    keys: str
    area: Qt.DockWidgetArea
    shown: bool = True


def add_dock(window: QMainWindow, spec: DockSpec, panel: QWidget) -> QAction:
    """Put `panel` at a side of the window; returns the action that shows and hides it."""
    dock = QDockWidget(spec.title, window)
    dock.setObjectName(spec.name)
    dock.setTitleBarWidget(QWidget(dock))
    dock.setFeatures(QDockWidget.DockWidgetFeature.DockWidgetClosable)
    dock.setWidget(panel)
    window.addDockWidget(spec.area, dock)
    dock.setVisible(spec.shown)
    action = dock.toggleViewAction()
    if spec.keys:
        action.setShortcut(spec.keys)
    return action


def set_dock_width(window: QMainWindow, name: str, width: int) -> None:
    """Give the dock `name` a width; the user can drag its edge."""
    dock = window.findChild(QDockWidget, name)
    if dock is not None:
        window.resizeDocks([dock], [width], Qt.Orientation.Horizontal)


def swap_docks(window: QMainWindow, usual: str, other: str, show_other: bool) -> None:
    """Show the dock `other` in place of the `usual` one, or the usual one again.

    It comes back when the last of those that stand in for it goes, if it was there before.
    """
    first, second = window.findChild(QDockWidget, usual), window.findChild(QDockWidget, other)
    if first is None or second is None or second.isVisibleTo(window) == show_other:
        return
    others = [
        dock
        for dock in window.findChildren(QDockWidget)
        if dock is not second and dock.property(STAND_IN) and dock.isVisibleTo(window)
    ]
    second.setProperty(STAND_IN, True)
    if show_other:
        if not others:
            first.setProperty(WANTED, first.isVisibleTo(window))
        first.hide()
    second.setVisible(show_other)
    if not show_other and not others:
        first.setVisible(bool(first.property(WANTED)))
