"""The number beside a slider."""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QWheelEvent
from PySide6.QtWidgets import QDoubleSpinBox, QWidget

STEP = 0.1


class ValueBox(QDoubleSpinBox):
    """Edits one real value with two decimals; the plain wheel scrolls the panel.

    Signals:
        value_edited: the value the user typed or stepped to.
    """

    value_edited = Signal(float)

    def __init__(
        self, minimum: float, maximum: float, suffix: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("value")
        self.setRange(minimum, maximum)
        self.setDecimals(2)
        self.setSingleStep(STEP)
        self.setSuffix(suffix)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setKeyboardTracking(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedWidth(66)
        self._quiet = False
        self.valueChanged.connect(self._tell)
        self.lineEdit().installEventFilter(self)

    def show_amount(self, value: float) -> None:
        """Show a value that came from elsewhere; tells nobody."""
        self._quiet = True
        self.setValue(value)
        self._quiet = False
        moved = abs(self.value()) > 1e-9
        if self.property("moved") != moved:
            self.setProperty("moved", moved)
            self.style().polish(self)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.stepBy(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
        else:
            event.ignore()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leave undo and redo to the window: the line's own undo knows no face."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            keys = (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo)
            if any(event.matches(key) for key in keys):
                event.ignore()
                return True
        return super().eventFilter(watched, event)

    def _tell(self, value: float) -> None:
        if not self._quiet:
            self.value_edited.emit(value)
