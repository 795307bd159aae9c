"""What to fit, how far it is, and how well it fits."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QGridLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.fit.state import FitOptions, FitState
from app.panels.cards import make_card, make_row, make_text, make_title
from app.panels.choice_box import ChoiceBox
from app.panels.elided_label import ElidedLabel
from app.panels.side import SidePanel
from app.written_numbers import as_percent
from engine.models.protocol import PARTS, REGIONS

if TYPE_CHECKING:
    from engine.fitting.report import FitReport

PHASES = {
    "fitting": "Fitting the parts…",
    "detail": "Keeping the scan's detail…",
    "measuring": "Measuring…",
    "done": "Done",
}


class FitPanel(SidePanel):
    """Shows a `FitState`; says what the user wants and does nothing itself.

    Signals:
        scan_chosen: index of the scan to fit to.
        start_clicked: the `FitOptions` chosen.
        stop_clicked: keep what there is.
        cancel_clicked: leave everything as it was, or close.
    """

    scan_chosen = Signal(int)
    start_clicked = Signal(object)
    stop_clicked = Signal()
    cancel_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.heading = ElidedLabel("heading")
        self.scan = ChoiceBox()
        self.scan.setAccessibleName("Scan to fit to")
        self.scan.offer_names()
        self.target = ChoiceBox()
        self.target.setAccessibleName("Face to fit")
        self.target.offer_names()
        self.parts = {part: QCheckBox(part.capitalize()) for part in PARTS}
        self.detail = QCheckBox("Keep the scan's detail as a layer")
        self.detail.setToolTip(
            "What the parts cannot express becomes a displacement with a slider per part"
        )
        self.status = make_text("sectionTitle")
        self.figures = make_text("hint")
        self.progress = QProgressBar()
        self.progress.setRange(0, 1000)
        self.start = QPushButton("Fit")
        self.start.setObjectName("primary")
        self.stop = QPushButton("Stop and keep")
        self.stop.setToolTip("End now and keep the face as it is")
        self.cancel = QPushButton("Cancel")
        self._table = QGridLayout()
        self._lay_out()
        self.scan.activated.connect(lambda row: self.scan_chosen.emit(self.scan.itemData(row)))
        self.start.clicked.connect(lambda: self.start_clicked.emit(self.chosen()))
        self.stop.clicked.connect(self.stop_clicked)
        self.cancel.clicked.connect(self.cancel_clicked)
        self.setMinimumWidth(340)

    def chosen(self) -> FitOptions:
        """What the controls say."""
        parts = tuple(part for part, box in self.parts.items() if box.isChecked())
        return FitOptions(self.target.currentData(), parts, self.detail.isChecked())

    def show_state(self, state: FitState) -> None:
        """Show how far the fit is."""
        self.heading.show_text(f"Fit to {state.scan_name}")
        running, done = state.stage == "fitting", state.stage == "done"
        if not running:
            self.target.setItemText(1, state.face_name)
        if state.stage == "ready":
            self._show_scans(state)
            self.target.setCurrentIndex(0 if state.options.target == "new" else 1)
            self.detail.setChecked(state.options.detail)
            for part, box in self.parts.items():
                box.setChecked(part in state.options.parts)
        self._choices.setVisible(not done)
        self._choices.setEnabled(not running)
        self._progress.setVisible(state.stage != "ready")
        self.progress.setVisible(running)
        self.progress.setValue(round(1000 * state.fraction))
        self.status.setText(_status(state))
        self.figures.setText(_figures(state))
        self.figures.setVisible(bool(self.figures.text()))
        self._show_report(state.report if done else None)
        if running and self.start.hasFocus():
            self.setFocus()  # not to some other widget when the button goes
        self.start.setVisible(state.stage == "ready")
        self.stop.setVisible(running)
        self.cancel.setText("Close" if not running else "Cancel")

    def report_texts(self) -> list[str]:
        """The cells of the table of figures, row by row."""
        items = (self._table.itemAt(k) for k in range(self._table.count()))
        widgets = (item.widget() for item in items if item is not None)
        return [widget.text() for widget in widgets if isinstance(widget, QLabel)]

    def _show_scans(self, state: FitState) -> None:
        self.scan.clear()
        for index, name in state.scans:
            self.scan.addItem(name, index)
        self.scan.setCurrentIndex(self.scan.findData(state.scan))
        self.scan.setToolTip(state.scan_name)
        self._form.setRowVisible(self.scan, len(state.scans) > 1)

    def _show_report(self, report: "FitReport | None") -> None:
        while (item := self._table.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()  # it goes a turn later, and would lie below the new figures
                widget.deleteLater()
        if report is None:
            return
        self._add_row(0, ("", "Chamfer", "F at 1 mm"), "hint")
        whole = report.whole
        self._add_row(1, ("Whole", _mm(whole.chamfer_mm), _percent(whole.fscore)))
        for row, region in enumerate(REGIONS, 2):
            fit = report.regions[region]
            self._add_row(row, (region.capitalize(), _mm(fit.chamfer_mm), _percent(fit.fscore)))
        detail = report.with_residual
        if detail is not None:
            row = len(REGIONS) + 2
            self._add_row(row, ("With detail", _mm(detail.chamfer_mm), _percent(detail.fscore)))

    def _add_row(self, row: int, texts: tuple[str, ...], style: str = "rowName") -> None:
        for column, text in enumerate(texts):
            label = QLabel(text)
            label.setObjectName(style)
            side = Qt.AlignmentFlag.AlignLeft if column == 0 else Qt.AlignmentFlag.AlignRight
            label.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)
            self._table.addWidget(label, row, column)

    def _lay_out(self) -> None:
        self.target.addItem("A new face", "new")
        self.target.addItem("The active face", "active")
        self._form = form = QFormLayout()
        form.setSpacing(8)
        form.addRow("Scan", self.scan)
        form.addRow("Into", self.target)
        boxes = QGridLayout()
        for number, box in enumerate(self.parts.values()):
            boxes.addWidget(box, number // 3, number % 3)
        self._table.setColumnStretch(0, 1)
        self._table.setHorizontalSpacing(16)
        self._choices = make_card(form, make_title("Parts that may change"), boxes, self.detail)
        self._progress = make_card(self.status, self.figures, self.progress, self._table)
        foot = make_row(self.cancel, self.stop, self.start)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 10, 10, 10)
        layout.setSpacing(9)
        layout.addWidget(make_card(self.heading))
        layout.addWidget(self._choices)
        layout.addWidget(self._progress)
        layout.addStretch(1)
        layout.addLayout(foot)


def _status(state: FitState) -> str:
    if state.stage == "done":
        return "Stopped early; the face is kept as far as it came" if state.stopped else "Fitted"
    return PHASES[state.phase]


def _figures(state: FitState) -> str:
    told = []
    early = state.stage == "fitting" or state.stopped
    if early and state.rms_mm is not None:
        told.append(f"{state.rms_mm:.2f} mm (RMS) from the scan")
    report = state.report
    if state.stage == "done" and report is not None:
        told.append(f"Over the {as_percent(report.covered_share)} of the face that the scan covers")
        if report.seconds is not None:
            told.append(f"{report.iterations} steps in {report.seconds:.1f} s")
    return "; ".join(told)


def _mm(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f} mm"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f} %"
