"""Edits, gestures and undo, without a window."""

import numpy as np
import pytest

from app.commands import Commands
from app.session import Session
from engine.models.protocol import PARTS
from tests.synthetic_model import SyntheticModel


@pytest.fixture
def session(qapp) -> Session:
    session = Session()
    session.start(SyntheticModel())
    return session


@pytest.fixture
def commands(session: Session) -> Commands:
    return Commands(session)


def test_a_gesture_is_one_step(session: Session, commands: Commands) -> None:
    gesture = commands.begin_gesture()
    for value in (0.5, 1.0, 1.5):
        commands.set_value("nose", 2, value, gesture)
    commands.end_gesture()
    assert commands.stack.count() == 1
    assert session.state.code.nose[2] == 1.5
    commands.stack.undo()
    assert session.state.code == session.model.mean_code()
    commands.stack.redo()
    assert session.state.code.nose[2] == 1.5


def test_two_gestures_are_two_steps(commands: Commands) -> None:
    for value in (1.0, 2.0):
        commands.set_value("nose", 0, value, commands.begin_gesture())
    assert commands.stack.count() == 2


def test_a_gesture_that_returns_leaves_no_entry(session: Session, commands: Commands) -> None:
    commands.set_value("eyes", 0, 1.0)
    gesture = commands.begin_gesture()
    for value in (1.0, -1.0, 0.0):
        commands.set_value("nose", 0, value, gesture)
    assert commands.stack.count() == 1
    assert session.state.code.eyes[0] == 1.0
    commands.stack.undo()
    assert session.state.code == session.model.mean_code()


def test_values_stay_within_the_direction(session: Session, commands: Commands) -> None:
    commands.set_value("nose", 0, 99.0)
    commands.set_value("expression", 0, -2.0)
    assert session.state.code.nose[0] == 3.0
    assert session.state.code.expression[0] == 0.0


def test_a_seed_gives_the_same_face(session: Session, commands: Commands) -> None:
    commands.randomise(7)
    first = session.state.code
    commands.reset()
    commands.randomise(8)
    assert session.state.code != first
    commands.randomise(7)
    assert session.state.code == first


def test_random_of_one_part_changes_that_part(session: Session, commands: Commands) -> None:
    commands.randomise(7, ["mouth"])
    code, mean = session.state.code, session.model.mean_code()
    changed = [part for part in PARTS if not np.array_equal(code.part(part), mean.part(part))]
    assert changed == ["mouth"]


def test_locked_parts_stay(session: Session, commands: Commands) -> None:
    commands.set_value("nose", 0, 2.0)
    session.set_lock("nose", True)
    nose = session.state.code.nose
    commands.randomise(3)
    commands.reset()
    commands.reset(["nose"])
    assert np.array_equal(session.state.code.nose, nose)
    session.set_lock("nose", False)
    commands.reset(["nose"])
    assert not session.state.code.nose.any()


def test_dirty_follows_the_stack(session: Session, commands: Commands) -> None:
    assert not session.state.dirty
    commands.set_value("nose", 0, 1.0)
    assert session.state.dirty
    commands.mark_saved()
    assert not session.state.dirty
    commands.stack.undo()
    assert session.state.dirty
    commands.stack.redo()
    assert not session.state.dirty
