"""The free surface after one edit and another is that of the face."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial import KDTree

from app.extraction import MOST_PARTS_IN_TURN, Extraction, sole_change
from engine.geometry.mesh import Mesh
from engine.models.protocol import FaceCode
from engine.progress import CancelToken, ignore_progress
from engine.surface import extract_surface
from tests.synthetic_model import SyntheticModel

RESOLUTION = 48
UNMOVED_MM = 0.02
CLOSE_MM = 0.2
"""The slope of the field is not one everywhere: vertices move further than values change."""


class Forgiving(SyntheticModel):
    """Takes small changes for none, and remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, int]] = []

    def influence(
        self, part: str, faces: Sequence[FaceCode], points: NDArray[np.float32]
    ) -> NDArray[np.bool_]:
        self.asked.append((part, len(faces)))
        assert {sole_change(faces[0], code) for code in faces[1:]} <= {part, None}
        first, *others = (self.field(code).evaluate(points) for code in faces)
        moved: NDArray[np.bool_] = np.abs(np.array(others) - first).max(axis=0) > UNMOVED_MM
        return moved


@pytest.fixture
def model() -> Forgiving:
    return Forgiving()


@pytest.fixture
def extraction() -> Extraction:
    return Extraction()


def extract(extraction: Extraction, model: SyntheticModel, code: FaceCode) -> Mesh:
    return extraction.extract(model, code, RESOLUTION, CancelToken(), ignore_progress)


def furthest(mesh: Mesh, model: SyntheticModel, code: FaceCode) -> float:
    """The greatest distance of a vertex from the surface that is extracted anew."""
    anew = extract_surface(model.field(code), RESOLUTION).mesh
    distances, _ = KDTree(anew.vertices).query(mesh.vertices)
    return float(distances.max())


def test_many_edits_too_small_to_matter_do_not_add_up(
    extraction: Extraction, model: Forgiving
) -> None:
    code = model.mean_code()
    first = extract(extraction, model, code)
    for value in np.linspace(0.0, 1.0, 81)[1:]:
        code = code.with_value("nose", 0, float(value))
        mesh = extract(extraction, model, code)
    assert furthest(first, model, code) > 5 * CLOSE_MM
    assert furthest(mesh, model, code) < CLOSE_MM
    assert set(model.asked) == {("nose", 2), ("nose", 3)}


def test_edits_of_one_part_and_another(extraction: Extraction, model: Forgiving) -> None:
    code = model.mean_code()
    for part, value in (("nose", 1.0), ("mouth", -1.0), ("nose", 1.5), ("nose", 0.0)):
        code = code.with_value(part, 0, value)
        mesh = extract(extraction, model, code)
        assert furthest(mesh, model, code) < CLOSE_MM


def test_several_parts_at_once(extraction: Extraction, model: Forgiving) -> None:
    extract(extraction, model, model.mean_code())
    code = model.mean_code().with_value("nose", 0, 1.0).with_value("eyes", 0, 1.0)
    mesh = extract(extraction, model, code)
    assert furthest(mesh, model, code) < CLOSE_MM
    assert {part for part, _ in model.asked} == {"nose", "eyes"}


def test_after_many_turns_the_surface_is_extracted_anew(
    extraction: Extraction, model: Forgiving
) -> None:
    code = model.mean_code()
    extract(extraction, model, code)
    for turn in range(MOST_PARTS_IN_TURN + 1):
        model.asked.clear()
        part = ("nose", "mouth")[turn % 2]
        code = code.with_value(part, 0, 0.1 * (turn + 1))
        extract(extraction, model, code)
        assert bool(model.asked) == (turn < MOST_PARTS_IN_TURN)


def test_the_same_face_again_asks_nothing(extraction: Extraction, model: Forgiving) -> None:
    mesh = extract(extraction, model, model.mean_code())
    assert extract(extraction, model, model.mean_code()) is mesh
    assert not model.asked


def test_the_sole_part_that_changes(model: Forgiving) -> None:
    code = model.mean_code()
    nose = code.with_value("nose", 0, 1.0)
    assert sole_change(code, nose) == "nose"
    assert sole_change(code, code) is None
    assert sole_change(code, nose.with_value("head", 0, 1.0)) is None
