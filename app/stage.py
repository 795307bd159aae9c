"""The middle of the window: messages, then the view, with a bar of directions to look from."""

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtOpenGLWidgets import QOpenGLWidget
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from app.message_bar import MessageBar
from app.theme import Theme
from app.window_actions import VIEW_PRESETS, WindowActions

BAR_MARGIN = 14


class Stage(QWidget):
    """Holds the view once it is there, and says so until then."""

    def __init__(self, actions: WindowActions, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("stage")
        self.messages = MessageBar(theme)
        self._loading = QLabel("Loading the face model…")
        self._loading.setObjectName("loading")
        self._loading.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._actions = actions
        self._view: QWidget | None = None
        self._bar: QFrame | None = None
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._layout.addWidget(self.messages)
        self._layout.addWidget(self._loading, 1)
        # A window that gets its first OpenGL widget late is closed and opened again by Qt.
        self._opener = QOpenGLWidget(self)
        self._opener.setFixedSize(1, 1)

    def show_loading(self, text: str) -> None:
        """Say why there is no face."""
        self._loading.setText(text)

    def set_view(self, view: QWidget) -> None:
        """Put the view in the middle, hidden until `show_view`."""
        self._view = view
        view.hide()
        self._layout.addWidget(view, 1)

    def show_view(self) -> None:
        """There is a face: show it."""
        if self._view is None or self._bar is not None:
            return
        self._loading.hide()
        self._view.show()
        self._opener.hide()
        self._bar = self._make_bar(self._view)
        self._view.installEventFilter(self)
        self._bar.show()
        self._place_bar()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the bar at the bottom of the view."""
        if watched is self._view and event.type() == QEvent.Type.Resize:
            self._place_bar()
        return super().eventFilter(watched, event)

    def _place_bar(self) -> None:
        if self._bar is None or self._view is None:
            return
        self._bar.adjustSize()
        x = (self._view.width() - self._bar.width()) // 2
        self._bar.move(x, self._view.height() - self._bar.height() - BAR_MARGIN)

    def _make_bar(self, parent: QWidget) -> QFrame:
        bar = QFrame(parent)
        bar.setObjectName("viewBar")
        layout = QHBoxLayout(bar)
        layout.setContentsMargins(5, 4, 5, 4)
        layout.setSpacing(2)
        for name in (*VIEW_PRESETS, "frame"):
            button = QToolButton()
            button.setDefaultAction(self._actions[name])
            button.setIconSize(QSize(20, 20))
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            layout.addWidget(button)
        return bar
