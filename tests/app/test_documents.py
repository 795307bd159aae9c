"""New, open, save, drop, autosave: nothing is lost."""

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from pytestqt.qtbot import QtBot

from app.jobs import ThreadExecutor
from app.window import MainWindow
from engine.project.archive import open_document, save_document
from engine.project.document import new_document
from tests.app.conftest import MakeWindow, ScriptedPrompts, viewport_of
from tests.app.executors import InlineExecutor, ManualExecutor


def test_a_saved_face_comes_back(
    window: MainWindow, tmp_path: Path, prompts: ScriptedPrompts
) -> None:
    window.commands.randomise(5)
    window.session.set_lock("eyes", True)
    window.actions_by_name["three-quarter"].trigger()
    code, camera = window.session.state.code, viewport_of(window).camera_now()
    prompts.path = tmp_path / "someone"
    window.actions_by_name["save"].trigger()
    assert not window.isWindowModified()
    assert window.windowTitle().startswith("someone")
    window.actions_by_name["new"].trigger()
    assert window.session.state.code == window.session.model.mean_code()
    prompts.path = tmp_path / "someone.lineament"
    window.actions_by_name["open"].trigger()
    assert window.session.state.code == code
    assert window.session.state.locks == {"eyes"}
    assert viewport_of(window).camera_now().position == pytest.approx(camera.position)
    assert window.panel.sections["eyes"].header.lock.isChecked()
    assert not window.commands.stack.canUndo()
    assert [action.text() for action in window.menus.recent.actions()] == ["someone.lineament"]


def test_unsaved_work_is_asked_about(window: MainWindow, prompts: ScriptedPrompts) -> None:
    window.commands.set_value("nose", 0, 1.0)
    prompts.decision = "cancel"
    window.actions_by_name["new"].trigger()
    assert window.session.state.code.nose[0] == 1.0
    assert not window.close()
    assert window.isVisible()
    prompts.decision = "discard"
    window.actions_by_name["new"].trigger()
    assert not window.session.state.code.nose.any()
    assert prompts.asked == ["Untitled", "Untitled", "Untitled"]


def test_saving_while_leaving_saves(
    window: MainWindow, prompts: ScriptedPrompts, tmp_path: Path
) -> None:
    window.commands.set_value("nose", 0, 1.0)
    prompts.decision, prompts.path = "save", tmp_path / "kept.lineament"
    assert window.close()
    assert open_document(tmp_path / "kept.lineament").face.code.nose[0] == 1.0


def test_a_bad_file_is_told_and_changes_nothing(window: MainWindow, tmp_path: Path) -> None:
    window.commands.set_value("nose", 0, 1.0)
    code = window.session.state.code
    bad = tmp_path / "bad.lineament"
    bad.write_bytes(b"no document")
    window.documents.open(bad)
    assert "bad.lineament" in window.messages.text
    assert window.session.state.code == code


def test_a_full_or_missing_folder_is_told(window: MainWindow, tmp_path: Path) -> None:
    window.commands.set_value("nose", 0, 1.0)
    window.documents.save_to(tmp_path / "nowhere" / "face.lineament")
    assert "Could not save" in window.messages.text
    assert window.session.state.dirty


