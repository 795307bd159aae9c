"""Gives the window the blend of two faces: its panel, its ways in, and its files."""

from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDockWidget, QMainWindow

from app.blend.blending import Blending
from app.docks import DockSpec, add_dock
from app.face_view import FaceView
from app.follower import SurfaceFollower
from app.panels.blend_panel import BlendPanel
from app.panels.outliner_panel import ItemAction, OutlinerPanel
from app.sequences import FILTERS, SUFFIXES, PictureSequence, WriteSequence, sequence_files
from app.workbench import Workbench
from engine.errors import LineamentError
from engine.project.items import ItemRef


class BlendTools(QObject):
    """Shows the blend's panel below the outliner and writes sequences.

    Attributes:
        blending: what the panel drives.
        panel: the blend's panel.
        action: shows and hides it.

    Signals:
        said: level and text for the message bar.
        running_changed: whether pictures are taken; nothing may edit meanwhile.
    """

    said = Signal(str, str)
    running_changed = Signal(bool)

    def __init__(
        self,
        window: QMainWindow,
        bench: Workbench,
        outliner: OutlinerPanel,
    ) -> None:
        super().__init__(window)
        session, commands, runner = bench.session, bench.commands, bench.runners.sequence
        self._window, self._session, self._commands = window, session, commands
        self._runner, self._prompts, self._settings = runner, bench.prompts, bench.settings
        self._pictures: PictureSequence | None = None
        self.blending = Blending(session, commands, self)
        self.panel = BlendPanel(self.blending, bench.themes.theme)
        area = Qt.DockWidgetArea.LeftDockWidgetArea
        spec = DockSpec("blend", "Blend", "F7", area, shown=False)
        self.action: QAction = add_dock(window, spec, self.panel)
        outliner.add_item_action(
            ItemAction(
                "face",
                "Blend the edited face with it…",
                self.open,
                lambda ref: ref.index != session.state.document.active,
            )
        )
        self.panel.export_clicked.connect(self.ask_and_export)
        self.panel.cancel_clicked.connect(self._cancel)
        runner.progressed.connect(lambda part, text: self.panel.show_writing(True, part, text))
        runner.busy_changed.connect(lambda busy: self.panel.show_writing(busy))
        runner.finished.connect(lambda text: self.said.emit("done", text))
        runner.failed.connect(self._fail)

    def open(self, ref: ItemRef | None = None) -> None:
        """Show the panel, with a face to blend with if one is given."""
        if ref is not None:
            self.blending.choose(ref.index)
        blend, outliner = (
            self._window.findChild(QDockWidget, name) for name in ("blend", "outliner")
        )
        if blend is None or outliner is None or blend.isVisibleTo(self._window):
            return
        blend.show()
        # The list of faces is short, the blend is not.
        tall = self._window.height()
        self._window.resizeDocks(
            [outliner, blend], [round(0.25 * tall), round(0.75 * tall)], Qt.Orientation.Vertical
        )

    def attach_view(self, view: FaceView, follower: SurfaceFollower) -> None:
        """Take pictures of `view`."""
        pictures = PictureSequence(self._session, self._commands, follower, view.picture, self)
        pictures.progressed.connect(lambda part, text: self.panel.show_writing(True, part, text))
        pictures.running_changed.connect(self._on_pictures)
        pictures.finished.connect(lambda text: self.said.emit("done", text))
        pictures.failed.connect(lambda text: self.said.emit("error", text))
        self._pictures = pictures

    def ask_and_export(self, frames: int) -> None:
        """Ask for the file's name and write the sequence."""
        suggestion = self._settings.folder / f"{self._session.state.title}-blend.glb"
        path = self._prompts.ask_export(self._window, suggestion, FILTERS)
        if path is None:
            return
        # The system's dialog asked about the name without a number.
        files = sequence_files(path, frames)
        there = [file for file in files if file != path and file.exists()]
        if self._prompts.ask_replace(self._window, there):
            self.export_to(path, frames)

    def export_to(self, path: Path, frames: int) -> None:
        """Write the timeline as a sequence of `frames` to `path`, by its suffix."""
        self.blending.pause()
        ends, line = self.blending.ends, self.blending.state.timeline
        if path.suffix.lower() not in SUFFIXES:
            path = path.with_name(f"{path.name}.glb")
        if ends is None or not line.order:
            self.said.emit("warning", "Choose a face to blend with and at least one part.")
            return
        self._settings.folder = path.absolute().parent
        request = WriteSequence(self._session.model, ends, frames, line, path)
        if path.suffix.lower() != ".png":
            self._runner.request(request)
        elif self._pictures is not None:
            self._pictures.start(request)

    def _on_pictures(self, running: bool) -> None:
        self.blending.set_suspended(running)
        self.panel.show_writing(running)
        self.running_changed.emit(running)

    def _cancel(self) -> None:
        self._runner.cancel()
        if self._pictures is not None:
            self._pictures.cancel()

    def _fail(self, error: LineamentError) -> None:
        self.said.emit("error", str(error))
