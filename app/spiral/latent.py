"""The place in the latent space that is edited: the state behind its window."""

from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from app.jobs import JobRunner
from app.session import Session
from app.spiral.latent_work import (
    AtCode,
    AtFaces,
    AtMean,
    AtRandom,
    Floats,
    LatentDecoder,
    Place,
    Shown,
    ShowPlace,
)
from app.spiral.source import SpiralSource
from engine.errors import LineamentError

PATIENCE_MS = 250


class LatentEditor(QObject):
    """Keeps the code and asks a runner for its mesh, the newest request first.

    Signals:
        shown: a `Shown` is there; also says which model it is of.
        moved: the slider values changed other than by a slider.
        said: level and text for the message bar.
        waiting_changed: whether a face takes longer than a hand on a slider notices.
    """

    shown = Signal(object)
    moved = Signal()
    said = Signal(str, str)
    waiting_changed = Signal(bool)

    def __init__(
        self,
        session: Session,
        source: SpiralSource,
        runner: JobRunner,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._runner, self._source = session, runner, source
        self._decoder = LatentDecoder(source)
        self._asked: Place | None = None
        self._code: Floats | None = None
        self._values: Floats | None = None
        self.last: Shown | None = None
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE_MS)
        self._patience.timeout.connect(lambda: self.waiting_changed.emit(True))
        runner.busy_changed.connect(self._watch)
        runner.finished.connect(self._keep)
        runner.failed.connect(self._fail)

    @property
    def file(self) -> Path | None:
        """The user's own weights; None for the shipped ones."""
        return self._source.file

    @property
    def size(self) -> int:
        """How many sliders there are; 0 before a model is loaded."""
        return 0 if self._values is None else len(self._values)

    def value(self, index: int) -> float:
        """How far the code lies along a principal direction, in σ."""
        return 0.0 if self._values is None else float(self._values[index])

    def begin(self) -> None:
        """Show the mean face, unless something is shown already."""
        if self.last is None and self._asked is None:
            self.go_to(AtMean())

    def go_to(self, place: Place) -> None:
        """Show another place; its sliders follow."""
        if self._session.ready:
            self._asked = place
            self._runner.request(ShowPlace(self._decoder, place, self._session.model))

    def set_value(self, index: int, value: float) -> None:
        """Move along one principal direction; what the others say stays to the last digit."""
        if self.last is None or self._code is None or self._values is None:
            return
        space = self.last.spiral.latent
        step = (value - self._values[index]) * space.spreads[index] * space.directions[index]
        self._code = (self._code + step).astype(np.float32)
        self._values = self._values.copy()
        self._values[index] = value
        self.go_to(AtCode(self._code))

    def reset(self) -> None:
        self.go_to(AtMean())

    def randomise(self, seed: int, strength: float = 1.0) -> None:
        self.go_to(AtRandom(seed, strength))

    def start_from_active(self) -> None:
        """The code of the face that is edited."""
        if self._session.ready:
            self.go_to(AtFaces((self._session.state.document.face,)))

    def blend(self, first: int, second: int, fraction: float) -> None:
        """A place between the codes of two faces of the document, by their indices."""
        faces = self._session.state.document.faces
        if max(first, second) < len(faces):
            self.go_to(AtFaces((faces[first], faces[second]), fraction))

    def choose_weights(self, file: Path | None) -> None:
        """Use other weights; the shipped ones if None."""
        self.go_to(AtMean(file, choose=True))

    def _keep(self, shown: object) -> None:
        if not isinstance(shown, Shown):
            return
        other_model = self.last is not None and shown.spiral is not self.last.spiral
        self.last = shown
        # A hand on a slider is ahead of its picture; nothing may draw the slider back.
        wanted = shown.place is self._asked and not isinstance(shown.place, AtCode)
        if wanted or other_model:
            self._code, self._values = shown.code, shown.values
            self.moved.emit()
        self.shown.emit(shown)

    def _watch(self, busy: bool) -> None:
        if busy:
            self._patience.start()
        else:
            self._patience.stop()
            self.waiting_changed.emit(False)

    def _fail(self, error: LineamentError) -> None:
        if self.last is None:
            self._asked = None  # so that the window asks again when it is opened again
        self.said.emit("error", str(error))
