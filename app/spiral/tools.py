"""Gives the editor the spiral autoencoder: one click to reconstruct, and its latent space."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.comparison.items import mesh_item
from app.comparison.tools import ComparisonTools
from app.spiral.latent import LatentEditor
from app.spiral.latent_work import MakeFace, Shown, WriteMesh
from app.spiral.reconstruction import FaceToReconstruct, ReconstructedFace
from app.spiral.source import SpiralSource
from app.workbench import Workbench
from app.written_numbers import group_digits
from engine.errors import LineamentError
from engine.geometry.mesh import Mesh
from engine.project import items
from engine.project.document import NamedFace

if TYPE_CHECKING:
    from app.spiral.latent_window import LatentWindow


TOPOLOGY = "Neural3DMM's topology"


class SpiralTools(QObject):
    """Keeps the autoencoder, its latent space and its window.

    Signals:
        said: level and text for the editor's message bar.
    """

    said = Signal(str, str)

    def __init__(
        self,
        editor: QWidget,
        bench: Workbench,
        comparison: ComparisonTools,
    ) -> None:
        super().__init__(editor)
        self._editor, self._bench, self._comparison = editor, bench, comparison
        self._session, self._commands = bench.session, bench.commands
        runners, self._settings = bench.runners, bench.settings
        self._reconstructing, self._making = runners.reconstruction, runners.latent_face
        self.source = SpiralSource(self._settings.spiral_weights)
        self.latent = LatentEditor(self._session, self.source, runners.latent, self)
        self.window: LatentWindow | None = None
        self.latent.shown.connect(self._remember)
        self._reconstructing.finished.connect(self._keep)
        self._reconstructing.failed.connect(self._fail)
        self._making.finished.connect(self._add_face)
        self._making.failed.connect(self._fail)
        self._making.progressed.connect(self._show_making)
        self._making.busy_changed.connect(lambda busy: self._show_making(busy=busy))

    # From the editor

    def reconstruct(self) -> None:
        """Reconstruct the active face and set both side by side."""
        self._request(None)

    def open(self) -> None:
        """Show the window of the latent space."""
        if not self._session.ready:
            return
        if self.window is None:
            # It loads VTK, which the editor may not have needed yet.
            from app.spiral.latent_window import LatentWindow

            self.window = LatentWindow(self._bench, self.latent, self._editor)
            self.window.export_wanted.connect(self.export_to)
            self.window.compare_wanted.connect(self.compare)
            self.window.face_wanted.connect(self.make_face)
            self.window.cancel_wanted.connect(self._making.cancel)
        self.window.open()

    def shut(self) -> None:
        """The editor closes."""
        if self.window is not None:
            self.window.shut()
            self.window = None

    # From the latent space's window

    def compare(self) -> None:
        """Set the decoded face beside the active one."""
        if self.latent.last is not None:
            self._request(self.latent.last.mesh)

    def export_to(self, path: Path) -> None:
        """Write the decoded face."""
        if self.latent.last is not None:
            # Its colours are only there to be seen in the window.
            self._reconstructing.request(
                WriteMesh(replace(self.latent.last.mesh, colors=None), path)
            )

    def make_face(self) -> None:
        """Fit the parts to the decoded face."""
        last = self.latent.last
        if last is None or self._making.busy:
            return
        name = items.free_name(self._session.state.document, "Neural3DMM face")
        self._making.request(MakeFace(self._session.model, last.mesh, name))

    def _request(self, instead: Mesh | None) -> None:
        if self._session.ready:
            face, model = self._session.state.document.face, self._session.model
            request = (self.source, model, face.name, face.code, face.residual, instead)
            self._comparison.prepare(2)
            self._reconstructing.request(FaceToReconstruct(*request))

    def _keep(self, done: object) -> None:
        if isinstance(done, Path):
            self._tell("done", f"Exported {done.name}.")
        elif isinstance(done, ReconstructedFace):
            self._compare(done)

    def _compare(self, done: ReconstructedFace) -> None:
        result = done.result
        name = "Latent space" if done.decoded else f"{done.name} by Neural3DMM"
        others = [mesh_item(name, result.made)]
        if done.codes_alone is not None:
            others.append(mesh_item(f"{done.name} by its parts alone", done.codes_alone))
        reference = mesh_item(f"{done.name} on {TOPOLOGY}", result.given)
        comparison = self._comparison.comparison
        comparison.show_meshes(reference, others)
        comparison.set_heat(replace(comparison.heat, kind="corresponding"))
        self._comparison.open()
        vertices = group_digits(len(result.distances))
        text = (
            f"{name}: its {vertices} vertices are {result.mean_mm:.2f} mm from "
            f"those of {done.name} on average, 95 % within {result.p95_mm:.2f} mm"
        )
        if not done.decoded:
            text += f"; encoded and decoded in {1000.0 * result.seconds:.0f} ms"
        if self._comparison.window is not None:
            self._comparison.window.show_text("done", f"{text}.")

    def _add_face(self, face: object) -> None:
        if not isinstance(face, NamedFace):
            return
        if not self._commands.may_edit:
            self._tell("warning", "The editor is busy with a fit. Make the face again afterwards.")
            return
        document = self._session.state.document
        fresh = replace(face, name=items.free_name(document, face.name))
        self._commands.items.change(items.add_face(document, fresh), f"Add {fresh.name}")
        self._tell("done", f"{fresh.name} is now a face of the document, with all its sliders.")

    def _show_making(self, fraction: float = 0.0, text: str = "", busy: bool = True) -> None:
        if self.window is not None:
            self.window.show_making(busy, fraction, text)

    def _remember(self, shown: Shown) -> None:
        if self._settings.spiral_weights != shown.file:
            self._settings.spiral_weights = shown.file

    def _tell(self, level: str, text: str) -> None:
        """In the window of the latent space where it is open, else in the editor's."""
        if self.window is not None and self.window.isVisible():
            self.window.show_text(level, text)
        else:
            self.said.emit(level, text)

    def _fail(self, error: LineamentError) -> None:
        self._tell("error", str(error))
