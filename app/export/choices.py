"""What can be chosen of an exported file: the upper part of the export dialog."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtWidgets import QCheckBox, QFormLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.export.exporting import FORMATS, FileFormat
from app.export.size import ExportSize
from app.panels.choice_box import ChoiceBox
from app.session import Session
from app.settings import Settings

if TYPE_CHECKING:
    from engine.editing.export_form import ExportForm

RESOLUTIONS = (64, 128, 192, 256, 384, 512)
UNITS = {"mm": "Millimetres", "cm": "Centimetres", "m": "Metres"}
AXES = {"y": "Y up", "z": "Z up"}
MORPH_NAMES = {"readable": "Jaw open", "arkit": "jawOpen (ARKit)"}
UNIT_SCALES = {"mm": (1.0, 0), "cm": (0.1, 1), "m": (0.001, 3)}
"""Of each unit: how many make a millimetre, and decimals of a length in it."""


class ExportChoices(QWidget):
    """Format, surface, size, coordinates, and what else the file holds.

    What suits the program that a person works with is remembered; the size is not, for a head of
    another size than expected is noticed late.
    """

    def __init__(self, session: Session, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        vertices = session.model.preview(session.state.code)
        self._life_mm = np.ptp(vertices, axis=0)
        self.format = _choice({entry.suffix: f"{entry.name} ({entry.suffix})" for entry in FORMATS})
        self.topology = _choice(
            {
                "template": "Template: same vertices for every face",
                "free": "Free: the model's own surface",
            }
        )
        self.resolution = _choice({count: f"{count}³" for count in RESOLUTIONS})
        self.size_boxes = ExportSize(float(self._life_mm[1]))
        self.unit, self.up = _choice(UNITS), _choice(AXES)
        self.morphs = QCheckBox("Expressions as morph targets, named")
        self.morph_names = _choice(MORPH_NAMES)
        self.texture = QCheckBox("Colours of the photo")
        self.texture.setToolTip("A picture in GLB, and beside OBJ; colours of vertices elsewhere")
        self.groups = QCheckBox("Parts as groups with a material each")
        self.foot = QCheckBox("Level foot under the neck, so that a print stands")
        self.hint = QLabel()
        self._lay_out()
        self._fill(session)
        self._connect()
        self._recall_frame()
        self._adapt()

    @property
    def chosen(self) -> FileFormat:
        """The format."""
        return FORMATS[self.format.currentIndex()]

    def form(self) -> "ExportForm":
        """The size and what else was chosen, as far as the format holds it."""
        from engine.editing.export_form import ExportForm
        from engine.geometry.formats import FileFrame

        frame = None
        if self.unit.isEnabled():
            frame = FileFrame(self.unit.currentData(), self.up.currentData())
        return ExportForm(
            self.size_boxes.scale,
            None,
            frame,
            self.morphs.isEnabled() and self.morphs.isChecked(),
            self.morph_names.currentData(),
            self.groups.isEnabled() and self.groups.isChecked(),
            self.foot.isEnabled() and self.foot.isChecked(),
        )

    def remember(self) -> None:
        """Offer the same the next time."""
        settings = self._settings
        settings.set_export_choice("format", self.chosen.suffix)
        for name, box in self._boxes().items():
            settings.set_export_choice(name, "yes" if box.isChecked() else "no")
        settings.set_export_choice("morph_names", self.morph_names.currentData())
        if self.unit.isEnabled():
            for name, choice in (("unit", self.unit), ("up", self.up)):
                settings.set_export_choice(f"{name}{self.chosen.suffix}", choice.currentData())

    def wants_texture(self) -> bool:
        """Whether the photo's colours go into the file."""
        return self.texture.isEnabled() and self.texture.isChecked()

    def _fill(self, session: Session) -> None:
        view, settings = session.state.view, self._settings
        _choose(self.format, settings.export_choice("format", ".glb"))
        _choose(self.topology, view.topology)
        _choose(self.resolution, 256)
        if view.topology == "free":
            _choose(self.resolution, view.resolution)
        _choose(self.morph_names, settings.export_choice("morph_names", "readable"))
        for name, box in self._boxes().items():
            usual = "yes" if box is self.morphs else "no"
            box.setChecked(settings.export_choice(name, usual) == "yes")
        self.texture.setChecked(True)
        self.texture.setVisible(session.state.document.face.texture is not None)

    def _boxes(self) -> dict[str, QCheckBox]:
        """Those that are remembered."""
        return {"morphs": self.morphs, "groups": self.groups, "foot": self.foot}

    def _connect(self) -> None:
        self.format.currentIndexChanged.connect(self._recall_frame)
        for box in (self.format, self.topology, self.unit):
            box.currentIndexChanged.connect(self._adapt)
        self.morphs.toggled.connect(self._adapt)
        self.size_boxes.changed.connect(self._adapt)

    def _lay_out(self) -> None:
        self.hint.setObjectName("hint")
        self.hint.setWordWrap(True)
        form = QFormLayout()
        form.setSpacing(10)
        form.addRow("Format", self.format)
        form.addRow("Surface", self.topology)
        form.addRow("Resolution", self.resolution)
        form.addRow("Size", self.size_boxes)
        form.addRow("Coordinates", _beside(self.unit, self.up))
        form.addRow("", _beside(self.morphs, self.morph_names))
        form.addRow("", self.groups)
        form.addRow("", self.foot)
        form.addRow("", self.texture)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addLayout(form)
        column.addWidget(self.hint)

    def _recall_frame(self) -> None:
        """The unit and axis that were last chosen for the format, or those that suit it."""
        from engine.geometry.formats import default_frame

        suffix = self.chosen.suffix
        usual = default_frame(suffix)
        settings = self._settings
        unit, up = ("m", "y") if suffix == ".glb" else (usual.unit, usual.up)
        _choose(self.unit, settings.export_choice(f"unit{suffix}", unit))
        _choose(self.up, settings.export_choice(f"up{suffix}", up))

    def _adapt(self) -> None:
        """Offer only what the format and the surface allow, and say what comes of it."""
        suffix, on_template = self.chosen.suffix, self.topology.currentData() == "template"
        self.resolution.setEnabled(not on_template)
        self.morphs.setEnabled(on_template and suffix == ".glb")
        self.morph_names.setEnabled(self.morphs.isEnabled() and self.morphs.isChecked())
        self.texture.setEnabled(suffix != ".stl")
        self.groups.setEnabled(suffix == ".obj")
        self.foot.setEnabled(suffix == ".stl")
        for box in (self.unit, self.up):
            box.setEnabled(suffix != ".glb")
        unit = self.unit.currentData()
        factor, decimals = UNIT_SCALES[unit]
        sides = factor * self.size_boxes.scale * self._life_mm
        width, height, depth = (f"{side:.{decimals}f}" for side in sides)
        self.hint.setText(
            f"{self.chosen.holds} The head is {height} {unit} high, {width} wide and {depth} deep."
        )


def _choice(entries: Mapping[Any, str]) -> ChoiceBox:
    box = ChoiceBox()
    for data, text in entries.items():
        box.addItem(text, data)
    return box


def _choose(box: ChoiceBox, data: Any) -> None:
    """The entry of `data`; as it was if there is none."""
    index = box.findData(data)
    if index >= 0:
        box.setCurrentIndex(index)


def _beside(first: QWidget, second: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.addWidget(first, 1)
    row.addWidget(second, 1)
    return row
