"""The bar of the comparison window that steps through the stages of reconstructions."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy, QSlider, QToolBar, QWidget

from app.photo.method_work import MethodsRun
from app.written_numbers import group_digits

SLIDER_WIDTH = 180


class StageBar(QToolBar):
    """A slider from the coarsest stage to the finest.

    Signals:
        step_chosen: counted from 1.
        add_clicked: what was made is to join the document.
    """

    step_chosen = Signal(int)
    add_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Stages", parent)
        self.setObjectName("stages")
        self.setMovable(False)
        self._run: MethodsRun | None = None
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setFixedWidth(SLIDER_WIDTH)
        self.slider.setPageStep(1)
        self.slider.setAccessibleName("Stage of the reconstructions")
        self.label = QLabel()
        self.label.setObjectName("rowName")
        self.add = QPushButton("Add to document")
        self.add.setToolTip("As scans in the model's frame, which a face can be fitted to")
        spacer = QWidget()
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        title = QLabel("Stage")
        title.setObjectName("rowName")
        title.setContentsMargins(4, 0, 8, 0)
        for widget in (title, self.slider, self.label, spacer, self.add):
            self.addWidget(widget)
        self.label.setContentsMargins(10, 0, 0, 0)
        self.slider.valueChanged.connect(self._choose)
        self.add.clicked.connect(self.add_clicked)

    def show_run(self, run: MethodsRun, step: int) -> None:
        """Show the stages of `run`, at `step`."""
        self._run = run
        self.add.setEnabled(True)
        self.slider.blockSignals(True)
        self.slider.setRange(1, run.steps)
        self.slider.setValue(step)
        self.slider.blockSignals(False)
        self.slider.setEnabled(run.steps > 1)
        self._tell(step)

    def _choose(self, step: int) -> None:
        self._tell(step)
        self.step_chosen.emit(step)

    def _tell(self, step: int) -> None:
        run = self._run
        if run is None:
            return
        counts = [len(made.stage(step, run.steps).vertices) for made in run.made]
        sizes = ", ".join(group_digits(count) for count in counts)
        self.label.setText(f"{step} of {run.steps} · {sizes} vertices")
