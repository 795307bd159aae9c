"""New, open, save, drop, autosave: nothing is lost."""

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from pytestqt.qtbot import QtBot

from app.window import MainWindow
from engine.project.archive import open_document
from tests.app.conftest import MakeWindow, ScriptedPrompts, viewport_of


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
    assert not window.documents.open(bad)
    assert "bad.lineament" in window.messages.text
    assert window.session.state.code == code


def test_a_full_or_missing_folder_is_told(window: MainWindow, tmp_path: Path) -> None:
    window.commands.set_value("nose", 0, 1.0)
    assert not window.documents.save_to(tmp_path / "nowhere" / "face.lineament")
    assert "Could not save" in window.messages.text
    assert window.session.state.dirty


def test_an_error_goes_when_a_document_opens(window: MainWindow, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.lineament", tmp_path / "bad.lineament"
    assert window.documents.save_to(good)
    bad.write_bytes(good.read_bytes()[:100])
    assert not window.documents.open(bad)
    assert window.messages.text
    assert window.documents.open(good)
    assert not window.messages.text


def test_a_dropped_document_opens(window: MainWindow, tmp_path: Path) -> None:
    window.commands.set_value("mouth", 0, 2.0)
    path = tmp_path / "dropped.lineament"
    assert window.documents.save_to(path)
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
