"""The panel with a card for each part."""

from PySide6.QtCore import QEvent, QObject, QRandomGenerator, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QScrollArea, QVBoxLayout, QWidget

from app.commands import Commands
from app.editor_state import ViewChange
from app.face_edits import FaceEdits
from app.live_preview import changed_coordinates
from app.panels.detail_card import DetailCard
from app.panels.editing_bar import EditingBar
from app.panels.global_bar import HIGHEST_SEED, GlobalBar
from app.panels.part_menu import PartMenu
from app.panels.part_section import PartSection
from app.session import Session
from app.theme import Theme
from engine.models.protocol import FaceCode, PartInfo

OPEN_FIRST = ("nose", "eyes")
LATE_MS = 120
"""While many sliders move at once, they are shown about this often."""


WIDEST = 420
"""The panel grows with its cards up to here, pixels."""


class PartsPanel(QWidget):
    """Shows the session's code as sliders and edits it through the commands.

    Signals:
        refit_requested: a part that is to be fitted to a scan.
    """

    refit_requested = Signal(str)

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
        self.edits = FaceEdits(session, commands)
        self.editing_bar = EditingBar(commands.way, self.edits, theme)
        self.editing_bar.setEnabled(False)
        self._body = body = QWidget()
        body.setObjectName("panelBody")
        self._cards = QVBoxLayout(body)
        self._cards.setContentsMargins(10, 10, 1, 10)
        self._cards.setSpacing(9)
        self.detail = DetailCard(session, commands)
        self._cards.addWidget(self.detail)
        self._cards.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # Always there, so that opening a card does not move the sliders under the hand.
        self._scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(body)
        body.installEventFilter(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        top = QVBoxLayout()
        top.setContentsMargins(10, 10, 11, 0)
        top.setSpacing(7)
        top.addWidget(self.global_bar)
        top.addWidget(self.editing_bar)
        layout.addLayout(top)
        layout.addWidget(self._scroll, 1)
        self.setMinimumWidth(340)
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.setInterval(LATE_MS)
        self._late.timeout.connect(self._show_all)
        session.started.connect(self._fill)
        session.opened.connect(self._show_all)
        session.code_changed.connect(self._show_change)
        session.moving_changed.connect(self._on_moving)
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
        self.editing_bar.set_theme(theme)
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
            self._cards.insertWidget(place + 1, section)
        self.set_open_parts(OPEN_FIRST)
        self.global_bar.setEnabled(True)
        self.editing_bar.setEnabled(True)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the cards when they get wider."""
        if watched is self._body and event.type() == QEvent.Type.LayoutRequest:
            self._widen()
        return super().eventFilter(watched, event)

    def _widen(self) -> None:
        """Never narrower than the cards: there is no scroll bar to reach what is cut off."""
        needed = self._body.minimumSizeHint().width()
        width = needed + self._scroll.width() - self._scroll.viewport().width()
        if width > self.minimumWidth():
            self.setMinimumWidth(min(width, WIDEST))

    def _make_section(self, part: PartInfo) -> PartSection:
        section = PartSection(self._commands, part, self._theme)
        name = part.name
        radius = self.editing_bar.radius.value
        menu = PartMenu(self._session, self.edits, name, radius, section)
        menu.refit_clicked.connect(lambda: self.refit_requested.emit(name))
        section.header.more.setMenu(menu)
        section.hovered.connect(lambda over: self._hover(name, over))
        section.random_clicked.connect(lambda: self.randomise_part(name))
        section.lock_toggled.connect(lambda locked: self._session.set_lock(name, locked))
        return section

    def _show_all(self) -> None:
        code = self._session.state.code
        for part, section in self.sections.items():
            section.show_values(code.part(part))
        self._show_locks()
        self._show_plausibility(code)

    def _show_change(self, before: FaceCode, after: FaceCode) -> None:
        if self._session.state.moving and len(changed_coordinates(before, after)) > 1:
            # A drag moves all sliders of a part at once; painting them would slow the surface.
            if not self._late.isActive():
                self._late.start()
            return
        self._late.stop()
        for part, section in self.sections.items():
            section.show_values(after.part(part))
        self._show_plausibility(after)

    def _on_moving(self, moving: bool) -> None:
        if not moving and self._late.isActive():
            self._late.stop()
            self._show_all()

    def _show_plausibility(self, code: FaceCode) -> None:
        # Not at the top: the window opens before the model and its numerics are there.
        from engine.editing.plausibility import plausibility

        for part, found in plausibility(self._session.model, code).items():
            self.sections[part].header.meter.show_plausibility(found.distance, found.percentile)

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
