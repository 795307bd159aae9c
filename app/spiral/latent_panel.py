"""The controls of the latent space: where to start, two faces, and a slider per direction."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.panels.cards import make_card, make_row, make_text, make_title
from app.panels.choice_box import ChoiceBox
from app.panels.direction_row import NameLabel
from app.panels.side import SidePanel
from app.panels.value_box import ValueBox
from app.panels.value_slider import ValueSlider
from app.session import Session
from app.spiral.latent import LatentEditor
from app.spiral.latent_work import Shown
from app.written_numbers import group_digits

LIMIT = 3.0
"""Sliders go so many standard deviations each way."""
FEW = 16
"""Directions that are offered at first: those that move the face most."""


class LatentRow(QWidget):
    """One direction: its name, its slider and its number."""

    def __init__(self, editor: LatentEditor, index: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._editor, self.index = editor, index
        text = f"Direction {index + 1}"
        self.name = NameLabel(text)
        self.name.setObjectName("rowName")
        self.name.setFixedWidth(84)
        self.name.setToolTip("Double-click to reset")
        self.name.setCursor(Qt.CursorShape.PointingHandCursor)
        self.slider, self.box = ValueSlider(-LIMIT, LIMIT), ValueBox(-LIMIT, LIMIT, " σ")
        self.slider.setAccessibleName(text)
        self.box.setAccessibleName(f"{text} value")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.name)
        layout.addWidget(self.slider, 1)
        layout.addWidget(self.box)
        self.name.double_clicked.connect(lambda: self._edit(0.0))
        self.slider.value_edited.connect(self._edit)
        self.box.value_edited.connect(self._edit)

    def show_value(self, value: float) -> None:
        self.slider.show_amount(value)
        self.box.show_amount(value)

    def _edit(self, value: float) -> None:
        self._editor.set_value(self.index, value)
        self.show_value(value)


class LatentPanel(SidePanel):
    """Drives a `LatentEditor`; says what else the user wants and does nothing itself.

    Signals:
        weights_clicked: choose other weights.
        shipped_clicked: go back to those that came with the program.
    """

    weights_clicked = Signal()
    shipped_clicked = Signal()

    def __init__(
        self, session: Session, editor: LatentEditor, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._editor = session, editor
        self.rows: list[LatentRow] = []
        self._every = False
        self.model = make_text("hint")
        self.weights, self.shipped = QPushButton("Open weights…"), QPushButton("Shipped weights")
        self.mean, self.active = QPushButton("Mean face"), QPushButton("Active face")
        self.random = QPushButton("Random")
        self.seed = QSpinBox()
        self.first, self.second = ChoiceBox(), ChoiceBox()
        self.between = ValueSlider(0.0, 1.0)
        self.share = QLabel("0 %")
        self.more = QPushButton("Show all")
        self._describe()
        self._lay_out()
        self._connect()
        self._list_faces()

    def _describe(self) -> None:
        self.seed.setRange(0, 999_999)
        self.seed.setAccessibleName("Seed")
        self.seed.setToolTip("The seed of the random face. Type one and press Enter to get it.")
        self.seed.setKeyboardTracking(False)
        self.random.setToolTip("A face drawn from the next seed")
        self.active.setToolTip("Encode the face that is edited in the main window")
        self.weights.setToolTip("Those of an autoencoder you trained (.safetensors)")
        for button in (self.weights, self.shipped, self.more):
            button.setObjectName("link")
        for box in (self.first, self.second):
            box.offer_names()
        self.first.setAccessibleName("From")
        self.second.setAccessibleName("To")
        self.between.setAccessibleName("Between two faces")
        self.between.setToolTip("From the first face's code to the second's")
        self.share.setFixedWidth(40)
        self.share.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.shipped.setVisible(self._editor.file is not None)

    def _connect(self) -> None:
        editor, session = self._editor, self._session
        self.weights.clicked.connect(self.weights_clicked)
        self.shipped.clicked.connect(self.shipped_clicked)
        self.mean.clicked.connect(editor.reset)
        self.active.clicked.connect(editor.start_from_active)
        self.random.clicked.connect(self._draw_next)
        self.seed.valueChanged.connect(lambda seed: editor.randomise(seed))
        self.seed.lineEdit().returnPressed.connect(self._draw_again)
        self.between.value_edited.connect(self._blend)
        for box in (self.first, self.second):
            box.activated.connect(lambda _index: self._blend(self.between.amount))
        self.more.clicked.connect(self._toggle_all)
        editor.shown.connect(self._show_model)
        editor.moved.connect(self._show_values)
        session.items_changed.connect(lambda _before, _after: self._list_faces())
        session.opened.connect(self._list_faces)

    def _draw_next(self) -> None:
        self.seed.setValue((self.seed.value() + 1) % (self.seed.maximum() + 1))

    def _draw_again(self) -> None:
        """Enter on the seed that is shown already gives its face, too."""
        before = self.seed.value()
        self.seed.interpretText()
        if self.seed.value() == before:
            self._editor.randomise(before)

    def _blend(self, fraction: float) -> None:
        self.share.setText(f"{100.0 * fraction:.0f} %")
        if self.first.currentIndex() >= 0:
            self._editor.blend(self.first.currentIndex(), self.second.currentIndex(), fraction)

    def _list_faces(self) -> None:
        if not self._session.ready:
            return
        names = [face.name for face in self._session.state.document.faces]
        for box, usual in ((self.first, 0), (self.second, 1)):
            known = [box.itemText(k) for k in range(box.count())]
            if known == names:
                continue
            before = box.currentIndex()
            box.clear()
            box.addItems(names)
            box.setCurrentIndex(min(before if before >= 0 else usual, len(names) - 1))
            if box is self.second and len(known) < 2 <= len(names):
                box.setCurrentIndex(1)
        enough = len(names) > 1
        for widget in (self.first, self.second, self.between, self.share):
            widget.setVisible(enough)
        self.hint.setVisible(not enough)

    def _show_model(self, shown: Shown) -> None:
        if len(self.rows) != self._wanted_rows():
            self._make_rows()
        info = shown.spiral.info
        vertices = group_digits(len(shown.mesh.vertices))
        text = f"{len(shown.code)} numbers describe {vertices} vertices."
        error = info.metrics.get("mean_mm")
        if error is not None:
            text += f" On its test meshes it is off by {error:.2f} mm on average."
        text += f" Decoded in {1000.0 * shown.seconds:.0f} ms."
        self.model.setText(text)
        self.shipped.setVisible(shown.file is not None)

    def _wanted_rows(self) -> int:
        return self._editor.size if self._every else min(FEW, self._editor.size)

    def _make_rows(self) -> None:
        count = self._wanted_rows()
        for row in self.rows[count:]:
            self._list.removeWidget(row)
            row.hide()
            row.deleteLater()
        del self.rows[count:]
        while len(self.rows) < count:
            row = LatentRow(self._editor, len(self.rows))
            self.rows.append(row)
            self._list.addWidget(row)
        size = self._editor.size
        self.more.setVisible(size > FEW)
        self.more.setText(f"Show the first {FEW}" if self._every else f"Show all {size}")
        self._show_values()

    def _toggle_all(self) -> None:
        self._every = not self._every
        self._make_rows()

    def _show_values(self) -> None:
        for row in self.rows:
            if row.index < self._editor.size:
                row.show_value(self._editor.value(row.index))

    def _lay_out(self) -> None:
        heading = make_text("heading")
        heading.setText("Neural3DMM")
        self.hint = make_text("hint")
        self.hint.setText("Add a second face in the main window to go from one to the other.")
        form = QFormLayout()
        form.setSpacing(8)
        form.addRow("Seed", make_row(self.seed, self.random))
        ends = make_row(self.first, self.second)
        way = QHBoxLayout()
        way.addWidget(self.between, 1)
        way.addWidget(self.share)
        self._list = QVBoxLayout()
        self._list.setSpacing(4)
        links = QHBoxLayout()
        links.addWidget(self.weights)
        links.addWidget(self.shipped)
        links.addStretch(1)
        body = QWidget()
        body.setObjectName("panelBody")
        column = QVBoxLayout(body)
        column.setContentsMargins(10, 10, 10, 10)
        column.setSpacing(9)
        column.addWidget(make_card(heading, self.model, links))
        column.addWidget(
            make_card(make_title("Start from"), make_row(self.mean, self.active), form)
        )
        column.addWidget(make_card(make_title("Between two faces"), self.hint, ends, way))
        title = make_title("Principal directions")
        column.addWidget(make_card(title, self._list, self.more))
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(body)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)
        self.setMinimumWidth(340)
