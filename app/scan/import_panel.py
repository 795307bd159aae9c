"""What a scan is and how it lies on the face, and what to do about it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFormLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.panels.cards import make_card, make_row, make_text, make_title
from app.panels.choice_box import ChoiceBox
from app.panels.elided_label import ElidedLabel
from app.panels.side import SidePanel
from app.scan.import_state import AXES, FREE_SIZE, ImportState
from app.scan.point_pairs import FEWEST_PAIRS, MOST_PAIRS, PointPair
from app.theme import MARK_COLORS
from app.written_numbers import as_percent

UNIT_CHOICES: tuple[tuple[str, float | None], ...] = (
    ("Automatic", None),
    ("Millimetres", 1.0),
    ("Centimetres", 10.0),
    ("Metres", 1000.0),
    ("Inches", 25.4),
    ("Unknown: fit the size", FREE_SIZE),
)

MOST_NOTES = 6


class ScanImportPanel(SidePanel):
    """Shows an `ImportState`; says what the user wants and does nothing itself.

    Signals:
        unit_chosen: millimetres of the file's unit, None to guess.
        axes_chosen: the axes of the file that point up and where the face looks.
        align_clicked, refine_clicked: automatically, from scratch or from here.
        picking_toggled: whether clicks point at surfaces.
        undo_pair_clicked, pairs_clicked: forget the last pair; align by them.
        accept_clicked, cancel_clicked: the end.
    """

    unit_chosen = Signal(object)
    axes_chosen = Signal(str, str)
    align_clicked = Signal()
    refine_clicked = Signal()
    picking_toggled = Signal(bool)
    undo_pair_clicked = Signal()
    pairs_clicked = Signal()
    accept_clicked = Signal()
    cancel_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.heading = ElidedLabel("heading")
        self.found = make_text("count")
        self.notes = make_text("hint")
        self.unit, self.up, self.forward = ChoiceBox(), ChoiceBox(), ChoiceBox()
        self.verdict = make_text("sectionTitle")
        self.detail = make_text("hint")
        self.progress = QProgressBar()
        self.align = QPushButton("Align automatically")
        self.refine = QPushButton("Refine")
        self.picking = QPushButton("Pick points")
        self.hint = make_text("hint")
        self.pairs = [QLabel() for _ in range(MOST_PAIRS)]
        self.undo_pair = QPushButton("Undo last")
        self.by_pairs = QPushButton("Align by pairs")
        self.accept = QPushButton("Accept")
        self.cancel = QPushButton("Cancel")
        self._fill()
        self._lay_out()
        self._connect()
        self.setMinimumWidth(340)

    def show_state(self, state: ImportState) -> None:
        """Show how far the import is."""
        self.heading.show_text(f"Align {state.name}" if state.realigning else state.name)
        read = state.stage != "reading"
        self.found.setText(
            f"{_grouped(state.vertices)} vertices, {_grouped(state.triangles)} triangles"
            if read
            else "Reading the file…"
        )
        self.notes.setText("\n".join(f"· {note}" for note in state.notes[:MOST_NOTES]))
        self.notes.setVisible(bool(state.notes))
        self._show_frame(state)
        self._show_alignment(state)
        self._show_pairs(state)
        for widget in (self.unit, self.up, self.forward, self.align, self.refine, self.picking):
            widget.setEnabled(read)
        self.refine.setEnabled(read and state.stage != "aligning")
        self.accept.setEnabled(state.can_accept)

    def _show_frame(self, state: ImportState) -> None:
        guess = f"Automatic: {state.unit_name}" if state.unit_name else "Automatic"
        self.unit.setItemText(0, guess)
        values = [value for _, value in UNIT_CHOICES]
        self.unit.setCurrentIndex(values.index(state.unit_mm) if state.unit_mm in values else 0)
        self.up.setCurrentIndex(AXES.index(state.up))
        self.forward.setCurrentIndex(AXES.index(state.forward))

    def _show_alignment(self, state: ImportState) -> None:
        aligning = state.stage == "aligning"
        self.progress.setVisible(aligning or state.stage == "reading")
        self.progress.setRange(0, 0 if state.fraction <= 0.0 else 1000)
        self.progress.setValue(round(1000 * state.fraction))
        residual = state.residual
        if state.stage == "reading":
            verdict, detail = "Reading…", ""
        elif aligning:
            verdict, detail = "Looking for the head…", "The scan moves as better places are found."
        elif residual is None and state.realigning and state.stage == "aligned":
            verdict, detail = "As accepted before", "Align it anew, or accept it as it is."
        elif residual is None:
            verdict = "Not aligned"
            detail = "Pick three to five pairs of points by hand, or accept it where it is."
        else:
            verdict = f"{residual.verdict} alignment"
            detail = f"Residual {residual.share:.1%} of the head's height"
            if residual.covered is not None:
                detail += f"; {as_percent(residual.covered)} of the face covered"
            detail += ". Millimetres are shown once you accept."
        self.verdict.setText(verdict)
        self.detail.setText(detail)
        self.detail.setVisible(bool(detail))

    def _show_pairs(self, state: ImportState) -> None:
        self.picking.setChecked(state.picking)
        self.hint.setText(_next_click(state))
        self.hint.setVisible(state.picking)
        for number, label in enumerate(self.pairs):
            shown = number < len(state.pairs)
            label.setVisible(shown)
            if shown:
                label.setText(_pair_text(number, state.pairs[number]))
        self.undo_pair.setEnabled(bool(state.pairs))
        self.by_pairs.setEnabled(len(state.complete_pairs) >= FEWEST_PAIRS)

    def _fill(self) -> None:
        for text, value in UNIT_CHOICES:
            self.unit.addItem(text, value)
        for axis in AXES:
            self.up.addItem(_axis_name(axis), axis)
            self.forward.addItem(_axis_name(axis), axis)
        self.unit.setAccessibleName("Unit of the file")
        self.up.setAccessibleName("Up axis of the file")
        self.forward.setAccessibleName("Axis of the file along which the face looks")
        self.picking.setCheckable(True)
        self.accept.setObjectName("primary")
        self.align.setToolTip("Find the head in the scan by its shape, in any pose")
        self.refine.setToolTip("Match the surfaces from where the scan lies now")
        self.picking.setToolTip("The scan stands beside the face; click the same spots on both")
        for label in (*self.pairs, self.hint):
            label.setTextFormat(Qt.TextFormat.RichText)

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setSpacing(8)
        form.addRow("Unit", self.unit)
        form.addRow("Up", self.up)
        form.addRow("Face looks to", self.forward)
        body = QWidget()
        body.setObjectName("panelBody")
        cards = QVBoxLayout(body)
        cards.setContentsMargins(10, 10, 10, 10)
        cards.setSpacing(9)
        cards.addWidget(make_card(self.heading, self.found, self.notes))
        cards.addWidget(make_card(make_title("File"), form))
        cards.addWidget(
            make_card(self.verdict, self.detail, self.progress, make_row(self.align, self.refine))
        )
        cards.addWidget(
            make_card(
                make_title("By hand"),
                self.picking,
                self.hint,
                *self.pairs,
                make_row(self.undo_pair, self.by_pairs),
            )
        )
        cards.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(body)
        foot = make_row(self.cancel, self.accept)
        foot.setContentsMargins(10, 4, 10, 10)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(scroll, 1)
        layout.addLayout(foot)

    def _connect(self) -> None:
        self.unit.activated.connect(lambda row: self.unit_chosen.emit(UNIT_CHOICES[row][1]))
        for box in (self.up, self.forward):
            box.activated.connect(self._choose_axes)
        self.align.clicked.connect(self.align_clicked)
        self.refine.clicked.connect(self.refine_clicked)
        self.picking.clicked.connect(self.picking_toggled)
        self.undo_pair.clicked.connect(self.undo_pair_clicked)
        self.by_pairs.clicked.connect(self.pairs_clicked)
        self.accept.clicked.connect(self.accept_clicked)
        self.cancel.clicked.connect(self.cancel_clicked)

    def _choose_axes(self) -> None:
        self.axes_chosen.emit(self.up.currentData(), self.forward.currentData())


def _next_click(state: ImportState) -> str:
    """What to do next, for the hint."""
    done = len(state.complete_pairs)
    last = state.pairs[-1] if state.pairs and not state.pairs[-1].complete else None
    if last is None:
        if done >= FEWEST_PAIRS:
            return f"{done} pairs. Align by them, or pick another."
        return f"Pair {done + 1}: click a spot on the scan and the same spot on the face."
    other = "face" if last.model is None else "scan"
    return f"Now click the same spot on the {other}."


def _pair_text(number: int, pair: PointPair) -> str:
    red, green, blue = MARK_COLORS[number]
    dot = f"<span style='color: rgb({red},{green},{blue})'>●</span>"
    missing = "" if pair.complete else " · the face is missing"
    if not pair.complete and pair.scan is None:
        missing = " · the scan is missing"
    return f"{dot}&nbsp; Pair {number + 1}{missing}"


def _axis_name(axis: str) -> str:
    return ("+" if axis[0] == "+" else "−") + axis[1].upper()


def _grouped(number: int) -> str:
    return f"{number:,}".replace(",", "\u202f")
