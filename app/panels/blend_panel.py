"""Blend the active face with another: a slider per part, and a timeline."""

from dataclasses import replace

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.blend.blending import Blending
from app.blend.state import BlendState, with_order
from app.icons import make_icon
from app.panels.cards import make_card, make_text, make_title
from app.panels.choice_box import ChoiceBox
from app.panels.side import SidePanel
from app.panels.value_slider import ValueSlider
from app.theme import Theme
from app.written_numbers import as_percent
from engine.models.protocol import PARTS

LIST_ROW = 24
PANEL_WIDTH = 262


class BlendPanel(SidePanel):
    """Shows a `BlendState` and moves it.

    Signals:
        export_clicked: number of frames.
        cancel_clicked: stop writing.
    """

    export_clicked = Signal(int)
    cancel_clicked = Signal()

    def __init__(self, blending: Blending, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._blending = blending
        self._theme = theme
        self._playing = False
        self.source = ChoiceBox()
        self.source.setAccessibleName("Face to blend with")
        self.source.offer_names()
        self.source.setToolTip("The face whose parts are taken over")
        self.hint = make_text("hint")
        self.hint.setText("There is no other face. Add one in the list above, then blend with it.")
        self.sliders = {part: _slider(f"Blend the {part}") for part in PARTS}
        self.percents = {part: _percent() for part in PARTS}
        self.mode = ChoiceBox()
        self.mode.addItem("All parts together", False)
        self.mode.addItem("One part after the other", True)
        self.mode.setAccessibleName("How the parts move")
        self.order = self._make_order()
        self.gentle = QCheckBox("Start and stop gently")
        self.play = QToolButton()
        self.play.setIconSize(QSize(18, 18))
        self.time = _slider("Timeline")
        self.frames = QSpinBox()
        self.export = QPushButton("Export…")
        self.progress = QProgressBar()
        self.cancel = QPushButton("Cancel")
        self._lay_out()
        self._connect()
        self.show_writing(False)
        self.set_theme(theme)
        self.setEnabled(False)

    def show_state(self, state: BlendState) -> None:
        """Show how far the parts are."""
        self.setEnabled(True)
        names = list(state.sources.values())
        if [self.source.itemText(k) for k in range(self.source.count())] != names:
            self.source.clear()
            for index, name in state.sources.items():
                self.source.addItem(name, index)
        for row, index in enumerate(state.sources):
            self.source.setItemData(row, index)
        self.source.setCurrentIndex(-1 if state.source is None else self._row_of(state.source))
        there = state.source is not None
        self.hint.setVisible(not there)
        for widget in (self._parts_card, self._time_card):
            widget.setEnabled(there)
        for part, slider in self.sliders.items():
            slider.show_amount(state.fractions[part])
            slider.setEnabled(part not in state.locked)
            self.percents[part].setText(
                "locked" if part in state.locked else as_percent(state.fractions[part])
            )
        self.time.show_amount(state.time)
        self.mode.setCurrentIndex(int(state.timeline.in_order))
        self.order.setVisible(state.timeline.in_order)
        self.gentle.setChecked(state.timeline.easing == "smooth")
        self._playing = state.playing
        self.set_theme(self._theme)

    def show_writing(self, writing: bool, fraction: float = 0.0, text: str = "") -> None:
        """Show how far the export is."""
        self.progress.setVisible(writing)
        self.cancel.setVisible(writing)
        self.export.setVisible(not writing)
        self.frames.setVisible(not writing)
        self._frames_label.setVisible(not writing)
        self.progress.setValue(round(1000 * fraction))
        self.progress.setToolTip(text)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.play.setIcon(make_icon("pause" if self._playing else "play", theme))
        self.play.setToolTip("Pause" if self._playing else "Play from here")

    def _row_of(self, source: int) -> int:
        return next(k for k in range(self.source.count()) if self.source.itemData(k) == source)

    def _connect(self) -> None:
        blending = self._blending
        blending.changed.connect(self.show_state)
        self.source.activated.connect(lambda row: blending.choose(self.source.itemData(row)))
        for part, slider in self.sliders.items():
            self._tie(slider)
            slider.value_edited.connect(lambda v, part=part: blending.set_fraction(part, v))
        self._tie(self.time)
        self.time.value_edited.connect(blending.set_time)
        self.mode.activated.connect(lambda row: self._set(in_order=bool(row)))
        self.gentle.toggled.connect(lambda on: self._set(easing="smooth" if on else "linear"))
        self.order.model().rowsMoved.connect(lambda *_: self._take_order())
        self.order.itemChanged.connect(lambda _item: self._take_order())
        self.play.clicked.connect(lambda: blending.pause() if self._playing else blending.play())
        self.export.clicked.connect(lambda: self.export_clicked.emit(self.frames.value()))
        self.cancel.clicked.connect(self.cancel_clicked)

    def _tie(self, slider: ValueSlider) -> None:
        slider.drag_started.connect(self._blending.hold)
        slider.drag_ended.connect(self._blending.let_go)

    def _set(self, in_order: bool | None = None, easing: str | None = None) -> None:
        line = self._blending.state.timeline
        if in_order is not None:
            line = replace(line, in_order=in_order)
        if easing is not None:
            line = replace(line, easing=easing)
        self._blending.set_timeline(line)

    def _take_order(self) -> None:
        items = [self.order.item(row) for row in range(self.order.count())]
        chosen = [
            str(item.data(Qt.ItemDataRole.UserRole))
            for item in items
            if item.checkState() == Qt.CheckState.Checked
        ]
        self._blending.set_timeline(with_order(self._blending.state.timeline, chosen))

    def _make_order(self) -> QListWidget:
        order = QListWidget()
        order.setObjectName("partOrder")
        order.setAccessibleName("Order of the parts")
        order.setToolTip("Drag to reorder; clear a box to leave a part as it is")
        order.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        order.setDefaultDropAction(Qt.DropAction.MoveAction)
        order.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        order.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        order.setFixedHeight(LIST_ROW * len(PARTS) + 6)
        for part in PARTS:
            item = QListWidgetItem(part.capitalize())
            item.setData(Qt.ItemDataRole.UserRole, part)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            # Dropped onto another part it would replace that part.
            item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsDropEnabled)
            item.setCheckState(Qt.CheckState.Checked)
            item.setSizeHint(QSize(10, LIST_ROW))
            order.addItem(item)
        return order

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(5)
        for row, part in enumerate(PARTS):
            name = QLabel(part.capitalize())
            name.setObjectName("rowName")
            grid.addWidget(name, row, 0)
            grid.addWidget(self.sliders[part], row, 1)
            grid.addWidget(self.percents[part], row, 2)
        grid.setColumnStretch(1, 1)
        self._parts_card = make_card(make_title("Take over"), grid)
        self.frames.setRange(2, 2000)
        self.frames.setValue(24)
        self.frames.setFixedWidth(52)
        self.frames.setAccessibleName("Frames")
        self.export.setToolTip("An animated GLB, or numbered pictures or meshes")
        self.progress.setRange(0, 1000)
        self._frames_label = QLabel("frames")
        self._frames_label.setObjectName("count")
        run = QHBoxLayout()
        run.addWidget(self.play)
        run.addWidget(self.time, 1)
        foot = QHBoxLayout()
        for widget in (self.frames, self._frames_label):
            foot.addWidget(widget)
        foot.addWidget(self.progress, 1)
        foot.addWidget(self.cancel)
        foot.addWidget(self.export, 1)
        self._time_card = make_card(
            make_title("Over time"), self.mode, self.order, self.gentle, run, foot
        )
        body = QWidget()
        body.setObjectName("panelBody")
        layout = QVBoxLayout(body)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(8)
        layout.addWidget(make_card(make_title("Blend with"), self.source, self.hint))
        layout.addWidget(self._parts_card)
        layout.addWidget(self._time_card)
        layout.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(body)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)
        self.setMinimumWidth(PANEL_WIDTH)


def _slider(name: str) -> ValueSlider:
    slider = ValueSlider(0.0, 1.0)
    slider.setAccessibleName(name)
    return slider


def _percent() -> QLabel:
    label = QLabel()
    label.setObjectName("count")
    label.setFixedWidth(42)
    label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return label
