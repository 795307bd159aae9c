"""Panels at the sides of the window."""

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

OUTLINER_WIDTH = 216
SLIDERS = "parts"
"""The dock whose place others take for a while."""

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


def add_stand_in(window: QMainWindow, name: str, title: str, panel: QWidget) -> None:
    """Put `panel` where the sliders are, to be shown in their place by `stand_in`."""
    area = Qt.DockWidgetArea.RightDockWidgetArea
    add_dock(window, DockSpec(name, title, "", area, shown=False), panel)


def stand_in(window: QMainWindow, name: str, show: bool) -> None:
    """Show the dock `name` in place of the sliders, or put it away.

    They come back when the last of those that stand in for them goes, if they were there before.
    """
    first, second = window.findChild(QDockWidget, SLIDERS), window.findChild(QDockWidget, name)
    if first is None or second is None or second.isVisibleTo(window) == show:
        return
    others = [
        dock
        for dock in window.findChildren(QDockWidget)
        if dock is not second and dock.property(STAND_IN) and dock.isVisibleTo(window)
    ]
    second.setProperty(STAND_IN, True)
    focused, leaving = window.focusWidget(), first if show else second
    held = focused is None or leaving.isAncestorOf(focused)
    if show:
        if not others:
            first.setProperty(WANTED, first.isVisibleTo(window))
        first.hide()
    second.setVisible(show)
    if not show and not others:
        first.setVisible(bool(first.property(WANTED)))
    heir = second.widget() if show else window.centralWidget()
    if held and heir is not None:
        heir.setFocus()  # else Qt gives the keys to the next widget, where an arrow key edits
