"""Puts the tools for scans, fits and comparisons into the window and ties them to it."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData

from app.comparison.tools import ComparisonTools
from app.fit_tools import FitTools
from app.fitting import Fitting
from app.message_bar import Answer
from app.scan_import import ScanImport
from app.scan_tools import ScanTools, is_scan
from app.spiral.tools import SpiralTools
from engine.project.archive import SUFFIX

if TYPE_CHECKING:
    from app.window import MainWindow


def make_scan_tools(window: "MainWindow") -> ScanTools:
    """The import of scans and its panel."""
    runners = window.runners
    scan_import = ScanImport(
        window.session, window.commands, window.others, runners.scan, runners.alignment, window
    )
    return ScanTools(window, scan_import, window.outliner, window.prompts, window.settings)


def make_fit_tools(window: "MainWindow") -> FitTools:
    """Fitting and its panel."""
    fitting = Fitting(
        window.session, window.commands, window.follower, window.runners.fitting, window
    )
    return FitTools(window, fitting, window.session, window.outliner, window.panel)


def make_comparison_tools(window: "MainWindow") -> ComparisonTools:
    """The comparison and its window."""
    return ComparisonTools(
        window,
        window.session,
        window.commands,
        window.runners,
        window.themes,
        window.prompts,
        window.settings,
    )


def make_spiral_tools(window: "MainWindow") -> SpiralTools:
    """The spiral autoencoder and the window of its latent space."""
    return SpiralTools(
        window,
        window.session,
        window.commands,
        window.runners,
        window.themes,
        window.prompts,
        window.settings,
        window.compare,
        window.actions_by_name["add_face"].isEnabled,
    )


def connect_tools(window: "MainWindow") -> None:
    """Let the tools speak in the message bar, follow one upon the other, and work alone."""
    bringing, fitting = window.scans.scan_import, window.fits.fitting
    bringing.said.connect(window.show_text)
    fitting.said.connect(window.show_text)
    window.blends.said.connect(window.show_text)
    window.spiral.said.connect(window.show_text)
    for running_changed in (fitting.running_changed, window.blends.running_changed):
        running_changed.connect(
            lambda on: window.fits.keep_still(window.actions_by_name, window.menus, on)
        )
        running_changed.connect(window.commands.way.set_paused)
        running_changed.connect(window.panel.setDisabled)

    def offer_fit(scan: int) -> None:
        answer = Answer("Fit a face to it…", lambda: fitting.open(scan))
        window.messages.show_message(window.messages.text, "done", (answer,))

    bringing.accepted.connect(offer_fit)


def close_tools(window: "MainWindow") -> None:
    """End both: half a fit is no work to be asked about, nor its panel a layout to remember."""
    window.fits.fitting.close()
    window.scans.scan_import.cancel()


def droppable(data: QMimeData) -> str | None:
    """The first dropped file that the window can take: a document or a scan."""
    for url in data.urls():
        path = url.toLocalFile()
        if path.endswith(SUFFIX) or is_scan(path):
            return path
    return None
