"""What can be done to the items of a document."""

import numpy as np
import pytest

from engine.errors import DocumentError
from engine.models.protocol import FaceCode
from engine.project import items
from engine.project.document import Document, NamedFace
from engine.project.items import ItemRef


def code(value: float) -> FaceCode:
    return FaceCode(*(np.full(2, value) for _ in range(5)))


def people(names: str, active: int = 0) -> Document:
    """A document with a face for each letter; only the active one is drawn."""
    faces = tuple(
        NamedFace(name, code(place), visible=place == active) for place, name in enumerate(names)
    )
    return Document(faces, "m", active)


def names(document: Document) -> str:
    return "".join(face.name for face in document.faces)


def shown(document: Document) -> str:
    return "".join(face.name for face in document.faces if face.visible)


def test_activating_a_hidden_face_takes_the_place_of_the_last() -> None:
    document = items.activate(people("abc"), 2)
    assert (document.face.name, shown(document)) == ("c", "c")


def test_faces_that_are_both_drawn_stay_so() -> None:
    document = items.set_visible(people("abc"), ItemRef("face", 1), True)
    document = items.activate(document, 1)
    assert (document.face.name, shown(document)) == ("b", "ab")


def test_a_new_face_comes_after_the_active_one_and_is_shown_alone() -> None:
    document = items.add_face(people("abc", 1), NamedFace("n", code(9)))
    assert (names(document), document.active, shown(document)) == ("abnc", 2, "n")


def test_a_copy_has_a_name_of_its_own() -> None:
    document = items.duplicate_face(people("ab"), 1)
    assert [face.name for face in document.faces] == ["a", "b", "b 2"]
    assert document.face.code == code(1)
    document = items.duplicate_face(document, 2)
    assert document.face.name == "b 3"


@pytest.mark.parametrize(
    ("removed", "active", "left"), [(0, 0, "bcd"), (1, 1, "acd"), (2, 1, "abd"), (3, 1, "abc")]
)
def test_removing_keeps_the_active_face_or_takes_the_next(
    removed: int, active: int, left: str
) -> None:
    document = items.remove_item(people("abcd", 1), ItemRef("face", removed))
    assert (names(document), document.active) == (left, active)
    assert document.face.visible


def test_the_last_active_face_gives_way_to_the_one_before() -> None:
    document = items.remove_item(people("ab", 1), ItemRef("face", 1))
    assert (names(document), document.active, shown(document)) == ("a", 0, "a")


def test_the_only_face_stays() -> None:
    with pytest.raises(DocumentError, match="at least one face"):
        items.remove_item(people("a"), ItemRef("face", 0))


@pytest.mark.parametrize(
    ("moved", "place", "order"), [(0, 3, "bcda"), (3, 0, "dabc"), (1, 2, "acbd"), (2, 99, "abdc")]
)
def test_moving_keeps_the_same_face_active(moved: int, place: int, order: str) -> None:
    document = items.move_item(people("abcd", 1), ItemRef("face", moved), place)
    assert (names(document), document.face.name) == (order, "b")


def test_solo_shows_one_and_again_all() -> None:
    document = items.solo(people("abc"), ItemRef("face", 2))
    assert shown(document) == "c"
    assert document.active == 2
    assert shown(items.solo(document, ItemRef("face", 2))) == "abc"


def test_renaming_strips_and_refuses_nothing() -> None:
    assert items.rename_item(people("ab"), ItemRef("face", 1), " Nora ").faces[1].name == "Nora"
    with pytest.raises(DocumentError, match="1 to 200 characters"):
        items.rename_item(people("ab"), ItemRef("face", 1), " ")


def test_an_item_that_is_not_there_is_named() -> None:
    with pytest.raises(DocumentError, match="no scan 1; the document holds 0"):
        items.item_at(people("a"), ItemRef("scan", 0))


def test_free_names_count_on() -> None:
    document = people("ab")
    assert items.free_name(document, "c") == "c"
    assert items.free_name(document, "a") == "a 2"
    assert items.free_name(document, "  ") == "Face 2"
    long = Document((NamedFace("x" * 200, code(0)),), "m")
    assert len(items.free_name(long, "x" * 200)) <= 200
