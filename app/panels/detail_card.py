"""How much of a scan's detail a face shows, part by part."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from app.commands import Commands
from app.panels.value_slider import ValueSlider
from app.session import Session
from app.written_numbers import as_percent
from engine.models.protocol import REGIONS
from engine.project.document import Document


class StrengthRow:
    """One region's slider and its percentage.

    Attributes:
        slider, percent: its widgets.
    """

    def __init__(self, commands: Commands, session: Session, region: str) -> None:
        self._commands = commands
        self._session = session
        self._region = region
        self._gesture: int | None = None
        self.slider = ValueSlider(0.0, 1.0)
        self.slider.setAccessibleName(f"Detail of the {region}")
        self.slider.setToolTip("0 %: the parts alone. 100 %: as the scan.")
        self.percent = QLabel()
        self.percent.setObjectName("count")
        self.percent.setFixedWidth(44)
        self.percent.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.slider.drag_started.connect(self._hold)
        self.slider.drag_ended.connect(self._let_go)
        self.slider.value_edited.connect(self._edit)

    def show_strength(self, strength: float) -> None:
        self.slider.show_amount(strength)
        self.percent.setText(as_percent(strength))

    def _hold(self) -> None:
        self._gesture = self._commands.begin_gesture()

    def _let_go(self) -> None:
        self._gesture = None
        self._commands.end_gesture()

    def _edit(self, value: float) -> None:
        index = self._session.state.document.active
        self._commands.items.set_residual_strength(index, self._region, value, self._gesture)


class DetailCard(QFrame):
    """Sliders of the active face's residual layer; hidden where there is none."""

    def __init__(self, session: Session, commands: Commands) -> None:
        super().__init__()
        self.setObjectName("card")
        self._session = session
        self.rows = {region: StrengthRow(commands, session, region) for region in REGIONS}
        self.remove = QPushButton("Remove")
        self.remove.setObjectName("link")
        self.remove.setToolTip("Take the layer off; the parts stay")
        self.remove.clicked.connect(
            lambda: commands.items.remove_residual(session.state.document.active)
        )
        self._lay_out()
        session.opened.connect(self._show)
        session.items_changed.connect(self._on_items)
        self.hide()

    def _lay_out(self) -> None:
        title = QLabel("Scan detail")
        title.setObjectName("sectionTitle")
        head = QHBoxLayout()
        head.addWidget(title, 1)
        head.addWidget(self.remove)
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(5)
        for number, (region, row) in enumerate(self.rows.items()):
            name = QLabel(region.capitalize())
            name.setObjectName("rowName")
            name.setFixedWidth(56)
            grid.addWidget(name, number, 0)
            grid.addWidget(row.slider, number, 1)
            grid.addWidget(row.percent, number, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 7, 8, 9)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addLayout(grid)

    def _on_items(self, before: Document, after: Document) -> None:
        if before.face.residual is not after.face.residual:
            self._show()

    def _show(self) -> None:
        residual = self._session.state.document.face.residual
        self.setVisible(residual is not None)
        if residual is not None:
            for region, row in self.rows.items():
                row.show_strength(residual.strengths[region])
