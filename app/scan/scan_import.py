"""Bringing in a scan: read, lay it on the face, let the user correct it, accept."""

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.commands import Commands
from app.jobs import JobRunner
from app.scan.held_scan import HeldScan
from app.scan.import_state import ImportState
from app.scan.placing import ScanPlacing
from app.scan.scan_work import ReadResult, ReadScan
from app.session import Session
from app.written_numbers import as_percent
from engine.errors import LineamentError
from engine.geometry.similarity import Similarity
from engine.project.document import MAXIMUM_NAME_LENGTH, NamedScan
from engine.project.items import free_name, scan_at


class ScanImport(QObject):
    """One import at a time; the document changes only when the user accepts.

    Attributes:
        placing: where the scan lies, and the ways to move it.

    Signals:
        said: level and text for the message bar.
        accepted: index of the scan that was brought in or aligned anew.
    """

    said = Signal(str, str)
    accepted = Signal(int)

    def __init__(
        self,
        session: Session,
        commands: Commands,
        reader: JobRunner,
        placing: ScanPlacing,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._commands = commands
        self._reader = reader
        self.placing = placing
        placing.said.connect(self.said)
        reader.finished.connect(self._on_read)
        reader.failed.connect(self._on_unreadable)
        session.opened.connect(self.cancel)

    @property
    def state(self) -> ImportState | None:
        return self.placing.state

    def begin(self, path: Path) -> None:
        """Read `path` and lay it on the face."""
        if not self._session.ready:
            self.said.emit("info", "The face model is still loading. Import the scan then.")
            return
        self.cancel()
        self.placing.expect(path.stem[:MAXIMUM_NAME_LENGTH] or "Scan")
        self._reader.request(ReadScan(path), cancel_running=True)

    def begin_again(self, index: int) -> None:
        """Change the alignment of a scan of the document."""
        self.cancel()
        scan = scan_at(self._session.state.document, index)
        held = HeldScan(scan.mesh, scan.alignment.scale, scan.alignment, index)
        state = ImportState(scan.name, "aligned", realigning=True)
        self.placing.hold(held, held.told_axes(state))
        self.placing.scene.frame()

    def accept(self) -> None:
        """Agree to the alignment: the scan joins the document."""
        state, scan = self.placing.state, self.placing.scan
        if state is None or scan is None or not state.can_accept:
            return
        self.placing.clear()
        index = scan.index
        if index is not None:
            self._commands.items.set_alignment(index, scan.similarity, True)
        else:
            name = free_name(self._session.state.document, state.name)
            named = NamedScan(name, scan.mesh, scan.similarity, accepted=True)
            self._commands.items.add_scan(named)
            index = len(self._session.state.document.scans) - 1
        self.said.emit("done", _told(state))
        self.accepted.emit(index)

    def cancel(self) -> None:
        """Leave the document as it was."""
        if self.state is not None:
            self._reader.cancel()
            self.placing.clear()

    def _on_read(self, result: ReadResult) -> None:
        state = self.state
        if state is None or state.stage != "reading":
            return
        frame = result.frame
        state = replace(state, notes=result.scan.notes, unit_name=frame.unit_name)
        state = replace(state, up=frame.up, forward=frame.forward)
        held = HeldScan(result.scan.mesh, frame.unit_mm, Similarity.identity())
        self.placing.hold(held.upright(state, self._session.model), state)
        self.placing.align()
        self.placing.scene.frame()

    def _on_unreadable(self, error: LineamentError) -> None:
        if self.state is not None and self.state.stage == "reading":
            self.cancel()
            self.said.emit("error", str(error))


def _told(state: ImportState) -> str:
    """What the message bar says once the user agreed; millimetres from here on."""
    done = "Aligned" if state.realigning else "Imported"
    residual = state.residual
    if residual is None:
        return f"{done} {state.name}."
    if residual.covered is None:
        return f"{done} {state.name}: the picked points lie {residual.rms_mm:.1f} mm apart (RMS)."
    return (
        f"{done} {state.name}: it lies {residual.rms_mm:.1f} mm (RMS) from the mean face and "
        f"covers {as_percent(residual.covered)} of it."
    )
