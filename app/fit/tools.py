"""Gives the window the fitting: its panel, its actions, and peace while it runs."""

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow, QMenu

from app.docks import add_stand_in, stand_in
from app.fit.fitting import Fitting, may_fit
from app.fit.state import FitState
from app.menus import Menus
from app.panels.fit_panel import FitPanel
from app.panels.outliner_panel import ItemAction, OutlinerPanel
from app.panels.parts_panel import PartsPanel
from app.session import Session
from app.window_actions import WindowActions
from engine.models.protocol import PARTS


class FitTools(QObject):
    """Shows the fit's panel in place of the sliders, and the ways to a fit.

    Attributes:
        fitting: what the panel drives.
        panel: the fit's panel.
        refit_actions: one for each part, in the Tools menu.
    """

    def __init__(
        self,
        window: QMainWindow,
        fitting: Fitting,
        session: Session,
        outliner: OutlinerPanel,
        parts: PartsPanel,
    ) -> None:
        super().__init__(window)
        self.fitting = fitting
        self._window = window
        self._session = session
        self._outliner = outliner
        self._parts = parts
        self.panel = FitPanel()
        add_stand_in(window, "fit", "Fit", self.panel)
        outliner.add_item_action(
            ItemAction(
                "scan",
                "Fit a face to it…",
                lambda ref: fitting.open(ref.index),
                lambda ref: may_fit(session, ref),
            )
        )
        self.refit_actions = {part: QAction(part.capitalize(), window) for part in PARTS}
        self._connect()

    def open(self) -> None:
        """Offer a fit to the scan at hand."""
        if self._session.ready:
            scan = self.fitting.scan_at_hand()
            if scan is None:
                self.fitting.said.emit("info", "There is no scan yet. Import one first (Ctrl+I).")
            else:
                self.fitting.open(scan)

    def fill(self, menus: Menus) -> None:
        """Add the refits to the Tools menu."""
        refit = QMenu("&Refit part", self._window)
        refit.addActions(list(self.refit_actions.values()))
        # With the other tools for scans, above the line.
        lines = (action for action in menus.tools.actions() if action.isSeparator())
        menus.tools.insertMenu(next(lines), refit)

    def keep_still(self, actions: WindowActions, menus: Menus, running: bool) -> None:
        """Let nothing edit the document while a fit does."""
        actions.set_editing(not running)
        self._outliner.setEnabled(not running)
        stack = menus.stack
        menus.undo.setEnabled(not running and stack.canUndo())
        menus.redo.setEnabled(not running and stack.canRedo())
        for action in self.refit_actions.values():
            action.setEnabled(not running)

    def _connect(self) -> None:
        fitting, panel = self.fitting, self.panel
        fitting.changed.connect(self._show)
        panel.scan_chosen.connect(lambda scan: fitting.open(scan, panel.chosen()))
        panel.start_clicked.connect(fitting.start)
        panel.stop_clicked.connect(fitting.stop)
        panel.cancel_clicked.connect(fitting.cancel)
        self._parts.refit_requested.connect(fitting.refit)
        for part, action in self.refit_actions.items():
            action.triggered.connect(lambda _checked=False, part=part: fitting.refit(part))

    def _show(self, state: FitState | None) -> None:
        if state is not None:
            self.panel.show_state(state)
        stand_in(self._window, "fit", state is not None)
