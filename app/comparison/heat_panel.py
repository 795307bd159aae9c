"""How the heatmap is coloured: value, map, range and threshold."""

from dataclasses import replace

from PySide6.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from app.comparison.comparison import Comparison
from app.comparison.heat_choice import HeatChoice
from app.panels.choice_box import ChoiceBox
from engine.evaluation.color_maps import COLOR_MAPS
from engine.evaluation.fields import FIELD_KINDS

KIND_NAMES = {
    "nearest": "Distance",
    "signed": "Signed distance",
    "corresponding": "Same vertex",
    "sliding": "Sliding",
}
KIND_TIPS = {
    "nearest": "To the nearest point of the reference surface",
    "signed": "Positive outside the reference, negative inside",
    "corresponding": "Between vertices of the same number; needs the same topology",
    "sliding": "How far a vertex slid along the surface; needs the same topology",
}
PRESETS = (
    (90.0, "To 90th percentile"),
    (95.0, "To 95th percentile"),
    (99.0, "To 99th percentile"),
    (100.0, "To the maximum"),
    (None, "Fixed"),
)
MOST_MM = 100_000.0


class HeatPanel(QFrame):
    """Shows and sets the comparison's `HeatChoice`."""

    def __init__(self, comparison: Comparison, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self._comparison = comparison
        self.kind, self.map, self.preset = ChoiceBox(), ChoiceBox(), ChoiceBox()
        for index, kind in enumerate(FIELD_KINDS):
            self.kind.addItem(KIND_NAMES[kind], kind)
            self.kind.setItemData(index, KIND_TIPS[kind], 3)  # Qt.ItemDataRole.ToolTipRole
        self.map.addItem("Suits the value", None)
        for name, nature in COLOR_MAPS.items():
            self.map.addItem(f"{name.title()} · {nature}", name)
        for percentile, text in PRESETS:
            self.preset.addItem(text, percentile)
        self.reverse = QCheckBox("Reversed")
        self.low, self.high, self.threshold = _millimetres(), _millimetres(), _millimetres()
        self.low.setMinimum(-MOST_MM)
        self.threshold.setToolTip("Errors smaller than this are left grey")
        self._arrange()
        self.kind.activated.connect(lambda _i: self._set(kind=self.kind.currentData()))
        self.map.activated.connect(lambda _i: self._set(map_name=self.map.currentData()))
        self.preset.activated.connect(lambda _i: self._choose_preset())
        self.reverse.toggled.connect(lambda on: self._set(reverse=on))
        self.low.valueChanged.connect(lambda _v: self._fix_range())
        self.high.valueChanged.connect(lambda _v: self._fix_range())
        self.threshold.valueChanged.connect(lambda value: self._set(mask_below=value))
        comparison.heat_changed.connect(self.show_heat)
        comparison.measured.connect(self.show_heat)
        comparison.items_changed.connect(self.show_heat)
        self.show_heat()

    def show_heat(self) -> None:
        """Say what the comparison says."""
        heat, style = self._comparison.heat, self._comparison.style()
        boxes = (
            self.kind,
            self.map,
            self.preset,
            self.reverse,
            self.low,
            self.high,
            self.threshold,
        )
        for box in boxes:
            box.blockSignals(True)
        self.kind.setCurrentIndex(FIELD_KINDS.index(heat.kind))
        self.map.setCurrentIndex(self.map.findData(heat.map_name) if heat.map_name else 0)
        percentiles = [percentile for percentile, _ in PRESETS]
        self.preset.setCurrentIndex(percentiles.index(heat.percentile))
        self.reverse.setChecked(heat.reverse)
        for box, value in ((self.low, style.low), (self.high, style.high)):
            if not box.hasFocus() or heat.percentile is not None:
                box.setValue(value)
        if not self.threshold.hasFocus():
            self.threshold.setValue(heat.mask_below)
        for box in boxes:
            box.blockSignals(False)

    def _set(self, **changes: object) -> None:
        heat: HeatChoice = replace(self._comparison.heat, **changes)  # type: ignore[arg-type]
        if "kind" in changes and heat.percentile is None:
            heat = replace(heat, percentile=95.0)
        self._comparison.set_heat(heat)

    def _choose_preset(self) -> None:
        percentile = self.preset.currentData()
        style = self._comparison.style()
        self._set(percentile=percentile, low=style.low, high=style.high)

    def _fix_range(self) -> None:
        low, high = self.low.value(), self.high.value()
        if low < high:
            self._set(percentile=None, low=low, high=high)
        else:
            text = (
                f"The range goes from a lower to a higher value, not from {low:g} to {high:g} mm."
            )
            self._comparison.said.emit("info", text)

    def _arrange(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        ends = QWidget()
        beside = QHBoxLayout(ends)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.addWidget(self.low)
        beside.addWidget(QLabel("to"))
        beside.addWidget(self.high)
        for row, (name, thing) in enumerate(
            (
                ("Show", self.kind),
                ("Colours", self.map),
                ("", self.reverse),
                ("Range", self.preset),
                ("", ends),
                ("Grey below", self.threshold),
            )
        ):
            label = QLabel(name)
            label.setObjectName("rowName")
            grid.addWidget(label, row, 0)
            if name:
                thing.setAccessibleName(name)
            grid.addWidget(thing, row, 1)
        grid.setColumnStretch(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 10, 14, 10)
        layout.addLayout(grid)
        self.low.setAccessibleName("Lowest value")
        self.high.setAccessibleName("Highest value")


def _millimetres() -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setDecimals(3)
    box.setRange(0.0, MOST_MM)
    box.setSingleStep(0.1)
    box.setSuffix(" mm")
    box.setKeyboardTracking(False)
    return box
