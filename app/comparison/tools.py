"""Opens the comparison window from the editor; made when it is first asked for."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.commands import Commands
from app.comparison.attributing import Attributing
from app.comparison.comparison import Comparison
from app.comparison.refit import Refit
from app.prompts import Prompts
from app.runners import Runners
from app.session import Session
from app.settings import Settings
from app.theme import ThemeKeeper

if TYPE_CHECKING:
    from app.comparison.window import ComparisonWindow


class ComparisonTools(QObject):
    """Keeps the comparison and its window."""

    def __init__(
        self,
        editor: QWidget,
        session: Session,
        commands: Commands,
        runners: Runners,
        themes: ThemeKeeper,
        prompts: Prompts,
        settings: Settings,
    ) -> None:
        super().__init__(editor)
        self._editor, self._session, self._themes = editor, session, themes
        self._prompts, self._settings = prompts, settings
        self.comparison = Comparison(session, runners.comparison, self)
        self.refit = Refit(session, commands, self.comparison, runners.refit, self)
        self.attributing = Attributing(session, self.comparison, runners.attribution, self)
        self.window: ComparisonWindow | None = None

    def open(self) -> None:
        """Show the comparison window."""
        if not self._session.ready:
            return
        if self.window is None:
            # It loads VTK, which the editor may not have needed yet.
            from app.comparison.window import ComparisonWindow

            self.window = ComparisonWindow(
                self._session,
                self.comparison,
                self.refit,
                self.attributing,
                self._themes,
                self._prompts,
                lambda: self._settings.folder,
                self._editor,
            )
        self.window.open()

    def shut(self) -> None:
        """The editor closes."""
        if self.window is not None:
            self.window.shut()
            self.window = None
