"""Bringing in a scan: read, lay it on the face, let the user correct it, accept."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.commands import Commands
from app.face_view import FaceView
from app.import_state import (
    MOST_PAIRS,
    PAIR_COLORS,
    ImportState,
    PointPair,
    Residual,
)
from app.jobs import JobRunner
from app.other_items import GUEST, Guest, OtherItems
from app.picking import Marker, Pick
from app.session import Session
from app.stepping import Stepper
from engine.errors import InputError, LineamentError
from engine.geometry.mesh import Mesh
from engine.geometry.similarity import Similarity
from engine.models.protocol import FaceModel
from engine.progress import CancelToken, Progress
from engine.project.document import MAXIMUM_NAME_LENGTH, NamedScan
from engine.project.items import free_name, scan_at

if TYPE_CHECKING:
    from engine.scans import FrameGuess, Scan, ScanAlignmentStep

SCAN_SUFFIXES = (".obj", ".ply", ".stl", ".glb")

FREE_SIZE = -1.0
"""Chosen in place of a unit: the scan is given the size that fits."""


@dataclass(frozen=True, slots=True, eq=False)
class ReadScan:
    """A frozen request to read a file; called on a worker thread."""

    path: Path

    def __call__(self, cancel: CancelToken, progress: Progress) -> "ReadResult":
        del progress
        from engine.scans import guess_frame, read_scan

        scan = read_scan(self.path)
        cancel.check()
        return ReadResult(scan, guess_frame(scan.mesh))


@dataclass(frozen=True, slots=True, eq=False)
class ReadResult:
    """A scan with the unit and axes that it is probably in."""

    scan: "Scan"
    frame: "FrameGuess"


class ScanImport(QObject):
    """One import at a time; the document changes only when the user accepts.

    Signals:
        changed: the `ImportState`, None when there is no import (any more).
        said: level and text for the message bar.
        accepted: index of the scan that was brought in or aligned anew.
    """

    changed = Signal(object)
    said = Signal(str, str)
    accepted = Signal(int)

    def __init__(
        self,
        session: Session,
        commands: Commands,
        others: OtherItems,
        reader: JobRunner,
        aligner: JobRunner,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._commands = commands
        self._others = others
        self._reader = reader
        self._stepper = Stepper(aligner, self)
        self._view: FaceView | None = None
        self._state: ImportState | None = None
        self._mesh: Mesh | None = None
        self._similarity = Similarity.identity()
        self._guessed_unit = 1.0
        self._index: int | None = None
        reader.finished.connect(self._on_read)
        reader.failed.connect(self._on_unreadable)
        self._stepper.stepped.connect(self._on_step)
        self._stepper.finished.connect(self._on_aligned)
        self._stepper.failed.connect(self._on_lost)
        others.changed.connect(lambda _placed: self._mark())
        session.opened.connect(self.cancel)

    @property
    def state(self) -> ImportState | None:
        return self._state

    @property
    def similarity(self) -> Similarity:
        """From the scan's file to the model's millimetres, so far."""
        return self._similarity

    def attach_view(self, view: FaceView) -> None:
        """Use `view` for pointing and for its camera."""
        self._view = view

    # Beginning

    def begin(self, path: Path) -> None:
        """Read `path` and lay it on the face."""
        if not self._session.ready:
            self.said.emit("info", "The face model is still loading. Import the scan then.")
            return
        self.cancel()
        self._set(ImportState(path.stem[:MAXIMUM_NAME_LENGTH] or "Scan"))
        self._reader.request(ReadScan(path), cancel_running=True)

    def begin_again(self, index: int) -> None:
        """Change the alignment of a scan of the document."""
        self.cancel()
        scan = scan_at(self._session.state.document, index)
        self._index, self._mesh, self._similarity = index, scan.mesh, scan.alignment
        self._guessed_unit = scan.alignment.scale
        self._set(_described(ImportState(scan.name, "aligned", realigning=True), scan.mesh))
        self._tell_axes()
        self._show()
        self._frame()

    def _on_read(self, result: ReadResult) -> None:
        if self._state is None or self._state.stage != "reading":
            return
        frame = result.frame
        self._mesh, self._guessed_unit = result.scan.mesh, frame.unit_mm
        state = replace(self._state, notes=result.scan.notes, unit_name=frame.unit_name)
        self._set(_described(replace(state, up=frame.up, forward=frame.forward), self._mesh))
        self._similarity = self._upright()
        self._show()
        self.align()
        self._frame()

    def _on_unreadable(self, error: LineamentError) -> None:
        if self._state is not None and self._state.stage == "reading":
            self.cancel()
            self.said.emit("error", str(error))

    # Alignment

    def choose_unit(self, unit_mm: float | None) -> None:
        """The file's unit in mm; None to guess, `FREE_SIZE` to fit the size. Aligns anew."""
        if self._state is not None and unit_mm != self._state.unit_mm:
            self._change(unit_mm=unit_mm)
            if unit_mm is not None and unit_mm > 0:
                self._similarity = self._upright()
            self.align()

    def choose_axes(self, up: str, forward: str) -> None:
        """Which axes of the file point up and forward; improves the place from there."""
        if self._state is None or self._mesh is None:
            return
        if up[1] == forward[1]:
            other = self._state.up if up != self._state.up else self._state.forward
            up, forward = (other, forward) if up == self._state.up else (up, other)
        self._change(up=up, forward=forward)
        self._similarity = self._upright()
        self._show()
        self.refine()

    def align(self) -> None:
        """Look for the head in the scan, from its shape."""
        if self._mesh is None or self._state is None:
            return
        self.set_picking(False)
        mesh, model, unit = self._mesh, self._session.model, self._state.unit_mm

        def steps(cancel: CancelToken) -> Iterator["ScanAlignmentStep"]:
            from engine.scans import align_scan

            if unit == FREE_SIZE:
                return align_scan(mesh, model, size="free", cancel=cancel)
            return align_scan(mesh, model, unit_mm=unit, cancel=cancel)

        self._start(steps)

    def refine(self) -> None:
        """Improve the place the scan has now by matching the surfaces."""
        if self._mesh is None or self._state is None:
            return
        self.set_picking(False)
        mesh, model, start = self._mesh, self._session.model, self._similarity
        free = self._size_is_free

        def steps(cancel: CancelToken) -> Iterator["ScanAlignmentStep"]:
            from engine.scans import refine_alignment

            return refine_alignment(mesh, model, start, with_scale=free, cancel=cancel)

        self._start(steps)

    def _start(self, steps: Callable[[CancelToken], Iterator[Any]]) -> None:
        self._change(stage="aligning", fraction=0.0)
        self._stepper.start(steps)

    def _on_step(self, step: "ScanAlignmentStep") -> None:
        if self._state is None:
            return
        self._similarity = step.similarity
        residual = Residual(step.rms_mm, step.covered_share, step.rms_mm / self._head_height())
        self._change(
            residual=residual if np.isfinite(step.rms_mm) else None,
            unit_name=step.unit_name,
            fraction=step.fraction,
        )
        self._show()

    def _on_aligned(self, step: "ScanAlignmentStep | None") -> None:
        if self._state is None:
            return
        if step is not None:
            self._on_step(step)
        self._change(stage="aligned", fraction=1.0)
        self._tell_axes()
        self._frame()

    def _on_lost(self, error: LineamentError) -> None:
        if self._state is None:
            return
        self._similarity = self._upright()
        self._change(stage="lost", residual=None, fraction=0.0)
        self._show()
        self.said.emit("error", str(error))

    # Pairs of points

    def set_picking(self, picking: bool) -> None:
        """Whether clicks point at the scan, which then stands beside the face, and at the face."""
        if self._state is None or self._mesh is None or picking == self._state.picking:
            return
        if picking:
            self._stepper.cancel()
            if self._state.stage == "aligning":
                placed = self._state.residual is not None or self._state.realigning
                self._change(stage="aligned" if placed else "lost")
        self._change(picking=picking)
        if self._view is not None:
            self._view.set_picking(picking)
        self._show()
        self._frame()

    def pick(self, pick: Pick) -> None:
        """A click on the scan or on the face, in either order."""
        state = self._state
        if state is None or not state.picking or pick.ref not in (None, GUEST):
            return
        pairs = list(state.pairs)
        if not pairs or pairs[-1].complete:
            if len(pairs) >= MOST_PAIRS:
                self.said.emit("info", f"{MOST_PAIRS} pairs are enough. Align by them.")
                return
            pairs.append(PointPair())
        side = "model" if pick.ref is None else "scan"
        pairs[-1] = replace(pairs[-1], **{side: pick.point})
        self._change(pairs=tuple(pairs))
        self._mark()

    def undo_pair(self) -> None:
        """Forget the pair that was picked last."""
        if self._state is not None and self._state.pairs:
            self._change(pairs=self._state.pairs[:-1])
            self._mark()

    def align_by_pairs(self) -> None:
        """Put the picked points of the scan onto theirs on the face."""
        if self._state is None:
            return
        from engine.scans import align_by_pairs

        pairs = self._state.complete_pairs
        unit = 1.0 if self._size_is_free else self._similarity.scale
        scan = unit * np.array([pair.scan for pair in pairs]).reshape(-1, 3)
        model = np.array([pair.model for pair in pairs]).reshape(-1, 3)
        try:
            found = align_by_pairs(scan, model, with_scale=self._size_is_free)
        except InputError as error:
            self.said.emit("error", str(error))
            return
        self._similarity = found.similarity.after(Similarity.scaling(unit))
        residual = Residual(found.rms_mm, None, found.rms_mm / self._head_height())
        self._change(stage="aligned", residual=residual, fraction=1.0)
        self._tell_axes()
        self.set_picking(False)
        self._show()
        self._frame()

    # Ending

    def accept(self) -> None:
        """Agree to the alignment: the scan joins the document."""
        state, mesh, index = self._state, self._mesh, self._index
        if state is None or mesh is None or not state.can_accept:
            return
        similarity = self._similarity
        self._end()
        if index is not None:
            self._commands.items.set_alignment(index, similarity, True)
        else:
            name = free_name(self._session.state.document, state.name)
            self._commands.items.add_scan(NamedScan(name, mesh, similarity, accepted=True))
            index = len(self._session.state.document.scans) - 1
        self.said.emit("done", _told(state))
        self.accepted.emit(index)

    def cancel(self) -> None:
        """Leave the document as it was."""
        if self._state is not None:
            self._reader.cancel()
            self._end()

    def _end(self) -> None:
        self._stepper.cancel()
        self._state, self._mesh, self._index = None, None, None
        if self._view is not None:
            self._view.set_picking(False)
            self._view.show_markers(())
        self._others.show_guest(None)
        self.changed.emit(None)

    # What is shown

    def _show(self) -> None:
        if self._mesh is not None and self._state is not None:
            guest = Guest(self._mesh, self._similarity, self._state.picking)
            self._others.show_guest(guest)

    def _mark(self) -> None:
        if self._view is not None and self._state is not None:
            self._view.show_markers(tuple(self._markers(self._state.pairs)))

    def _markers(self, pairs: tuple[PointPair, ...]) -> Iterator[Marker]:
        placed = [item for item in self._others.placed if item.ref == GUEST]
        for number, pair in enumerate(pairs):
            color = PAIR_COLORS[number % len(PAIR_COLORS)]
            if pair.model is not None:
                x, y, z = (float(value) for value in pair.model)
                yield Marker((x, y, z), str(number + 1), color)
            if pair.scan is not None and placed:
                matrix = placed[0].matrix
                x, y, z = (float(v) for v in matrix[:3, :3] @ pair.scan + matrix[:3, 3])
                yield Marker((x, y, z), str(number + 1), color)

    def _frame(self) -> None:
        if self._view is not None:
            self._view.frame_face()

    def _change(self, **changes: Any) -> None:
        if self._state is not None:
            self._set(replace(self._state, **changes))

    def _set(self, state: ImportState) -> None:
        self._state = state
        self.changed.emit(state)

    @property
    def _size_is_free(self) -> bool:
        state = self._state
        return state is not None and (
            state.unit_mm == FREE_SIZE or (state.unit_mm is None and state.unit_name == "unknown")
        )

    def _upright(self) -> Similarity:
        """Where the scan is put by its unit and axes alone."""
        from engine.scans import FrameGuess, placed_by

        mesh, state = self._mesh, self._state
        assert mesh is not None
        assert state is not None
        unit = state.unit_mm if state.unit_mm is not None and state.unit_mm > 0 else None
        frame = FrameGuess(unit or self._guessed_unit, "", state.up, state.forward, 0.0)
        head = self._model.template.vertices
        return placed_by(frame, mesh, (head.min(axis=0) + head.max(axis=0)) / 2.0)

    def _tell_axes(self) -> None:
        """Show which axes the alignment says."""
        from engine.scans import frame_of

        if self._mesh is not None:
            frame = frame_of(self._similarity, self._mesh)
            self._change(up=frame.up, forward=frame.forward)

    def _head_height(self) -> float:
        return float(np.ptp(self._model.template.vertices[:, 1]))

    @property
    def _model(self) -> FaceModel:
        return self._session.model


def _described(state: ImportState, mesh: Mesh) -> ImportState:
    return replace(state, vertices=len(mesh.vertices), triangles=len(mesh.faces))


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
        f"covers {residual.covered:.0%} of it."
    )
