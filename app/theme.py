"""The dark and the light theme: one set of named colours, and who chooses between them."""

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

Rgb = tuple[int, int, int]

MARK_COLORS: tuple[Rgb, ...] = (
    (230, 159, 0),
    (86, 180, 233),
    (0, 158, 115),
    (204, 121, 167),
    (240, 228, 66),
)
"""Of numbered points in either theme: Okabe and Ito's, which everybody can tell apart."""

ThemeChoice = Literal["system", "dark", "light"]
CHOICES: tuple[ThemeChoice, ...] = ("system", "dark", "light")


@dataclass(frozen=True, slots=True)
class Theme:
    """Named colours, `#rrggbb` for widgets and RGB for the viewport.

    Attributes:
        window, panel, card, raised: backgrounds, from the farthest to the nearest.
        line: borders and separators.
        text, muted, faint: type, from the loudest to the quietest.
        accent, on_accent: what can be done or is on, and the type upon it.
        groove: a slider's rail.
        good, warning, danger: states.
        backdrop_inner, backdrop_outer: the viewport's background, middle and corners.
        edge: the triangles' edges.
    """

    name: str
    window: str
    panel: str
    card: str
    raised: str
    line: str
    text: str
    muted: str
    faint: str
    accent: str
    accent_hover: str
    on_accent: str
    groove: str
    good: str
    warning: str
    danger: str
    backdrop_inner: Rgb
    backdrop_outer: Rgb
    edge: Rgb


DARK = Theme(
    name="dark",
    window="#15171c",
    panel="#1a1d23",
    card="#22262e",
    raised="#2c313b",
    line="#323844",
    text="#e8ebf1",
    muted="#a4acba",
    faint="#6f7887",
    accent="#6ea8ff",
    accent_hover="#8dbbff",
    on_accent="#0c1626",
    groove="#3a414e",
    good="#62c796",
    warning="#e8b45c",
    danger="#f0787a",
    backdrop_inner=(74, 81, 94),
    backdrop_outer=(24, 26, 31),
    edge=(18, 20, 26),
)

LIGHT = Theme(
    name="light",
    window="#eef0f4",
    panel="#f5f6f9",
    card="#ffffff",
    raised="#eceff4",
    line="#d8dde6",
    text="#1c2129",
    muted="#566070",
    faint="#8b94a3",
    accent="#2464d8",
    accent_hover="#3b78e6",
    on_accent="#ffffff",
    groove="#cfd6e1",
    good="#1f8a57",
    warning="#a86a08",
    danger="#c33a3e",
    backdrop_inner=(244, 246, 249),
    backdrop_outer=(186, 195, 208),
    edge=(52, 58, 70),
)


class ThemeKeeper(QObject):
    """Keeps the application in the theme the user or the system chose.

    Signals:
        changed: the `Theme` that is shown now.
    """

    changed = Signal(object)

    def __init__(self, choice: ThemeChoice = "system", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._choice: ThemeChoice = choice
        self._theme = self._resolve()
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._apply)

    @property
    def theme(self) -> Theme:
        return self._theme

    @property
    def choice(self) -> ThemeChoice:
        return self._choice

    def choose(self, choice: ThemeChoice) -> None:
        """Follow the system, or stay dark or light."""
        self._choice = choice
        self._apply()

    def apply_first(self) -> None:
        """Dress the application before its first window."""
        QApplication.setStyle("Fusion")
        dress_application(self._theme)

    def _apply(self) -> None:
        theme = self._resolve()
        if theme is not self._theme:
            self._theme = theme
            dress_application(theme)
            self.changed.emit(theme)

    def _resolve(self) -> Theme:
        if self._choice == "system":
            scheme = QGuiApplication.styleHints().colorScheme()
            return LIGHT if scheme == Qt.ColorScheme.Light else DARK
        return DARK if self._choice == "dark" else LIGHT


def dress_application(theme: Theme) -> None:
    """Set the palette and the style sheet of every widget."""
    from app.stylesheet import style_sheet

    application = QApplication.instance()
    if isinstance(application, QApplication):
        application.setPalette(make_palette(theme))
        application.setStyleSheet(style_sheet(theme))


def make_palette(theme: Theme) -> QPalette:
    """The palette for what Qt and our own painting draw."""
    palette = QPalette()
    role = QPalette.ColorRole
    for which, color in (
        (role.Window, theme.panel),
        (role.WindowText, theme.text),
        (role.Base, theme.card),
        (role.AlternateBase, theme.raised),
        (role.Text, theme.text),
        (role.Button, theme.raised),
        (role.ButtonText, theme.text),
        (role.ToolTipBase, theme.raised),
        (role.ToolTipText, theme.text),
        (role.Highlight, theme.accent),
        (role.HighlightedText, theme.on_accent),
        (role.PlaceholderText, theme.faint),
        (role.Link, theme.accent),
        (role.Mid, theme.groove),
        (role.Midlight, theme.line),
        (role.Dark, theme.faint),
        (role.BrightText, theme.accent_hover),
    ):
        palette.setColor(which, QColor(color))
    disabled = QPalette.ColorGroup.Disabled
    for which in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(disabled, which, QColor(theme.faint))
    palette.setColor(disabled, role.Highlight, QColor(theme.groove))
    return palette
