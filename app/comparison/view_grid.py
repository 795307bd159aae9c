"""Up to four linked views, or one that wipes, blinks or overlays."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QGridLayout, QSlider, QVBoxLayout, QWidget

from app.comparison.comparison import MOST_SHOWN, Comparison, Layout
from app.comparison.region_paint import RegionPaint
from app.theme import Theme
from app.viewport.comparison_view import ComparisonView, Showing
from app.viewport.orbit import Orbit

BLINK_MS = 600


class ViewGrid(QWidget):
    """Shows the comparison's surfaces.

    Signals:
        pointed: the key of an item and its vertex under the cursor, -1 for none.
        clicked: the key of an item and the vertex that was clicked on.
    """

    pointed = Signal(str, int)
    clicked = Signal(str, int)

    def __init__(
        self,
        comparison: Comparison,
        paint: RegionPaint,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("stage")
        self._comparison, self._paint, self._theme = comparison, paint, theme
        self._layout: Layout = "grid"
        self.linked = True
        self._framed = False
        self._drawn: dict[int, object] = {}
        self._keys: list[str | None] = []
        self.views: list[ComparisonView] = []
        self._grid = QGridLayout()
        self._grid.setSpacing(2)
        self.wipe = QSlider(Qt.Orientation.Horizontal)
        self.wipe.setAccessibleName("Border of the wipe")
        self.wipe.setRange(0, 1000)
        self.wipe.setValue(500)
        self.wipe.valueChanged.connect(lambda value: self.views[0].set_wipe(value / 1000.0))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(4)
        outer.addLayout(self._grid, 1)
        outer.addWidget(self.wipe)
        self._blink = QTimer(self)
        self._blink.setInterval(BLINK_MS)
        self._blink.timeout.connect(self._swap)
        comparison.items_changed.connect(self.update_views)
        comparison.measured.connect(self.update_views)
        comparison.heat_changed.connect(self.recolor)
        paint.changed.connect(self._show_paint)
        # The window needs a view from the start: Qt rebuilds one that gets its first later.
        self._view(0)
        self.update_views()

    @property
    def layout_name(self) -> Layout:
        return self._layout

    def prepare(self, count: int) -> Iterator[None]:
        """Make so many views before there is anything to show, one in each step."""
        for number in range(len(self.views), min(count, MOST_SHOWN)):
            self._view(number).hide()
            yield

    def set_layout(self, layout: Layout) -> None:
        """Side by side, or one view that compares in another way."""
        self._layout = layout
        self.update_views()

    def set_linked(self, linked: bool) -> None:
        """Whether all views look from the same place."""
        self.linked = linked
        if linked and self.views:
            self._follow(self.views[0].orbit)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for view in self.views:
            view.set_theme(theme)

    def look_from(self, preset: str) -> None:
        for view in self._visible():
            view.set_orbit(view.framed(preset))
        self._agree()

    def frame(self) -> None:
        for view in self._visible():
            view.set_orbit(view.framed())
        self._agree()

    def picture(self) -> QImage:
        """What the views show, drawn now, with their captions."""
        picture = self.grab().toImage()
        painter = QPainter(picture)
        for view in self._visible():
            place = view.mapTo(self, QPoint(0, 0))
            painter.drawImage(QRect(place, view.size()), view.picture())
            painter.drawPixmap(place + view.caption.pos(), view.caption.grab())
        painter.end()
        return picture

    def shut(self) -> None:
        self._blink.stop()
        for view in self.views:
            view.shut()

    def recolor(self) -> None:
        """Change colours only: no surface, no distance."""
        for index, key in enumerate(self._keys):
            colors = self._colors_of(key)
            if colors is not None and len(colors) == len(self.views[index].colors):
                self.views[index].paint(colors)
        self._caption()

    def update_views(self) -> None:
        """Show what the comparison says."""
        comparison = self._comparison
        keys = list(comparison.shown)
        if self._layout != "grid":
            keys = [comparison.current] if comparison.current is not None else []
        self._keys = [*keys[:MOST_SHOWN]] or [None]
        columns = 1 if len(self._keys) == 1 else 2
        for index, key in enumerate(self._keys):
            view = self._view(index)
            wide = 2 if len(self._keys) == 3 and index == 2 else 1
            self._grid.addWidget(view, index // columns, index % columns, 1, wide)
            view.show()
            self._fill(index, key)
            view.set_showing("reference" if key is None else self._showing())
        for view in self.views[len(self._keys) :]:
            view.hide()
        self.wipe.setVisible(self._layout == "wipe")
        if self._layout == "blink":
            self._blink.start()
        else:
            self._blink.stop()
        self._caption()
        if not self._framed and any(view.has_content for view in self._visible()):
            self._framed = True
            QTimer.singleShot(0, lambda: self.look_from("front"))

    def _showing(self) -> Showing:
        if self._layout == "wipe":
            return "wipe"
        return "overlay" if self._layout == "overlay" else "surface"

    def _view(self, index: int) -> ComparisonView:
        while len(self.views) <= index:
            number = len(self.views)
            view = ComparisonView(self._theme, self)
            view.moved.connect(self._follow)
            view.hovered.connect(lambda vertex, n=number: self._point(n, vertex))
            view.clicked.connect(lambda vertex, n=number: self._click(n, vertex))
            view.stroked.connect(lambda vertex, n=number: self._stroke(n, vertex))
            view.stroke_ended.connect(self._paint.let_go)
            view.pressed.connect(lambda n=number: self._turn_to(n))
            view.set_painting(self._paint.active)
            if self.views:
                view.set_orbit(self.views[0].orbit)
            self.views.append(view)
        return self.views[index]

    def _visible(self) -> list[ComparisonView]:
        return self.views[: len(self._keys)]

    def _fill(self, index: int, key: str | None) -> None:
        """Give a view its surfaces, unless it has them."""
        comparison, view = self._comparison, self.views[index]
        measured = comparison.measured_of(key)
        drawable = measured.drawable if measured is not None else comparison.drawable_of(key)
        reference = comparison.drawable_of(comparison.reference)
        colors = self._colors_of(key)
        content = (drawable, reference, colors is None)
        if self._drawn.get(index) != content:
            self._drawn[index] = content
            if drawable is not None:
                view.show_surface(drawable.mesh, drawable.normals, colors)
            if reference is not None:
                view.show_reference(reference.mesh, reference.normals)
        elif colors is not None:
            view.paint(colors)

    def _caption(self) -> None:
        comparison = self._comparison
        for index, key in enumerate(self._keys):
            item = comparison.item(key)
            name = item.name if item is not None else "Add a surface to compare this one with"
            note = ""
            measured = comparison.measured_of(key)
            if measured is not None:
                if comparison.heat.kind not in measured.fields:
                    note = " · other topology, no such value"
                else:
                    note = f" · mean {measured.comparison.report.whole.forward.mean:.2f} mm"
            elif item is not None:
                note = " · not measured" if comparison.error_of(key) else " · measuring…"
            self.views[index].caption.show_text(name, note)

    def _follow(self, orbit: Orbit) -> None:
        if self.linked:
            for view in self.views:
                if view.orbit != orbit:
                    view.set_orbit(orbit)

    def _agree(self) -> None:
        """Linked views stand where the one stands that is farthest away, so all fit in."""
        if self.linked and self._visible():
            self._follow(max((view.orbit for view in self._visible()), key=lambda o: o.distance))

    def _turn_to(self, number: int) -> None:
        if number < len(self._keys) and self._keys[number] is not None:
            self._comparison.set_current(str(self._keys[number]))

    def _point(self, number: int, vertex: int) -> None:
        if number < len(self._keys) and self._keys[number] is not None:
            self.pointed.emit(self._keys[number], vertex)

    def _click(self, number: int, vertex: int) -> None:
        if number < len(self._keys) and self._keys[number] is not None:
            self.clicked.emit(self._keys[number], vertex)

    def _stroke(self, number: int, vertex: int) -> None:
        key = self._keys[number] if number < len(self._keys) else None
        if key is not None:
            self._paint.touch(key, vertex)

    def _show_paint(self) -> None:
        for view in self.views:
            view.set_painting(self._paint.active)
        self.recolor()

    def _colors_of(self, key: str | None) -> NDArray[np.uint8] | None:
        """The regions while they are painted, else the heatmap."""
        painted = self._paint.colors_of(key) if self._paint.active else None
        return self._comparison.colors_of(key) if painted is None else painted

    def _swap(self) -> None:
        view = self.views[0]
        view.set_showing("reference" if view.showing == "surface" else "surface")
