"""Edits of whole faces and scans, and their undo, without a window."""

import numpy as np
import pytest

from app.commands import Commands
from app.session import Session
from engine.geometry.mesh import Mesh
from engine.geometry.similarity import Similarity
from engine.project.document import NamedScan
from engine.project.items import ItemRef
from tests.synthetic_model import SyntheticModel


@pytest.fixture
def session(qapp) -> Session:
    session = Session()
    session.start(SyntheticModel())
    return session


@pytest.fixture
def commands(session: Session) -> Commands:
    return Commands(session)


def make_scan(name: str = "scan") -> NamedScan:
    mesh = Mesh(np.eye(3), np.array([[0, 1, 2]]))
    return NamedScan(name, mesh, Similarity.identity(), accepted=True)


def names(session: Session) -> list[str]:
    return [face.name for face in session.state.document.faces]


def test_everything_goes_back_and_forth(session: Session, commands: Commands) -> None:
    start = session.state.document
    scan = make_scan()
    commands.items.add_face()
    commands.set_value("nose", 0, 1.0)
    commands.items.duplicate_face(1)
    commands.items.add_scan(scan)
    commands.items.rename(ItemRef("face", 0), "Nora")
    commands.items.move(ItemRef("face", 0), 2)
    commands.items.set_visible(ItemRef("scan", 0), False)
    commands.items.set_alignment(0, Similarity.scaling(2.0), True)
    commands.items.remove(ItemRef("face", 0))
    commands.items.remove(ItemRef("scan", 0))
    end = session.state.document
    assert (names(session), end.scans) == (["Face 3", "Nora"], ())
    assert commands.stack.count() == 10
    for _ in range(10):
        commands.stack.undo()
    assert session.state.document == start
    for _ in range(10):
        commands.stack.redo()
    assert session.state.document == end
    commands.stack.undo()
    assert session.state.document.scans[0].mesh is scan.mesh, "a deleted scan is kept, not copied"


def test_undo_returns_to_the_face_it_was_done_to(session: Session, commands: Commands) -> None:
    commands.set_value("nose", 0, 1.5)
    first = session.state.code
    commands.items.add_face()
    commands.set_value("eyes", 0, 1.0)
    session.activate(0)
    assert session.state.code == first
    commands.stack.undo()
    assert session.state.document.active == 1
    assert session.state.code == session.model.mean_code()
    assert session.state.document.faces[0].code == first
    commands.stack.undo()
    commands.stack.undo()
    assert session.state.code == session.model.mean_code()


def test_activating_says_that_the_code_changed(session: Session, commands: Commands) -> None:
    commands.set_value("nose", 0, 1.5)
    commands.items.add_face()
    told: list[tuple] = []
    session.code_changed.connect(lambda before, after: told.append((before, after)))
    mean, other = session.state.code, session.state.document.faces[0].code
    session.activate(0)
    assert told == [(mean, other)]
    assert session.state.document.faces[0].visible
    assert not session.state.document.faces[1].visible
    assert commands.stack.count() == 2, "choosing a face is no step of undo"


def test_the_selection_follows_the_scan(session: Session, commands: Commands) -> None:
    assert session.state.selected == ItemRef("face", 0)
    commands.items.add_scan(make_scan("a"))
    commands.items.add_scan(make_scan("b"))
    assert session.state.selected == ItemRef("scan", 1)
    session.select(ItemRef("scan", 0))
    commands.items.move(ItemRef("scan", 0), 1)
    assert session.state.selected == ItemRef("scan", 1)
    commands.items.remove(ItemRef("scan", 1))
    assert session.state.selected == ItemRef("face", 0)
    commands.stack.undo()
    assert session.state.selected == ItemRef("scan", 1)
    session.select(ItemRef("face", 0))
    assert session.state.selected == ItemRef("face", 0)
    session.select(ItemRef("scan", 7))
    assert session.state.selected == ItemRef("face", 0)


def test_the_last_face_stays(session: Session, commands: Commands) -> None:
    commands.items.remove(ItemRef("face", 0))
    assert names(session) == ["Face 1"]
    assert commands.stack.count() == 0


def test_edits_that_change_nothing_leave_no_entry(session: Session, commands: Commands) -> None:
    commands.items.rename(ItemRef("face", 0), "  ")
    commands.items.rename(ItemRef("face", 0), "Face 1")
    commands.items.move(ItemRef("face", 0), 5)
    commands.items.set_visible(ItemRef("face", 0), True)
    assert commands.stack.count() == 0
    assert not session.state.dirty
