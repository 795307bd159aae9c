"""What can be done to one part beside its sliders."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QRandomGenerator, Signal
from PySide6.QtWidgets import QMenu, QWidget

from app.face_edits import SIDE_TEXTS, FaceEdits
from app.panels.global_bar import HIGHEST_SEED
from app.session import Session

USUAL_PERCENTILE = 95.0
MOST_FACES = 30
"""Faces offered to take a part from; the blend panel offers all."""


class PartMenu(QMenu):
    """Mirror, make symmetric, draw nearby, make more usual, take from another face or a scan.

    Signals:
        refit_clicked: fit this part to the scan, the others stay.
    """

    refit_clicked = Signal()

    def __init__(
        self,
        session: Session,
        edits: FaceEdits,
        part: str,
        radius: Callable[[], float],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._edits = edits
        self._part = part
        self._radius = radius
        self.aboutToShow.connect(self.fill)

    def fill(self) -> None:
        """Offer what can be done now."""
        self.clear()
        part, edits = self._part, self._edits
        if not self._session.ready:
            return
        if part in self._session.state.locks:
            self.addAction(f"The {part} is locked").setEnabled(False)
            return
        self._entry("Mirror", lambda: edits.mirror([part]))
        for side, text in SIDE_TEXTS.items():
            self._entry(text, partial(edits.symmetrise, side, [part]))
        self.addSeparator()
        self._entry(f"Random near, {self._radius():.2g} σ", self._draw)
        self._entry("Make more usual", lambda: edits.bring_within(USUAL_PERCENTILE, [part]))
        self.addSeparator()
        refit = self.addAction("Refit to the scan")
        refit.setEnabled(bool(self._session.state.document.scans))
        refit.triggered.connect(lambda _checked=False: self.refit_clicked.emit())
        self._offer_faces()

    def _offer_faces(self) -> None:
        document = self._session.state.document
        others = [k for k in range(len(document.faces)) if k != document.active][:MOST_FACES]
        menu = self.addMenu("Take from")
        menu.setEnabled(bool(others))
        for index in others:
            action = menu.addAction(document.faces[index].name.replace("&", "&&"))
            action.triggered.connect(
                lambda _checked=False, index=index: self._edits.take(index, self._part)
            )

    def _draw(self) -> None:
        seed = QRandomGenerator.global_().bounded(HIGHEST_SEED + 1)
        self._edits.draw_nearby(seed, self._radius(), [self._part])

    def _entry(self, text: str, act: Callable[[], object]) -> None:
        self.addAction(text).triggered.connect(lambda _checked=False: act())
