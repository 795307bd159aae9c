"""Puts the tools for scans, fits and comparisons into the window and ties them to it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData

from app.fit.fitting import Fitting
from app.fit.tools import FitTools
from app.message_bar import Answer
from app.photo.tools import PhotoTools, is_photo
from app.scan.placing import ScanPlacing
from app.scan.scan_import import ScanImport
from app.scan.tools import ScanTools, is_scan
from engine.project.archive import SUFFIX
from engine.project.items import scan_at

if TYPE_CHECKING:
    from app.window import MainWindow


def make_scan_tools(window: "MainWindow") -> ScanTools:
    """The import of scans and its panel."""
    bench = window.bench
    placing = ScanPlacing(bench.session, window.others, bench.runners.alignment, window)
    scan_import = ScanImport(bench.session, bench.commands, bench.runners.scan, placing, window)
    return ScanTools(window, scan_import, bench, window.outliner)


def make_fit_tools(window: "MainWindow") -> FitTools:
    """Fitting and its panel."""
    bench = window.bench
    fitting = Fitting(bench.session, bench.commands, window.follower, bench.runners.fitting, window)
    return FitTools(window, fitting, bench.session, window.outliner, window.panel)


def make_photo_tools(window: "MainWindow") -> PhotoTools:
    """The import of photos and what is made of them."""
    tools = PhotoTools(
        window,
        window.bench,
        window.outliner,
        window.stage,
        window.actions_by_name,
        window.compare,
    )
    # A photo shows one face: whatever else is visible would only lie in its way.
    overlay = tools.overlay
    overlay.changed.connect(lambda: window.others.put_away(overlay.alone))

    def make_way(state: object) -> None:
        if state is not None:
            overlay.make_way()

    window.scans.scan_import.placing.changed.connect(make_way)
    window.fits.fitting.changed.connect(make_way)
    return tools


def connect_tools(window: "MainWindow") -> None:
    """Let the tools speak in the message bar, follow one upon the other, and work alone."""
    bringing, fitting = window.scans.scan_import, window.fits.fitting
    bringing.said.connect(window.show_text)
    fitting.said.connect(window.show_text)
    window.blends.said.connect(window.show_text)
    window.spiral.said.connect(window.show_text)
    window.photos.said.connect(window.show_text)
    for running_changed in (fitting.running_changed, window.blends.running_changed):
        running_changed.connect(
            lambda on: window.fits.keep_still(window.actions_by_name, window.menus, on)
        )
        running_changed.connect(window.commands.way.set_paused)
        running_changed.connect(window.panel.setDisabled)

    methods = window.photos.methods

    def show_running(running: bool, text: str) -> None:
        if running and text:
            answer = Answer("Cancel", methods.cancel)
            window.messages.show_message(f"Reconstructing: {text}…", "info", (answer,))
        elif not running and window.messages.text.startswith("Reconstructing: "):
            window.messages.dismiss()

    methods.running_changed.connect(show_running)
    for added in (bringing.accepted, window.photos.scan_added):
        added.connect(lambda scan: _offer_fit(window, scan))


def _offer_fit(window: "MainWindow", scan: int) -> None:
    """Offer a fit to a scan that was added, or to the one that is chosen when that is taken up."""
    mesh = scan_at(window.session.state.document, scan).mesh

    def fit() -> None:
        state = window.session.state
        added = (k for k, each in enumerate(state.document.scans) if each.mesh is mesh)
        chosen = state.scan if state.scan is not None else next(added, None)
        window.fits.open() if chosen is None else window.fits.fitting.open(chosen)
        window.raise_()
        window.activateWindow()

    answer = Answer("Fit a face to it…", fit)
    window.messages.show_message(window.messages.text, "done", (answer,))
    compared = window.compare.window
    if compared is not None and compared.messages.text:
        # It was added there, and there somebody is looking.
        compared.messages.show_message(compared.messages.text, "done", (answer,))


def close_tools(window: "MainWindow") -> None:
    """End them: half a fit is no work to be asked about, nor its panel a layout to remember."""
    window.fits.fitting.close()
    window.scans.scan_import.cancel()
    window.photos.photo_import.close()


def step_back(window: "MainWindow") -> bool:
    """Close the panel that stands in for the sliders; whether there was one.

    A fit that runs and points that are being picked are left alone: they are not made again
    as quickly as they would be lost.
    """
    photos, bringing = window.photos, window.scans.scan_import
    if photos.photo_import.state is not None:
        marking = photos.photo_import.state.stage == "marking"
        photos.photo_import.set_marking(False) if marking else photos.photo_import.cancel()
    elif photos.landmarks.photo is not None:
        photos.landmarks.close()
    elif bringing.state is not None:
        if not bringing.state.picking:
            bringing.cancel()
    elif window.fits.fitting.state is not None:
        if not window.fits.fitting.running:
            window.fits.fitting.close()
    else:
        return False
    return True


def droppable(data: QMimeData) -> list[Path]:
    """Those of the dropped files that the window can take: documents, scans and photos."""
    paths = (url.toLocalFile() for url in data.urls())
    return [Path(path) for path in paths if _is_document(path) or is_scan(path) or is_photo(path)]


def bring_in(window: "MainWindow", paths: Sequence[Path]) -> None:
    """Open or import what the first of `paths` is: a document, a scan, or all that are photos.

    What is none of these is opened as a document, which says what is wrong with it.
    """
    first = paths[0]
    if is_scan(str(first)):
        window.scans.bring_in(first)
    elif is_photo(str(first)):
        window.photos.bring_in([path for path in paths if is_photo(str(path))])
    else:
        window.documents.open(first)


def _is_document(path: str) -> bool:
    return path.endswith(SUFFIX)
