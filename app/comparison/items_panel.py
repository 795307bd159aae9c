"""The list of what can be compared: shown or not, the reference, and how each is aligned."""

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.comparison.comparison import Comparison
from app.comparison.items import ComparedItem, FileSource, MeshSource
from app.panels.choice_box import ChoiceBox
from app.written_numbers import group_digits
from engine.models.protocol import REGIONS

MODES = (("none", "As it lies"), ("rigid", "Rigid"), ("similarity", "With scale"))
METHODS = (
    ("auto", "Automatic"),
    ("icp", "ICP"),
    ("corresponding", "Vertices"),
    ("landmarks", "Landmarks"),
)
METHOD_NAMES = {"icp": "ICP", "corresponding": "vertices", "landmarks": "landmarks"}


class ItemsPanel(QScrollArea):
    """One card for each item, and a button for files.

    Signals:
        files_wanted: the user wants to add files.
    """

    files_wanted = Signal()

    def __init__(self, comparison: Comparison, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._comparison = comparison
        self._cards: dict[str, ItemCard] = {}
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        body = QWidget()
        body.setObjectName("panelBody")
        outer = QVBoxLayout(body)
        outer.setContentsMargins(10, 10, 10, 10)
        outer.setSpacing(8)
        self._list = QVBoxLayout()
        self._list.setSpacing(8)
        add = QPushButton("Add files…")
        add.setToolTip("Meshes and documents from disk")
        add.clicked.connect(self.files_wanted)
        outer.addLayout(self._list)
        outer.addWidget(add)
        outer.addStretch(1)
        self.setWidget(body)
        comparison.items_changed.connect(self._update)
        comparison.measured.connect(self._update)

    def card(self, key: str) -> "ItemCard":
        return self._cards[key]

    def _update(self) -> None:
        keys = [item.key for item in self._comparison.items]
        if list(self._cards) != keys:
            for card in self._cards.values():
                self._list.removeWidget(card)
                card.hide()
                card.deleteLater()
            self._cards = {key: ItemCard(key, self._comparison) for key in keys}
            for card in self._cards.values():
                self._list.addWidget(card)
        for item in self._comparison.items:
            self._cards[item.key].show_item(item)


class ItemCard(QFrame):
    """One item; the one whose histogram is shown has a bright frame."""

    def __init__(self, key: str, comparison: Comparison, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self._key, self._comparison = key, comparison
        self.shown = QCheckBox()
        self.shown.setToolTip("Show and measure it")
        self.shown.toggled.connect(lambda on: comparison.set_shown(key, on))
        self.reference = QRadioButton("Reference")
        self.reference.setAutoExclusive(False)
        self.reference.setToolTip("Measure the others against it")
        self.reference.clicked.connect(lambda: comparison.set_reference(key))
        self.remove = QPushButton("Remove")
        self.remove.setObjectName("link")
        self.remove.clicked.connect(lambda: comparison.remove_file(key))
        self.mode, self.method = _choices(MODES), _choices(METHODS)
        self.region = _choices((("", "Whole face"), *((name, name.title()) for name in REGIONS)))
        for box, tip in (
            (self.mode, "Lay it onto the reference before measuring"),
            (self.method, "Automatic: by vertices where the topologies match, else ICP"),
            (self.region, "What decides where it is laid"),
        ):
            box.setToolTip(tip)
            box.activated.connect(lambda _index: self._choose())
        self.note = QLabel()
        self.note.setObjectName("hint")
        self.note.setWordWrap(True)
        self._arrange()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click beside the controls chooses the item, as one on its view does."""
        self._comparison.set_current(self._key)
        event.accept()

    def show_item(self, item: ComparedItem) -> None:
        """Say what the comparison says of it."""
        comparison = self._comparison
        is_reference = comparison.reference == item.key
        self.setProperty("active", comparison.current == item.key)
        self.style().unpolish(self)
        self.style().polish(self)
        self.shown.blockSignals(True)
        self.shown.setChecked(item.key in comparison.shown or is_reference)
        self.shown.blockSignals(False)
        self.shown.setEnabled(not is_reference)
        name = item.name if len(item.name) <= 30 else f"{item.name[:28]}…"
        self.shown.setText(name.replace("&", "&&"))
        self.shown.setToolTip(f"{item.name}\nShow and measure it")
        self.shown.setAccessibleName(f"Show {item.name}")
        self.reference.setChecked(is_reference)
        self.remove.setVisible(isinstance(item.source, FileSource | MeshSource))
        choice = comparison.align_of(item.key)
        for box, value in (
            (self.mode, choice.mode),
            (self.method, choice.method),
            (self.region, choice.region or ""),
        ):
            box.setCurrentIndex(box.findData(value))
        self._aligning.setVisible(item.key in comparison.shown)
        self.method.setVisible(choice.mode != "none")
        self.region.setVisible(choice.mode != "none" and choice.method != "landmarks")
        self.note.setText(self._note(item, is_reference))
        self.note.setVisible(bool(self.note.text()))

    def _note(self, item: ComparedItem, is_reference: bool) -> str:
        comparison = self._comparison
        error = comparison.error_of(item.key)
        if error is not None:
            return error
        surface = comparison.surface_of(item.key)
        if is_reference:
            if surface is None:
                return "Loading…"
            return f"{group_digits(len(surface.mesh.faces))} triangles"
        if item.key not in comparison.shown:
            return ""
        measured = comparison.measured_of(item.key)
        if measured is None:
            return "Measuring…"
        alignment = measured.comparison.alignment
        text = f"mean {measured.comparison.report.whole.forward.mean:.2f} mm"
        if alignment.mode != "none":
            scale = alignment.similarity.scale
            text += f" · aligned by {METHOD_NAMES.get(alignment.method, alignment.method)}"
            text += f", scale {scale:.4f}" if alignment.mode == "similarity" else ""
        return " ".join([text, *measured.comparison.notes])

    def _choose(self) -> None:
        before = self._comparison.align_of(self._key)
        self._comparison.set_align(
            self._key,
            replace(
                before,
                mode=self.mode.currentData(),
                method=self.method.currentData(),
                region=self.region.currentData() or None,
            ),
        )

    def _arrange(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.shown, 1)
        top.addWidget(self.remove)
        top.addWidget(self.reference)
        self._aligning = QWidget()
        grid = QGridLayout(self._aligning)
        grid.setContentsMargins(0, 0, 0, 0)
        label = QLabel("Align")
        label.setObjectName("rowName")
        grid.addWidget(label, 0, 0)
        grid.addWidget(self.mode, 0, 1)
        grid.addWidget(self.method, 1, 0)
        grid.addWidget(self.region, 1, 1)
        grid.setColumnStretch(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 8)
        layout.setSpacing(6)
        layout.addLayout(top)
        layout.addWidget(self._aligning)
        layout.addWidget(self.note)


def _choices(entries: tuple[tuple[str, str], ...]) -> QComboBox:
    box = ChoiceBox()
    for value, text in entries:
        box.addItem(text, value)
    return box
