"""From an error to an edit: fit one part of a face to the reference it is compared with."""

from PySide6.QtCore import QObject, Signal

from app.commands import Commands
from app.comparison.comparison import Comparison
from app.fit.job import FitRequest, FitUpdate
from app.jobs import JobRunner
from app.session import Session
from app.stepping import Stepper
from engine.errors import LineamentError
from engine.models.protocol import FaceCode


class Refit(QObject):
    """Fits one part at a time; the face gets its codes as one step of undo.

    Signals:
        running_changed: whether it fits, and a text.
        said: level and text for the message bar.
    """

    running_changed = Signal(bool, str)
    said = Signal(str, str)

    def __init__(
        self,
        session: Session,
        commands: Commands,
        comparison: Comparison,
        runner: JobRunner,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._commands, self._comparison = session, commands, comparison
        self._stepper = Stepper(runner, self)
        self._face, self._part = 0, ""
        self._before: FaceCode | None = None
        self._stepper.stepped.connect(self._show)
        self._stepper.finished.connect(self._finish)
        self._stepper.failed.connect(self._fail)

    @property
    def running(self) -> bool:
        return self._stepper.busy

    def can_refit(self, key: str | None) -> bool:
        """Whether an item is a face of the document and measured."""
        item = self._comparison.item(key)
        measured = self._comparison.measured_of(key)
        return item is not None and item.face is not None and measured is not None

    def start(self, key: str, part: str) -> None:
        """Fit `part` of the face `key` to the reference, where the alignment has laid it."""
        item, measured = self._comparison.item(key), self._comparison.measured_of(key)
        reference = self._comparison.surface_of(self._comparison.reference)
        if item is None or item.face is None or measured is None or reference is None:
            self.said.emit("info", "Only faces of the document can be fitted, once measured.")
            return
        if part in self._session.state.locks:
            self.said.emit("info", f"The {part} is locked. Unlock it first.")
            return
        self._face, self._part = item.face, part
        code = self._session.state.document.faces[item.face].code
        self._before = code
        # The face went to the reference; the reference comes to the face.
        back = measured.comparison.alignment.similarity.inverse()
        self.running_changed.emit(True, f"Fitting the {part}…")
        self._stepper.start(
            FitRequest(
                self._session.model,
                reference.mesh,
                back,
                code,
                (part,),
                detail=False,
                pose_free=False,
            )
        )

    def cancel(self) -> None:
        """Stop and change nothing."""
        if self._stepper.busy:
            self._stepper.cancel()
            self.running_changed.emit(False, "")

    def _show(self, update: FitUpdate) -> None:
        text = f"Fitting the {self._part}: {update.step.rms_mm:.2f} mm"
        self.running_changed.emit(True, text)

    def _finish(self, update: FitUpdate | None) -> None:
        self.running_changed.emit(False, "")
        faces = self._session.state.document.faces
        if update is None or self._face >= len(faces):
            return
        if faces[self._face].code != self._before:
            self.said.emit("info", "The face was edited meanwhile; the fit was not applied.")
            return
        self._session.activate(self._face)
        self._commands.edit(update.step.code, f"Refit {self._part}")

    def _fail(self, error: LineamentError) -> None:
        self.running_changed.emit(False, "")
        self.said.emit("error", str(error))
