"""Where a scan lies on the face: found from its shape, or by a hand that points at both."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.jobs import JobRunner
from app.other_items import GUEST, OtherItems
from app.picking import Pick
from app.scan.held_scan import HeldScan
from app.scan.import_scene import ImportScene
from app.scan.import_state import FREE_SIZE, ImportState, Residual
from app.scan.point_pairs import MOST_PAIRS, Side, align_pairs, with_point
from app.scan.scan_work import look_for_head, match_surfaces
from app.session import Session
from app.stepping import Stepper, Steps
from engine.errors import InputError, LineamentError
from engine.models.protocol import FaceModel

if TYPE_CHECKING:
    from engine.scans import ScanAlignmentStep


class ScanPlacing(QObject):
    """Moves the scan that is held, and shows it.

    Attributes:
        scene: what the view shows of it.
        state: what the panel shows of it; None when there is no import.
        scan: what is held; None until it is read.

    Signals:
        changed: the `ImportState`, None when there is none (any more).
        said: level and text for the message bar.
    """

    changed = Signal(object)
    said = Signal(str, str)

    def __init__(
        self,
        session: Session,
        others: OtherItems,
        runner: JobRunner,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._stepper = Stepper(runner, self)
        self.scene = ImportScene(others)
        self.state: ImportState | None = None
        self.scan: HeldScan | None = None
        self._stepper.stepped.connect(self._on_step)
        self._stepper.finished.connect(self._on_aligned)
        self._stepper.failed.connect(self._on_lost)
        others.changed.connect(lambda _placed: self._mark())

    def expect(self, name: str) -> None:
        """A scan of this name is being read."""
        self._set(ImportState(name))

    def hold(self, scan: HeldScan, state: ImportState) -> None:
        """Show a scan where it lies."""
        self.scan = scan
        mesh = scan.mesh
        self._set(replace(state, vertices=len(mesh.vertices), triangles=len(mesh.faces)))
        self._show()

    def clear(self) -> None:
        """Hold nothing any more."""
        self._stepper.cancel()
        self.state, self.scan = None, None
        self.scene.clear()
        self.changed.emit(None)

    # Automatically

    def choose_unit(self, unit_mm: float | None) -> None:
        """The file's unit in mm; None to guess, `FREE_SIZE` to fit the size. Aligns anew."""
        if self.state is not None and unit_mm != self.state.unit_mm:
            self._change(unit_mm=unit_mm)
            if self.state.chosen_unit_mm is not None:
                self._put_upright()
            self.align()

    def choose_axes(self, up: str, forward: str) -> None:
        """Which axes of the file point up and forward; improves the place from there."""
        if self.state is None or self.scan is None:
            return
        if up[1] == forward[1]:
            other = self.state.up if up != self.state.up else self.state.forward
            up, forward = (other, forward) if up == self.state.up else (up, other)
        self._change(up=up, forward=forward)
        self._put_upright()
        self._show()
        self.refine()

    def align(self) -> None:
        """Look for the head in the scan, from its shape."""
        if self.scan is not None and self.state is not None:
            unit, fitted = self.state.chosen_unit_mm, self.state.unit_mm == FREE_SIZE
            self._start(look_for_head(self.scan.mesh, self._model, unit, fitted))

    def refine(self) -> None:
        """Improve the place the scan has now by matching the surfaces."""
        if self.scan is not None and self.state is not None:
            scan, free = self.scan, self.state.size_is_free
            self._start(match_surfaces(scan.mesh, self._model, scan.similarity, free))

    def _start(self, steps: Steps) -> None:
        self.set_picking(False)
        self._change(stage="aligning", fraction=0.0)
        self._stepper.start(steps)

    def _on_step(self, step: "ScanAlignmentStep") -> None:
        if self.state is None or self.scan is None:
            return
        self.scan = self.scan.lying(step.similarity)
        self._change(
            residual=self._residual(step.rms_mm, step.covered_share),
            unit_name=step.unit_name,
            fraction=step.fraction,
        )
        self._show()

    def _on_aligned(self, step: "ScanAlignmentStep | None") -> None:
        if self.state is None:
            return
        if step is not None:
            self._on_step(step)
        self._change(stage="aligned", fraction=1.0)
        self._tell_axes()
        self.scene.frame()

    def _on_lost(self, error: LineamentError) -> None:
        if self.state is None:
            return
        self._put_upright()
        self._change(stage="lost", residual=None, fraction=0.0)
        self._show()
        self.said.emit("error", str(error))

    # By hand, with pairs of points

    def set_picking(self, picking: bool) -> None:
        """Whether clicks point at the scan, which then stands beside the face, and at the face."""
        if self.state is None or self.scan is None or picking == self.state.picking:
            return
        if picking:
            self._stepper.cancel()
            if self.state.stage == "aligning":
                placed = self.state.residual is not None or self.state.realigning
                self._change(stage="aligned" if placed else "lost")
        self._change(picking=picking)
        self.scene.set_picking(picking)
        self._show()
        self.scene.frame()

    def pick(self, pick: Pick) -> None:
        """A click on the scan or on the face, in either order."""
        state = self.state
        if state is None or not state.picking or pick.ref not in (None, GUEST):
            return
        if len(state.complete_pairs) >= MOST_PAIRS:
            self.said.emit("info", f"{MOST_PAIRS} pairs are enough. Align by them.")
            return
        side: Side = "model" if pick.ref is None else "scan"
        self._change(pairs=with_point(state.pairs, side, pick.point))
        self._mark()

    def undo_pair(self) -> None:
        """Forget the pair that was picked last."""
        if self.state is not None and self.state.pairs:
            self._change(pairs=self.state.pairs[:-1])
            self._mark()

    def align_by_pairs(self) -> None:
        """Put the picked points of the scan onto theirs on the face."""
        state, scan = self.state, self.scan
        if state is None or scan is None:
            return
        unit = None if state.size_is_free else scan.similarity.scale
        try:
            found = align_pairs(state.complete_pairs, unit)
        except InputError as error:
            self.said.emit("error", str(error))
            return
        self.scan = scan.lying(found.similarity)
        self._change(stage="aligned", residual=self._residual(found.rms_mm, None), fraction=1.0)
        self._tell_axes()
        self.set_picking(False)
        self._show()
        self.scene.frame()

    # What is shown

    def _show(self) -> None:
        if self.scan is not None and self.state is not None:
            self.scene.show_scan(self.scan.mesh, self.scan.similarity, self.state.picking)

    def _mark(self) -> None:
        if self.state is not None:
            self.scene.show_pairs(self.state.pairs)

    def _put_upright(self) -> None:
        if self.scan is not None and self.state is not None:
            self.scan = self.scan.upright(self.state, self._model)

    def _tell_axes(self) -> None:
        """Show which axes the alignment says."""
        if self.scan is not None and self.state is not None:
            self._set(self.scan.told_axes(self.state))

    def _change(self, **changes: Any) -> None:
        if self.state is not None:
            self._set(replace(self.state, **changes))

    def _set(self, state: ImportState) -> None:
        self.state = state
        self.changed.emit(state)

    def _residual(self, rms_mm: float, covered: float | None) -> Residual | None:
        """None where no part of the scan is near the face."""
        height = float(np.ptp(self._model.template.vertices[:, 1]))
        return Residual(rms_mm, covered, rms_mm / height) if np.isfinite(rms_mm) else None

    @property
    def _model(self) -> FaceModel:
        return self._session.model
