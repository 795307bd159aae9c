"""The outliner: the document's faces, scans and photos, with an eye for each."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QVBoxLayout,
    QWidget,
)

from app.commands import Commands
from app.icons import make_icon
from app.panels.icon_button import make_icon_button
from app.panels.outliner_model import OutlinerModel
from app.panels.outliner_view import OutlinerView
from app.panels.side import SidePanel
from app.session import Session
from app.theme import Theme
from engine.project.items import ItemRef, Kind, item_at, items_of


@dataclass(frozen=True, slots=True)
class ItemAction:
    """An entry that somebody added to the context menu of one kind of items.

    Attributes:
        kind: of the items it is for.
        text: what the user reads.
        act: called with the item.
        enabled: whether it can be done to an item now.
    """

    kind: Kind
    text: str
    act: Callable[[ItemRef], object]
    enabled: Callable[[ItemRef], bool] = lambda _ref: True


class OutlinerPanel(SidePanel):
    """Shows the session's items and edits them through the commands.

    Signals:
        import_clicked: the user wants to bring in a scan.
        photo_clicked: the user wants to bring in a photo.
    """

    import_clicked = Signal()
    photo_clicked = Signal()

    def __init__(
        self, session: Session, commands: Commands, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._commands = commands
        self._extra: list[ItemAction] = []
        self.model = OutlinerModel(session, commands, theme, self)
        self.view = OutlinerView(self.model)
        self.add = make_icon_button("Add a face", "The mean face, as another face of this document")
        self.bring = make_icon_button("Import a scan", "OBJ, PLY, STL or GLB")
        self.bring_photo = make_icon_button("Import a photo", "JPEG, PNG, WebP or HEIC")
        self.copy = make_icon_button("Duplicate (Ctrl+D)", "A copy of the face that is edited")
        self.remove = make_icon_button("Delete (Del)", "Take the chosen face, scan or photo away")
        self.spread = make_icon_button("Spread out", "Visible faces and scans stand side by side")
        self.spread.setCheckable(True)
        self._lay_out()
        self._connect()
        self.set_theme(theme)
        self._adapt()

    def set_theme(self, theme: Theme) -> None:
        self.model.set_theme(theme)
        for button, icon in (
            (self.add, "plus"),
            (self.bring, "scan-import"),
            (self.bring_photo, "photo-import"),
            (self.copy, "duplicate"),
            (self.remove, "trash"),
            (self.spread, "spread"),
        ):
            button.setIcon(make_icon(icon, theme))

    def add_item_action(self, action: ItemAction) -> None:
        """Offer one more thing to do in the context menu of a kind of items."""
        self._extra.append(action)

    def chosen(self) -> ItemRef | None:
        """The item that the keyboard and the buttons act on."""
        return self._session.state.selected if self._session.ready else None

    def choose(self, ref: ItemRef) -> None:
        """A click on an item elsewhere; not while the outliner is held still."""
        if self.isEnabled():
            self._session.select(ref)

    def rename_chosen(self) -> None:
        """Edit the chosen item's name in place."""
        ref = self.chosen()
        if ref is not None:
            self.view.edit(self.model.index_of(ref))

    def duplicate_chosen(self) -> None:
        """Copy the chosen face; with another item chosen, the face that is edited."""
        if self._session.ready:
            self._commands.items.duplicate_face(self._session.state.document.active)

    def remove_chosen(self) -> None:
        ref = self.chosen()
        if ref is not None:
            self._commands.items.remove(ref)

    def menu_for(self, ref: ItemRef) -> QMenu:
        """The context menu of an item."""
        commands, menu = self._commands.items, QMenu(self)
        item = item_at(self._session.state.document, ref)
        extra = [action for action in self._extra if action.kind == ref.kind]
        for action in extra:
            entry = _entry(menu, action.text, partial(action.act, ref))
            entry.setEnabled(action.enabled(ref))
        if extra:
            menu.addSeparator()
        _entry(menu, "Rename\tF2", lambda: self.view.edit(self.model.index_of(ref)))
        if ref.kind == "face":
            _entry(menu, "Duplicate\tCtrl+D", lambda: commands.duplicate_face(ref.index))
        text = "Hide" if item.visible else "Show"
        _entry(menu, text, lambda: commands.set_visible(ref, not item.visible))
        if ref.kind != "photo":
            _entry(menu, "Show only this\tCtrl+click the eye", lambda: commands.solo(ref))
        menu.addSeparator()
        if ref.kind == "face" and getattr(item, "residual", None) is not None:
            _entry(menu, "Remove scan detail", lambda: commands.remove_residual(ref.index))
        removal = _entry(menu, "Delete\tDel", lambda: commands.remove(ref))
        removal.setEnabled(commands.may_remove(ref))
        return menu

    def _lay_out(self) -> None:
        title = QLabel("Items")
        title.setObjectName("sectionTitle")
        top = QHBoxLayout()
        top.setContentsMargins(12, 8, 8, 4)
        top.setSpacing(2)
        top.addWidget(title, 1)
        top.addWidget(self.add)
        top.addWidget(self.bring)
        top.addWidget(self.bring_photo)
        foot = QHBoxLayout()
        foot.setContentsMargins(8, 4, 8, 8)
        foot.setSpacing(2)
        foot.addWidget(self.spread)
        foot.addStretch(1)
        foot.addWidget(self.copy)
        foot.addWidget(self.remove)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(top)
        layout.addWidget(self.view, 1)
        layout.addLayout(foot)
        self.setMinimumWidth(170)

    def _connect(self) -> None:
        session, commands, view = self._session, self._commands, self.view
        self.add.clicked.connect(lambda: commands.items.add_face())
        self.bring.clicked.connect(self.import_clicked)
        self.bring_photo.clicked.connect(self.photo_clicked)
        self.copy.clicked.connect(self.duplicate_chosen)
        self.remove.clicked.connect(self.remove_chosen)
        self.spread.clicked.connect(session.set_spread)
        view.eye_pressed.connect(self._press_eye)
        view.delete_pressed.connect(self.remove_chosen)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._open_menu)
        view.selectionModel().currentChanged.connect(self._choose)
        session.started.connect(lambda _model: self._adapt())
        session.opened.connect(self._adapt)
        session.items_changed.connect(lambda _before, _after: self._adapt())
        session.selection_changed.connect(lambda _ref: self._adapt())
        session.spread_changed.connect(self.spread.setChecked)

    def _press_eye(self, ref: ItemRef, alone: bool) -> None:
        if alone:
            self._commands.items.solo(ref)
        else:
            visible = item_at(self._session.state.document, ref).visible
            self._commands.items.set_visible(ref, not visible)

    def _choose(self, index: QModelIndex) -> None:
        ref = self.model.ref_of(index)
        if ref is not None:
            self._session.select(ref)

    def _open_menu(self, place: QPoint) -> None:
        ref = self.model.ref_of(self.view.indexAt(place))
        if ref is not None:
            self.menu_for(ref).exec(self.view.viewport().mapToGlobal(place))

    def _adapt(self) -> None:
        """Show which item is chosen and what can be done to it."""
        ref = self.chosen()
        for button in (self.add, self.bring, self.bring_photo, self.copy, self.spread):
            button.setEnabled(ref is not None)
        self.remove.setEnabled(ref is not None and self._commands.items.may_remove(ref))
        if ref is None or ref.index >= len(items_of(self._session.state.document, ref.kind)):
            return
        if self.model.ref_of(self.view.currentIndex()) != ref:
            self.view.setCurrentIndex(self.model.index_of(ref))


def _entry(menu: QMenu, text: str, act: Callable[[], object]) -> QAction:
    action = menu.addAction(text)
    action.triggered.connect(lambda _checked=False: act())
    return action
