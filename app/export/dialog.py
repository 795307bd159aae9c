"""The dialog that writes the face to a mesh file."""

import re
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.export.choices import ExportChoices
from app.export.exporting import FORMATS, Export, Exported
from app.jobs import JobRunner
from app.panels.elided_label import ElidedLabel
from app.prompts import Prompts
from app.session import Session
from app.settings import Settings
from app.written_numbers import group_digits
from engine.errors import LineamentError

NOT_IN_FILES = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')
"""What some system's file names cannot have."""


class ExportDialog(QDialog):
    """What to write; progress and cancel.

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
        self.setMinimumWidth(460)
        self._session = session
        self._runner = runner
        self._prompts = prompts
        self._settings = settings
        self.choices = ExportChoices(session, settings)
        self.progress = QProgressBar()
        self.step = QLabel()
        self.export = QPushButton("Export…")
        self.cancel = QPushButton("Close")
        self._lay_out()
        self.export.clicked.connect(self.ask_and_export)
        self.cancel.clicked.connect(self._stop_or_close)
        runner.progressed.connect(self._show_progress)
        runner.finished.connect(self._on_finished)
        runner.failed.connect(self._on_failed)
        runner.busy_changed.connect(self._show_busy)
        self._show_busy(False)

    def ask_and_export(self) -> None:
        """Ask for the file's name and write it; a name with another format's suffix chooses it."""
        chosen = self.choices.chosen
        suggestion = self._settings.folder / f"{self._suggested_name()}{chosen.suffix}"
        path = self._prompts.ask_export(self, suggestion, f"{chosen.name} files (*{chosen.suffix})")
        if path is None:
            return
        asked = path
        suffixes = [entry.suffix for entry in FORMATS]
        if path.suffix.lower() in suffixes:
            self.choices.format.setCurrentIndex(suffixes.index(path.suffix.lower()))
        else:
            path = path.with_name(path.name + chosen.suffix)
        # The system's dialog asked about the name that was typed, and about no other.
        others = [file for file in (path, *self._companions(path)) if file != asked]
        if self._prompts.ask_replace(self, [file for file in others if file.exists()]):
            self.export_to(path)

    def _suggested_name(self) -> str:
        """The document's, or the face's where the document has none or more faces than one."""
        state = self._session.state
        if state.path is not None and len(state.document.faces) == 1:
            return state.title
        return NOT_IN_FILES.sub("-", state.document.face.name).strip(". ") or "Face"

    def export_to(self, path: Path) -> None:
        """Write the face to `path` as the dialog says."""
        self._settings.folder = path.absolute().parent
        self.choices.remember()
        face = self._session.state.document.face
        self._runner.request(
            Export(
                self._session.model,
                self._session.state.code,
                path,
                self.choices.topology.currentData(),
                self.choices.resolution.currentData(),
                self.choices.form(),
                face.residual,
                face.texture if self.choices.wants_texture() else None,
            )
        )

    def _companions(self, path: Path) -> tuple[Path, ...]:
        """Files that an OBJ brings along."""
        from engine.geometry.formats.obj_files import obj_companions

        if path.suffix.lower() != ".obj":
            return ()
        on_template = self.choices.topology.currentData() == "template"
        face = self._session.state.document.face
        return obj_companions(
            path,
            textured=on_template and face.texture is not None and self.choices.wants_texture(),
            grouped=self.choices.form().groups,
        )

    def reject(self) -> None:
        self._runner.cancel()
        super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._runner.cancel()
        super().closeEvent(event)

    def _lay_out(self) -> None:
        heading = ElidedLabel("heading")
        heading.show_text(f"Export {self._session.state.document.face.name}")
        self.step.setObjectName("hint")
        self.export.setDefault(True)
        buttons = QHBoxLayout()
        buttons.addWidget(self.step, 1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.export)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(22, 18, 22, 18)
        layout.setSpacing(12)
        layout.addWidget(heading)
        layout.addWidget(self.choices)
        layout.addStretch(1)
        layout.addWidget(self.progress)
        layout.addLayout(buttons)

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
        first, *beside = (file.name for file in exported.files)
        also = f" with {' and '.join(beside)}" if beside else ""
        self.said.emit("done", f"Exported {first}{also} ({detail}).")
        self.accept()

    def _on_failed(self, error: LineamentError) -> None:
        self.step.setText(str(error))
        self.said.emit("error", str(error))
