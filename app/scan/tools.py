"""Gives the window the import of scans: its panel, its actions, its place beside the sliders."""

from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMainWindow

from app.docks import add_stand_in, stand_in
from app.face_view import FaceView
from app.panels.outliner_panel import ItemAction, OutlinerPanel
from app.scan.import_panel import ScanImportPanel
from app.scan.import_state import ImportState
from app.scan.scan_import import ScanImport
from app.workbench import Workbench

SCAN_SUFFIXES = (".obj", ".ply", ".stl", ".glb")


class ScanTools(QObject):
    """Shows the import's panel in place of the sliders while an import goes on.

    Attributes:
        scan_import: what the panel drives.
        panel: the import's panel.
    """

    def __init__(
        self,
        window: QMainWindow,
        scan_import: ScanImport,
        bench: Workbench,
        outliner: OutlinerPanel,
    ) -> None:
        super().__init__(window)
        self.scan_import = scan_import
        self._window = window
        self._prompts, self._settings = bench.prompts, bench.settings
        self.panel = ScanImportPanel()
        add_stand_in(window, "scan_import", "Import", self.panel)
        outliner.import_clicked.connect(self.ask_and_import)
        outliner.add_item_action(
            ItemAction("scan", "Align again…", lambda ref: scan_import.begin_again(ref.index))
        )
        self._connect()

    def attach_view(self, view: FaceView) -> None:
        self.scan_import.placing.scene.attach_view(view)

    def ask_and_import(self) -> None:
        """Ask for a file and bring it in."""
        path = self._prompts.ask_scan(self._window, self._settings.folder)
        if path is not None:
            self.bring_in(path)

    def bring_in(self, path: Path) -> None:
        """Begin to import the scan at `path`."""
        self._settings.folder = path.absolute().parent
        self.scan_import.begin(path)

    def _connect(self) -> None:
        panel, scan_import, placing = self.panel, self.scan_import, self.scan_import.placing
        placing.changed.connect(self._show)
        panel.unit_chosen.connect(placing.choose_unit)
        panel.axes_chosen.connect(placing.choose_axes)
        panel.align_clicked.connect(placing.align)
        panel.refine_clicked.connect(placing.refine)
        panel.picking_toggled.connect(placing.set_picking)
        panel.undo_pair_clicked.connect(placing.undo_pair)
        panel.pairs_clicked.connect(placing.align_by_pairs)
        panel.accept_clicked.connect(scan_import.accept)
        panel.cancel_clicked.connect(scan_import.cancel)

    def _show(self, state: ImportState | None) -> None:
        if state is not None:
            self.panel.show_state(state)
        stand_in(self._window, "scan_import", state is not None)


def is_scan(path: str) -> bool:
    """Whether a dropped file can be a scan, by its suffix."""
    return path.lower().endswith(SCAN_SUFFIXES)
