"""The editor drives itself: the real window, moved as a hand would, with pictures of each step."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from app.export.dialog import ExportDialog
from app.main import build_window
from app.prompts import Decision, Prompts
from app.settings import Settings
from app.tour.hand import bring_into_view, drag, settle, wait_until
from app.tour.photos import visit_photo
from app.tour.scans import import_and_fit, show_several_faces
from app.tour.spiral import visit_spiral
from app.window import MainWindow
from app.window_picture import grab_window
from engine.errors import InputError
from engine.models.protocol import PARTS, FaceModel
from engine.progress import Progress, ignore_progress

WINDOW_SIZE = (1440, 900)

DRAG_SHARE = 0.72
"""How far along the way from zero to its end a slider is moved."""

SETTLE_SECONDS = 0.3
"""Long enough for what was asked for to be drawn and shown."""

SHOWN_EXPRESSIONS = ("smile", "jaw open")
"""The first direction with one of these in its name is the expression the tour moves."""


class SilentPrompts(Prompts):
    """Nobody is there to answer: unsaved work of a tour is of no use."""

    def ask_unsaved(self, parent: QWidget, title: str) -> Decision:
        del parent, title
        return "discard"


def take_tour(
    model: FaceModel, folder: Path, seed: int = 3, progress: Progress = ignore_progress
) -> list[Path]:
    """Drive the editor and save a picture of each step, a document and meshes into `folder`.

    Needs a display. The user's settings and autosaves are left alone.

    Returns:
        The files, in the order they were made.

    Raises:
        InputError: the window did not appear or a step did not end.
    """
    with tempfile.TemporaryDirectory() as private, _window(model, Path(private)) as window:
        tour = Tour(window, folder, progress)
        tour.visit(seed)
        return tour.files


@contextmanager
def _window(model: FaceModel, private: Path) -> Iterator[MainWindow]:
    """A shown window that keeps its settings and autosaves in `private`."""
    settings = Settings.in_file(private / "settings.ini")
    settings.theme = "dark"
    window = build_window(model, settings, SilentPrompts(), folder=private)
    screen = window.screen().availableSize()
    width, height = WINDOW_SIZE
    window.resize(min(width, screen.width()), min(height, screen.height()))
    window.show()
    window.raise_()
    try:
        yield window
    finally:
        window.close()
        window.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


class Tour:
    """The steps of a tour through `window`.

    Attributes:
        files: what was written so far.
    """

    def __init__(self, window: MainWindow, folder: Path, progress: Progress) -> None:
        self.files: list[Path] = []
        self._window = window
        self._folder = folder
        self._progress = progress
        self._steps = 0

    def visit(self, seed: int) -> None:
        """All the steps."""
        self._show("mean-face", "The mean face")
        self._look_from("three-quarter")
        for part in PARTS:
            if part == "expression":
                self._look_from("front")
            self._move_slider(part, self._direction(part))
            self._show(part, f"A slider of the part {part}")
        self._window.panel.set_open_parts(PARTS[:2])
        self._randomise(seed)
        self._look_at_the_surface()
        self._write_files()
        show_several_faces(self._window, self._show)
        import_and_fit(self._window, self._folder / "face.obj", self._show, wait_until)
        visit_spiral(self._window, self._show, wait_until)
        visit_photo(self._window, self._show, wait_until)
        self._window.themes.choose("light")
        self._show("light-theme", "The light theme")
        self._progress(1.0, "The tour is over")

    def _look_at_the_surface(self) -> None:
        for preset in ("side", "three-quarter"):
            self._look_from(preset)
            self._show(preset, f"The view from {preset}")
        for name in ("regions", "wireframe"):
            self._trigger(name)
            self._show(name, f"The display of {name}")
            self._trigger(name)
        session = self._window.session
        before = session.state.view
        session.set_view(replace(before, topology="free", resolution=256))
        self._show("free-surface", "The free surface")
        session.set_view(before)

    def _randomise(self, seed: int) -> None:
        """A random face, with its seed typed into the box."""
        bar = self._window.panel.global_bar
        bar.seed.setValue(seed)
        bar.apply_seed()
        self._show("random-face", f"The random face of seed {bar.seed.value()}")

    def _move_slider(self, part: str, index: int) -> None:
        """Drag the slider of one direction, as a hand does."""
        self._window.panel.set_open_parts((part,))
        row = self._window.panel.reveal(part).row(index)
        settle(0.2)
        bring_into_view(row)
        settle(0.2)
        drag(row.slider, DRAG_SHARE * row.direction.maximum)

    def _direction(self, part: str) -> int:
        names = [
            direction.name.casefold()
            for info in self._window.session.model.parts
            if info.name == part
            for direction in info.directions
        ]
        if part == "expression":
            for index, name in enumerate(names):
                if any(word in name for word in SHOWN_EXPRESSIONS):
                    return index
        return 0

    def _write_files(self) -> None:
        document = self._folder / "face.lineament"
        document.unlink(missing_ok=True)
        self._window.documents.save_to(document)
        self._window.documents.finish_saving()
        if not document.is_file():
            raise InputError(f"The tour could not save '{document}'. Choose another folder.")
        self.files.append(document)
        for name, topology, format_index in (("face.glb", 0, 0), ("face.obj", 1, 1)):
            dialog = self._window.show_export()
            dialog.choices.format.setCurrentIndex(format_index)
            dialog.choices.topology.setCurrentIndex(topology)
            if topology == 0:
                self._show("export", "The export dialog", dialog)
            self._export(dialog, self._folder / name)

    def _export(self, dialog: ExportDialog, path: Path) -> None:
        runner = self._window.runners.export
        self._progress(self._share(), f"Writing {path.name}")
        path.unlink(missing_ok=True)
        dialog.export_to(path)
        wait_until(lambda: not runner.busy, f"the export of '{path.name}'")
        if not path.is_file():
            raise InputError(f"The tour could not export '{path}'. Choose another folder.")
        self.files.append(path)
        settle(SETTLE_SECONDS)

    def _look_from(self, preset: str) -> None:
        self._trigger(preset)

    def _trigger(self, name: str) -> None:
        self._window.actions_by_name[name].trigger()

    def _show(self, name: str, text: str, dialog: QWidget | None = None) -> None:
        """Wait for the exact surface and take a picture of the window, or of another window."""
        self._progress(self._share(), text)
        follower = self._window.follower
        settle(SETTLE_SECONDS)
        wait_until(
            lambda: follower.status.exact and not follower.status.working, "the exact surface"
        )
        settle(SETTLE_SECONDS)
        self._steps += 1
        path = self._folder / f"{self._steps:02}-{name}.png"
        if isinstance(dialog, QMainWindow):
            taken = grab_window(dialog)
        else:
            taken = grab_window(self._window, dialog)
        if not taken.save(str(path)):
            raise InputError(f"Could not write the picture '{path}'. Choose another folder.")
        self.files.append(path)

    def _share(self) -> float:
        return min(len(self.files) / 20.0, 0.99)
