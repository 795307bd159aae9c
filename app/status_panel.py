"""The status bar: state, vertices and timing of the surface, model and device."""

from PySide6.QtWidgets import QLabel, QStatusBar, QWidget

from app.follower import SurfaceStatus
from app.written_numbers import group_digits
from engine.models.protocol import ModelInfo


class StatusPanel(QStatusBar):
    """Shows what the follower and the model say of themselves."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self.chip = QLabel("Starting")
        self.chip.setObjectName("chip")
        self.chip.setAccessibleName("Surface state")
        self.surface = QLabel("")
        self.model = QLabel("")
        self.device = QLabel("")
        self.addWidget(self.chip)
        self.addWidget(self.surface)
        self.addPermanentWidget(self.model)
        self.addPermanentWidget(self.device)

    def show_model(self, info: ModelInfo) -> None:
        self.model.setText(info.name)
        self.model.setToolTip(f"Weights {info.identifier[:12]}")
        self.device.setText(info.device.upper())
        self.device.setToolTip("Where the exact surface is computed")

    def show_status(self, status: SurfaceStatus) -> None:
        """Say whether the surface is exact and how long it took."""
        if status.exact:
            self._show_chip("exact", "Exact", "The surface lies on the model's zero set.")
        elif status.working:
            self._show_chip("working", "Refining…", "The exact surface is being computed.")
        else:
            self._show_chip("preview", "Preview", "A quick approximation while the hand moves.")
        self.surface.setText(f"{group_digits(status.vertices)} vertices · {_time(status.seconds)}")

    def _show_chip(self, state: str, text: str, tip: str) -> None:
        if self.chip.property("state") != state:
            self.chip.setProperty("state", state)
            self.chip.setText(text)
            self.chip.setToolTip(tip)
            self.chip.style().polish(self.chip)


def _time(seconds: float) -> str:
    if seconds >= 1.0:
        return f"{seconds:.1f} s"
    return f"{seconds * 1000:.1f} ms" if seconds < 0.1 else f"{seconds * 1000:.0f} ms"
