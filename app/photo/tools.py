"""Gives the window photos: their import, the photo behind the face, and what is made of them."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDockWidget, QMainWindow

from app.comparison.tools import ComparisonTools
from app.docks import add_stand_in, set_dock_width, stand_in
from app.face_view import FaceView
from app.panels.outliner_panel import OutlinerPanel
from app.photo.import_panel import PhotoImportPanel
from app.photo.import_state import PhotoImportState
from app.photo.item_actions import PhotoItemActions
from app.photo.landmarks import LandmarkEditing
from app.photo.landmarks_panel import LandmarksPanel
from app.photo.methods import MethodComparison
from app.photo.overlay import PhotoOverlay
from app.photo.overlay_bar import PhotoBar
from app.photo.photo_import import PhotoImport
from app.photo.source import PHOTO_SUFFIXES, PhotoSource
from app.photo.texturing import PhotoTexturing
from app.stage import Stage
from app.window_actions import WindowActions
from app.workbench import Workbench

PANEL_WIDTH = 460
"""Wider than the sliders: a face has to be seen in the photo."""


class PhotoTools(QObject):
    """Shows the import's panel in place of the sliders, and the bar over the view.

    Attributes:
        source: what reads, finds and reconstructs.
        photo_import: what the import's panel drives.
        panel: the import's panel.
        overlay: the photo behind the face.
        bar: its bar.
        landmarks, landmarks_panel: the landmarks of a photo, edited.
        methods: the published networks, in the comparison window.

    Signals:
        said: level and text for the message bar.
        scan_added: index of a scan that was made of a photo.
    """

    said = Signal(str, str)
    scan_added = Signal(int)

    def __init__(
        self,
        window: QMainWindow,
        bench: Workbench,
        outliner: OutlinerPanel,
        stage: Stage,
        actions: WindowActions,
        comparison: ComparisonTools,
    ) -> None:
        super().__init__(window)
        session, commands, runners = bench.session, bench.commands, bench.runners
        self._window, self._session, self._actions = window, session, actions
        self._prompts, self._settings = bench.prompts, bench.settings
        self.source = PhotoSource()
        self.photo_import = PhotoImport(session, commands, self.source, runners.photo, self)
        self.panel = PhotoImportPanel()
        add_stand_in(window, "photo_import", "Photo", self.panel)
        self.overlay = PhotoOverlay(session, self)
        self.landmarks = LandmarkEditing(session, commands, runners.photo_refit, self)
        self.landmarks_panel = LandmarksPanel()
        add_stand_in(window, "landmarks", "Landmarks", self.landmarks_panel)
        self.bar = PhotoBar(actions["look_through"], actions["landmarks"])
        stage.add_bar(self.bar)
        self.methods = MethodComparison(
            session, commands, self.source, runners.photo_mesh, comparison, self
        )
        self.texturing = PhotoTexturing(session, commands, runners.texture, self)
        self.texturing.said.connect(self.said)
        PhotoItemActions(
            session,
            commands,
            self.photo_import,
            self.overlay,
            self.landmarks,
            self.methods,
            self.texturing,
            self._ask_for_more,
        ).offer(outliner)
        self._connect(outliner)
        self._connect_landmarks()

    def attach_view(self, view: FaceView) -> None:
        self.overlay.attach_view(view)
        self._show_overlay()

    def ask_and_import(self) -> None:
        """Ask for photos and bring them in."""
        paths = self._prompts.ask_photos(self._window, self._settings.folder)
        self.bring_in(paths)

    def bring_in(self, paths: Sequence[Path]) -> None:
        """Begin to import the photos at `paths`."""
        if paths:
            self._settings.folder = paths[0].absolute().parent
            self.photo_import.begin(paths)

    def compare_methods(self) -> None:
        """All published networks on the photo at hand, side by side."""
        photo = self.overlay.candidate
        if photo is None:
            self.said.emit("info", "There is no photo yet. Import one first (Ctrl+Shift+I).")
        else:
            self.methods.run(photo)

    def _ask_for_more(self, face: int) -> None:
        """Ask for more photos of the person whose face it is."""
        paths = self._prompts.ask_photos(self._window, self._settings.folder)
        if paths:
            self._settings.folder = paths[0].absolute().parent
            self.photo_import.begin(paths, face)

    def _connect(self, outliner: OutlinerPanel) -> None:
        panel, photo_import = self.panel, self.photo_import
        outliner.photo_clicked.connect(self.ask_and_import)
        photo_import.changed.connect(self._show)
        photo_import.said.connect(self.said)
        photo_import.added.connect(self._follow_import)
        self.methods.scan_added.connect(self.scan_added)
        panel.face_chosen.connect(photo_import.choose_face)
        panel.method_chosen.connect(photo_import.choose_method)
        panel.marking_toggled.connect(photo_import.set_marking)
        panel.marked.connect(photo_import.mark)
        panel.same_person_toggled.connect(photo_import.set_same_person)
        panel.undo_mark_clicked.connect(photo_import.undo_mark)
        panel.reconstruct_clicked.connect(photo_import.reconstruct)
        panel.skip_clicked.connect(photo_import.skip)
        panel.cancel_clicked.connect(photo_import.cancel)
        self.methods.said.connect(self.said)
        self.overlay.changed.connect(self._show_overlay)
        self.bar.share_changed.connect(self.overlay.set_share)
        self._actions["look_through"].triggered.connect(self.overlay.toggle)
        self._session.started.connect(lambda _model: self._show_overlay())

    def _follow_import(self, photo: int, scan: int | None) -> None:
        self.overlay.look_through(photo)
        if scan is not None:
            self.scan_added.emit(scan)

    def _connect_landmarks(self) -> None:
        panel, editing = self.landmarks_panel, self.landmarks
        editing.said.connect(self.said)
        editing.changed.connect(self._show_landmarks)
        panel.canvas.pressed.connect(editing.press)
        panel.canvas.moved.connect(editing.move)
        panel.canvas.released.connect(editing.release)
        panel.canvas.let_go.connect(editing.let_go)
        panel.scope_chosen.connect(editing.set_scope)
        panel.let_all_go_clicked.connect(lambda: editing.let_go())
        panel.close_clicked.connect(editing.close)
        self._actions["landmarks"].triggered.connect(self._toggle_landmarks)

    def _toggle_landmarks(self, on: bool) -> None:
        candidate = self.overlay.candidate
        if on and candidate is not None:
            self.landmarks.open(candidate)
        else:
            self.landmarks.close()

    def _show_landmarks(self) -> None:
        photo, places = self.landmarks.photo, self.landmarks.landmarks
        shown = photo is not None and places is not None
        self._actions["landmarks"].setChecked(shown)
        if photo is not None and places is not None:
            self.landmarks_panel.show_photo(photo, places, self.landmarks.scope)
        self._stand_in("landmarks", shown)

    def _show(self, state: PhotoImportState | None) -> None:
        if state is not None:
            self.panel.show_state(state)
            if self.landmarks.photo is not None:
                self.landmarks.close()  # both at once have no place beside the view
        self._stand_in("photo_import", state is not None)

    def _stand_in(self, name: str, shown: bool) -> None:
        """Show a dock in place of the sliders, wide enough for a photo."""
        dock = self._window.findChild(QDockWidget, name)
        opening = shown and dock is not None and not dock.isVisibleTo(self._window)
        stand_in(self._window, name, shown)
        if opening:
            set_dock_width(self._window, name, PANEL_WIDTH)

    def _show_overlay(self) -> None:
        shown, candidate = self.overlay.shown, self.overlay.candidate
        action = self._actions["look_through"]
        action.setEnabled(candidate is not None)
        action.setChecked(shown is not None)
        self._actions["landmarks"].setEnabled(candidate is not None)
        self.bar.show_share(self.overlay.share, shown is not None)
        self.bar.setVisible(candidate is not None and self.bar.parentWidget() is not None)


def is_photo(path: str) -> bool:
    """Whether a dropped file can be a photo, by its suffix."""
    return path.lower().endswith(PHOTO_SUFFIXES)
