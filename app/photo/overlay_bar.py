"""The small bar over the view: look through the photo, and how much of it shows."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSlider, QToolButton, QWidget

SLIDER_STEPS = 100
SLIDER_WIDTH = 120


class PhotoBar(QFrame):
    """Shown while there is a photo whose camera is known.

    Signals:
        share_changed: how much of the photo shows, 0 to 1.
    """

    share_changed = Signal(float)

    def __init__(
        self, look_through: QAction, landmarks: QAction, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("viewBar")
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setRange(0, SLIDER_STEPS)
        self._slider.setFixedWidth(SLIDER_WIDTH)
        self._slider.setAccessibleName("From the face to the photo")
        self._slider.setToolTip("Left: the face alone. Right: the photo alone")
        self._slider.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._slider.valueChanged.connect(
            lambda value: self.share_changed.emit(value / SLIDER_STEPS)
        )
        self._parts = [_label("Face"), self._slider, _label("Photo")]
        layout = QHBoxLayout(self)
        layout.setContentsMargins(5, 4, 8, 4)
        layout.setSpacing(6)
        for action in (look_through, landmarks):
            button = QToolButton()
            button.setDefaultAction(action)
            button.setIconSize(QSize(20, 20))
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            layout.addWidget(button)
        for part in self._parts:
            layout.addWidget(part)

    @property
    def slider(self) -> QSlider:
        return self._slider

    def show_share(self, share: float, looking: bool) -> None:
        """Show how much of the photo shows; the slider is there while it lies behind the face."""
        self._slider.blockSignals(True)
        self._slider.setValue(round(share * SLIDER_STEPS))
        self._slider.blockSignals(False)
        for part in self._parts:
            part.setVisible(looking)


def _label(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("rowName")
    return label
