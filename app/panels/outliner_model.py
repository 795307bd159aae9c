"""The document's faces, scans and photos as a tree of groups, for a view of Qt."""

from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QByteArray,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)
from PySide6.QtGui import QColor, QFont

from app.commands import Commands
from app.icons import make_icon
from app.session import Session
from app.theme import Theme
from engine.project.document import Document, NamedScan
from engine.project.items import KINDS, ItemRef, Kind, item_at, items_of
from engine.project.named_photo import NamedPhoto

NAME, EYE = 0, 1
"""The columns."""

MIME = "application/x-lineament-item"
GROUPS = {"face": "Faces", "scan": "Scans", "photo": "Photos"}
ICONS = {"face": "front", "scan": "scan", "photo": "photo"}

Index = QModelIndex | QPersistentModelIndex
_GROUP = 0  # an index's id: that of a group, otherwise 1 + the group its item belongs to


class OutlinerModel(QAbstractItemModel):
    """Reads the session's document; renames and reorders through the commands.

    The groups of scans and of photos are there only when there are some.
    """

    def __init__(
        self, session: Session, commands: Commands, theme: Theme, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._commands = commands
        self._theme = theme
        session.opened.connect(self._reset)
        session.items_changed.connect(self._update)

    # Between items and indices

    def ref_of(self, index: Index) -> ItemRef | None:
        """The item at `index`; None for a group."""
        if not index.isValid() or index.internalId() == _GROUP:
            return None
        return ItemRef(KINDS[index.internalId() - 1], index.row())

    def index_of(self, ref: ItemRef, column: int = NAME) -> QModelIndex:
        """Where `ref` is."""
        return self.createIndex(ref.index, column, KINDS.index(ref.kind) + 1)

    def groups(self) -> list[QModelIndex]:
        return [self.index(row, NAME) for row in range(self.rowCount())]

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._tell_all()

    # Qt

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        if not self.hasIndex(row, column, parent):
            return QModelIndex()
        if not parent.isValid():
            return self.createIndex(row, column, _GROUP)
        kind = self._kinds()[parent.row()]
        return self.createIndex(row, column, KINDS.index(kind) + 1)

    def parent(self, index: Index = QModelIndex()) -> Any:  # noqa: B008
        ref = self.ref_of(index)
        if ref is None or ref.kind not in self._kinds():
            return QModelIndex()
        return self.createIndex(self._kinds().index(ref.kind), NAME, _GROUP)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        if not parent.isValid():
            return len(self._kinds())
        if parent.internalId() != _GROUP or parent.column() != NAME:
            return 0
        return len(items_of(self._document, self._kinds()[parent.row()]))

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        del parent
        return 2

    def flags(self, index: Index) -> Qt.ItemFlag:
        flag = Qt.ItemFlag
        if self.ref_of(index) is None:
            return flag.ItemIsEnabled | flag.ItemIsDropEnabled
        flags = flag.ItemIsEnabled | flag.ItemIsSelectable | flag.ItemIsDropEnabled
        if index.column() == NAME:
            flags |= flag.ItemIsEditable | flag.ItemIsDragEnabled
        return flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        ref = self.ref_of(index)
        if ref is None:
            return self._group(index, role)
        if ref.index >= len(items_of(self._document, ref.kind)):
            return None
        if index.column() == EYE:
            return self._eye(ref, role)
        return self._name(ref, role)

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        ref = self.ref_of(index)
        if ref is None or role != Qt.ItemDataRole.EditRole or not str(value).strip():
            return False
        self._commands.items.rename(ref, str(value))
        return True

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        return [MIME]

    def mimeData(self, indexes: Any) -> QMimeData:
        data = QMimeData()
        ref = self.ref_of(indexes[0])
        if ref is not None:
            data.setData(MIME, QByteArray(f"{ref.kind} {ref.index}".encode()))
        return data

    def canDropMimeData(
        self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index
    ) -> bool:
        del action, row, column
        ref = _dragged(data)
        return ref is not None and self._kind_of(parent) == ref.kind

    def dropMimeData(
        self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index
    ) -> bool:
        """Reorder; False, so that the view does not take the row away itself."""
        ref = _dragged(data)
        if ref is not None and self.canDropMimeData(data, action, row, column, parent):
            onto = self.ref_of(parent)
            place = row if onto is None else onto.index
            if place < 0:
                place = len(items_of(self._document, ref.kind))
            between = onto is None
            self._commands.items.move(ref, place - (between and place > ref.index))
        return False

    # What the cells show

    def _group(self, index: Index, role: int) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and index.column() == NAME:
            return GROUPS[self._kinds()[index.row()]]
        if role == Qt.ItemDataRole.ForegroundRole:
            return QColor(self._theme.muted)
        return None

    def _name(self, ref: ItemRef, role: int) -> Any:
        item = item_at(self._document, ref)
        roles = Qt.ItemDataRole
        active = ref == ItemRef("face", self._document.active)
        if role in (roles.DisplayRole, roles.EditRole, roles.AccessibleTextRole):
            return item.name
        if role == roles.DecorationRole:
            return make_icon(ICONS[ref.kind], self._theme)
        if role == roles.FontRole:
            font = QFont()
            font.setBold(active)
            return font
        if role == roles.ToolTipRole:
            return self._tip(ref, active)
        return None

    def _tip(self, ref: ItemRef, active: bool) -> str:
        item = item_at(self._document, ref)
        if isinstance(item, NamedScan):
            count = f"{len(item.mesh.vertices):,}".replace(",", "\u202f")
            placed = "aligned" if item.accepted else "not aligned yet"
            return f"{item.name}\nScan, {count} vertices, {placed}"
        if isinstance(item, NamedPhoto):
            size = f"{item.picture.width} × {item.picture.height} pixels"
            made = "" if item.face is None else f", of {self._document.faces[item.face].name}"
            return f"{item.name}\nPhoto{made}, {size}"
        detail = ", with detail of a scan" if item.residual is not None else ""
        return f"{item.name}\n{'The face that is edited' if active else 'Face'}{detail}"

    def _eye(self, ref: ItemRef, role: int) -> Any:
        visible = item_at(self._document, ref).visible
        if role == Qt.ItemDataRole.DecorationRole:
            return make_icon("eye" if visible else "eye-off", self._theme)
        if role == Qt.ItemDataRole.ToolTipRole:
            return ("Hide" if visible else "Show") + "\nCtrl+click: only this one, or all again"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return "Visible" if visible else "Hidden"
        return None

    # What changed

    def _reset(self) -> None:
        self.beginResetModel()
        self.endResetModel()

    def _update(self, before: Document, after: Document) -> None:
        counts = [[len(items_of(document, kind)) for kind in KINDS] for document in (before, after)]
        if counts[0] != counts[1]:
            self._reset()
        else:
            self._tell_all()

    def _tell_all(self) -> None:
        for group in self.groups():
            count = self.rowCount(group)
            if count:
                first, last = self.index(0, NAME, group), self.index(count - 1, EYE, group)
                self.dataChanged.emit(first, last)

    @property
    def _document(self) -> Document:
        return self._session.state.document

    def _kinds(self) -> tuple[Kind, ...]:
        """The kinds that have a group now."""
        if not self._session.ready:
            return ()
        return tuple(kind for kind in KINDS if kind == "face" or items_of(self._document, kind))

    def _kind_of(self, index: Index) -> Kind | None:
        """The kind of the group that `index` is or lies in."""
        ref = self.ref_of(index)
        if ref is not None:
            return ref.kind
        return self._kinds()[index.row()] if index.isValid() else None


def _dragged(data: QMimeData) -> ItemRef | None:
    words = bytes(data.data(MIME).data()).decode().split()
    for kind in KINDS:
        if len(words) == 2 and words[0] == kind:
            return ItemRef(kind, int(words[1]))
    return None
