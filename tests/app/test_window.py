"""The real window, driven as a hand would."""

import threading
import time

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.crash_reports import CrashReports
from app.jobs import ThreadExecutor
from app.panels.direction_row import DirectionRow
from app.panels.value_slider import ValueSlider
from app.theme import DARK, LIGHT
from app.window import MainWindow
from tests.app.conftest import MakeWindow, viewport_of
from tests.synthetic_model import SyntheticModel


def row_of(window: MainWindow, part: str, index: int = 0) -> DirectionRow:
    return window.panel.reveal(part).row(index)


def x_of(slider: ValueSlider, value: float) -> QPoint:
    span = slider.maximum() - slider.minimum()
    share = (value * 1000 - slider.minimum()) / span
    return QPoint(round(6.5 + share * (slider.width() - 13)), slider.height() // 2)


def drag(qtbot: QtBot, slider: ValueSlider, values: list[float], modifier=None) -> None:
    """Press the handle, move it to each of `values`, let go."""
    modifier = modifier or Qt.KeyboardModifier.NoModifier
    button = Qt.MouseButton.LeftButton
    qtbot.mousePress(slider, button, modifier, x_of(slider, slider.amount))
    for value in values:
        qtbot.mouseMove(slider, x_of(slider, value))
    qtbot.mouseRelease(slider, button, modifier, x_of(slider, values[-1]))


def turn_wheel(widget, modifiers: Qt.KeyboardModifier) -> QWheelEvent:
    event = QWheelEvent(
        QPointF(5, 5),
        QPointF(widget.mapToGlobal(QPoint(5, 5))),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)
    return event


def test_a_drag_moves_the_surface_in_place_and_is_one_step(
    window: MainWindow, qtbot: QtBot
) -> None:
    row = row_of(window, "nose")
    buffer = viewport_of(window).vertex_buffer
    before = buffer.copy()
    drag(qtbot, row.slider, [0.5, 1.0, 1.5, 2.0])
    value = window.session.state.code.nose[0]
    assert value == pytest.approx(2.0, abs=0.1)
    assert window.commands.stack.count() == 1
    qtbot.waitUntil(lambda: window.follower.status.exact)
    after = viewport_of(window).vertex_buffer
    assert np.shares_memory(buffer, after)
    assert np.abs(after - before).max() > 1.0
    wanted = window.session.model.template_surface(window.session.state.code)
    np.testing.assert_allclose(after, wanted, atol=1e-5)
    assert row.box.value() == pytest.approx(value, abs=0.01)


def test_keys_reach_the_view_before_the_choice_of_the_surface(window: MainWindow) -> None:
    """Where the next widget gets the keys of one that goes, an arrow key changes no surface."""
    tabs = Qt.FocusPolicy.TabFocus.value
    before = window.surface_chooser.previousInFocusChain()
    assert before is not None
    while not (before.focusPolicy().value & tabs and before.isVisible()):
        before = before.previousInFocusChain()
        assert before is not None
    assert id(before) == id(window.view)


def test_undo_and_redo_move_surface_and_sliders(window: MainWindow, qtbot: QtBot) -> None:
    row = row_of(window, "mouth")
    drag(qtbot, row.slider, [-1.0, -2.0])
    moved = row.slider.amount
    window.menus.undo.trigger()
    assert row.slider.amount == 0.0
    qtbot.waitUntil(lambda: window.follower.status.exact)
    mean = window.session.model.template_surface(window.session.model.mean_code())
    np.testing.assert_allclose(viewport_of(window).vertex_buffer, mean, atol=1e-5)
    window.menus.redo.trigger()
    assert row.slider.amount == pytest.approx(moved)


def test_a_drag_that_returns_leaves_no_entry(window: MainWindow, qtbot: QtBot) -> None:
    row = row_of(window, "nose")
    drag(qtbot, row.slider, [0.7, 1.2, 0.0])
    assert row.slider.amount == 0.0
    assert window.commands.stack.count() == 0
    assert not window.isWindowModified()


def test_shift_moves_finely(window: MainWindow, qtbot: QtBot) -> None:
    slider = row_of(window, "nose").slider
    window.activateWindow()
    start = x_of(slider, 0.0)
    shift, button = Qt.KeyboardModifier.ShiftModifier, Qt.MouseButton.LeftButton
    qtbot.mousePress(slider, button, shift, start)
    event_x = x_of(slider, 2.0)
    move = QMouseEvent(
        QEvent.Type.MouseMove,
        QPointF(event_x),
        QPointF(slider.mapToGlobal(event_x)),
        Qt.MouseButton.NoButton,
        button,
        shift,
    )
    QApplication.sendEvent(slider, move)
    qtbot.mouseRelease(slider, button, shift, event_x)
    assert slider.amount == pytest.approx(0.2, abs=0.02)


def test_the_plain_wheel_changes_nothing_and_ctrl_steps(window: MainWindow) -> None:
    slider = row_of(window, "nose").slider
    turn_wheel(slider, Qt.KeyboardModifier.NoModifier)
    assert slider.amount == 0.0
    turn_wheel(slider, Qt.KeyboardModifier.ControlModifier)
    turn_wheel(slider, Qt.KeyboardModifier.ControlModifier)
    assert slider.amount == pytest.approx(0.2)
    assert window.commands.stack.count() == 1


def test_arrow_keys_step(window: MainWindow, qtbot: QtBot) -> None:
    slider = row_of(window, "eyes").slider
    qtbot.keyClick(slider, Qt.Key.Key_Right)
    assert slider.amount == pytest.approx(0.1)
    qtbot.keyClick(slider, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert slider.amount == pytest.approx(0.09)


def test_a_typed_value_is_set(window: MainWindow, qtbot: QtBot) -> None:
    box = row_of(window, "head", 1).box
    box.selectAll()
    qtbot.keyClicks(box, "-1.25")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert window.session.state.code.head[1] == pytest.approx(-1.25)


def test_a_double_click_on_the_name_resets(window: MainWindow, qtbot: QtBot) -> None:
    row = row_of(window, "nose")
    drag(qtbot, row.slider, [1.0, 2.0])
    qtbot.mouseDClick(row.name, Qt.MouseButton.LeftButton)
    assert window.session.state.code.nose[0] == 0.0
    assert window.commands.stack.count() == 2


def test_random_respects_the_lock_and_repeats_its_seed(window: MainWindow, qtbot: QtBot) -> None:
    header = window.panel.sections["nose"].header
    qtbot.mouseClick(header.lock, Qt.MouseButton.LeftButton)
    bar = window.panel.global_bar
    bar.seed.setValue(42)
    bar.apply_seed()
    first = window.session.state.code
    assert not first.nose.any()
    assert first.eyes.any()
    qtbot.mouseClick(bar.random, Qt.MouseButton.LeftButton)
    assert window.session.state.code != first
    bar.seed.setValue(42)
    bar.apply_seed()
    assert window.session.state.code == first
    assert not header.random.isEnabled()


def test_hovering_a_card_highlights_its_part(window: MainWindow, qtbot: QtBot) -> None:
    plain = viewport_of(window).color_buffer.copy()
    window.panel.sections["nose"].hovered.emit(True)
    lit = viewport_of(window).color_buffer
    weights = window.session.model.template.region_weights
    assert weights is not None
    changed = np.abs(lit.astype(int) - plain).sum(axis=1)
    assert changed[weights[:, 0] > 0.9].min() > 10
    window.panel.sections["nose"].hovered.emit(False)
    np.testing.assert_array_equal(viewport_of(window).color_buffer, plain)


def test_regions_and_wireframe_are_shown(window: MainWindow) -> None:
    plain = viewport_of(window).color_buffer.copy()
    window.actions_by_name["regions"].trigger()
    assert window.session.state.view.regions
    assert (viewport_of(window).color_buffer != plain).any()
    window.actions_by_name["wireframe"].trigger()
    assert window.session.state.view.wireframe


def test_views_look_from_their_sides(window: MainWindow) -> None:
    for name, axis, sign in (("front", 2, 1), ("side", 0, 1), ("top", 1, 1)):
        window.actions_by_name[name].trigger()
        orbit = viewport_of(window).orbit
        arm = np.subtract(orbit.position, orbit.target)
        assert np.abs(arm).argmax() == axis
        assert np.sign(arm[axis]) == sign
        window.actions_by_name.mirrored[name].trigger()
        orbit = viewport_of(window).orbit
        assert np.sign(np.subtract(orbit.position, orbit.target)[axis]) == -sign


def test_nothing_is_drawn_when_nothing_happens(window: MainWindow, qtbot: QtBot) -> None:
    drawn: list[int] = []
    viewport = viewport_of(window)
    qtbot.wait(400)
    viewport.renderer.AddObserver("EndEvent", lambda *_: drawn.append(1))
    qtbot.wait(700)
    assert not drawn
    window.commands.set_value("nose", 0, 1.0)
    qtbot.waitUntil(lambda: bool(drawn), timeout=3000)


def test_the_picture_shows_a_face(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.wait(200)
    image = viewport_of(window).grabFramebuffer()
    middle = image.pixelColor(image.width() // 2, image.height() // 2)
    corner = image.pixelColor(3, 3)
    assert middle.red() > middle.blue() + 20, "skin is warm"
    assert corner.red() < 120, "the dark background"


def test_the_theme_switches(window: MainWindow, qtbot: QtBot) -> None:
    window.themes.choose("light")
    assert window.themes.theme is LIGHT
    background = viewport_of(window).renderer.GetBackground()
    np.testing.assert_allclose(np.array(background) * 255, LIGHT.backdrop_inner, atol=1)
    window.themes.choose("dark")
    assert window.themes.theme is DARK
    assert QApplication.palette().window().color().name() == DARK.panel


def test_closing_while_a_job_runs(make_window: MakeWindow, qtbot: QtBot) -> None:
    entered, ended = threading.Event(), threading.Event()

    class Slow(SyntheticModel):
        def template_surface(self, code, cancel=None):
            entered.set()
            while cancel is not None and not cancel.cancelled:
                time.sleep(0.002)
            ended.set()
            return super().template_surface(code, cancel)

    window = make_window(ThreadExecutor, Slow())
    qtbot.waitUntil(entered.is_set)
    window.close()
    assert ended.is_set()
    assert not window.isVisible()
    qtbot.wait(50)


def test_an_unexpected_error_is_told_and_the_window_lives(window: MainWindow, tmp_path) -> None:
    reports = CrashReports(tmp_path)
    reports.happened.connect(window.show_text)
    try:
        raise ZeroDivisionError("by hand")
    except ZeroDivisionError as error:
        reports.report(type(error), error, error.__traceback__)
    assert "ZeroDivisionError" in window.messages.text
    assert "save it" in window.messages.text
    window.commands.set_value("nose", 0, 1.0)
    assert window.session.state.dirty


def test_a_click_on_the_face_opens_the_part(window: MainWindow, qtbot: QtBot) -> None:
    viewport = viewport_of(window)
    window.panel.set_open_parts(())
    weights = window.session.model.template.region_weights
    assert weights is not None
    mouth = viewport.vertex_buffer[int(weights[:, 2].argmax())]
    orbit = viewport.orbit
    half = np.tan(np.radians(12.0)) * (orbit.distance - (mouth - orbit.target)[2])
    scale = viewport.height() / 2 / half
    x = viewport.width() / 2 + scale * (mouth - orbit.target)[0]
    y = viewport.height() / 2 - scale * (mouth - orbit.target)[1]
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=QPoint(round(x), round(y)))
    assert window.panel.open_parts() == ("mouth",)


def test_a_drag_on_the_face_turns_it_and_opens_nothing(window: MainWindow, qtbot: QtBot) -> None:
    viewport = viewport_of(window)
    before = window.panel.open_parts()
    button, middle = Qt.MouseButton.LeftButton, viewport.rect().center()
    start = viewport.orbit.azimuth
    qtbot.mousePress(viewport, button, pos=middle)
    for step in (20, 40):
        place = QPointF(middle + QPoint(step, 0))
        move = QMouseEvent(
            QEvent.Type.MouseMove,
            place,
            viewport.mapToGlobal(place),
            Qt.MouseButton.NoButton,
            button,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(viewport, move)
    qtbot.mouseRelease(viewport, button, pos=middle + QPoint(40, 0))
    assert viewport.orbit.azimuth == pytest.approx((start - 14.0) % 360.0)
    assert window.panel.open_parts() == before


def test_a_closed_view_keeps_no_wrapper_of_its_surface(window: MainWindow) -> None:
    """Qt may put another object where the surface was, and Python would take it for one."""
    viewport = viewport_of(window)
    viewport.shut()
    assert viewport._surface is None
    assert viewport._ctx is None
