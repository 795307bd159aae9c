"""Fitting a face to a scan in the window: live, stoppable, one step of undo."""

from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from app.commands import Commands
from app.fit.job import FitRequest, FitUpdate
from app.fit.state import FitOptions, FitState
from app.follower import SurfaceFollower
from app.jobs import JobRunner
from app.session import Session
from app.stepping import Stepper
from engine.errors import LineamentError
from engine.models.protocol import PARTS
from engine.project import items
from engine.project.document import MAXIMUM_NAME_LENGTH, Document, NamedFace
from engine.project.items import ItemRef, scan_at


class Fitting(QObject):
    """One fit at a time.

    While it runs the document shows each step, without a step of undo; at the end all of it
    is one, and after a cancel the document is as it was. Nothing else may edit meanwhile.

    Signals:
        changed: the `FitState`, None when the panel is to go.
        running_changed: whether a fit runs.
        said: level and text for the message bar.
    """

    changed = Signal(object)
    running_changed = Signal(bool)
    said = Signal(str, str)

    def __init__(
        self,
        session: Session,
        commands: Commands,
        follower: SurfaceFollower,
        runner: JobRunner,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._commands = commands
        self._follower = follower
        self._stepper = Stepper(runner, self)
        self._state: FitState | None = None
        self._before: Document | None = None
        self._base: Document | None = None
        self._stopping = False
        self._stepper.stepped.connect(self._show_step)
        self._stepper.finished.connect(self._finish)
        self._stepper.failed.connect(self._fail)
        session.opened.connect(self._forget)

    @property
    def state(self) -> FitState | None:
        return self._state

    @property
    def running(self) -> bool:
        return self._before is not None

    def open(self, scan: int, options: FitOptions | None = None) -> None:
        """Offer to fit a face to a scan."""
        if self.running:
            return
        document = self._session.state.document
        if not scan_at(document, scan).accepted:
            self.said.emit("info", "Align the scan first: right-click it, Align again.")
            return
        unlocked = tuple(part for part in PARTS if part not in self._session.state.locks)
        chosen = options or FitOptions(parts=unlocked or PARTS)
        named = scan_at(document, scan)
        fitted = ((k, each.name) for k, each in enumerate(document.scans) if each.accepted)
        self._set(FitState(scan, named.name, document.face.name, chosen, tuple(fitted)))

    def start(self, options: FitOptions) -> None:
        """Fit as `options` say."""
        state = self._state
        if state is None or self.running:
            return
        if not options.parts:
            self.said.emit("warning", "Choose at least one part that may change.")
            return
        before = self._session.state.document
        scan = scan_at(before, state.scan)
        base = before
        if options.target == "new":
            name = items.free_name(before, f"Fit of {scan.name}"[:MAXIMUM_NAME_LENGTH])
            base = items.add_face(before, NamedFace(name, self._session.model.mean_code()))
        self._before, self._base, self._stopping = before, base, False
        self._set(replace(state, options=options, stage="fitting", phase="fitting", fraction=0.0))
        self._follower.set_paused(True)
        self.running_changed.emit(True)
        self._session.set_items(base)
        alone = len(options.parts) == 1
        self._stepper.start(
            FitRequest(
                self._session.model,
                scan.mesh,
                scan.alignment,
                base.face.code,
                options.parts,
                options.detail,
                # One part says little of the pose; the others agree on it already.
                pose_free=not alone,
            )
        )

    def refit(self, part: str) -> None:
        """Fit one part of the active face to the scan at hand, the others locked."""
        scan = self.scan_at_hand()
        if scan is None:
            self.said.emit("info", "There is no scan to fit to. Import one first (Ctrl+I).")
            return
        detail = self._session.state.document.face.residual is not None
        options = FitOptions("active", (part,), detail)
        self.open(scan, options)
        self.start(options)

    def scan_at_hand(self) -> int | None:
        """The chosen scan, else the first one that is drawn, else the first."""
        state = self._session.state
        if state.scan is not None:
            return state.scan
        visible = [k for k, scan in enumerate(state.document.scans) if scan.visible]
        if visible:
            return visible[0]
        return 0 if state.document.scans else None

    def stop(self) -> None:
        """End and keep what there is."""
        if self.running:
            self._stopping = True
            self._stepper.stop()

    def cancel(self) -> None:
        """End and leave the document as it was; or close the panel."""
        before = self._before
        if before is None:
            self._set(None)
            return
        self._stepper.cancel()
        self._end()
        self._session.set_items(before)
        self._restart()

    def close(self) -> None:
        """Cancel what runs and put the panel away."""
        if self.running:
            self.cancel()
        self._set(None)

    def _show_step(self, update: FitUpdate) -> None:
        if self._base is None or self._state is None:
            return
        self._session.set_items(self._document_of(update))
        step = update.step
        self._set(
            replace(
                self._state,
                phase=update.phase,
                fraction=step.fraction,
                rms_mm=step.rms_mm,
                report=update.report,
            )
        )

    def _finish(self, update: FitUpdate | None) -> None:
        before, state = self._before, self._state
        if before is None or state is None:
            return
        if update is None:
            self.cancel()
            return
        after = self._document_of(update)
        self._end()
        self._commands.items.change_from(before, after, f"Fit to {state.scan_name}")
        self._set(
            replace(
                state,
                stage="done",
                face_name=after.face.name,
                report=update.report,
                rms_mm=update.step.rms_mm,
                fraction=1.0,
                stopped=self._stopping and update.report is None,
            )
        )

    def _fail(self, error: LineamentError) -> None:
        self.cancel()
        self.said.emit("error", str(error))

    def _document_of(self, update: FitUpdate) -> Document:
        """The document with the face and the scan as a step has them."""
        base, state = self._base, self._state
        assert base is not None
        assert state is not None
        document = items.set_code(base, base.active, update.step.code)
        document = items.set_alignment(document, state.scan, update.step.similarity, True)
        if update.residual is None and state.options.detail:
            # The old layer belongs to the old codes.
            return items.set_residual(document, base.active, None)
        if update.residual is None:
            return document
        old, residual = base.face.residual, update.residual
        if old is not None:
            residual = replace(residual, strengths=old.strengths)
        return items.set_residual(document, base.active, residual)

    def _end(self) -> None:
        self._before, self._base = None, None
        self._follower.set_paused(False)
        self.running_changed.emit(False)

    def _restart(self) -> None:
        """After a cancel: the same choices again."""
        if self._state is not None:
            self._set(replace(self._state, stage="ready", rms_mm=None, report=None, fraction=0.0))

    def _forget(self) -> None:
        """Another document is there; nothing of the old one is to come back."""
        if self.running:
            self._stepper.cancel()
            self._end()
        self._set(None)

    def _set(self, state: FitState | None) -> None:
        if state is not self._state:
            self._state = state
            self.changed.emit(state)


def may_fit(session: Session, ref: ItemRef) -> bool:
    """Whether a face can be fitted to an item: a scan whose place the user agreed to."""
    return ref.kind == "scan" and scan_at(session.state.document, ref.index).accepted
