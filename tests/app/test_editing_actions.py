"""Symmetric editing, mirrors, random faces nearby, limits and the meters, in the real window."""

import numpy as np
import pytest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from app.editing_way import EditingWay
from app.panels.part_menu import PartMenu
from app.window import MainWindow
from engine.editing.plausibility import plausibility
from engine.models.protocol import PARTS
from tests.app.conftest import MakeWindow
from tests.engine.editing.lopsided_model import LopsidedModel
from tests.synthetic_model import EXPRESSIONS

LEFT, RIGHT = EXPRESSIONS.index("Smile left"), EXPRESSIONS.index("Smile right")


@pytest.fixture
def window(make_window: MakeWindow) -> MainWindow:
    return make_window(model=LopsidedModel())


def menu_of(window: MainWindow, part: str) -> PartMenu:
    """A part's menu, as it is when it opens."""
    menu = window.panel.sections[part].header.more.menu()
    assert isinstance(menu, PartMenu)
    menu.fill()
    return menu


def way_of(window: MainWindow) -> EditingWay:
    return window.commands.way


def test_a_slider_moves_both_corners_of_the_mouth_by_default(window: MainWindow) -> None:
    assert way_of(window).mirror is not None
    gesture = window.commands.begin_gesture()
    for value in (0.9, 0.2, 0.5):
        window.commands.set_value("expression", LEFT, value, gesture)
    window.commands.end_gesture()
    expression = window.session.state.code.expression
    assert expression[LEFT] == pytest.approx(0.5)
    assert expression[RIGHT] == pytest.approx(0.5)
    assert window.commands.stack.count() == 1
    window.actions_by_name["symmetric"].trigger()
    window.commands.set_value("expression", LEFT, 0.1)
    assert window.session.state.code.expression[RIGHT] == pytest.approx(0.5)


def test_a_slider_that_comes_back_gives_the_asymmetry_back(window: MainWindow) -> None:
    """The other side is clipped at its end on the way; the gesture remembers where it began."""
    way_of(window).set_symmetric(False)
    window.commands.set_value("expression", RIGHT, 0.6)
    way_of(window).set_symmetric(True)
    start = window.session.state.code
    gesture = window.commands.begin_gesture()
    for value in (0.5, 0.9, 0.0):
        window.commands.set_value("expression", LEFT, value, gesture)
    assert window.session.state.code == start


def test_an_edit_from_elsewhere_within_a_gesture_is_kept(window: MainWindow) -> None:
    gesture = window.commands.begin_gesture()
    window.commands.set_value("nose", 0, 1.0, gesture)
    window.commands.randomise(3, ["eyes"])
    eyes = window.session.state.code.eyes
    window.commands.set_value("nose", 0, 1.5, gesture)
    np.testing.assert_array_equal(window.session.state.code.eyes, eyes)


def test_mirror_twice_is_the_same_face(window: MainWindow) -> None:
    window.commands.randomise(5, ["eyes", "head"])
    before = window.session.state.code
    window.actions_by_name["mirror"].trigger()
    mirrored = window.session.state.code
    assert np.abs(mirrored.head - before.head).max() > 0.2
    assert window.commands.stack.undoText() == "Mirror the face"
    window.actions_by_name["mirror"].trigger()
    np.testing.assert_allclose(window.session.state.code.head, before.head, atol=1e-5)


def test_both_sides_alike_leaves_locked_parts(window: MainWindow) -> None:
    window.commands.randomise(5)
    before = window.session.state.code
    window.session.set_lock("eyes", True)
    window.actions_by_name["even_left"].trigger()
    code, mirror = window.session.state.code, way_of(window).mirror
    assert mirror is not None
    np.testing.assert_array_equal(code.eyes, before.eyes)
    assert mirror.asymmetry(code, "head") < 1e-5
    assert mirror.asymmetry(code, "eyes") > 0.1


def test_a_face_nearby(window: MainWindow) -> None:
    window.commands.randomise(5)
    before = window.session.state.code
    window.session.set_lock("nose", True)
    window.panel.editing_bar.radius.setValue(0.2)
    window.actions_by_name["nearby"].trigger()
    after = window.session.state.code
    assert after.nose.tobytes() == before.nose.tobytes()
    assert 0.0 < np.abs(after.head - before.head).max() < 1.2
    assert window.commands.stack.count() == 2


def test_the_limit_holds_sliders(window: MainWindow, qtbot: QtBot) -> None:
    bar = window.panel.editing_bar
    bar.limit.setCurrentIndex(1)
    bar.limit.activated.emit(1)
    assert way_of(window).limit == 90.0
    for index in range(12):
        window.commands.set_value("nose", index, 3.0)
    found = plausibility(window.session.model, window.session.state.code)["nose"]
    assert 80.0 < found.percentile <= 90.01
    bar.limit.activated.emit(0)
    window.commands.set_value("nose", 0, -3.0)
    assert window.session.state.code.nose[0] == -3.0


def test_meters_show_the_percentiles(window: MainWindow, qtbot: QtBot) -> None:
    meter = window.panel.sections["nose"].header.meter
    assert meter.text == ""
    assert "mean face" in meter.toolTip()
    window.commands.randomise(5)
    found = plausibility(window.session.model, window.session.state.code)
    for part in PARTS:
        shown = window.panel.sections[part].header.meter.text
        assert shown in (f"{found[part].percentile:.0f} %", ">99 %", "1 %", "")
    assert f"{found['nose'].distance:.1f} σ" in meter.toolTip()


def test_the_menu_of_a_part(window: MainWindow) -> None:
    window.commands.randomise(5)
    window.commands.items.add_face()
    source = window.session.state.document.faces[0].code
    menu = menu_of(window, "eyes")
    texts = [action.text() for action in menu.actions()]
    assert texts[0] == "Mirror"
    take = next(action.menu() for action in menu.actions() if action.text() == "Take from")
    assert isinstance(take, QMenu)
    take.actions()[0].trigger()
    code = window.session.state.code
    assert code.eyes.tobytes() == source.eyes.tobytes()
    assert not code.nose.any()
    window.session.set_lock("eyes", True)
    menu.fill()
    assert [action.isEnabled() for action in menu.actions()] == [False]


def test_make_more_usual(window: MainWindow) -> None:
    for index in range(12):
        window.commands.set_value("mouth", index, 3.0)
    menu = menu_of(window, "mouth")
    next(a for a in menu.actions() if a.text() == "Make more usual").trigger()
    found = plausibility(window.session.model, window.session.state.code)["mouth"]
    assert found.percentile <= 95.01
