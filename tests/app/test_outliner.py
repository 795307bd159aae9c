"""The outliner in the real window: eyes, names, order, and what the view draws."""

from itertools import pairwise

import numpy as np
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from app.panels.outliner_model import EYE, NAME
from app.window import MainWindow
from engine.geometry.similarity import Similarity
from engine.project.archive import open_document
from engine.project.document import NamedScan
from engine.project.items import ItemRef
from tests.app.conftest import viewport_of
from tests.app.pointing import pixel_of_place

LEFT = Qt.MouseButton.LeftButton


def place_of(window: MainWindow, ref: ItemRef, column: int) -> QPoint:
    outliner = window.outliner
    return outliner.view.visualRect(outliner.model.index_of(ref, column)).center()


def press(qtbot: QtBot, window: MainWindow, ref: ItemRef, column: int, control=False) -> None:
    modifier = Qt.KeyboardModifier.ControlModifier if control else Qt.KeyboardModifier.NoModifier
    view = window.outliner.view.viewport()
    qtbot.mouseClick(view, LEFT, modifier, place_of(window, ref, column))


def shown(window: MainWindow) -> list[bool]:
    return [face.visible for face in window.session.state.document.faces]


def add_faces(window: MainWindow, count: int) -> None:
    for seed in range(count):
        window.actions_by_name["add_face"].trigger()
        window.commands.randomise(seed)


def head_scan(window: MainWindow, shift: float = 0.0) -> NamedScan:
    """The mean head itself, in centimetres."""
    alignment = Similarity(np.eye(3), np.array([shift, 0.0, 0.0]), 10.0)
    template = window.session.model.template
    mesh = template.with_vertices(template.vertices / 10.0)
    return NamedScan("Ada", mesh, alignment, accepted=True)


def test_a_click_on_a_name_edits_that_face(window: MainWindow, qtbot: QtBot) -> None:
    add_faces(window, 2)
    first = window.session.model.mean_code()
    assert shown(window) == [False, False, True]
    press(qtbot, window, ItemRef("face", 0), NAME)
    assert window.session.state.document.active == 0
    assert window.session.state.code == first
    assert shown(window) == [True, False, False]
    assert window.panel.reveal("nose").row(0).slider.amount == 0.0
    qtbot.waitUntil(lambda: window.follower.status.exact)
    wanted = window.session.model.template_surface(first)
    np.testing.assert_allclose(viewport_of(window).vertex_buffer, wanted, atol=1e-5)


def test_the_eye_shows_beside_and_ctrl_shows_alone(window: MainWindow, qtbot: QtBot) -> None:
    add_faces(window, 2)
    press(qtbot, window, ItemRef("face", 0), EYE)
    assert shown(window) == [True, False, True]
    assert window.session.state.document.active == 2, "an eye chooses nothing"
    assert [item.ref for item in window.others.placed] == [ItemRef("face", 0)]
    press(qtbot, window, ItemRef("face", 1), EYE, control=True)
    assert shown(window) == [False, True, False]
    press(qtbot, window, ItemRef("face", 1), EYE, control=True)
    assert shown(window) == [True, True, True]
    window.menus.undo.trigger()
    assert shown(window) == [False, True, False]


