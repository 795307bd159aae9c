"""The landmarks of a photo, in place of the sliders."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFormLayout, QPushButton, QVBoxLayout, QWidget

from app.panels.cards import make_card, make_row, make_text
from app.panels.choice_box import ChoiceBox
from app.panels.elided_label import ElidedLabel
from app.panels.side import SidePanel
from app.photo.landmark_work import Scope, pinned_of
from app.photo.landmarks_canvas import LandmarksCanvas
from engine.project.named_photo import NamedPhoto

SCOPES: tuple[tuple[str, Scope], ...] = (
    ("The part it belongs to", "part"),
    ("That part and the expression", "part_expression"),
    ("All parts that are not locked", "all"),
)
HINT = "Drag a landmark: it stays where you put it. A double-click lets it go. The wheel zooms."


class LandmarksPanel(SidePanel):
    """Shows a photo's landmarks; says what the user wants and does nothing itself.

    Signals:
        scope_chosen: a `Scope`.
        let_all_go_clicked: no landmark is pinned any longer.
        close_clicked: back to the sliders.
    """

    scope_chosen = Signal(str)
    let_all_go_clicked = Signal()
    close_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.heading = ElidedLabel("heading")
        self.hint = make_text("hint")
        self.canvas = LandmarksCanvas()
        self.scope = ChoiceBox()
        self.scope.setAccessibleName("What follows a landmark")
        for text, scope in SCOPES:
            self.scope.addItem(text, scope)
        self.all_go = QPushButton("Let all go")
        self.all_go.setToolTip("No landmark is held where a hand put it; the face stays")
        self.whole = QPushButton("Whole photo")
        self.done = QPushButton("Close")
        self.done.setObjectName("primary")
        self._lay_out()
        self.scope.activated.connect(lambda row: self.scope_chosen.emit(SCOPES[row][1]))
        self.all_go.clicked.connect(self.let_all_go_clicked)
        self.whole.clicked.connect(self.canvas.fit_picture)
        self.done.clicked.connect(self.close_clicked)
        self.setMinimumWidth(360)

    def show_photo(self, photo: NamedPhoto, landmarks: NDArray[np.float64], scope: Scope) -> None:
        """Show `photo` with `landmarks` `(68, 2)` px."""
        self.heading.show_text(photo.name)
        self.canvas.show_landmarks(photo, landmarks)
        self.scope.setCurrentIndex([value for _, value in SCOPES].index(scope))
        count = int(pinned_of(photo).sum())
        self.all_go.setEnabled(count > 0)
        held = "" if not count else f"{count} held. "
        self.hint.setText(held + HINT)

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setSpacing(8)
        form.addRow("What follows", self.scope)
        card = make_card(self.canvas, make_row(self.whole, self.all_go))
        inside = card.layout()
        assert isinstance(inside, QVBoxLayout)
        inside.setStretchFactor(self.canvas, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 10, 10, 10)
        layout.setSpacing(9)
        layout.addWidget(make_card(self.heading, self.hint))
        layout.addWidget(card, 1)
        layout.addWidget(make_card(form))
        layout.addLayout(make_row(self.done))
