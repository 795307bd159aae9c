"""Closed lids on the free surface: the field follows the template's, and only there."""

import numpy as np
import pytest

from engine.assets import load_model
from engine.editing.random import random_code
from engine.models.parts_model import PartsModel
from engine.models.protocol import FaceCode


@pytest.fixture(scope="module")
def model() -> PartsModel:
    return load_model("cpu")


def blinking(model: PartsModel, seed: int, closed: float = 1.0) -> FaceCode:
    names = [direction.name for direction in model.parts[-1].directions]
    code = random_code(model, np.random.default_rng(seed))
    code = code.with_part("expression", np.zeros_like(code.expression))
    for side in ("left", "right"):
        code = code.with_value("expression", names.index(f"Eye blink {side}"), closed)
    return code


def before_eye(model: PartsModel, code: FaceCode) -> np.ndarray:
    """Places `(N, 3)` on the right eyeball where lids meet, from the front."""
    eye = model.eyes(code)[0]
    x, y = np.meshgrid(np.linspace(-5, 5, 21), np.linspace(-4, 4, 17))
    depth = np.sqrt(eye.radius**2 - x**2 - y**2)
    return (eye.centre + np.stack([x, y, depth], axis=-1).reshape(-1, 3)).astype(np.float32)


@pytest.mark.parametrize("seed", [3, 5])
def test_an_eyeball_lies_inside_closed_lids(model: PartsModel, seed: int) -> None:
    code = blinking(model, seed)
    inside = model.field(code).evaluate(before_eye(model, code))
    assert (inside < 0.0).mean() > 0.97
    out_in_front = before_eye(model, code) + np.array([0.0, 0.0, 6.0], np.float32)
    assert model.field(code).evaluate(out_in_front).min() > 0.0


def test_closed_lids_have_the_colour_of_lids(model: PartsModel) -> None:
    code = blinking(model, 3)
    eye = model.eyes(model.mean_code())[0]
    at_rest = model.correspond(
        code, before_eye(model, code) + np.array([0.0, 0.0, 1.0], np.float32)
    )
    off_the_ball = np.linalg.norm(at_rest - eye.centre, axis=1) - eye.radius
    assert (off_the_ball > 0.3).mean() > 0.9


def test_a_face_at_rest_is_as_the_field_has_it(model: PartsModel) -> None:
    code = blinking(model, 3, closed=0.0)
    points = before_eye(model, code)
    plain = model.evaluator.distances(model.evaluator.fold(code), points)
    np.testing.assert_allclose(model.field(code).evaluate(points), plain, atol=1e-5)
    # It gives way gently: a trace of a blink changes little.
    trace = model.field(blinking(model, 3, closed=0.01)).evaluate(points)
    assert np.abs(trace - plain).max() < 0.1


def test_far_from_the_eyes_nothing_changes(model: PartsModel) -> None:
    code = blinking(model, 3)
    rng = np.random.default_rng(0)
    points = rng.uniform((-70, -80, 20), (70, 90, 120), (4000, 3)).astype(np.float32)
    plain = model.evaluator.distances(model.evaluator.fold(code), points)
    changed = np.abs(model.field(code).evaluate(points) - plain) > 1e-4
    near = np.min([np.linalg.norm(points - e.centre, axis=1) for e in model.eyes(code)], axis=0)
    plane = np.abs(plain) < 1e-9
    assert changed[near < 20].any()
    assert not (changed & ~plane)[(near > 30) & (points[:, 1] > -60)].any()


def test_an_edit_tells_where_it_changes_lids(model: PartsModel) -> None:
    """What an edit of the nose is said to leave alone, it leaves alone, lids too."""
    code = blinking(model, 5)
    edited = code.with_value("nose", 0, 2.0)
    rng = np.random.default_rng(1)
    centre = model.eyes(code)[0].centre
    points = (centre + rng.uniform(-24, 24, (3000, 3))).astype(np.float32)
    held = model.influence("nose", [code, edited], points)
    change = np.abs(model.field(edited).evaluate(points) - model.field(code).evaluate(points))
    assert change[~held].max(initial=0.0) < 0.15
    assert held.mean() < 1.0
