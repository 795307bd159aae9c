"""The panel with a card for each part."""

from PySide6.QtCore import QRandomGenerator, Qt, QTimer
from PySide6.QtWidgets import QApplication, QScrollArea, QVBoxLayout, QWidget

from app.commands import Commands
from app.panels.global_bar import HIGHEST_SEED, GlobalBar
from app.panels.part_section import PartSection
from app.session import Session, ViewChange
from app.theme import Theme
from engine.models.protocol import FaceCode, PartInfo

OPEN_FIRST = ("nose", "eyes")


class PartsPanel(QWidget):
    """Shows the session's code as sliders and edits it through the commands."""

    def __init__(
        self, session: Session, commands: Commands, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self._session = session
        self._commands = commands
        self._theme = theme
        self.sections: dict[str, PartSection] = {}
        self.global_bar = GlobalBar(commands, theme)
        self.global_bar.setEnabled(False)
        body = QWidget()
        body.setObjectName("panelBody")
        self._cards = QVBoxLayout(body)
        self._cards.setContentsMargins(10, 10, 1, 10)
        self._cards.setSpacing(9)
        self._cards.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # Always there, so that opening a card does not move the sliders under the hand.
        self._scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(body)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        top = QVBoxLayout()
        top.setContentsMargins(10, 10, 11, 0)
        top.addWidget(self.global_bar)
        layout.addLayout(top)
        layout.addWidget(self._scroll, 1)
        self.setMinimumWidth(340)
        session.started.connect(self._fill)
        session.opened.connect(self._show_all)
        session.code_changed.connect(self._show_change)
        session.view_changed.connect(self._on_view)
        session.part_requested.connect(self.reveal)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._on_focus)

    def open_parts(self) -> tuple[str, ...]:
        """The parts whose cards are open, for the settings."""
        return tuple(part for part, section in self.sections.items() if section.open)

    def set_open_parts(self, parts: tuple[str, ...]) -> None:
        for part, section in self.sections.items():
            section.set_open(part in parts)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.global_bar.set_theme(theme)
        for section in self.sections.values():
            section.header.set_theme(theme)

    def reveal(self, part: str) -> PartSection:
        """Open a part's card and scroll to it."""
        section = self.sections[part]
        section.set_open(True)
        # The opened card has its place only after the layout's turn.
        QTimer.singleShot(0, section, lambda: self._scroll_to(section))
        return section

    def _scroll_to(self, section: PartSection) -> None:
        """Show the whole card, or its top if it is taller than the panel."""
        bar, height = self._scroll.verticalScrollBar(), self._scroll.viewport().height()
        top, bottom = section.y() - 10, section.y() + section.height() + 10
        if top < bar.value() or bottom - top > height:
            bar.setValue(top)
        elif bottom > bar.value() + height:
            bar.setValue(bottom - height)

    def randomise_part(self, part: str) -> None:
        """Draw one part from a new seed."""
        self._commands.randomise(QRandomGenerator.global_().bounded(HIGHEST_SEED + 1), [part])

    def _fill(self) -> None:
        for section in self.sections.values():
            section.deleteLater()
        self.sections = {part.name: self._make_section(part) for part in self._session.model.parts}
        for place, section in enumerate(self.sections.values()):
            self._cards.insertWidget(place, section)
        self.set_open_parts(OPEN_FIRST)
        self.global_bar.setEnabled(True)

    def _make_section(self, part: PartInfo) -> PartSection:
        section = PartSection(self._commands, part, self._theme)
        name = part.name
        section.hovered.connect(lambda over: self._hover(name, over))
        section.random_clicked.connect(lambda: self.randomise_part(name))
        section.lock_toggled.connect(lambda locked: self._session.set_lock(name, locked))
        return section

    def _show_all(self) -> None:
        code = self._session.state.code
        for part, section in self.sections.items():
            section.show_values(code.part(part))
        self._show_locks()

    def _show_change(self, before: FaceCode, after: FaceCode) -> None:
        del before
        for part, section in self.sections.items():
            section.show_values(after.part(part))

    def _on_view(self, change: ViewChange) -> None:
        if change.before.locked != change.after.locked:
            self._show_locks()

    def _show_locks(self) -> None:
        for part, section in self.sections.items():
            section.header.show_locked(part in self._session.state.locks)

    def _hover(self, part: str, over: bool) -> None:
        if over:
            self._session.set_hovered_part(part)
        elif self._session.state.hovered_part == part:
            self._session.set_hovered_part(None)

    def _on_focus(self, old: QWidget | None, new: QWidget | None) -> None:
        del old
        if not self._session.ready:
            return
        holder = None
        for part, section in self.sections.items():
            inside = new is not None and section.isAncestorOf(new)
            section.set_active(inside)
            holder = part if inside else holder
        self._session.set_active_part(holder)
