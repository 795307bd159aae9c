"""Fits a face to its reference and attributes its error to the parts; on a worker thread."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, Signal

from app.comparison.comparison import Comparison
from app.comparison.items import FaceSource
from app.fit.job import FitRequest, FitUpdate
from app.jobs import JobRunner
from app.session import Session
from app.stepping import Stepper
from engine.errors import LineamentError
from engine.evaluation.attribution import Attribution, FittedFace, Vertices, attribute_error
from engine.geometry.similarity import Similarity
from engine.models.protocol import PARTS
from engine.progress import CancelToken


@dataclass(frozen=True, slots=True, eq=False)
class AttributeFace:
    """A frozen request; yields texts while it works, and the `Attribution` last.

    Attributes:
        fit: of all parts and the residual, from the reference to the face's frame.
        pose: where the face lies now: from its frame to the reference's.
    """

    fit: FitRequest
    pose: Similarity

    def __call__(self, cancel: CancelToken) -> Iterator[str | Attribution]:
        update: FitUpdate | None = None
        for update in self.fit(cancel):
            yield f"Fitting to the reference: {update.step.rms_mm:.2f} mm"
        if update is None:
            return
        yield "Replacing one part at a time"
        model, residual = self.fit.model, update.residual
        weights = model.template.region_weights
        finish: Callable[[Vertices], Vertices] | None = None
        if residual is not None and weights is not None:
            finish = partial(residual.apply, faces=model.template.faces, region_weights=weights)
        fitted = FittedFace(update.step.code, update.step.similarity.inverse(), finish)
        yield attribute_error(
            model, self.fit.start, self.pose, fitted, self.fit.scan, cancel=cancel
        )


class Attributing(QObject):
    """One attribution at a time.

    Signals:
        attributed: the name of the face, and its `Attribution`.
        running_changed: whether it works, and a text.
        said: level and text for the message bar.
    """

    attributed = Signal(str, object)
    running_changed = Signal(bool, str)
    said = Signal(str, str)

    def __init__(
        self,
        session: Session,
        comparison: Comparison,
        runner: JobRunner,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._comparison = session, comparison
        self._name = ""
        self._stepper = Stepper(runner, self)
        self._stepper.stepped.connect(self._show)
        self._stepper.finished.connect(self._finish)
        self._stepper.failed.connect(self._fail)

    @property
    def running(self) -> bool:
        return self._stepper.busy

    def start(self, key: str | None) -> None:
        """Attribute the error of the face `key`."""
        comparison = self._comparison
        item, measured = comparison.item(key), comparison.measured_of(key)
        reference = comparison.surface_of(comparison.reference)
        if item is None or measured is None or reference is None:
            self.said.emit("info", "Choose a surface that is measured first.")
            return
        if not isinstance(item.source, FaceSource):
            self.said.emit("info", "Only a face of the document has parts to attribute errors to.")
            return
        self._name = item.name
        pose = measured.comparison.alignment.similarity
        fit = FitRequest(
            self._session.model, reference.mesh, pose.inverse(), item.source.code, PARTS
        )
        self.running_changed.emit(True, "Fitting to the reference…")
        self._stepper.start(AttributeFace(fit, pose))

    def cancel(self) -> None:
        """Stop."""
        if self._stepper.busy:
            self._stepper.cancel()
            self.running_changed.emit(False, "")

    def _show(self, step: object) -> None:
        if isinstance(step, str):
            self.running_changed.emit(True, step)

    def _finish(self, last: object) -> None:
        self.running_changed.emit(False, "")
        if isinstance(last, Attribution):
            self.attributed.emit(self._name, last)

    def _fail(self, error: LineamentError) -> None:
        self.running_changed.emit(False, "")
        self.said.emit("error", str(error))
