"""Transplant: what moves, what stays, how far."""

import numpy as np
import pytest

from engine.editing.random import random_code
from engine.editing.transplant import transplant
from engine.errors import InputError
from engine.models.protocol import PARTS, FaceCode
from tests.synthetic_model import SyntheticModel


@pytest.fixture(scope="module")
def model() -> SyntheticModel:
    return SyntheticModel()


def pair(model: SyntheticModel) -> tuple[FaceCode, FaceCode]:
    rng = np.random.default_rng(3)
    return random_code(model, rng), random_code(model, rng)


@pytest.mark.parametrize("part", PARTS)
def test_only_the_chosen_part_changes(model: SyntheticModel, part: str) -> None:
    onto, source = pair(model)
    result = transplant(onto, source, [part])
    for name in PARTS:
        wanted = source if name == part else onto
        assert result.part(name).tobytes() == wanted.part(name).tobytes()


def test_a_nose_changes_the_surface_only_around_the_nose(model: SyntheticModel) -> None:
    onto, source = pair(model)
    result = transplant(onto, source, ["nose"])
    moved = model.template_surface(result) - model.template_surface(onto)
    length = np.linalg.norm(moved, axis=1)
    nose = model.template.vertices[length > 0.05]
    assert length.max() > 1.0
    # The synthetic nose's hills are 8 mm wide; three widths away nothing is left of them.
    assert np.abs(nose[:, 0]).max() < 45.0
    assert nose[:, 2].min() > 50.0


def test_strength_is_a_straight_way(model: SyntheticModel) -> None:
    onto, source = pair(model)
    half = transplant(onto, source, ["head", "mouth"], 0.5)
    np.testing.assert_allclose(half.head, (onto.head + source.head) / 2, atol=1e-6)
    assert transplant(onto, source, PARTS, 0.0) == onto
    assert transplant(onto, source, PARTS, 1.0) == source


def test_bad_input_is_told(model: SyntheticModel) -> None:
    onto, source = pair(model)
    with pytest.raises(InputError, match="no part 'ear'"):
        transplant(onto, source, ["ear"])
    for strength in (-0.1, 1.5, float("nan")):
        with pytest.raises(InputError, match="strength must be a number from 0 to 1"):
            transplant(onto, source, ["nose"], strength)
    other = FaceCode(**{part: np.zeros(3) for part in PARTS})
    with pytest.raises(InputError, match="different models"):
        transplant(onto, other, ["nose"])
