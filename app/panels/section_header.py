"""The head of a part's section: fold, lock, random, reset."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from app.icons import make_icon
from app.panels.icon_button import make_icon_button
from app.panels.plausibility_meter import PlausibilityMeter
from app.shading.coloring import REGION_COLORS
from app.theme import Theme


class ColorDot(QWidget):
    """A dot in the colour the part has on the face."""

    def __init__(self, part: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._color = QColor(*REGION_COLORS[part])
        self.setFixedSize(10, 10)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._color)
        painter.drawEllipse(1, 1, 8, 8)
        painter.end()


class SectionHeader(QWidget):
    """Buttons for a whole part.

    Signals:
        fold_toggled: the user opens or closes the section.
        lock_toggled: whether the part is to be locked.
        random_clicked, reset_clicked: for this part.
    """

    fold_toggled = Signal(bool)
    lock_toggled = Signal(bool)
    random_clicked = Signal()
    reset_clicked = Signal()

    def __init__(self, part: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        title = part.capitalize()
        self.title = QPushButton(title)
        self.title.setObjectName("sectionTitle")
        self.title.setCheckable(True)
        self.title.setAccessibleName(f"{title} section")
        self.title.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.title.setIconSize(QSize(16, 16))
        self.title.toggled.connect(self._fold)
        self.meter = PlausibilityMeter(part, theme)
        self.count = QLabel("")
        self.count.setObjectName("count")
        self.lock = make_icon_button(f"Lock {part}", "Random and reset leave a locked part alone")
        self.lock.setCheckable(True)
        self.lock.toggled.connect(self._toggle_lock)
        self.random = make_icon_button(f"Random {part}", "Draw new values for this part only")
        self.random.clicked.connect(self.random_clicked)
        self.reset = make_icon_button(f"Reset {part}", "Back to the mean face, this part only")
        self.reset.clicked.connect(self.reset_clicked)
        self.more = make_icon_button(f"More for {part}", "Mirror, make symmetric, take from a face")
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(ColorDot(part))
        layout.addSpacing(4)
        layout.addWidget(self.title, 1)
        for widget in (self.count, self.meter, self.lock, self.random, self.reset, self.more):
            layout.addWidget(widget)
        self.set_theme(theme)

    def show_locked(self, locked: bool) -> None:
        """Show what the session says."""
        self.lock.blockSignals(True)
        self.lock.setChecked(locked)
        self.lock.blockSignals(False)
        self.random.setDisabled(locked)
        self.reset.setDisabled(locked)
        self.set_theme(self._theme)

    def show_moved(self, moved: int) -> None:
        """Say how many of the part's values are not zero."""
        self.count.setText(f"{moved} set" if moved else "")

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.lock.setIcon(make_icon("lock" if self.lock.isChecked() else "unlock", theme))
        self.random.setIcon(make_icon("dice", theme))
        self.reset.setIcon(make_icon("reset", theme))
        self.more.setIcon(make_icon("more", theme))
        self.meter.set_theme(theme)
        self.title.setIcon(
            make_icon("chevron-down" if self.title.isChecked() else "chevron-right", theme)
        )

    def _fold(self, opened: bool) -> None:
        self.set_theme(self._theme)
        self.fold_toggled.emit(opened)

    def _toggle_lock(self, locked: bool) -> None:
        self.lock_toggled.emit(locked)
