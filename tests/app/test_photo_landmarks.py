"""Dragging landmarks over a photo in the real window; the face's part follows."""

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt
from pytestqt.qtbot import QtBot

from app.photo.landmark_work import parts_that_follow, pinned_of
from app.window import MainWindow
from engine.models.protocol import PARTS
from engine.project.named_photo import NamedPhoto
from tests.app.photo_fakes import KnownPhotos, import_photo, send

NOSE_TIP = 30


def opened(window: MainWindow) -> None:
    KnownPhotos(window)
    import_photo(window)
    window.actions_by_name["landmarks"].trigger()


def photo_of(window: MainWindow) -> NamedPhoto:
    photo = window.photos.landmarks.photo
    assert photo is not None
    return photo


def drag(window: MainWindow, number: int, by: tuple[float, float], steps: int = 4) -> None:
    """Drag a landmark by pixels of the photo."""
    canvas, landmarks = window.photos.landmarks_panel.canvas, photo_of(window).landmarks
    assert landmarks is not None
    start, scale = canvas.widget_place(*landmarks[number]), canvas.scale_now
    send(canvas, QEvent.Type.MouseButtonPress, start)
    for step in range(1, steps + 1):
        share = scale * step / steps
        send(canvas, QEvent.Type.MouseMove, start + QPointF(by[0] * share, by[1] * share))
    send(canvas, QEvent.Type.MouseButtonRelease, start + QPointF(by[0] * scale, by[1] * scale))


def test_a_dragged_landmark_moves_its_part_in_one_step(window: MainWindow) -> None:
    opened(window)
    panel = window.photos.landmarks_panel
    assert panel.isVisible()
    assert not window.panel.isVisible()
    before, code = photo_of(window), window.session.state.code
    assert before.landmarks is not None
    part = window.photos.landmarks.part_of(NOSE_TIP)
    drag(window, NOSE_TIP, (2.0, 3.0))
    after, moved = photo_of(window), window.session.state.code
    assert after.landmarks is not None
    np.testing.assert_allclose(
        after.landmarks[NOSE_TIP], before.landmarks[NOSE_TIP] + (2.0, 3.0), atol=0.05
    )
    for name in PARTS:
        changed = not np.array_equal(moved.part(name), code.part(name))
        assert changed == (name == part), name
    assert pinned_of(after).sum() == 1
    assert after.camera is not None
    assert before.camera is not None
    np.testing.assert_allclose(after.camera.rotation, before.camera.rotation, atol=1e-9)
    assert window.commands.stack.count() == 2, "the import and the drag"
    assert window.commands.stack.undoText() == f"Drag a landmark of the {part}"
    # The face itself went where the landmark was dragged to.
    rows = window.session.model.landmarks[[NOSE_TIP]]
    wanted = after.landmarks[NOSE_TIP] - before.landmarks[NOSE_TIP]
    went = (
        after.camera.project(window.session.model.preview(moved)[rows])
        - before.camera.project(window.session.model.preview(code)[rows])
    )[0]
    assert went @ wanted > 0.3 * wanted @ wanted
    window.menus.undo.trigger()
    assert window.session.state.code == code
    assert photo_of(window).landmarks is before.landmarks


def test_landmarks_are_let_go(window: MainWindow) -> None:
    opened(window)
    drag(window, NOSE_TIP, (1.0, 1.0))
    panel = window.photos.landmarks_panel
    assert "1 held" in panel.hint.text()
    code = window.session.state.code
    panel.all_go.click()
    assert pinned_of(photo_of(window)).sum() == 0
    assert window.session.state.code == code, "the face stays"
    assert not panel.all_go.isEnabled()
    window.menus.undo.trigger()
    assert pinned_of(photo_of(window)).sum() == 1


def test_a_locked_part_does_not_follow(window: MainWindow) -> None:
    opened(window)
    part = window.photos.landmarks.part_of(NOSE_TIP)
    window.session.set_lock(part, True)
    code = window.session.state.code
    drag(window, NOSE_TIP, (2.0, 3.0))
    assert "locked" in window.messages.text
    assert window.session.state.code == code
    assert parts_that_follow("nose", "part", frozenset()) == ("nose",)
    assert parts_that_follow("nose", "part_expression", frozenset()) == ("nose", "expression")
    assert parts_that_follow("nose", "all", frozenset({"eyes"})) == (
        *("nose", "mouth", "head", "expression"),
    )


def test_landmarks_stay_during_a_fit(window: MainWindow) -> None:
    opened(window)
    window.commands.way.set_paused(True)
    code = window.session.state.code
    drag(window, NOSE_TIP, (2.0, 3.0))
    assert window.session.state.code == code
    assert "fit" in window.messages.text


def test_the_panel_goes_with_its_photo(window: MainWindow) -> None:
    opened(window)
    window.menus.undo.trigger()
    assert window.photos.landmarks.photo is None
    assert window.panel.isVisible()
    assert id(window.focusWidget()) == id(window.view)  # where keys turn the head, and edit nothing
    assert not window.actions_by_name["landmarks"].isChecked()
    window.menus.redo.trigger()
    window.actions_by_name["landmarks"].trigger()
    window.photos.landmarks_panel.done.click()
    assert window.panel.isVisible()


def test_escape_goes_back_to_the_sliders(window: MainWindow, qtbot: QtBot) -> None:
    KnownPhotos(window)
    import_photo(window)
    window.panel.global_bar.seed.setFocus()
    window.actions_by_name["landmarks"].trigger()
    assert not window.panel.isVisible()
    assert window.focusWidget() is window.photos.landmarks_panel
    window.messages.show_message("Something is done.", "done")
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert window.photos.landmarks.photo is not None  # it closed the message first
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert window.photos.landmarks.photo is None
    assert window.panel.isVisible()
    assert id(window.focusWidget()) == id(window.view)  # where keys turn the head, and edit nothing
