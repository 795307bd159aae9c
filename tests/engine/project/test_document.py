"""What a document accepts."""

from dataclasses import replace

import numpy as np
import pytest

from engine.errors import DocumentError
from engine.models.protocol import FaceCode
from engine.project.document import (
    Camera,
    Document,
    NamedFace,
    ViewSettings,
    check_model,
    new_document,
)
from tests.synthetic_model import SyntheticModel


def code_of_length(length: int) -> FaceCode:
    return FaceCode(*(np.zeros(length) for _ in range(5)))


def test_with_code_changes_only_the_active_face() -> None:
    faces = tuple(NamedFace(name, code_of_length(2)) for name in "abc")
    document = Document(faces, "m", active=1)
    other = code_of_length(2).with_value("nose", 0, 1.5)
    changed = document.with_code(other)
    assert changed.face == NamedFace("b", other)
    assert (changed.faces[0], changed.faces[2]) == (faces[0], faces[2])
    assert document.face.code == code_of_length(2)


def test_faces_of_two_models_do_not_mix() -> None:
    faces = (NamedFace("a", code_of_length(2)), NamedFace("b", code_of_length(3)))
    with pytest.raises(DocumentError, match="'b' has codes of lengths"):
        Document(faces, "m")


def test_limits_are_named() -> None:
    with pytest.raises(DocumentError, match="holds 1 to 10000 faces, got 0"):
        Document((), "m")
    with pytest.raises(DocumentError, match="active face must be 0 to 0, got -1"):
        Document((NamedFace("a", code_of_length(1)),), "m", active=-1)
    with pytest.raises(DocumentError, match="resolution must be 16 to 1024, got 8"):
        ViewSettings(resolution=8)
    with pytest.raises(DocumentError, match="camera's up"):
        Camera((0, 0, 1), (0, 0, 0), (0, float("inf"), 0))


def test_a_document_is_checked_against_the_model() -> None:
    model = SyntheticModel()
    document = new_document(model)
    assert check_model(document, model) is None
    warning = check_model(replace(document, model="f" * 64), model)
    assert warning is not None
    assert "other weights" in warning
    with pytest.raises(DocumentError, match="made with another model"):
        check_model(Document((NamedFace("a", code_of_length(1)),), "m"), model)
