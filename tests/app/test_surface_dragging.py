"""The drag tool in the real window."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from pytestqt.qtbot import QtBot

from app.viewport.surface_dragging import SurfaceDragging
from app.window import MainWindow
from engine.models.protocol import PARTS
from tests.app.conftest import MakeWindow, viewport_of
from tests.app.pointing import move, pixel_of, press, pull, release
from tests.engine.editing.lopsided_model import LopsidedModel

SHIFT, ALT = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier


@pytest.fixture
def window(make_window: MakeWindow) -> MainWindow:
    window = make_window(model=LopsidedModel())
    window.actions_by_name["drag"].trigger()
    return window


def vertex_at(window: MainWindow, x: float, y: float) -> int:
    """The front vertex nearest to (x, y) mm."""
    vertices = window.session.model.template.vertices
    gaps = np.hypot(vertices[:, 0] - x, vertices[:, 1] - y) + 1000.0 * (vertices[:, 2] < 0)
    return int(gaps.argmin())


def changed_parts(window: MainWindow) -> set[str]:
    mean = window.session.model.mean_code()
    return {p for p in PARTS if (window.session.state.code.part(p) != mean.part(p)).any()}


def dragging_of(window: MainWindow) -> SurfaceDragging:
    return window.findChildren(SurfaceDragging)[0]


def test_the_point_follows_the_mouse_in_one_step(window: MainWindow) -> None:
    viewport = viewport_of(window)
    # At the side of the head the synthetic surface can move across the picture.
    vertex = vertex_at(window, 66.0, -20.0)
    start = pixel_of(viewport, vertex)
    pull(viewport, vertex, QPointF(6.0, 0.0))
    reached = pixel_of(viewport, vertex)
    assert reached.x() - start.x() == pytest.approx(6.0, abs=2.5)
    assert window.commands.stack.count() == 1
    assert window.commands.stack.undoText() == "Drag the head"
    assert changed_parts(window) == {"head"}
    assert not window.session.state.moving
    window.menus.undo.trigger()
    assert window.session.state.code == window.session.model.mean_code()


def test_symmetric_drags_move_both_sides(window: MainWindow) -> None:
    viewport = viewport_of(window)
    vertex, other = vertex_at(window, 66.0, -20.0), vertex_at(window, -66.0, -20.0)
    before = viewport.vertex_buffer.copy()
    pull(viewport, vertex, QPointF(6.0, 0.0))
    moved = viewport.vertex_buffer - before
    assert moved[vertex][0] > 0.5
    assert moved[other][0] == pytest.approx(-moved[vertex][0], abs=0.2)
    window.menus.undo.trigger()
    window.actions_by_name["symmetric"].trigger()
    before = viewport.vertex_buffer.copy()
    pull(viewport, vertex, QPointF(6.0, 0.0))
    moved = viewport.vertex_buffer - before
    assert moved[vertex][0] > 0.5
    assert abs(moved[other][0]) < 0.5 * moved[vertex][0]


def test_locked_parts_stay_and_a_message_says_so(window: MainWindow) -> None:
    window.session.set_lock("head", True)
    viewport = viewport_of(window)
    pull(viewport, vertex_at(window, 66.0, -20.0), QPointF(10.0, 0.0))
    assert window.commands.stack.count() == 0
    assert "head is locked" in window.messages.text
    window.actions_by_name["drag_all"].trigger()
    pull(viewport, vertex_at(window, 31.0, 22.0), QPointF(4.0, 4.0))
    assert "head" not in changed_parts(window)
    assert changed_parts(window)


def test_pins_stay_and_can_be_taken_away(window: MainWindow) -> None:
    viewport = viewport_of(window)
    window.actions_by_name["symmetric"].trigger()
    vertex, pinned = vertex_at(window, 66.0, -20.0), vertex_at(window, 50.0, -50.0)
    place = pixel_of(viewport, pinned)
    before = viewport.vertex_buffer.copy()
    pull(viewport, vertex, QPointF(6.0, 0.0))
    free = np.linalg.norm(viewport.vertex_buffer[pinned] - before[pinned])
    window.menus.undo.trigger()
    press(viewport, place, SHIFT)
    release(viewport, place, SHIFT)
    dragging = dragging_of(window)
    assert len(dragging.pins.places) == 1
    pull(viewport, vertex, QPointF(6.0, 0.0))
    held = np.linalg.norm(viewport.vertex_buffer[pinned] - before[pinned])
    assert held < 0.3 * free
    press(viewport, pixel_of(viewport, pinned), SHIFT)
    assert not dragging.pins.places
    press(viewport, place, SHIFT)
    window.actions_by_name["clear_pins"].trigger()
    assert not dragging.pins.places


def test_escape_gives_up(window: MainWindow, qtbot: QtBot) -> None:
    viewport = viewport_of(window)
    start = pixel_of(viewport, vertex_at(window, 66.0, -20.0))
    press(viewport, start)
    move(viewport, start + QPointF(10.0, 0.0))
    assert window.session.state.code != window.session.model.mean_code()
    qtbot.keyClick(viewport, Qt.Key.Key_Escape)
    assert window.session.state.code == window.session.model.mean_code()
    assert window.commands.stack.count() == 0
    move(viewport, start + QPointF(20.0, 0.0))
    assert window.session.state.code == window.session.model.mean_code()


def test_beside_the_face_the_hand_turns_it(window: MainWindow) -> None:
    viewport = viewport_of(window)
    before = viewport.orbit
    press(viewport, QPointF(4.0, 4.0))
    move(viewport, QPointF(34.0, 4.0))
    release(viewport, QPointF(34.0, 4.0))
    assert viewport.orbit.azimuth != before.azimuth
    assert window.commands.stack.count() == 0


def test_a_click_opens_the_part(window: MainWindow) -> None:
    window.panel.set_open_parts(())
    viewport = viewport_of(window)
    place = pixel_of(viewport, vertex_at(window, 0.0, -47.0))
    press(viewport, place)
    release(viewport, place)
    assert window.panel.open_parts() == ("mouth",)


def test_alt_drags_without_the_tool(window: MainWindow) -> None:
    window.actions_by_name["drag"].trigger()
    viewport = viewport_of(window)
    vertex = vertex_at(window, 66.0, -20.0)
    pull(viewport, vertex, QPointF(8.0, 0.0))
    assert window.commands.stack.count() == 0
    viewport.look_from("front")
    pull(viewport, vertex, QPointF(8.0, 0.0), ALT)
    assert window.commands.stack.undoText() == "Drag the head"


def test_a_wild_pull_stays_within_the_sliders(window: MainWindow) -> None:
    viewport = viewport_of(window)
    pull(viewport, vertex_at(window, 66.0, -20.0), QPointF(3000.0, -2000.0))
    assert np.abs(window.session.state.code.head).max() <= 3.0


def test_the_free_surface_can_be_dragged(window: MainWindow, qtbot: QtBot) -> None:
    view = window.session.state.view
    window.session.set_view(replace(view, topology="free", resolution=64))

    def is_free() -> bool:
        shown = window.follower.surface
        return shown is not None and shown.carrier is not None

    qtbot.waitUntil(is_free, timeout=10_000)
    viewport, surface = viewport_of(window), window.follower.surface
    assert surface is not None
    wanted = np.array([66.0, -20.0])
    near = np.hypot(*(surface.vertices[:, :2] - wanted).T) + 1000.0 * (surface.vertices[:, 2] < 0)
    pull(viewport, int(near.argmin()), QPointF(6.0, 0.0))
    assert window.commands.stack.undoText() == "Drag the head"
