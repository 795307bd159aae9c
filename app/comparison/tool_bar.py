"""The comparison window's tool bar: how views compare, where they look from, brush and files."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QToolBar, QToolButton, QWidget

from app.comparison.comparison import Layout
from app.comparison.region_paint import RegionPaint
from app.comparison.view_grid import ViewGrid
from app.icons import make_icon
from app.panels.choice_box import ChoiceBox
from app.theme import Theme
from engine.models.protocol import REGIONS

LAYOUTS: tuple[tuple[Layout, str, str], ...] = (
    ("grid", "Side by side", "Up to four surfaces beside each other"),
    ("wipe", "Wipe", "The surface left of a border, the reference right of it"),
    ("blink", "Blink", "The surface and the reference in turn"),
    ("overlay", "Overlay", "The reference over the surface, as glass"),
)
VIEWS = (("front", "Front", "1"), ("three-quarter", "Three-quarter", "2"), ("side", "Side", "3"))


@dataclass(frozen=True, slots=True)
class Output:
    """A button that copies or writes something."""

    text: str
    tip: str
    act: Callable[[], None]


class ComparisonToolBar(QToolBar):
    """Acts on the views and the brush.

    Attributes:
        layouts: the action of each layout.
        link: whether all views look from one place.
        brush: the region that is painted.
    """

    def __init__(
        self,
        grid: ViewGrid,
        paint: RegionPaint,
        outputs: Sequence[Output],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("Comparison", parent)
        self._grid, self._paint = grid, paint
        self.setMovable(False)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.layouts: dict[str, QAction] = {}
        self._add_layouts()
        self.addSeparator()
        self.link = _action("Linked", "All views look from the same place (L)", self, "L")
        self.link.setCheckable(True)
        self.link.setChecked(True)
        self.link.triggered.connect(grid.set_linked)
        self.addAction(self.link)
        self.addSeparator()
        self._add_views()
        self.addSeparator()
        self.brush = ChoiceBox()
        self._add_brush()
        self.addSeparator()
        for output in outputs:
            action = _action(output.text, output.tip, self)
            action.triggered.connect(lambda _on=False, act=output.act: act())
            self.addAction(action)

    def set_theme(self, theme: Theme) -> None:
        """Give the arrow to what has no room the theme's colour."""
        more = self.findChild(QToolButton, "qt_toolbar_ext_button")
        if more is not None:
            more.setIcon(make_icon("chevron-right", theme))
            more.setToolTip("More")

    def _add_layouts(self) -> None:
        group = QActionGroup(self)
        for name, text, tip in LAYOUTS:
            action = _action(text, tip, group)
            action.setCheckable(True)
            action.triggered.connect(lambda _on=False, name=name: self._grid.set_layout(name))
            self.layouts[name] = action
            self.addAction(action)
        self.layouts["grid"].setChecked(True)

    def _add_views(self) -> None:
        for preset, text, keys in VIEWS:
            look = _action(text, f"Look from here ({keys})", self, keys)
            look.triggered.connect(lambda _on=False, preset=preset: self._grid.look_from(preset))
            self.addAction(look)
        frame = _action("Frame", "Fill the views (F)", self, "F")
        frame.triggered.connect(lambda _on=False: self._grid.frame())
        self.addAction(frame)

    def _add_brush(self) -> None:
        self.brush.setAccessibleName("Region to paint")
        self.brush.setToolTip(
            "Draw the regions that figures are given for over a surface, with the left button; "
            "the right one still zooms"
        )
        self.brush.addItem("Paint regions: off", None)
        for region in REGIONS:
            self.brush.addItem(f"Paint {region}", region)
        self.brush.addItem("Reset regions", "reset")
        self.brush.activated.connect(lambda _index: self._choose_brush())
        self.addWidget(self.brush)

    def _choose_brush(self) -> None:
        chosen = self.brush.currentData()
        if chosen == "reset":
            self._paint.reset()
            self.brush.setCurrentIndex(0)
            chosen = None
        self._paint.choose(chosen)


def _action(text: str, tip: str, parent: QObject, keys: str = "") -> QAction:
    action = QAction(text, parent)
    action.setToolTip(tip)
    if keys:
        action.setShortcut(QKeySequence(keys))
    return action
