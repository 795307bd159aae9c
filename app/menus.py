"""The menus and the tool bar, from the window's actions."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence, QUndoStack
from PySide6.QtWidgets import QMainWindow, QMenu, QSizePolicy, QToolBar, QWidget

from app.icons import make_icon
from app.panels.surface_chooser import SurfaceChooser
from app.theme import CHOICES, Theme, ThemeChoice
from app.window_actions import VIEW_PRESETS, WindowActions

FILE = (
    *("new", "open", "recent", "", "save", "save_as", ""),
    *("import_scan", "import_photo", "export", "", "quit"),
)
EDIT = ("add_face", "duplicate", "rename", "delete")
FACE = (
    *("random", "nearby", "reset", "", "mirror", "even_average", "even_left", "even_right", ""),
    *("symmetric", "drag", "drag_all", "clear_pins", "", "unlock"),
)
TOOLS = ("blend", "fit", "compare", "compare_methods", "", "reconstruct", "latent")
LOOKS = ("skin", "regions", "wireframe", "spread")
HELP = ("shortcuts", "about")
"""Names of actions; an empty one is a separator."""


class Menus:
    """Builds the menu bar and the tool bar of a window.

    Attributes:
        recent: the submenu of recent files.
        tools: the menu of what works on scans and on several faces.
        stack: what can be undone.
        undo, redo: the undo stack's actions.
    """

    def __init__(
        self,
        window: QMainWindow,
        actions: WindowActions,
        stack: QUndoStack,
        panels: Sequence[QAction],
    ) -> None:
        self._window = window
        self._actions = actions
        self.stack = stack
        self.recent = QMenu("Open &recent", window)
        self.recent.setToolTipsVisible(True)  # the folder tells files of one name apart
        self.undo = stack.createUndoAction(window, "&Undo")
        self.undo.setShortcut(QKeySequence("Ctrl+Z"))
        self.redo = stack.createRedoAction(window, "&Redo")
        self.redo.setShortcuts([QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")])
        self.themes = QActionGroup(window)
        self.tools = QMenu("&Tools", window)
        self._fill_menu_bar(panels)

    def make_tool_bar(self, chooser: SurfaceChooser) -> QToolBar:
        """The tool bar, with `chooser` at its right."""
        bar = QToolBar("Tools", self._window)
        bar.setObjectName("tools")
        bar.setMovable(False)
        bar.setIconSize(QSize(20, 20))
        for name in ("new", "open", "save"):
            bar.addAction(self._actions[name])
        bar.addSeparator()
        bar.addActions([self.undo, self.redo])
        bar.addSeparator()
        for name in ("skin", "regions", "wireframe", "", "symmetric", "drag"):
            if name:
                bar.addAction(self._actions[name])
            else:
                bar.addSeparator()
        spacer = QWidget()
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        bar.addWidget(spacer)
        bar.addWidget(chooser)
        bar.addSeparator()
        bar.addAction(self._actions["export"])
        export = bar.widgetForAction(self._actions["export"])
        if export is not None:
            export.setProperty("toolButtonStyle", Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        return bar

    def show_recent(self, paths: tuple[Path, ...], open_path: Callable[[Path], object]) -> None:
        """List `paths`; a click opens one."""
        self.recent.clear()
        for path in paths:
            action = self.recent.addAction(path.name.replace("&", "&&"))
            action.setToolTip(str(path))
            action.triggered.connect(lambda _checked=False, chosen=path: open_path(chosen))
        self.recent.setEnabled(bool(paths))

    def set_theme(self, theme: Theme) -> None:
        self._actions.set_theme(theme)
        self.undo.setIcon(make_icon("undo", theme))
        self.redo.setIcon(make_icon("redo", theme))

    def show_theme_choice(self, choice: ThemeChoice) -> None:
        self.themes.actions()[CHOICES.index(choice)].setChecked(True)

    def _fill_menu_bar(self, panels: Sequence[QAction]) -> None:
        bar = self._window.menuBar()
        self._fill(bar.addMenu("&File"), FILE)
        edit = bar.addMenu("&Edit")
        edit.addActions([self.undo, self.redo])
        edit.addSeparator()
        self._fill(edit, EDIT)
        view = bar.addMenu("&View")
        self._fill(view, (*VIEW_PRESETS, "frame", "look_through", "", *LOOKS))
        other = QMenu("&Other side", self._window)
        other.addActions([self._actions.mirrored[name] for name in VIEW_PRESETS])
        view.insertMenu(self._actions["frame"], other)
        view.addSeparator()
        view.addActions(list(panels))
        view.addMenu(self._make_theme_menu())
        self._fill(bar.addMenu("F&ace"), FACE)
        self._fill(self.tools, TOOLS)
        bar.addMenu(self.tools)
        self._fill(bar.addMenu("&Help"), HELP)

    def _fill(self, menu: QMenu, names: tuple[str, ...]) -> None:
        for name in names:
            if not name:
                menu.addSeparator()
            elif name == "recent":
                menu.addMenu(self.recent)
            else:
                menu.addAction(self._actions[name])

    def _make_theme_menu(self) -> QMenu:
        menu = QMenu("&Theme", self._window)
        for choice, text in zip(CHOICES, ("As the &system", "&Dark", "&Light"), strict=True):
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setData(choice)
            self.themes.addAction(action)
        return menu
