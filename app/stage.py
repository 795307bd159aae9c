"""The middle of the window: messages, then the view, with a bar of directions to look from."""

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtOpenGLWidgets import QOpenGLWidget
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from app.message_bar import MessageBar
from app.theme import Theme
from app.window_actions import VIEW_PRESETS, WindowActions

BAR_MARGIN = 14
BAR_GAP = 8


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
        self._more_bars: list[QWidget] = []
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

    def add_bar(self, bar: QWidget) -> None:
        """Put another bar over the view, beside that of the views; it comes with the view."""
        self._more_bars.append(bar)
        bar.hide()
        if self._view is not None and self._bar is not None:
            bar.setParent(self._view)
        bar.installEventFilter(self)

    def show_view(self) -> None:
        """There is a face: show it."""
        if self._view is None or self._bar is not None:
            return
        self._loading.hide()
        self._view.show()
        # Else the window's first choice has the keys, and an arrow key changes it.
        self.setFocusProxy(self._view)
        self.setFocus()
        self._opener.hide()
        self._bar = self._make_bar(self._view)
        self._view.installEventFilter(self)
        self._bar.show()
        for bar in self._more_bars:
            bar.setParent(self._view)
        self._place_bar()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the bars at the bottom of the view."""
        kinds = QEvent.Type
        if watched is self._view and event.type() == kinds.Resize:
            self._place_bar()
        if watched in self._more_bars and event.type() in (
            kinds.LayoutRequest,
            kinds.Show,
            kinds.Hide,
        ):
            self._place_bar()
        return super().eventFilter(watched, event)

    def _place_bar(self) -> None:
        if self._bar is None or self._view is None:
            return
        row = [self._bar, *(bar for bar in self._more_bars if bar.isVisibleTo(self._view))]
        for bar in row:
            bar.adjustSize()
        width, foot = self._view.width(), self._view.height() - BAR_MARGIN
        whole = sum(bar.width() + BAR_GAP for bar in row) - BAR_GAP
        if whole <= width - 2 * BAR_GAP:
            x = (width - whole) // 2
            for bar in row:
                bar.move(x, foot - bar.height())
                x += bar.width() + BAR_GAP
            return
        for bar in row:  # one above the other
            bar.move((width - bar.width()) // 2, foot - bar.height())
            foot -= bar.height() + BAR_GAP

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
