"""The outliner's tree: rows of items, with a column of eyes."""

from PySide6.QtCore import QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeView, QWidget

from app.panels.outliner_model import EYE, NAME, OutlinerModel


class OutlinerView(QTreeView):
    """The tree; the column of eyes answers to the press and selects nothing.

    Signals:
        eye_pressed: an item, and whether Ctrl was down.
        delete_pressed: the Delete key.
    """

    eye_pressed = Signal(object, bool)
    delete_pressed = Signal()

    def __init__(self, model: OutlinerModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._items = model
        self.setModel(model)
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setItemsExpandable(False)
        self.setIndentation(10)
        self.setIconSize(QSize(18, 18))
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setExpandsOnDoubleClick(False)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        triggers = QAbstractItemView.EditTrigger
        self.setEditTriggers(triggers.DoubleClicked | triggers.EditKeyPressed)
        self.setAccessibleName("Faces, scans and photos")
        header = self.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(20)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(EYE, QHeaderView.ResizeMode.Fixed)
        header.resizeSection(EYE, 34)
        model.modelReset.connect(self._open_groups)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self._press_eye(event):
            super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if not self._press_eye(event):
            super().mouseDoubleClickEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.delete_pressed.emit()
            event.accept()
            return
        super().keyPressEvent(event)

    def _press_eye(self, event: QMouseEvent) -> bool:
        index = self.indexAt(event.position().toPoint())
        ref = self._items.ref_of(index)
        if ref is None or index.column() != EYE or event.button() != Qt.MouseButton.LeftButton:
            return False
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        self.eye_pressed.emit(ref, control)
        event.accept()
        return True

    def _open_groups(self) -> None:
        for row, group in enumerate(self._items.groups()):
            self.setFirstColumnSpanned(row, QModelIndex(), True)
            self.expand(group)
