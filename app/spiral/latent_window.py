"""The window of the latent space: its face at the left, its controls at the right."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMainWindow,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.icons import application_icon
from app.message_bar import LEVELS, MessageBar
from app.panels.cards import make_row
from app.panels.side import SidePanel
from app.spiral.latent import LatentEditor
from app.spiral.latent_panel import LatentPanel
from app.spiral.latent_work import Shown
from app.theme import Theme
from app.viewport.latent_view import LatentView
from app.workbench import Workbench

PANEL_WIDTH = 380


class LatentWindow(QMainWindow):
    """Shows the decoded face; says what is to be done with it.

    Signals:
        export_wanted: write the mesh to this path.
        compare_wanted, face_wanted: set it beside the active face; make a face of it.
        cancel_wanted: stop making a face.
    """

    export_wanted = Signal(object)
    compare_wanted = Signal()
    face_wanted = Signal()
    cancel_wanted = Signal()

    def __init__(
        self,
        bench: Workbench,
        editor: LatentEditor,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Neural3DMM · Lineament")
        self.setWindowIcon(application_icon())
        self.setWindowFlag(Qt.WindowType.Window)
        self._prompts, self._settings, self._editor = bench.prompts, bench.settings, editor
        themes = bench.themes
        self.messages = MessageBar(themes.theme)
        self.view = LatentView(themes.theme)
        self.view.setAccessibleName("Decoded face")
        self.panel = LatentPanel(bench.session, editor)
        self.export, self.compare = QPushButton("Export…"), QPushButton("Compare")
        self.make_face, self.cancel = QPushButton("Make it a face"), QPushButton("Cancel")
        self.progress = QProgressBar()
        self._lay_out()
        self.export.clicked.connect(self._ask_and_export)
        self.compare.clicked.connect(self.compare_wanted)
        self.make_face.clicked.connect(self.face_wanted)
        self.cancel.clicked.connect(self.cancel_wanted)
        self.panel.weights_clicked.connect(self._ask_for_weights)
        self.panel.shipped_clicked.connect(lambda: editor.choose_weights(None))
        editor.shown.connect(self._show)
        editor.said.connect(self.show_text)
        editor.waiting_changed.connect(
            lambda on: self.view.caption.show_text("Encoding the face…" if on else "")
        )
        themes.changed.connect(self._dress)
        self.show_making(False)
        self.resize(1180, 820)

    def open(self) -> None:
        """Show the window and, at the first time, the mean face."""
        self.show()
        self.raise_()
        self.activateWindow()
        self._editor.begin()

    def shut(self) -> None:
        """The application ends: give the graphics back."""
        self.view.shut()
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Hide; the code stays for the next time."""
        self.cancel_wanted.emit()
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.messages.take_key(event):
            super().keyPressEvent(event)

    def show_text(self, level: str, text: str) -> None:
        self.messages.show_message(text, LEVELS.get(level, "error"))

    def show_making(self, making: bool, fraction: float = 0.0, text: str = "") -> None:
        """Show how far a face is."""
        self.progress.setVisible(making)
        self.progress.setValue(round(1000 * fraction))
        self.progress.setToolTip(text)
        self.make_face.setVisible(not making)
        self.cancel.setVisible(making)
        if making and text:
            self.view.caption.show_text(text)
        elif not making:
            self.view.caption.show_text("")

    def _show(self, shown: Shown) -> None:
        colors = shown.mesh.colors
        if colors is not None:
            faces = shown.spiral.template.faces
            self.view.show_shape(shown.mesh.vertices, shown.normals, faces, colors)
        for button in (self.export, self.compare, self.make_face):
            button.setEnabled(True)

    def _ask_and_export(self) -> None:
        suggestion = self._settings.folder / "neural3dmm.ply"
        filters = "PLY (*.ply);;OBJ (*.obj);;GLB (*.glb);;STL (*.stl)"
        path = self._prompts.ask_export(self, suggestion, filters)
        if path is not None:
            if not path.suffix:
                path = path.with_name(f"{path.name}.ply")
            self._settings.folder = path.absolute().parent
            self.export_wanted.emit(path)

    def _ask_for_weights(self) -> None:
        path: Path | None = self._prompts.ask_weights(self, self._settings.folder)
        if path is not None:
            self._settings.folder = path.absolute().parent
            self._editor.choose_weights(path)

    def _dress(self, theme: Theme) -> None:
        self.view.set_theme(theme)
        self.messages.set_theme(theme)

    def _lay_out(self) -> None:
        self.make_face.setObjectName("primary")
        self.make_face.setToolTip("Fit the parts to it: an ordinary face that you can edit")
        self.compare.setToolTip("With the active face, in the comparison window")
        self.export.setToolTip("Write the mesh: PLY, OBJ, GLB or STL")
        self.progress.setRange(0, 1000)
        for button in (self.export, self.compare, self.make_face):
            button.setEnabled(False)
        side = SidePanel()
        side.setFixedWidth(PANEL_WIDTH)
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.panel, 1)
        foot = QVBoxLayout()
        foot.setContentsMargins(10, 8, 10, 10)
        foot.addWidget(self.progress)
        foot.addLayout(make_row(self.export, self.compare, self.make_face, self.cancel))
        column.addLayout(foot)
        middle = QWidget()
        across = QHBoxLayout()
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(0)
        across.addWidget(self.view, 1)
        across.addWidget(side)
        layout = QVBoxLayout(middle)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.messages)
        layout.addLayout(across, 1)
        self.setCentralWidget(middle)
