"""Composes the editor: the window first, then the model and the view."""

import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QLocale, QObject, QTimer
from PySide6.QtGui import QSurfaceFormat
from PySide6.QtWidgets import QApplication, QWidget

from app.crash_reports import CrashReports
from app.jobs import ExecutorFactory, ThreadExecutor
from app.late_collection import LateCollection
from app.prompts import Prompts
from app.runners import Runners
from app.settings import Settings
from app.theme import ThemeKeeper
from app.window import MainWindow
from app.window_tools import bring_in
from engine.errors import LineamentError
from engine.models.protocol import FaceModel
from engine.progress import CancelToken, Progress
from engine.project.autosave import state_folder

SWITCH_SECONDS = 0.002
"""How long a worker may hold the interpreter while the hand moves a slider."""


def main(file: str | None = None, device: str = "auto") -> int:
    """Open the editor, with the document `file` if given; returns the exit status."""
    sys.setswitchinterval(SWITCH_SECONDS)
    application = make_application()
    reports = CrashReports(state_folder())
    reports.install()
    window = make_window(Settings.of_user())
    LateCollection(window.follower, window)
    reports.happened.connect(window.show_text)
    window.show()
    opener = ModelOpener(window, device, None if file is None else Path(file))
    QTimer.singleShot(0, opener.begin)
    return application.exec()


def make_application() -> QApplication:
    """The application of this process, made and named if there is none."""
    running = QApplication.instance()
    if isinstance(running, QApplication):
        return running
    # VTK draws into Qt's buffers; the format must be there before the first window.
    QSurfaceFormat.setDefaultFormat(_surface_format())
    application = QApplication(sys.argv[:1])
    application.setApplicationName("Lineament")
    application.setOrganizationName("Lineament")
    application.setDesktopFileName("lineament")
    # Numbers are written the same way in the window, the files and the command line.
    QLocale.setDefault(QLocale.c())
    return application


def make_window(
    settings: Settings,
    prompts: Prompts | None = None,
    executors: ExecutorFactory = ThreadExecutor,
    folder: Path | None = None,
) -> MainWindow:
    """A window without model or view; quick.

    Args:
        prompts: answers questions; dialogs if None.
        executors: makes the executor of each kind of work.
        folder: where autosaves lie; the user's if None.
    """
    themes = ThemeKeeper(settings.theme)
    themes.apply_first()
    runners = Runners(executors)
    window = MainWindow(settings, runners, themes, prompts or Prompts(), folder or state_folder())
    themes.setParent(window)
    runners.setParent(window)
    return window


def add_view(window: MainWindow) -> None:
    """Give the window its view; loads VTK, which takes about a second."""
    from app.viewport.items_presenter import ItemsPresenter
    from app.viewport.presenter import Presenter
    from app.viewport.surface_dragging import SurfaceDragging
    from app.viewport.viewport import Viewport

    viewport = Viewport(window.themes.theme)
    window.stage.set_view(viewport)
    # When what has the keys goes, the next of all widgets gets them: not a box they would change.
    QWidget.setTabOrder(viewport, window.surface_chooser)
    Presenter(window.session, window.follower, viewport, window)
    ItemsPresenter(window.session, window.others, viewport, window)
    dragging = SurfaceDragging(window.session, window.commands, window.follower, viewport, window)
    dragging.said.connect(window.show_text)
    window.actions_by_name["clear_pins"].triggered.connect(lambda _c=False: dragging.pins.clear())
    viewport.item_clicked.connect(window.outliner.choose)
    viewport.picked.connect(window.scans.scan_import.placing.pick)
    window.attach_view(viewport)
    viewport.photo_left.connect(window.photos.overlay.on_turned_away)


def build_window(
    model: FaceModel,
    settings: Settings,
    prompts: Prompts | None = None,
    executors: ExecutorFactory = ThreadExecutor,
    folder: Path | None = None,
) -> MainWindow:
    """A complete window with `model`, not shown yet. See `make_window` for the rest."""
    make_application()
    window = make_window(settings, prompts, executors, folder)
    add_view(window)
    window.start(model)
    return window


class ModelOpener(QObject):
    """Loads VTK and the model off the GUI thread, then starts the session."""

    def __init__(self, window: MainWindow, device: str, file: Path | None) -> None:
        super().__init__(window)
        self._window = window
        self._device = device
        self._file = file
        window.runners.loading.finished.connect(self._start)
        window.runners.loading.failed.connect(self._fail)
        window.runners.loading.busy_changed.connect(self._check)

    def begin(self) -> None:
        """Start loading."""
        self._window.runners.loading.request(_load(self._device))

    def _start(self, model: FaceModel) -> None:
        add_view(self._window)
        self._window.start(model)
        if self._file is not None:
            bring_in(self._window, [self._file])

    def _check(self, busy: bool) -> None:
        if not busy and not self._window.session.ready:
            self._window.stage.show_loading("There is no face model.")

    def _fail(self, error: LineamentError) -> None:
        self._window.show_text("error", str(error))


def _load(device: str) -> Callable[[CancelToken, Progress], FaceModel]:
    def work(cancel: CancelToken, progress: Progress) -> FaceModel:
        del cancel, progress
        # Their import is the slow part; the view itself is made on the GUI thread.
        import app.viewport.viewport  # noqa: F401
        from app.model_source import load_model

        return load_model(device)

    return work


def _surface_format() -> QSurfaceFormat:
    """What pyvistaqt asks for later; another format would make another window."""
    wanted = QSurfaceFormat()
    wanted.setRenderableType(QSurfaceFormat.RenderableType.OpenGL)
    wanted.setProfile(QSurfaceFormat.OpenGLContextProfile.CoreProfile)
    wanted.setVersion(3, 2)
    wanted.setSwapBehavior(QSurfaceFormat.SwapBehavior.DoubleBuffer)
    for set_size in (
        wanted.setRedBufferSize,
        wanted.setGreenBufferSize,
        wanted.setBlueBufferSize,
        wanted.setAlphaBufferSize,
        wanted.setDepthBufferSize,
    ):
        set_size(8)
    wanted.setStencilBufferSize(0)
    wanted.setSamples(0)
    return wanted
