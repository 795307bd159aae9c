"""Opens the comparison window from the editor; made when it is first asked for."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.comparison.attributing import Attributing
from app.comparison.comparison import Comparison
from app.comparison.refit import Refit
from app.workbench import Workbench

if TYPE_CHECKING:
    from app.comparison.window import ComparisonWindow


class ComparisonTools(QObject):
    """Keeps the comparison and its window."""

    def __init__(
        self,
        editor: QWidget,
        bench: Workbench,
    ) -> None:
        super().__init__(editor)
        self._editor, self._bench = editor, bench
        session, runners = bench.session, bench.runners
        self.comparison = Comparison(session, runners.comparison, self)
        self.refit = Refit(session, bench.commands, self.comparison, runners.refit, self)
        self.attributing = Attributing(session, self.comparison, runners.attribution, self)
        self.window: ComparisonWindow | None = None

    def open(self) -> None:
        """Show the comparison window."""
        if not self._bench.session.ready:
            return
        if self.window is None:
            # It loads VTK, which the editor may not have needed yet.
            from app.comparison.window import ComparisonWindow

            self.window = ComparisonWindow(
                self._bench, self.comparison, self.refit, self.attributing, self._editor
            )
        self.window.open()

    def shut(self) -> None:
        """The editor closes."""
        if self.window is not None:
            self.window.shut()
            self.window = None
