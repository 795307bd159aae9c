"""Random and reset for the whole face."""

from PySide6.QtCore import QRandomGenerator, QSize, Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSpinBox, QWidget

from app.commands import Commands
from app.icons import draw_shape
from app.theme import Theme

HIGHEST_SEED = 999_999


class GlobalBar(QFrame):
    """A dice for the whole face; the box shows the seed, so that a face can be had again."""

    def __init__(self, commands: Commands, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("globalCard")
        self._commands = commands
        self.random = QPushButton("Random face")
        self.random.setObjectName("primary")
        self.random.setIconSize(QSize(18, 18))
        self.random.setToolTip("Draw a new face; locked parts stay (Ctrl+R)")
        self.random.clicked.connect(self.randomise)
        self.seed = QSpinBox()
        self.seed.setRange(0, HIGHEST_SEED)
        self.seed.setFixedWidth(72)
        self.seed.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.seed.setKeyboardTracking(False)
        self.seed.setAccessibleName("Seed")
        self.seed.setToolTip("The seed of the random face. Type one and press Enter to get it.")
        self.seed.lineEdit().returnPressed.connect(self.apply_seed)
        self.reset = QPushButton("Reset")
        self.reset.setToolTip("Back to the mean face; locked parts stay (Ctrl+Backspace)")
        self.reset.clicked.connect(lambda: commands.reset())
        label = QLabel("Seed")
        label.setObjectName("count")
        label.setBuddy(self.seed)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 10, 10, 10)
        layout.setSpacing(8)
        layout.addWidget(self.random, 1)
        layout.addWidget(label)
        layout.addWidget(self.seed)
        layout.addWidget(self.reset)
        self.set_theme(theme)

    def randomise(self) -> None:
        """Draw a face from a new seed and show the seed."""
        self.seed.setValue(QRandomGenerator.global_().bounded(HIGHEST_SEED + 1))
        self.apply_seed()

    def apply_seed(self) -> None:
        """Draw the face of the seed shown."""
        self.seed.interpretText()
        self._commands.randomise(self.seed.value())

    def set_theme(self, theme: Theme) -> None:
        self.random.setIcon(QIcon(draw_shape("dice", theme.on_accent, 36)))
