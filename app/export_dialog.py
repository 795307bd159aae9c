"""The dialog that writes the face to a mesh file."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.exporting import FORMATS, Export, Exported, FileFormat
from app.jobs import JobRunner
from app.panels.choice_box import ChoiceBox
from app.prompts import Prompts
from app.session import Session
from app.settings import Settings
from app.status_panel import group_digits
from engine.errors import LineamentError

RESOLUTIONS = (64, 128, 192, 256, 384, 512)


class ExportDialog(QDialog):
    """Format, topology, resolution and morph targets; progress and cancel.

    Signals:
        said: level and text for the message bar.
    """

    said = Signal(str, str)

    def __init__(
        self,
        session: Session,
        runner: JobRunner,
        prompts: Prompts,
        settings: Settings,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export")
        self.setMinimumWidth(440)
        self._session = session
        self._runner = runner
        self._prompts = prompts
        self._settings = settings
        self.format = ChoiceBox()
        self.topology = ChoiceBox()
        self.resolution = ChoiceBox()
        self.morphs = QCheckBox("Expressions as morph targets")
        self.texture = QCheckBox("Colours of the photo")
        self.texture.setToolTip("A picture in GLB, and beside OBJ; colours of vertices in PLY")
        self.hint = QLabel()
        self.progress = QProgressBar()
        self.step = QLabel()
        self.export = QPushButton("Export…")
        self.cancel = QPushButton("Close")
        self._fill()
        self._lay_out()
        self.format.currentIndexChanged.connect(self._adapt)
        self.topology.currentIndexChanged.connect(self._adapt)
        self.export.clicked.connect(self.ask_and_export)
        self.cancel.clicked.connect(self._stop_or_close)
        runner.progressed.connect(self._show_progress)
        runner.finished.connect(self._on_finished)
        runner.failed.connect(self._on_failed)
        runner.busy_changed.connect(self._show_busy)
        self._adapt()
        self._show_busy(False)

    def ask_and_export(self) -> None:
        """Ask for the file's name and write it."""
        chosen = self._format()
        suggestion = self._settings.folder / f"{self._session.state.title}{chosen.suffix}"
        path = self._prompts.ask_export(self, suggestion, f"{chosen.name} files (*{chosen.suffix})")
        if path is None:
            return
        if path.suffix.lower() != chosen.suffix:
            path = path.with_name(path.name + chosen.suffix)
        self.export_to(path)

    def export_to(self, path: Path) -> None:
        """Write the face to `path` as the dialog says."""
        self._settings.folder = path.absolute().parent
        self._runner.request(
            Export(
                self._session.model,
                self._session.state.code,
                path,
                self.topology.currentData(),
                self.resolution.currentData(),
                self.morphs.isEnabled() and self.morphs.isChecked(),
                self._session.state.document.face.residual,
                self._session.state.document.face.texture if self._textured() else None,
            )
        )

    def reject(self) -> None:
        self._runner.cancel()
        super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._runner.cancel()
        super().closeEvent(event)

    def _fill(self) -> None:
        for entry in FORMATS:
            self.format.addItem(f"{entry.name} ({entry.suffix})", entry)
        self.topology.addItem("Template: same vertices for every face", "template")
        self.topology.addItem("Free: the model's own surface", "free")
        for resolution in RESOLUTIONS:
            self.resolution.addItem(f"{resolution}³", resolution)
        view = self._session.state.view
        self.topology.setCurrentIndex(0 if view.topology == "template" else 1)
        wanted = view.resolution if view.topology == "free" else 256
        index = self.resolution.findData(wanted)
        self.resolution.setCurrentIndex(index if index >= 0 else RESOLUTIONS.index(256))
        self.morphs.setChecked(True)
        self.texture.setChecked(True)
        self.texture.setVisible(self._session.state.document.face.texture is not None)

    def _lay_out(self) -> None:
        heading = QLabel("Export this face")
        heading.setObjectName("heading")
        self.hint.setObjectName("hint")
        self.hint.setWordWrap(True)
        self.step.setObjectName("hint")
        form = QFormLayout()
        form.setSpacing(10)
        form.addRow("Format", self.format)
        form.addRow("Surface", self.topology)
        form.addRow("Resolution", self.resolution)
        form.addRow("", self.morphs)
        form.addRow("", self.texture)
        self.export.setDefault(True)
        buttons = QHBoxLayout()
        buttons.addWidget(self.step, 1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.export)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(22, 18, 22, 18)
        layout.setSpacing(12)
        layout.addWidget(heading)
        layout.addLayout(form)
        layout.addWidget(self.hint)
        layout.addStretch(1)
        layout.addWidget(self.progress)
        layout.addLayout(buttons)

    def _format(self) -> FileFormat:
        entry: FileFormat = FORMATS[self.format.currentIndex()]
        return entry

    def _adapt(self) -> None:
        """Offer only what the format and the topology allow."""
        chosen = self._format()
        on_template = self.topology.currentData() == "template"
        self.resolution.setEnabled(not on_template)
        self.morphs.setEnabled(on_template and chosen.suffix == ".glb")
        self.texture.setEnabled(on_template and chosen.suffix != ".stl")
        self.hint.setText(f"{chosen.name}: {chosen.holds}.")

    def _textured(self) -> bool:
        return self.texture.isEnabled() and self.texture.isChecked()

    def _stop_or_close(self) -> None:
        if self._runner.busy:
            self._runner.cancel()
            self.step.setText("Cancelling…")
        else:
            self.accept()

    def _show_busy(self, busy: bool) -> None:
        self.progress.setVisible(busy)
        self.progress.setRange(0, 1000)
        self.progress.setValue(0)
        self.step.setText("")
        self.export.setDisabled(busy)
        self.cancel.setText("Cancel" if busy else "Close")
        self.adjustSize()

    def _show_progress(self, fraction: float, text: str) -> None:
        self.progress.setValue(round(1000 * fraction))
        self.step.setText(text)

    def _on_finished(self, exported: Exported) -> None:
        detail = f"{group_digits(exported.vertices)} vertices"
        if exported.morphs:
            detail += f", {exported.morphs} morph targets"
        self.said.emit("done", f"Exported {exported.path.name} ({detail}).")
        self.accept()

    def _on_failed(self, error: LineamentError) -> None:
        self.step.setText(str(error))
        self.said.emit("error", str(error))
