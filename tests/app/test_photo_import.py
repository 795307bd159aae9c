"""Importing photos in the real window: find, choose, mark by hand, reconstruct, undo, cancel."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.photo.import_state import PhotoImportState, face_of_marks
from app.window import MainWindow
from app.window_tools import bring_in
from engine.errors import InputError
from engine.project.items import ItemRef
from tests.app.conftest import MakeWindow, ScriptedPrompts
from tests.app.executors import InlineExecutor, ManualExecutor
from tests.app.photo_fakes import (
    CODES,
    MESHES,
    KnownPhotos,
    click,
    face_at,
    import_photo,
    some_code,
)


def state_of(window: MainWindow) -> PhotoImportState:
    state = window.photos.photo_import.state
    assert state is not None
    return state


def test_a_photo_becomes_a_face_in_one_step(window: MainWindow, prompts: ScriptedPrompts) -> None:
    known = KnownPhotos(window)
    prompts.path = Path("/photos/Ada.jpg")
    window.actions_by_name["import_photo"].trigger()
    assert (state_of(window).stage, state_of(window).chosen) == ("found", 0)
    assert window.photos.panel.isVisible()
    assert not window.panel.isVisible()
    assert window.commands.stack.count() == 0, "nothing is in the document yet"
    window.photos.panel.reconstruct.click()
    document = window.session.state.document
    (photo,) = document.photos
    assert (document.face.name, photo.name, photo.face) == ("Ada", "Ada.jpg", document.active)
    assert document.face.code == some_code(window.session.model)
    assert photo.camera is known.methods["codes"].camera
    assert photo.landmarks is not None
    assert photo.confidences is not None
    assert photo.confidences.max() < 1.0, "only a hand is sure"
    np.testing.assert_array_equal(photo.pixels, known.methods["codes"].asked[0].pixels)
    assert window.photos.overlay.shown == 0
    assert window.panel.isVisible()
    assert window.commands.stack.count() == 1
    window.menus.undo.trigger()
    assert window.session.state.document.photos == ()
    assert len(window.session.state.document.faces) == 1
    assert window.photos.overlay.shown is None


def test_escape_leaves_the_marks_and_then_the_import(window: MainWindow, qtbot: QtBot) -> None:
    KnownPhotos(window)
    window.photos.bring_in([Path("/photos/Ada.jpg")])
    window.photos.panel.marking.click()
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert state_of(window).stage == "found"
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert window.photos.photo_import.state is None
    assert window.panel.isVisible()


def test_one_of_several_faces_is_clicked(window: MainWindow, qtbot: QtBot) -> None:
    known = KnownPhotos(window)
    known.faces = (face_at(80, 80, 70), face_at(240, 150, 50), face_at(80, 80, 20))
    window.photos.bring_in([Path("party.jpg")])
    panel = window.photos.panel
    assert "3 faces" in panel.status.text()
    click(panel.canvas, 240, 150)
    assert state_of(window).chosen == 1
    click(panel.canvas, 10, 220)
    assert state_of(window).chosen == 1, "there is no face"
    click(panel.canvas, 82, 81)
    assert state_of(window).chosen == 2, "the smaller one lies on top"
    panel.reconstruct.click()
    assert known.methods["codes"].asked[0].found is known.faces[2]


def test_a_face_is_marked_by_hand_where_none_is_found(window: MainWindow) -> None:
    known = KnownPhotos(window)
    known.faces = ()
    window.photos.bring_in([Path("drawing.png")])
    panel = window.photos.panel
    assert "No face" in panel.status.text()
    assert not panel.reconstruct.isEnabled()
    panel.marking.click()
    marks = [(120.0, 90.0), (180.0, 92.0), (150.0, 120.0), (130.0, 150.0), (172.0, 150.0)]
    for x, y in (*marks[:2], (-500.0, 20.0), marks[2]):
        click(panel.canvas, x, y)
    assert len(state_of(window).marks) == 3, "one click went beside the photo"
    panel.undo_mark.click()
    for x, y in marks[2:]:
        assert not panel.reconstruct.isEnabled()
        click(panel.canvas, x, y)
    panel.reconstruct.click()
    (asked,) = known.methods["codes"].asked
    np.testing.assert_allclose(asked.found.points, marks, atol=0.6)
    assert asked.found.confidence == 1.0
    assert len(window.session.state.document.photos) == 1


@pytest.mark.parametrize("turn", [0.0, 80.0, 180.0])
def test_marks_are_put_in_order_whichever_way_the_head_lies(turn: float) -> None:
    angle = np.radians(turn)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    points = np.array([[-30.0, -20], [30, -20], [0, 5], [-20, 40], [20, 40]]) @ rotation.T + 200
    swapped = points[[1, 0, 2, 4, 3]]
    for given in (points, swapped):
        found = face_of_marks(tuple((float(x), float(y)) for x, y in given))
        np.testing.assert_allclose(found.points, points)
        assert (found.box[:2] < points.min(axis=0)).all()
        assert (found.box[2:] > points.max(axis=0)).all()
    with pytest.raises(InputError, match="one place"):
        face_of_marks(((5.0, 5.0),) * 5)


def test_several_photos_follow_and_a_bad_one_stops_nothing(window: MainWindow) -> None:
    known = KnownPhotos(window)
    known.broken = {"b.jpg"}
    window.photos.bring_in([Path(name) for name in ("a.jpg", "b.jpg", "c.jpg")])
    assert state_of(window).waiting == 2
    window.photos.panel.all.click()
    assert window.photos.photo_import.state is None
    assert [photo.name for photo in window.session.state.document.photos] == ["a.jpg", "c.jpg"]
    assert [face.name for face in window.session.state.document.faces] == ["Face 1", "a", "c"]


def test_photos_with_several_faces_wait_for_a_choice(window: MainWindow) -> None:
    known = KnownPhotos(window)
    window.photos.bring_in([Path("a.jpg"), Path("b.jpg")])
    known.faces = (face_at(80, 80), face_at(200, 80))
    window.photos.panel.all.click()
    assert (state_of(window).name, state_of(window).stage) == ("b.jpg", "found")
    window.photos.panel.cancel.click()
    assert window.photos.photo_import.state is None
    assert len(window.session.state.document.photos) == 1


def test_a_file_that_is_no_photo_says_so(window: MainWindow, tmp_path: Path) -> None:
    KnownPhotos(window).broken = {"text.jpg"}
    window.photos.bring_in([tmp_path / "text.jpg"])
    assert "damaged" in window.messages.text
    assert window.photos.photo_import.state is None
    assert window.panel.isVisible()


def test_a_method_that_fails_loses_nothing(window: MainWindow) -> None:
    known = KnownPhotos(window)
    known.methods["codes"].error = InputError("The face is too small.")
    import_photo(window)
    assert "too small" in window.messages.text
    assert state_of(window).stage == "found"
    known.methods["codes"].error = None
    window.photos.panel.reconstruct.click()
    assert len(window.session.state.document.photos) == 1


def test_a_mesh_becomes_a_scan_to_fit_to(window: MainWindow) -> None:
    KnownPhotos(window, CODES, MESHES)
    window.photos.bring_in([Path("Ada.jpg")])
    panel = window.photos.panel
    panel.method.setCurrentIndex(1)
    panel.method.activated.emit(1)
    assert "mesh" in panel.method_hint.text()
    panel.reconstruct.click()
    document = window.session.state.document
    (scan,), (photo,) = document.scans, document.photos
    assert (scan.name, scan.accepted, photo.face) == ("Pixel2Mesh of Ada", True, None)
    assert window.commands.stack.count() == 1
    (offer,) = window.messages.findChildren(QPushButton)
    offer.click()
    assert window.fits.panel.isVisible()
    window.fits.panel.cancel.click()
    window.photos.bring_in([Path("Bob.jpg")])
    assert state_of(window).method == "pixel2mesh", "the last choice is remembered"


def test_photos_of_one_person_share_a_face(window: MainWindow) -> None:
    KnownPhotos(window)
    window.photos.bring_in([Path("a.jpg"), Path("b.jpg"), Path("c.jpg")])
    panel = window.photos.panel
    panel.same_person.click()
    panel.all.click()
    document = window.session.state.document
    assert [face.name for face in document.faces] == ["Face 1", "a"]
    assert [photo.face for photo in document.photos] == [1, 1, 1]
    expected = some_code(window.session.model, seed=9)
    np.testing.assert_array_equal(document.face.code.nose, expected.nose)
    expressions = [photo.expression for photo in document.photos]
    assert all(expression is not None for expression in expressions)
    assert [float(e[0]) for e in expressions if e is not None] == pytest.approx([0.0, 0.1, 0.2])
    assert window.commands.stack.count() == 3
    window.menus.undo.trigger()
    assert len(window.session.state.document.photos) == 2
    window.photos.overlay.look_through(1)
    menu = window.outliner.menu_for(ItemRef("photo", 1))
    (take,) = [entry for entry in menu.actions() if entry.text() == "Take its expression"]
    take.trigger()
    np.testing.assert_allclose(window.session.state.code.expression, 0.1)


def test_more_photos_are_added_to_a_face(window: MainWindow, prompts: ScriptedPrompts) -> None:
    KnownPhotos(window)
    import_photo(window)

    def entry(face: int):
        actions = window.outliner.menu_for(ItemRef("face", face)).actions()
        return next(one for one in actions if one.text().startswith("Add photos of"))

    assert not entry(0).isEnabled(), "it was not made from photos"
    prompts.path = Path("/photos/again.jpg")
    menu = window.outliner.menu_for(ItemRef("face", 1))
    next(one for one in menu.actions() if one.text().startswith("Add photos of")).trigger()
    assert "same person" in window.photos.panel.detail.text()
    window.photos.panel.reconstruct.click()
    assert [photo.face for photo in window.session.state.document.photos] == [1, 1]
    assert len(window.session.state.document.faces) == 2


def test_a_photo_of_the_document_joins_another_face(window: MainWindow) -> None:
    KnownPhotos(window)
    import_photo(window)
    import_photo(window, "Bob.jpg")
    window.session.select(ItemRef("face", 1))
    menu = window.outliner.menu_for(ItemRef("photo", 1))
    next(entry for entry in menu.actions() if entry.text().startswith("Same person")).trigger()
    window.photos.panel.reconstruct.click()
    document = window.session.state.document
    assert [photo.face for photo in document.photos] == [1, 1]
    assert [face.name for face in document.faces] == ["Face 1", "Ada", "Bob"]
    assert document.photos[1].camera is not None
    np.testing.assert_allclose(document.photos[1].camera.weak().angles()[0], 10.0, atol=1e-6)
    assert window.photos.overlay.shown == 1
    window.menus.undo.trigger()
    assert [photo.face for photo in window.session.state.document.photos] == [1, 2]


def test_dropped_photos_are_imported(window: MainWindow) -> None:
    KnownPhotos(window)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(f"/photos/{name}") for name in ("a.JPG", "b.webp", "c.txt")])
    event = QDropEvent(
        QPointF(5, 5),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.dropEvent(event)
    assert (state_of(window).name, state_of(window).waiting) == ("a.JPG", 1)
    window.photos.panel.skip.click()
    assert state_of(window).name == "b.webp"


def test_a_file_named_at_the_start_is_taken_by_its_kind(window: MainWindow) -> None:
    KnownPhotos(window)
    bring_in(window, [Path("/photos/Ada.jpg")])
    assert state_of(window).name == "Ada.jpg"
    window.photos.panel.cancel.click()
    bring_in(window, [Path("/scans/none.obj")])
    assert "none.obj" in window.messages.text
    bring_in(window, [Path("/notes/none.txt")])
    assert "none.txt" in window.messages.text


def test_a_reconstruction_can_be_stopped(make_window: MakeWindow) -> None:
    held = ManualExecutor()
    window = make_window(lambda name: held if name == "photo" else InlineExecutor(name))
    known = KnownPhotos(window)
    window.photos.bring_in([Path("a.jpg")])
    assert state_of(window).stage == "reading"
    held.run_next()
    window.photos.panel.reconstruct.click()
    assert state_of(window).stage == "working"
    window.photos.panel.cancel.click()
    held.run_next()
    assert state_of(window).stage == "found", "the photo stays, to try something else"
    assert window.session.state.document.photos == ()
    assert known.methods["codes"].asked == [], "it had not begun"
    window.photos.panel.cancel.click()
    assert window.photos.photo_import.state is None


def test_nothing_joins_the_document_during_a_fit(window: MainWindow) -> None:
    KnownPhotos(window)
    window.photos.bring_in([Path("a.jpg")])
    window.commands.way.set_paused(True)
    window.photos.panel.reconstruct.click()
    assert "busy" in window.messages.text
    assert window.session.state.document.photos == ()
    window.commands.way.set_paused(False)
    window.photos.panel.reconstruct.click()
    assert len(window.session.state.document.photos) == 1
