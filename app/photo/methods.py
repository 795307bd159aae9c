"""The published networks on a photo of the document, side by side in the comparison window."""

from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from app.commands import Commands
from app.comparison.items import mesh_item
from app.comparison.measuring import AlignChoice
from app.comparison.tools import ComparisonTools
from app.jobs import JobRunner
from app.photo.adding import mesh_name
from app.photo.method_work import MadeMesh, MethodsRun, RunMethods
from app.photo.source import MethodChoice, PhotoSource
from app.photo.stage_bar import StageBar
from app.session import Session
from app.written_numbers import group_digits
from engine.errors import LineamentError
from engine.geometry.similarity import Similarity
from engine.project import items
from engine.project.document import NamedScan

ALIGN = AlignChoice("similarity")
"""One photo tells neither size nor distance, so methods are compared by their shapes."""


class MethodComparison(QObject):
    """Runs methods on a photo and shows what they make, stage by stage.

    Signals:
        said: level and text for the message bar.
        running_changed: whether methods run, and a text.
        scan_added: index of a scan that joined the document.
    """

    said = Signal(str, str)
    running_changed = Signal(bool, str)
    scan_added = Signal(int)

    def __init__(
        self,
        session: Session,
        commands: Commands,
        source: PhotoSource,
        runner: JobRunner,
        comparison: ComparisonTools,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._commands, self._source = session, commands, source
        self._runner, self._comparison = runner, comparison
        self._run: MethodsRun | None = None
        self._step = 1
        self.bar: StageBar | None = None
        runner.finished.connect(self._keep)
        runner.failed.connect(lambda error: self._tell_error(error))
        runner.progressed.connect(lambda _share, text: self.running_changed.emit(True, text))
        runner.busy_changed.connect(lambda busy: self.running_changed.emit(busy, ""))
        session.opened.connect(runner.cancel)

    def choices(self) -> tuple[MethodChoice, ...]:
        """The methods that make a mesh and whose weights are there."""
        return tuple(choice for choice in self._source.list_methods() if not choice.editable)

    def run(self, index: int, names: tuple[str, ...] | None = None) -> None:
        """Reconstruct the face in photo `index` by the methods `names`, or by all there are."""
        chosen = [choice for choice in self.choices() if names is None or choice.name in names]
        if not chosen:
            self.said.emit("info", "The weights of these methods are not installed.")
            return
        document = self._session.state.document
        photo = items.photo_at(document, index)
        face = None if photo.face is None else document.faces[photo.face]
        model = self._session.model
        self._comparison.prepare(len(chosen))
        self._runner.request(
            RunMethods(self._source, model, photo, face, tuple(chosen)), cancel_running=True
        )

    def cancel(self) -> None:
        self._runner.cancel()

    def set_step(self, step: int) -> None:
        """Show the methods' stage `step`, counted from 1."""
        if self._run is not None and 1 <= step <= self._run.steps:
            self._step = step
            self._show()

    def add_to_document(self) -> None:
        """Keep what the methods made as scans, to which a face can be fitted."""
        run = self._run
        if run is None or not self._commands.may_edit:
            return
        document = self._session.state.document
        for made in run.made:
            name = items.free_name(document, _name(run, made))
            mesh, still = made.result.mesh, Similarity.identity()
            # Hidden, for they all lie where the face does.
            scan = NamedScan(name, mesh, still, accepted=True, visible=False)
            document = items.add_scan(document, scan)
        self._commands.items.change(document, "Add reconstructions")
        if self.bar is not None:
            self.bar.add.setEnabled(False)
        text = "Added as scans, which faces can be fitted to; hidden until you open their eyes."
        self._tell("done", text)
        self.said.emit("done", text)
        index = len(document.scans) - len(run.made) + self._looked_at(run)
        self._session.select(items.ItemRef("scan", index))
        self.scan_added.emit(index)

    def _keep(self, run: object) -> None:
        if not isinstance(run, MethodsRun):
            return
        if not run.made:
            self.said.emit("error", "\n".join(run.errors))
            return
        self._run, self._step = run, run.steps
        comparison = self._comparison.comparison
        if comparison.heat.kind == "corresponding":
            # The methods' meshes have topologies of their own.
            comparison.set_heat(replace(comparison.heat, kind="nearest"))
        self._show()
        self._comparison.open()
        self._show_bar(run)
        # What failed is told where the others are seen, and stays there until it is read.
        level = "warning" if run.errors else "done"
        self._tell(level, "\n".join((*run.errors, _told(run))))

    def _looked_at(self, run: MethodsRun) -> int:
        """Which of the meshes that were made is chosen in the comparison; else the first."""
        chosen = self._comparison.comparison.current
        keys = [mesh_item(_name(run, made), made.result.mesh).key for made in run.made]
        return keys.index(chosen) if chosen in keys else 0

    def _show(self) -> None:
        run = self._run
        if run is None:
            return
        comparison = self._comparison.comparison
        others = [
            mesh_item(_name(run, made), made.stage(self._step, run.steps)) for made in run.made
        ]
        current = comparison.current
        reference = mesh_item(f"{run.reference_name} (codes)", run.reference)
        comparison.show_meshes(reference, others, ALIGN)
        if current is not None:
            comparison.set_current(current)

    def _show_bar(self, run: MethodsRun) -> None:
        window = self._comparison.window
        if window is None:
            return
        if self.bar is None or self.bar.window() is not window:
            self.bar = StageBar()
            self.bar.step_chosen.connect(self.set_step)
            self.bar.add_clicked.connect(self.add_to_document)
            window.addToolBarBreak()
            window.addToolBar(self.bar)
        self.bar.show_run(run, self._step)
        self.bar.setVisible(True)

    def _tell(self, level: str, text: str) -> None:
        """In the comparison window where it is open, else in the editor's."""
        window = self._comparison.window
        if window is not None and self._comparison.comparison.is_open:
            window.show_text(level, text)
        else:
            self.said.emit(level, text)

    def _tell_error(self, error: LineamentError) -> None:
        self.said.emit("error", str(error))


def _name(run: MethodsRun, made: MadeMesh) -> str:
    """What people call a mesh that was made of the run's photo."""
    return mesh_name(made.choice.title, run.photo.name)


def _told(run: MethodsRun) -> str:
    """Times and sizes, for the message bar."""
    each = [
        f"{made.choice.title}: {group_digits(len(made.result.mesh.vertices))} vertices in "
        f"{made.result.seconds:.2f} s"
        for made in run.made
    ]
    return f"{'; '.join(each)}. Aligned by shape with {run.reference_name}."
