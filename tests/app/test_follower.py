"""Preview at once, exact at rest, late results as a new base."""

from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.commands import Commands
from app.follower import SurfaceFollower
from app.jobs import JobRunner
from app.live_preview import Frame
from app.session import Session
from app.surfaces import Surface
from tests.app.executors import ManualExecutor
from tests.synthetic_model import SyntheticModel


class Watched:
    """A session with a follower whose jobs run when told."""

    def __init__(self) -> None:
        self.model = SyntheticModel()
        self.executor = ManualExecutor()
        self.session = Session()
        self.commands = Commands(self.session)
        self.runner = JobRunner("surface", self.executor)
        self.follower = SurfaceFollower(self.session, self.runner)
        self.surfaces: list[Surface] = []
        self.frames: list[Frame] = []
        self.follower.replaced.connect(self.surfaces.append)
        self.follower.moved.connect(self.frames.append)
        self.session.start(self.model)

    @property
    def code(self):
        return self.session.state.code


@pytest.fixture
def watched(qtbot: QtBot) -> Watched:
    watched = Watched()
    qtbot.waitUntil(lambda: len(watched.executor.held) == 1)
    return watched


def test_a_preview_is_there_before_any_job(watched: Watched) -> None:
    assert len(watched.surfaces) == 1
    assert not watched.follower.status.exact
    watched.executor.run_next()
    assert watched.follower.status.exact
    assert watched.surfaces[-1].exact


def test_each_edit_moves_the_surface_in_the_same_call(watched: Watched) -> None:
    watched.executor.run_next()
    gesture = watched.commands.begin_gesture()
    for count, value in enumerate((0.4, 0.9, 1.7), start=1):
        watched.commands.set_value("nose", 0, value, gesture)
        assert len(watched.frames) == count
    wanted = watched.model.preview(watched.code)
    np.testing.assert_allclose(watched.frames[-1].vertices, wanted, atol=0.01)
    assert not watched.follower.status.exact


def test_the_exact_surface_comes_when_the_hand_lets_go(watched: Watched, qtbot: QtBot) -> None:
    watched.executor.run_next()
    gesture = watched.commands.begin_gesture()
    watched.commands.set_value("head", 0, 2.0, gesture)
    assert not watched.executor.held
    watched.commands.end_gesture()
    qtbot.waitUntil(lambda: bool(watched.executor.held), timeout=1000)
    watched.executor.run_next()
    exact = watched.model.template_surface(watched.code)
    np.testing.assert_array_equal(watched.surfaces[-1].vertices, exact)
    assert watched.follower.status.exact


def test_a_hand_that_rests_is_enough(watched: Watched, qtbot: QtBot) -> None:
    watched.executor.run_next()
    watched.commands.set_value("head", 0, 2.0, watched.commands.begin_gesture())
    qtbot.waitUntil(lambda: bool(watched.executor.held), timeout=2000)


def test_a_late_result_is_shown_with_what_moved_since(watched: Watched, qtbot: QtBot) -> None:
    watched.executor.run_next()
    gesture = watched.commands.begin_gesture()
    watched.commands.set_value("head", 0, 2.0, gesture)
    qtbot.waitUntil(lambda: bool(watched.executor.held), timeout=2000)
    earlier = watched.code
    watched.commands.set_value("head", 0, 2.6, gesture)
    watched.executor.run_next()
    shown = watched.surfaces[-1]
    step = watched.model.preview(watched.code) - watched.model.preview(earlier)
    wanted = watched.model.template_surface(earlier) + step
    np.testing.assert_allclose(shown.vertices, wanted, atol=1e-3)
    assert not shown.exact
    assert not watched.follower.status.exact


def test_another_topology_is_extracted(watched: Watched, qtbot: QtBot) -> None:
    watched.executor.run_next()
    view = replace(watched.session.state.view, topology="free", resolution=64)
    watched.session.set_view(view)
    qtbot.waitUntil(lambda: bool(watched.executor.held), timeout=1000)
    watched.executor.run_next()
    surface = watched.surfaces[-1]
    assert surface.carrier is not None
    assert len(surface.vertices) != len(watched.model.template.vertices)
    distances = watched.model.field(watched.code).evaluate(surface.vertices)
    assert np.percentile(np.abs(distances), 95) < 0.3
    watched.commands.set_value("nose", 0, 1.0, watched.commands.begin_gesture())
    assert watched.frames[-1].vertices.shape == surface.vertices.shape


def test_another_document_opens_with_the_shade_that_is_known(
    watched: Watched, qtbot: QtBot
) -> None:
    """Shading takes most of the time of a preview, and the exact surface has its own anyway."""
    watched.executor.run_next()
    before = watched.surfaces[-1]
    document = watched.session.state.document
    face = replace(document.face, code=watched.code.with_value("head", 0, 3.0))
    watched.session.open(replace(document, faces=(face,)), None)
    assert not watched.surfaces[-1].exact
    assert watched.surfaces[-1].shade is before.shade
    np.testing.assert_allclose(
        watched.surfaces[-1].vertices, watched.model.preview(face.code), atol=1e-5
    )
    qtbot.waitUntil(lambda: bool(watched.executor.held), timeout=1000)
    watched.executor.run_next()
    assert watched.surfaces[-1].exact
    assert not np.array_equal(watched.surfaces[-1].shade, before.shade)