def test_an_error_goes_when_a_document_opens(window: MainWindow, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.lineament", tmp_path / "bad.lineament"
    window.documents.save_to(good)
    bad.write_bytes(good.read_bytes()[:100])
    window.documents.open(bad)
    assert window.messages.text
    window.documents.open(good)
    assert not window.messages.text


class Held:
    """Executors that hold documents and autosaves until they are told."""

    def __init__(self) -> None:
        self.made: dict[str, ManualExecutor] = {}

    def __call__(self, name: str) -> InlineExecutor:
        if name not in ("opening", "saving", "autosave"):
            return InlineExecutor(name)
        self.made[name] = ManualExecutor(name)
        return self.made[name]


@pytest.fixture
def held() -> Held:
    return Held()


@pytest.fixture
def slow_window(make_window: MakeWindow, held: Held) -> MainWindow:
    return make_window(executors=held)


def test_the_editor_lives_while_a_file_is_read(
    slow_window: MainWindow, held: Held, tmp_path: Path, qtbot: QtBot
) -> None:
    window, path = slow_window, tmp_path / "large.lineament"
    save_document(path, new_document(window.session.model, "Nora"))
    window.documents.open(path)
    assert window.session.state.document.face.name == "Face 1"
    qtbot.waitUntil(lambda: window.messages.text == "Opening large.lineament…")
    held.made["opening"].run_next()
    assert window.session.state.document.face.name == "Nora"
    assert window.messages.text == "Opened large.lineament."


def test_work_done_while_a_file_is_read_is_asked_about(
    slow_window: MainWindow, held: Held, tmp_path: Path, prompts: ScriptedPrompts
) -> None:
    window, path = slow_window, tmp_path / "large.lineament"
    save_document(path, new_document(window.session.model, "Nora"))
    window.documents.open(path)
    window.commands.set_value("nose", 0, 1.0)
    prompts.decision = "cancel"
    held.made["opening"].run_next()
    assert prompts.asked == ["Untitled"]
    assert window.session.state.code.nose[0] == 1.0
    prompts.decision = "discard"
    window.documents.open(path)
    held.made["opening"].run_next()
    assert prompts.asked == ["Untitled"] * 2, "once for each time it is left"
    assert window.session.state.document.face.name == "Nora"


def test_the_last_file_that_was_asked_for_opens(
    slow_window: MainWindow, held: Held, tmp_path: Path
) -> None:
    window = slow_window
    for name in ("Ada", "Bob"):
        save_document(tmp_path / f"{name}.lineament", new_document(window.session.model, name))
        window.documents.open(tmp_path / f"{name}.lineament")
    while held.made["opening"].held:
        held.made["opening"].run_next()
    assert window.session.state.document.face.name == "Bob"
    window.documents.open(tmp_path / "Ada.lineament")
    window.actions_by_name["new"].trigger()
    held.made["opening"].run_next()
    assert window.session.state.document.face.name == "Face 1", "a new one was wanted since"


def test_an_edit_while_a_file_is_written_is_not_saved(
    slow_window: MainWindow, held: Held, tmp_path: Path
) -> None:
    window, path = slow_window, tmp_path / "face.lineament"
    window.commands.set_value("nose", 0, 1.0)
    window.documents.save_to(path)
    assert window.isWindowModified(), "until it is on the disk"
    window.commands.set_value("nose", 0, 2.0)
    held.made["saving"].run_next()
    assert open_document(path).face.code.nose[0] == 1.0
    assert window.isWindowModified()
    while held.made["autosave"].held:
        held.made["autosave"].run_next()
    (kept,) = (tmp_path / "state").glob("*.lineament")
    assert open_document(kept).face.code.nose[0] == 2.0, "the edit is safe from a crash"
    window.documents.save()
    held.made["saving"].run_next()
    assert not window.isWindowModified()
    while held.made["autosave"].held:
        held.made["autosave"].run_next()
    assert not list((tmp_path / "state").glob("*.lineament"))


def test_saves_follow_one_another(slow_window: MainWindow, held: Held, tmp_path: Path) -> None:
    window = slow_window
    names = ("one", "two", "three")
    for number, name in enumerate(names):
        window.commands.set_value("nose", 0, 0.5 * (1 + number))
        window.documents.save_to(tmp_path / f"{name}.lineament")
    for _ in names:
        held.made["saving"].run_next()
    found = [open_document(tmp_path / f"{name}.lineament").face.code.nose[0] for name in names]
    assert found == [0.5, 1.0, 1.5]
    assert not window.isWindowModified()
    assert window.session.state.title == "three"


def test_leaving_waits_for_what_is_being_written(
    make_window: MakeWindow, prompts: ScriptedPrompts, tmp_path: Path
) -> None:
    window = make_window(executors=ThreadExecutor)
    window.commands.set_value("nose", 0, 1.0)
    window.documents.save_to(tmp_path / "kept.lineament")
    assert window.close()
    assert prompts.asked == []
    assert open_document(tmp_path / "kept.lineament").face.code.nose[0] == 1.0


def test_a_dropped_document_opens(window: MainWindow, tmp_path: Path) -> None:
    window.commands.set_value("mouth", 0, 2.0)
    path = tmp_path / "dropped.lineament"
    window.documents.save_to(path)
    window.actions_by_name["new"].trigger()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    event = QDropEvent(
        QPointF(20, 20),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.dropEvent(event)
    assert window.session.state.code.mouth[0] == 2.0
    assert not viewport_of(window).acceptDrops()


def test_a_crash_is_recovered(make_window: MakeWindow, qtbot: QtBot, tmp_path: Path) -> None:
    window = make_window()
    window.commands.set_value("nose", 3, -2.0)
    window.autosaving.keep()
    kept = list((tmp_path / "state").glob("*.lineament"))
    assert len(kept) == 1
    # The lock of a process that is gone is what a crash leaves.
    for lock in (tmp_path / "state").glob("*.lock"):
        lock.unlink()
    other = make_window()
    assert "before your last changes were saved" in other.messages.text
    recovery = other.messages.findChildren(type(other.panel.global_bar.reset))[0]
    qtbot.mouseClick(recovery, Qt.MouseButton.LeftButton)
    assert other.session.state.code.nose[3] == -2.0
    assert other.session.state.dirty


def test_a_clean_exit_leaves_nothing(
    make_window: MakeWindow, prompts: ScriptedPrompts, tmp_path: Path
) -> None:
    window = make_window()
    window.commands.set_value("nose", 3, -2.0)
    window.autosaving.keep()
    prompts.decision = "discard"
    window.close()
    assert not list((tmp_path / "state").glob("*"))


def test_the_window_is_remembered(make_window: MakeWindow) -> None:
    window = make_window()
    window.panel.set_open_parts(("mouth",))
    window.actions_by_name["skin"].trigger()
    window.close()
    other = make_window()
    assert other.panel.open_parts() == ("mouth",)
    assert not other.session.state.skin