def test_the_eye_of_the_edited_face_hides_it(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.wait(100)
    press(qtbot, window, ItemRef("face", 0), EYE)
    qtbot.wait(300)
    image = viewport_of(window).grabFramebuffer()
    middle = image.pixelColor(image.width() // 2, image.height() // 2)
    assert middle.red() <= middle.blue(), "nothing but the background"
    press(qtbot, window, ItemRef("face", 0), EYE)
    qtbot.wait(300)
    image = viewport_of(window).grabFramebuffer()
    assert image.pixelColor(image.width() // 2, image.height() // 2).red() > middle.red() + 20


def test_renaming_in_place(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_by_name["rename"].trigger()
    editor = window.outliner.view.findChild(QLineEdit)
    assert editor is not None
    editor.selectAll()
    qtbot.keyClicks(editor, "Nora")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.session.state.document.face.name == "Nora")
    window.menus.undo.trigger()
    assert window.session.state.document.face.name == "Face 1"


def test_duplicating_and_deleting(window: MainWindow, qtbot: QtBot) -> None:
    window.commands.randomise(4)
    code = window.session.state.code
    assert not window.outliner.remove.isEnabled()
    window.actions_by_name["duplicate"].trigger()
    assert [face.code for face in window.session.state.document.faces] == [code, code]
    assert window.session.state.document.face.name == "Face 2"
    qtbot.keyClick(window.outliner.view, Qt.Key.Key_Delete)
    assert [face.name for face in window.session.state.document.faces] == ["Face 1"]
    qtbot.keyClick(window.outliner.view, Qt.Key.Key_Delete)
    assert len(window.session.state.document.faces) == 1


def test_dragging_reorders_within_a_group(window: MainWindow) -> None:
    add_faces(window, 2)
    window.commands.items.add_scan(head_scan(window))
    model = window.outliner.model
    faces, scans = model.groups()
    dragged = model.mimeData([model.index_of(ItemRef("face", 2))])
    move = Qt.DropAction.MoveAction
    assert not model.canDropMimeData(dragged, move, 0, 0, scans)
    assert not model.canDropMimeData(dragged, move, 0, 0, QModelIndex())
    model.dropMimeData(dragged, move, 0, 0, faces)
    names = [face.name for face in window.session.state.document.faces]
    assert names == ["Face 3", "Face 1", "Face 2"]
    assert window.session.state.document.face.name == "Face 3"
    # Between rows counts the dragged row itself; onto a row takes its place.
    model.dropMimeData(model.mimeData([model.index_of(ItemRef("face", 0))]), move, 2, 0, faces)
    assert [face.name for face in window.session.state.document.faces][1] == "Face 3"
    onto = model.index_of(ItemRef("face", 0))
    model.dropMimeData(model.mimeData([model.index_of(ItemRef("face", 2))]), move, -1, -1, onto)
    assert window.session.state.document.faces[0].name == "Face 2"


def test_scans_are_drawn_where_they_are_aligned(window: MainWindow) -> None:
    window.commands.items.add_scan(head_scan(window, 5.0))
    (item,) = window.others.placed
    template = window.session.model.template
    placed = item.drawn.vertices @ item.matrix[:3, :3].T + item.matrix[:3, 3]
    np.testing.assert_allclose(placed, template.vertices + np.array([5.0, 0, 0]), atol=1e-3)
    np.testing.assert_array_equal(item.drawn.colors, template.colors)
    window.actions_by_name["skin"].trigger()
    (item,) = window.others.placed
    red, _, blue = item.drawn.colors.astype(int).T
    assert (blue > red).all(), "neutral where the face is clay"
    assert window.session.state.selected == ItemRef("scan", 0)


def test_spread_out_items_do_not_overlap(window: MainWindow) -> None:
    add_faces(window, 2)
    window.commands.items.add_scan(head_scan(window, 30.0))
    window.session.activate(1)
    for index in range(3):
        window.commands.items.set_visible(ItemRef("face", index), True)
    window.actions_by_name["spread"].trigger()
    own = viewport_of(window).vertex_buffer[:, 0]
    ends: dict[ItemRef | None, tuple[float, float]] = {None: (own.min(), own.max())}
    for item in window.others.placed:
        x = item.drawn.vertices @ item.matrix[0, :3] + item.matrix[0, 3]
        ends[item.ref] = (x.min(), x.max())
    order = [ItemRef("face", 0), None, ItemRef("face", 2), ItemRef("scan", 0)]
    for left, right in pairwise(order):
        assert ends[left][1] + 15.0 < ends[right][0]
    assert window.outliner.spread.isChecked()


def test_a_click_on_another_face_edits_it(window: MainWindow, qtbot: QtBot) -> None:
    add_faces(window, 1)
    window.commands.items.add_scan(head_scan(window))
    window.commands.items.set_visible(ItemRef("face", 0), True)
    window.actions_by_name["spread"].trigger()
    window.session.select(ItemRef("face", 1))
    first, scan = (item.matrix[:3, 3] for item in window.others.placed)
    nose = window.session.model.template.vertices[window.session.model.landmarks[30]]
    viewport = viewport_of(window)
    qtbot.mouseClick(viewport, LEFT, pos=pixel_of_place(viewport, nose + scan).toPoint())
    assert window.session.state.selected == ItemRef("scan", 0)
    qtbot.mouseClick(viewport, LEFT, pos=pixel_of_place(viewport, nose + first).toPoint())
    assert window.session.state.document.active == 0
    assert shown(window) == [True, True]


def test_the_context_menu_offers_what_can_be_done(window: MainWindow) -> None:
    window.commands.items.add_scan(head_scan(window))
    menu = window.outliner.menu_for(ItemRef("face", 0))
    entries = {action.text().split("\t")[0]: action for action in menu.actions()}
    assert not entries["Delete"].isEnabled()
    entries["Hide"].trigger()
    assert shown(window) == [False]
    menu = window.outliner.menu_for(ItemRef("scan", 0))
    entries = {action.text().split("\t")[0]: action for action in menu.actions()}
    assert "Duplicate" not in entries
    entries["Delete"].trigger()
    assert window.session.state.document.scans == ()


def test_several_items_are_saved_and_opened(window: MainWindow, tmp_path) -> None:
    add_faces(window, 1)
    window.commands.items.add_scan(head_scan(window, 1.0))
    path = tmp_path / "many.lineament"
    window.documents.save_to(path)
    assert len(open_document(path).scans) == 1
    window.actions_by_name["new"].trigger()
    assert window.outliner.model.rowCount() == 1
    assert not window.others.placed
    window.documents.open(path)
    document = window.session.state.document
    assert ([face.name for face in document.faces], document.active) == (["Face 1", "Face 2"], 1)
    assert [item.ref for item in window.others.placed] == [ItemRef("scan", 0)]
    assert window.outliner.model.rowCount() == 2
