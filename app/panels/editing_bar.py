"""How the sliders edit, and edits of the whole face: both sides, nearby, within the usual."""

from PySide6.QtCore import QRandomGenerator, Qt
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QFrame,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QToolButton,
    QWidget,
)

from app.editing_way import LIMITS, EditingWay
from app.face_edits import SIDE_TEXTS, FaceEdits
from app.icons import make_icon
from app.panels.choice_box import ChoiceBox
from app.panels.global_bar import HIGHEST_SEED
from app.panels.icon_button import make_icon_button
from app.theme import Theme

FIRST_RADIUS = 0.3


class EditingBar(QFrame):
    """Symmetric editing, mirrors, random faces nearby, and the limit on rarity."""

    def __init__(
        self, way: EditingWay, edits: FaceEdits, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("globalCard")
        self._way = way
        self._edits = edits
        self.symmetric = make_icon_button(
            "Symmetric editing",
            "A slider or a drag moves both sides alike (X).\nWhat is asymmetric already stays.",
        )
        self.symmetric.setCheckable(True)
        self.symmetric.toggled.connect(way.set_symmetric)
        self.sides = make_icon_button("Mirror", "Swap left and right, or make both sides alike")
        self.sides.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.sides.setMenu(self._make_side_menu())
        self.radius = self._make_radius()
        self.near = QPushButton("Near")
        self.near.setToolTip(
            "A random face near this one; locked parts stay (Ctrl+Shift+R).\n"
            "The radius is in σ of the training faces."
        )
        self.near.clicked.connect(self.draw_nearby)
        self.limit = ChoiceBox()
        self.limit.setAccessibleName("Limit")
        self.limit.setToolTip(
            "Hold edits within what this share of the training faces shows.\n"
            "Sliders and drags grow stiff there; nothing jumps."
        )
        self.limit.addItem("No limit", None)
        for percentile in LIMITS:
            self.limit.addItem(f"Within {percentile:.0f} %", percentile)
        self.limit.activated.connect(lambda index: way.set_limit(self.limit.itemData(index)))
        self._lay_out()
        way.changed.connect(self._show)
        self._show()
        self.set_theme(theme)

    def draw_nearby(self) -> None:
        """A random face near the one shown."""
        self.radius.interpretText()
        seed = QRandomGenerator.global_().bounded(HIGHEST_SEED + 1)
        self._edits.draw_nearby(seed, self.radius.value())

    def set_theme(self, theme: Theme) -> None:
        self.symmetric.setIcon(make_icon("symmetric", theme))
        self.sides.setIcon(make_icon("mirror", theme))

    def _show(self) -> None:
        self.symmetric.setChecked(self._way.symmetric)
        self.limit.setCurrentIndex(self.limit.findData(self._way.limit))

    def _lay_out(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 5, 10, 5)
        layout.setSpacing(4)
        layout.addWidget(self.symmetric)
        layout.addWidget(self.sides)
        layout.addWidget(self.limit, 1)
        layout.addSpacing(4)
        layout.addWidget(self.near)
        layout.addWidget(self.radius)

    def _make_radius(self) -> QDoubleSpinBox:
        radius = QDoubleSpinBox()
        radius.setRange(0.05, 3.0)
        radius.setSingleStep(0.05)
        radius.setDecimals(2)
        radius.setSuffix(" σ")
        radius.setValue(FIRST_RADIUS)
        radius.setFixedWidth(66)
        radius.setKeyboardTracking(False)
        radius.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        radius.setAccessibleName("Radius")
        radius.setToolTip("How far a face drawn nearby may lie, in σ")
        return radius

    def _make_side_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.addAction("Mirror the face").triggered.connect(lambda _c=False: self._edits.mirror())
        menu.addSeparator()
        for side, text in SIDE_TEXTS.items():
            menu.addAction(text).triggered.connect(
                lambda _checked=False, side=side: self._edits.symmetrise(side)
            )
        return menu
