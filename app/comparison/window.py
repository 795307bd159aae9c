"""The comparison window: surfaces against a reference, in colours and in figures."""

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import (
    QCloseEvent,
    QColor,
    QDragEnterEvent,
    QDropEvent,
    QImage,
    QKeyEvent,
    QPainter,
)
from PySide6.QtWidgets import (
    QDockWidget,
    QHBoxLayout,
    QMainWindow,
    QSplitter,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from app.comparison.attributing import Attributing
from app.comparison.attribution_page import AttributionPage
from app.comparison.comparison import Comparison
from app.comparison.curves_view import CurvesView
from app.comparison.exports import ComparisonExports
from app.comparison.heat_panel import HeatPanel
from app.comparison.items_panel import ItemsPanel
from app.comparison.numbers_view import NumbersView
from app.comparison.probe_bar import ProbeBar
from app.comparison.refit import Refit
from app.comparison.region_paint import RegionPaint
from app.comparison.surface_files import SURFACE_SUFFIXES
from app.comparison.tool_bar import ComparisonToolBar, Output
from app.comparison.value_bar import ValueBar
from app.comparison.view_grid import ViewGrid
from app.icons import application_icon
from app.message_bar import LEVELS, MessageBar
from app.theme import Theme
from app.workbench import Workbench
from engine.evaluation.tables import pairs_table

TURN_MS = 1
"""Without any delay Qt would do it in the same turn of the event loop."""


class ComparisonWindow(QMainWindow):
    """Composes the comparison's views, panels, figures and files."""

    def __init__(
        self,
        bench: Workbench,
        comparison: Comparison,
        refit: Refit,
        attributing: Attributing,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Compare · Lineament")
        self.setWindowIcon(application_icon())
        self.setWindowFlag(Qt.WindowType.Window)
        self.setAcceptDrops(True)
        self.comparison, self.refit, self.attributing = comparison, refit, attributing
        self._themes, self._prompts, self._settings = bench.themes, bench.prompts, bench.settings
        theme = self._themes.theme
        self.exports = ComparisonExports(comparison, bench.prompts, bench.settings, self)
        self.messages = MessageBar(theme)
        self.paint = RegionPaint(comparison, self)
        self.grid = ViewGrid(comparison, self.paint, theme)
        self.items = ItemsPanel(comparison)
        self.heat = HeatPanel(comparison)
        self.bar = ValueBar(theme)
        self.numbers = NumbersView()
        self.curves = CurvesView(theme)
        self.attribution = AttributionPage(comparison, attributing)
        self.probe = ProbeBar(bench.session, comparison, refit, self.bar)
        self._build()
        self._connect()
        self.resize(1420, 900)
        self._dress(theme)

    # Building

    def _build(self) -> None:
        middle = QWidget()
        across = QHBoxLayout()
        across.setContentsMargins(0, 0, 6, 0)
        across.addWidget(self.grid, 1)
        across.addWidget(self.bar)
        upper = QWidget()
        column = QVBoxLayout(upper)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.messages)
        column.addLayout(across, 1)
        column.addWidget(self.probe)
        splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.addWidget(upper)
        splitter.addWidget(self._make_figures())
        splitter.setStretchFactor(0, 1)
        splitter.setSizes([620, 210])
        layout = QVBoxLayout(middle)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(splitter)
        self.setCentralWidget(middle)
        self._add_dock()
        self.tools = ComparisonToolBar(self.grid, self.paint, self._outputs())
        self.addToolBar(self.tools)

    def _add_dock(self) -> None:
        side = QWidget()
        side.setObjectName("panel")
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.items, 1)
        column.addWidget(self.heat)
        dock = QDockWidget("Comparison", self)
        dock.setObjectName("comparison")
        dock.setTitleBarWidget(QWidget(dock))
        dock.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
        dock.setWidget(side)
        self.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, dock)
        self.resizeDocks([dock], [320], Qt.Orientation.Horizontal)

    def _make_figures(self) -> QWidget:
        tabs = QTabWidget()
        tabs.setDocumentMode(True)
        tabs.addTab(self.numbers, "Figures")
        tabs.addTab(self.curves, "Cumulative errors")
        tabs.addTab(self.attribution, "Attribution")
        self.tabs = tabs
        return tabs

    def _outputs(self) -> tuple[Output, ...]:
        copying = "As Markdown (right-click the table for CSV, LaTeX, JSON)"
        return (
            Output("Save picture…", "Of the views and the bar of colours: PNG", self._save_picture),
            Output("Copy figures", copying, self._copy),
            Output("Save figures…", "CSV, Markdown, LaTeX or JSON", self.exports.save_table),
            Output("Save curves…", "SVG, PDF or PNG", self.exports.save_curves),
            Output("Save values…", "Of every vertex: PLY, CSV or NPZ", self.exports.save_values),
        )

    def _connect(self) -> None:
        comparison = self.comparison
        for signal in (comparison.items_changed, comparison.measured):
            signal.connect(self._show_figures)
            signal.connect(self._show_bar)
        comparison.heat_changed.connect(self._show_bar)
        comparison.said.connect(self.show_text)
        comparison.busy_changed.connect(self.probe.show_busy)
        self.exports.said.connect(self.show_text)
        self.refit.said.connect(self.show_text)
        self.items.files_wanted.connect(self._ask_for_files)
        self.bar.brushed.connect(self._brush)
        self.grid.pointed.connect(self.probe.point)
        self.grid.clicked.connect(self.probe.pick)
        self.attributing.said.connect(self.show_text)
        self.attributing.running_changed.connect(self.probe.show_busy)
        self._themes.changed.connect(self._dress)

    # Qt

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _surfaces_of(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.comparison.add_files(_surfaces_of(event))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.messages.take_key(event):
            super().keyPressEvent(event)

    def open(self) -> None:
        """Follow the document, show the window and paint it, each in a turn of the event loop.

        All in one would hold the loop up for too long the first time.
        """
        self.comparison.open()
        QTimer.singleShot(TURN_MS, self._appear)

    def _appear(self) -> None:
        if self.comparison.is_open:
            self.setUpdatesEnabled(False)
            QTimer.singleShot(TURN_MS, self._paint)
            self.show()
            self.raise_()
            self.activateWindow()

    def _paint(self) -> None:
        self.setUpdatesEnabled(True)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Hide; the list of files and the choices stay for the next time."""
        self.refit.cancel()
        self.attributing.cancel()
        self.comparison.close()
        event.accept()

    def shut(self) -> None:
        """The application ends: give the graphics back."""
        self.grid.shut()
        self.close()

    # Reactions

    def show_text(self, level: str, text: str) -> None:
        self.messages.show_message(text, LEVELS.get(level, "error"))

    def _show_figures(self) -> None:
        pairs = [measured.comparison for _, measured in self.comparison.all_measured()]
        by_region = any(pair.report.regions for pair in pairs)
        self.numbers.show_table(pairs_table(pairs, by_region) if pairs else None)
        self.curves.show_curves(self.exports.curves())

    def _show_bar(self) -> None:
        comparison = self.comparison
        field = comparison.field_of(comparison.current)
        measured = comparison.measured_of(comparison.current)
        if field is None or measured is None:
            self.bar.show_values(None)
            return
        item = comparison.item(comparison.current)
        self.bar.name_surface("" if item is None else item.name)
        self.bar.show_values(
            comparison.style(), field.values, measured.areas, comparison.heat.brush
        )

    def _brush(self, brush: tuple[float, float] | None) -> None:
        self.comparison.set_heat(replace(self.comparison.heat, brush=brush))

    def _ask_for_files(self) -> None:
        path = self._prompts.ask_scan(self, self._settings.folder)
        if path is not None:
            self.comparison.add_files([path])

    def _copy(self) -> None:
        self.numbers.copy()
        if self.numbers.table.rows:
            self.show_text("done", "The figures are on the clipboard, as Markdown.")

    def _save_picture(self) -> None:
        views, bar = self.grid.picture(), self.bar.grab().toImage()
        picture = QImage(
            views.width() + bar.width(),
            max(views.height(), bar.height()),
            QImage.Format.Format_RGB32,
        )
        picture.fill(QColor(self._themes.theme.window))
        painter = QPainter(picture)
        painter.drawImage(0, 0, views)
        painter.drawImage(views.width(), 0, bar)
        painter.end()
        self.exports.save_picture(picture)

    def _dress(self, theme: Theme) -> None:
        self.tools.set_theme(theme)
        self.grid.set_theme(theme)
        self.bar.set_theme(theme)
        self.curves.set_theme(theme)
        self.messages.set_theme(theme)


def _surfaces_of(event: QDropEvent) -> list[Path]:
    paths = [Path(url.toLocalFile()) for url in event.mimeData().urls()]
    return [path for path in paths if path.suffix.lower() in SURFACE_SUFFIXES]
