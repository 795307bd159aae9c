"""A real window with the synthetic model, small and quick."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.main import build_window
from app.prompts import Decision, Prompts
from app.settings import Settings
from app.viewport.viewport import Viewport
from app.window import MainWindow
from tests.app.executors import InlineExecutor
from tests.synthetic_model import SyntheticModel


class ScriptedPrompts(Prompts):
    """Answers what the test says."""

    def __init__(self) -> None:
        self.decision: Decision = "discard"
        self.path: Path | None = None
        self.asked: list[str] = []
        self.may_replace = True
        self.replaced: list[Path] = []
        self.suggested: Path | None = None

    def ask_unsaved(self, parent: QWidget, title: str) -> Decision:
        del parent
        self.asked.append(title)
        return self.decision

    def ask_open(self, parent: QWidget, folder: Path) -> Path | None:
        del parent, folder
        return self.path

    def ask_scan(self, parent: QWidget, folder: Path) -> Path | None:
        del parent, folder
        return self.path

    def ask_photos(self, parent: QWidget, folder: Path) -> list[Path]:
        del parent, folder
        return [] if self.path is None else [self.path]

    def ask_weights(self, parent: QWidget, folder: Path) -> Path | None:
        del parent, folder
        return self.path

    def ask_save(self, parent: QWidget, suggestion: Path) -> Path | None:
        del parent, suggestion
        return self.path

    def ask_export(self, parent: QWidget, suggestion: Path, filter_text: str) -> Path | None:
        del parent, filter_text
        self.suggested = suggestion
        return self.path

    def ask_replace(self, parent: QWidget, files: Sequence[Path]) -> bool:
        del parent
        self.replaced += files
        return self.may_replace or not files


MakeWindow = Callable[..., MainWindow]


@pytest.fixture
def prompts() -> ScriptedPrompts:
    return ScriptedPrompts()


@pytest.fixture
def make_window(qtbot: QtBot, tmp_path: Path, prompts: ScriptedPrompts) -> Iterator[MakeWindow]:
    """Makes shown windows and closes them."""
    made: list[MainWindow] = []

    def make(executors=InlineExecutor, model=None, show=True) -> MainWindow:
        window = build_window(
            model or SyntheticModel(),
            Settings.in_file(tmp_path / "settings.ini"),
            prompts,
            executors,
            tmp_path / "state",
        )
        made.append(window)
        window.resize(660, 420)
        if show:
            window.show()
            qtbot.waitExposed(window)
        return window

    yield make
    prompts.decision = "discard"
    for window in made:
        window.close()
        window.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def window(make_window: MakeWindow) -> MainWindow:
    return make_window()


def viewport_of(window: MainWindow) -> Viewport:
    """The window's view."""
    assert isinstance(window.view, Viewport)
    return window.view
