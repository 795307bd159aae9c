"""The main window: the panel beside the view, and what its actions do."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QMainWindow

from app.autosaving import Autosaving
from app.blend.tools import BlendTools
from app.commands import Commands
from app.comparison.tools import ComparisonTools
from app.docks import OUTLINER_WIDTH, DockSpec, add_dock, set_dock_width
from app.documents import Documents
from app.editing_tools import EditingTools
from app.export.dialog import ExportDialog
from app.face_view import FaceView
from app.follower import SurfaceFollower
from app.help_dialogs import AboutDialog, ShortcutsDialog
from app.icons import application_icon
from app.menus import Menus
from app.message_bar import LEVELS, Answer
from app.other_items import OtherItems
from app.panels.outliner_panel import OutlinerPanel
from app.panels.parts_panel import PartsPanel
from app.panels.surface_chooser import SurfaceChooser
from app.prompts import Prompts
from app.runners import Runners
from app.session import Session
from app.settings import Settings
from app.spiral.tools import SpiralTools
from app.stage import Stage
from app.status_panel import StatusPanel
from app.theme import Theme, ThemeChoice, ThemeKeeper
from app.view_actions import ViewActions
from app.window_actions import WindowActions
from app.window_tools import (
    bring_in,
    close_tools,
    connect_tools,
    droppable,
    make_fit_tools,
    make_photo_tools,
    make_scan_tools,
    step_back,
)
from app.workbench import Workbench
from engine.errors import LineamentError
from engine.models.protocol import FaceModel
from engine.project.autosave import Recovery


class MainWindow(QMainWindow):
    """Shows one document.

    Attributes:
        session, commands, follower, documents, panel, messages: its parts, for whoever
            composes, tests or drives it.
    """

    def __init__(
        self,
        settings: Settings,
        runners: Runners,
        themes: ThemeKeeper,
        prompts: Prompts,
        state_folder: Path,
    ) -> None:
        super().__init__()
        self.setWindowTitle("Lineament")
        self.setWindowIcon(application_icon())
        self.setAcceptDrops(True)
        self.settings, self.runners, self.themes, self.prompts = settings, runners, themes, prompts
        self.view: FaceView | None = None
        self.session = Session(self)
        self.commands = Commands(self.session, self)
        self.bench = Workbench(self.session, self.commands, runners, themes, prompts, settings)
        self.follower = SurfaceFollower(self.session, runners.surface, self)
        self.others = OtherItems(self.session, runners.items, self)
        self.documents = Documents(self.session, self.commands, settings, prompts, runners, self)
        self.autosaving = Autosaving(
            self.session, self.commands, self.documents, runners, state_folder, self
        )
        self._build()
        self._connect()
        self._restore()
        self._dress(themes.theme)

    # Composition

    def start(self, model: FaceModel) -> None:
        """Begin with `model`; from here on there is a face."""
        self.session.start(model, skin=self.settings.skin)

    def attach_view(self, view: FaceView) -> None:
        """Use `view`, which is in the stage, for cameras and themes."""
        self.view = view
        self.documents.camera_source = view.camera_now
        self.scans.attach_view(view)
        self.blends.attach_view(view, self.follower)
        self.photos.attach_view(view)
        self.stage.show_view()

    # Qt

    def closeEvent(self, event: QCloseEvent) -> None:
        close_tools(self)
        if not self.documents.may_leave():
            event.ignore()
            return
        self._remember()
        self.compare.shut()
        self.spiral.shut()
        self.follower.close()
        self.runners.close()
        self.autosaving.finish()
        if self.view is not None:
            self.view.shut()
            self.view = None
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.messages.take_key(event):
            return
        if event.key() != Qt.Key.Key_Escape or not step_back(self):
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if droppable(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = droppable(event.mimeData())
        if not paths:
            return
        if self.session.ready and not self.actions_by_name["open"].isEnabled():
            self.show_text("info", "Wait until the fit is over, or cancel it.")
            return
        event.acceptProposedAction()
        bring_in(self, paths)

    # Building

    def _build(self) -> None:
        theme = self.themes.theme
        self.actions_by_name = WindowActions(self)
        self.looking = ViewActions(self.session, self.actions_by_name, lambda: self.view, self)
        self.stage = Stage(self.actions_by_name, theme)
        self.messages = self.stage.messages
        self.setCentralWidget(self.stage)
        self.panel = PartsPanel(self.session, self.commands, theme)
        self.editing = EditingTools(
            self.session,
            self.commands,
            self.actions_by_name,
            self.panel,
            self.runners.editing,
            self,
        )
        self.outliner = OutlinerPanel(self.session, self.commands, theme)
        right, left = Qt.DockWidgetArea.RightDockWidgetArea, Qt.DockWidgetArea.LeftDockWidgetArea
        panels = [
            add_dock(self, DockSpec("outliner", "Outliner", "F8", left), self.outliner),
            add_dock(self, DockSpec("parts", "Face panel", "F9", right), self.panel),
        ]
        self.blends = BlendTools(self, self.bench, self.outliner)
        panels.append(self.blends.action)
        self.scans = make_scan_tools(self)
        self.fits = make_fit_tools(self)
        self.compare = ComparisonTools(self, self.bench)
        self.spiral = SpiralTools(self, self.bench, self.compare)
        self.photos = make_photo_tools(self)
        self.status = StatusPanel()
        self.setStatusBar(self.status)
        self.menus = Menus(self, self.actions_by_name, self.commands.stack, panels)
        self.fits.fill(self.menus)
        self.surface_chooser = SurfaceChooser(self.session)
        self.addToolBar(self.menus.make_tool_bar(self.surface_chooser))

    def _connect(self) -> None:
        self._connect_actions()
        self.session.started.connect(self._on_started)
        self.session.title_changed.connect(self._show_title)
        self.session.opened.connect(self.messages.forget_error)
        self.follower.status_changed.connect(self.status.show_status)
        self.runners.surface.failed.connect(self._show_error)
        self.runners.items.failed.connect(self._show_error)
        self.documents.said.connect(self.show_text)
        connect_tools(self)
        self.documents.recent_changed.connect(self._show_recent)
        self.autosaving.said.connect(self.show_text)
        self.autosaving.found.connect(self._offer_recovery)
        self.themes.changed.connect(self._dress)
        self.menus.themes.triggered.connect(lambda action: self._choose_theme(action.data()))

    def _connect_actions(self) -> None:
        actions = self.actions_by_name
        for name, act in (
            ("new", self.documents.new),
            ("open", self.documents.ask_and_open),
            ("save", self.documents.save),
            ("save_as", self.documents.ask_and_save),
            ("export", self.show_export),
            ("quit", self.close),
            ("import_scan", self.scans.ask_and_import),
            ("import_photo", self.photos.ask_and_import),
            ("fit", self.fits.open),
            ("blend", self.blends.open),
            ("compare", self.compare.open_soon),
            ("compare_methods", self.photos.compare_methods),
            ("reconstruct", self.spiral.reconstruct),
            ("latent", self.spiral.open),
            ("add_face", self.commands.items.add_face),
            ("duplicate", self.outliner.duplicate_chosen),
            ("rename", self.outliner.rename_chosen),
            ("delete", self.outliner.remove_chosen),
            ("random", self.panel.global_bar.randomise),
            ("reset", self.commands.reset),
            ("shortcuts", lambda: ShortcutsDialog(self).exec()),
            ("about", lambda: AboutDialog(self).exec()),
        ):
            actions[name].triggered.connect(lambda _checked=False, act=act: act())

    def _restore(self) -> None:
        self.resize(1360, 860)
        set_dock_width(self, "outliner", OUTLINER_WIDTH)
        self.restoreGeometry(self.settings.geometry)
        self.restoreState(self.settings.layout)
        self.menus.show_theme_choice(self.themes.choice)
        self._show_recent()

    def _remember(self) -> None:
        self.settings.geometry = self.saveGeometry()
        self.settings.layout = self.saveState()
        if self.session.ready:
            self.settings.open_parts = self.panel.open_parts()
            self.settings.skin = self.session.state.skin
        self.settings.sync()

    # Reactions

    def _on_started(self, model: FaceModel) -> None:
        self.actions_by_name.set_ready(True)
        self.status.show_model(model.info)
        opened = self.settings.open_parts
        if opened is not None:
            self.panel.set_open_parts(opened)

    def _show_title(self) -> None:
        self.setWindowTitle(f"{self.session.state.title}[*] · Lineament")
        self.setWindowModified(self.session.state.dirty)

    def _show_recent(self) -> None:
        self.menus.show_recent(self.settings.recent_files, self.documents.open)

    def _show_error(self, error: LineamentError) -> None:
        self.messages.show_message(str(error), "error")

    def show_text(self, level: str, text: str) -> None:
        """Show `text` in the message bar; a level that is none of `LEVELS` is an error."""
        self.messages.show_message(text, LEVELS.get(level, "error"))

    def _offer_recovery(self, recovery: Recovery) -> None:
        name = recovery.original.stem if recovery.original is not None else "an untitled face"
        when = recovery.saved_at.astimezone().strftime("%d %b, %H:%M")
        self.messages.show_message(
            f"Lineament was closed before your last changes were saved: {name}, {when}.",
            "warning",
            (
                Answer("Recover", lambda: self.autosaving.recover(recovery)),
                Answer("Discard", lambda: self.autosaving.discard(recovery)),
            ),
        )

    def _dress(self, theme: Theme) -> None:
        self.menus.set_theme(theme)
        self.panel.set_theme(theme)
        self.outliner.set_theme(theme)
        self.blends.panel.set_theme(theme)
        self.messages.set_theme(theme)
        if self.view is not None:
            self.view.set_theme(theme)

    # Actions

    def show_export(self) -> ExportDialog:
        """Open the export dialog, which leaves the window alive."""
        dialog = ExportDialog(self.session, self.runners.export, self.prompts, self.settings, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.said.connect(self.show_text)
        dialog.open()
        return dialog

    def _choose_theme(self, choice: ThemeChoice) -> None:
        self.themes.choose(choice)
        self.settings.theme = choice
