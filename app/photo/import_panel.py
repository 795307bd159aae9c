"""A photo on its way into the document: which face, which method, how far."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.panels.cards import make_card, make_row, make_text
from app.panels.choice_box import ChoiceBox
from app.panels.elided_label import ElidedLabel
from app.panels.side import SidePanel
from app.photo.faces_canvas import FacesCanvas
from app.photo.import_state import MARKS, PhotoImportState


class PhotoImportPanel(SidePanel):
    """Shows a `PhotoImportState`; says what the user wants and does nothing itself.

    Signals:
        face_chosen: index of a face in the photo.
        method_chosen: its name.
        same_person_toggled: whether the photos that wait show the person of this one.
        marking_toggled: whether clicks mark a face.
        marked: x and y, px of the photo.
        undo_mark_clicked: forget the last mark.
        reconstruct_clicked: whether photos that wait follow by themselves.
        skip_clicked, cancel_clicked: the next photo; stop, or the end.
    """

    face_chosen = Signal(int)
    method_chosen = Signal(str)
    same_person_toggled = Signal(bool)
    marking_toggled = Signal(bool)
    marked = Signal(float, float)
    undo_mark_clicked = Signal()
    reconstruct_clicked = Signal(bool)
    skip_clicked = Signal()
    cancel_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.heading = ElidedLabel("heading")
        self.detail = make_text("hint")
        self.canvas = FacesCanvas()
        self.status = make_text("sectionTitle")
        self.hint = make_text("hint")
        self.marking = QPushButton("Mark by hand")
        self.marking.setCheckable(True)
        self.marking.setToolTip("Click eyes, nose and the corners of the mouth")
        self.undo_mark = QPushButton("Undo mark")
        self.method = ChoiceBox()
        self.method.setAccessibleName("Method of reconstruction")
        self.method_hint = make_text("hint")
        self.same_person = QCheckBox("The photos that wait show the same person")
        self.same_person.setToolTip("They make one face, each with its own pose and expression")
        self.progress = QProgressBar()
        self.reconstruct = QPushButton("Reconstruct")
        self.reconstruct.setObjectName("primary")
        self.all = QPushButton("Reconstruct all")
        self.all.setToolTip("Photos that show one face follow without asking")
        self.skip = QPushButton("Skip")
        self.cancel = QPushButton("Cancel")
        self._lay_out()
        self._connect()
        self.setMinimumWidth(360)

    def show_state(self, state: PhotoImportState) -> None:
        """Show how far the import is."""
        self.heading.show_text(state.name)
        picture = state.picture
        told = [] if picture is None else [f"{picture.width} × {picture.height} pixels"]
        if state.person is not None:
            told.append("the same person")
        if state.waiting:
            more = "1 more photo waits" if state.waiting == 1 else f"{state.waiting} more wait"
            told.append(more)
        self.detail.setText(" · ".join(told))
        self.detail.setVisible(bool(told))
        self.canvas.show_state(state)
        title, hint = _said(state)
        self.status.setText(title)
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))
        self._show_method(state)
        working = state.stage in ("reading", "working")
        self.progress.setVisible(working)
        self.progress.setRange(0, 0 if state.fraction <= 0.0 else 1000)
        self.progress.setValue(round(1000 * state.fraction))
        self._show_buttons(state, working)

    def _show_buttons(self, state: PhotoImportState, working: bool) -> None:
        if working and (self.reconstruct.hasFocus() or self.all.hasFocus()):
            self.setFocus()  # not to some other widget when the button is disabled
        self.marking.setChecked(state.stage == "marking")
        self.marking.setEnabled(not working)
        self.undo_mark.setVisible(state.stage == "marking")
        self.undo_mark.setEnabled(bool(state.marks))
        self.reconstruct.setEnabled(state.can_reconstruct)
        self.all.setEnabled(state.can_reconstruct)
        self.all.setVisible(state.waiting > 0 and not state.together)
        self.skip.setVisible(state.waiting > 0)
        self.same_person.setVisible(state.waiting > 0 and state.person is None)
        self.same_person.setChecked(state.same_person)
        self.same_person.setEnabled(not working)
        self.cancel.setText("Stop" if state.stage == "working" else "Cancel")

    def _show_method(self, state: PhotoImportState) -> None:
        names = [choice.name for choice in state.methods]
        if names != [self.method.itemData(row) for row in range(self.method.count())]:
            self.method.clear()
            for offered in state.methods:
                self.method.addItem(offered.title, offered.name)
        if state.method in names:
            self.method.setCurrentIndex(names.index(state.method))
        self.method.setEnabled(state.stage in ("found", "none", "marking"))
        choice = state.choice
        if choice is not None:
            self.method_hint.setText(
                "Gives an ordinary face with all its sliders."
                if choice.editable
                else "Gives a mesh, as published; a face can be fitted to it afterwards."
            )
        self.method_hint.setVisible(choice is not None)

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setSpacing(8)
        form.addRow("Method", self.method)
        photo = make_card(
            self.status, self.hint, self.canvas, make_row(self.marking, self.undo_mark)
        )
        inside = photo.layout()
        assert isinstance(inside, QVBoxLayout)
        inside.setStretchFactor(self.canvas, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 10, 10, 10)
        layout.setSpacing(9)
        layout.addWidget(make_card(self.heading, self.detail))
        layout.addWidget(photo, 1)
        layout.addWidget(make_card(form, self.method_hint, self.same_person, self.progress))
        layout.addLayout(make_row(self.cancel, self.skip, self.all, self.reconstruct))
        self.status.setTextFormat(Qt.TextFormat.PlainText)

    def _connect(self) -> None:
        self.canvas.face_clicked.connect(self.face_chosen)
        self.canvas.marked.connect(self.marked)
        self.method.activated.connect(
            lambda row: self.method_chosen.emit(self.method.itemData(row))
        )
        self.marking.clicked.connect(self.marking_toggled)
        self.same_person.clicked.connect(self.same_person_toggled)
        self.undo_mark.clicked.connect(self.undo_mark_clicked)
        self.reconstruct.clicked.connect(lambda: self.reconstruct_clicked.emit(False))
        self.all.clicked.connect(lambda: self.reconstruct_clicked.emit(True))
        self.skip.clicked.connect(self.skip_clicked)
        self.cancel.clicked.connect(self.cancel_clicked)


def _said(state: PhotoImportState) -> tuple[str, str]:
    """The title of the photo's card and what to do next."""
    zoom = "The wheel zooms, a drag moves the photo."
    if state.stage == "reading":
        return state.text or "Reading the file", ""
    if state.stage == "working":
        return "Reconstructing", state.text
    if state.stage == "none":
        return "No face was found", "Mark it by hand, or choose another photo."
    if state.stage == "marking":
        done = len(state.marks)
        if done == len(MARKS):
            return "The face is marked", "Reconstruct it, or undo a mark."
        return f"Mark {done + 1} of {len(MARKS)}", f"Click {MARKS[done]}. {zoom}"
    if len(state.faces) == 1:
        return "One face was found", zoom
    return f"{len(state.faces)} faces were found", f"Click the one you want. {zoom}"
