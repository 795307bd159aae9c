"""Opens the comparison window from the editor; made when it is first asked for."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QWidget

from app.comparison.attributing import Attributing
from app.comparison.comparison import Comparison
from app.comparison.refit import Refit
from app.workbench import Workbench

if TYPE_CHECKING:
    from app.comparison.window import ComparisonWindow


class ComparisonTools(QObject):
    """Keeps the comparison and its window.

    To make the window takes longer than an event loop may stand still. So it is made in pieces,
    one in each turn of the loop, and whoever will open it after a long job prepares it before.

    Attributes:
        window: None until it is opened for the first time.
    """

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
        self._made: ComparisonWindow | None = None
        self._pieces = self._make()
        self._views = 1
        self._wanted = False
        self._turns = QTimer(self)
        self._turns.timeout.connect(self._make_a_piece)

    def prepare(self, views: int = 1) -> None:
        """Make the window, with so many views, while something else is waited for."""
        if self._bench.session.ready and self.window is None:
            self._views = views
            self._turns.start()

    def open_soon(self) -> None:
        """Show the comparison window as soon as it is made, which takes a few turns."""
        if self.window is not None:
            self.open()
        elif self._bench.session.ready:
            self._wanted = True
            self.prepare()

    def open(self) -> None:
        """Show the comparison window, making at once what is missing of it."""
        if not self._bench.session.ready:
            return
        self._turns.stop()
        self._wanted = False
        for _ in self._pieces:
            pass
        self.window = self._made
        if self.window is not None:
            self.window.open()

    def shut(self) -> None:
        """The editor closes."""
        self._turns.stop()
        self._wanted, self._pieces = False, self._make()
        if self._made is not None:
            self._made.shut()
            self._made = self.window = None

    @Slot()
    def _make_a_piece(self) -> None:
        for _ in self._pieces:
            return
        self._turns.stop()
        if self._wanted:
            self.open()

    def _make(self) -> Iterator[None]:
        # It loads VTK, which the editor may not have needed yet.
        from app.comparison.window import ComparisonWindow

        yield
        self._made = ComparisonWindow(
            self._bench, self.comparison, self.refit, self.attributing, self._editor
        )
        yield
        yield from self._made.grid.prepare(self._views)
        self._made.winId()  # the system's part of a window is half of what showing it takes
        yield
