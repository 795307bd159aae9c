"""The table of figures, by region, to read, copy and write."""

from collections.abc import Callable

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QTableView, QWidget

from engine.evaluation.tables import Table, to_csv, to_json, to_latex, to_markdown

Index = QModelIndex | QPersistentModelIndex
EMPTY = Table((), (), ())
COPIES: tuple[tuple[str, Callable[[Table], str]], ...] = (
    ("Markdown", to_markdown),
    ("CSV", to_csv),
    ("LaTeX", to_latex),
    ("JSON", to_json),
)

FROM_SURFACE = "Of the distances from the surface to the reference, evenly sampled by area"
MEANINGS = {
    "Mean": f"{FROM_SURFACE}: the mean",
    "Median": f"{FROM_SURFACE}: the median",
    "RMS": f"{FROM_SURFACE}: the root of the mean square",
    "P90": f"{FROM_SURFACE}: 90 % are smaller",
    "P95": f"{FROM_SURFACE}: 95 % are smaller",
    "P99": f"{FROM_SURFACE}: 99 % are smaller",
    "Max": "The largest distance from the surface to the reference, its vertices included",
    "Chamfer": "The mean of both mean distances: to the reference, and from the reference",
    "Hausdorff": "The larger of both largest distances: to the reference, and from the reference",
    "F@": "Harmonic mean of the shares of both surfaces nearer to the other than this",
    "Normals": "Mean angle to the normal at the nearest point, over both directions",
    "NME": "Mean distance of corresponding vertices, by √(width · height) of the reference",
    "Before": "Mean distance from the reference, before this part is replaced by the fitted one",
    "After": "Mean distance from the reference, with this part and those above replaced",
    "Accounts for": "How much the distance falls by replacing this part after those above",
    "Alone": "How much the distance falls by replacing only this part",
}
"""What a column's title means, by how it begins."""


class NumbersModel(QAbstractTableModel):
    """A `Table` for Qt."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = EMPTY

    def set_table(self, table: Table) -> None:
        self.beginResetModel()
        self.table = table
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self.table.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.table.header)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.table.text(index.row(), index.column())
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignLeft
            if self.table.is_figure(index.column()):
                side = Qt.AlignmentFlag.AlignRight
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        title = self.table.header[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return title
        if role == Qt.ItemDataRole.ToolTipRole:
            return next((MEANINGS[name] for name in MEANINGS if title.startswith(name)), None)
        return None


class NumbersView(QTableView):
    """Shows a table; Ctrl+C copies it as Markdown, the context menu in other formats."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Figures")
        self._model = NumbersModel(self)
        self.setModel(self._model)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(24)
        self.horizontalHeader().setHighlightSections(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        for name, write in COPIES:
            action = QAction(f"Copy as {name}", self)
            action.triggered.connect(lambda _on=False, write=write: self.copy(write))
            self.addAction(action)

    @property
    def table(self) -> Table:
        return self._model.table

    def show_table(self, table: Table | None) -> None:
        """Show `table`; nothing for None."""
        self._model.set_table(table or EMPTY)
        self.resizeColumnsToContents()

    def copy(self, write: Callable[[Table], str] = to_markdown) -> None:
        """Put the table on the clipboard, as Markdown or as `write` writes it."""
        if self.table.rows:
            QGuiApplication.clipboard().setText(write(self.table))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
            return
        super().keyPressEvent(event)
