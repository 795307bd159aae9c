"""Closed lids hide the eyeball, and only what an expression moves is held out."""

import numpy as np
import pytest

from engine.assets import load_model
from engine.editing.random import random_code
from engine.models.carrier import Carrier, PartCarrier
from engine.models.lid_contact import LidContact
from engine.models.parts_model import PartsModel
from engine.models.protocol import PARTS, FaceCode

RADIUS = 10.0
REST = FaceCode(**{part: np.zeros(1, np.float32) for part in PARTS})
CLOSED = REST.with_value("expression", 0, 1.0)


@pytest.fixture(scope="module")
def model() -> PartsModel:
    return load_model("cpu")


@pytest.fixture(scope="module")
def ball_and_lid() -> tuple[Carrier, np.ndarray]:
    """A ball, and above it a row of skin that the expression draws straight through it."""
    rng = np.random.default_rng(0)
    ball = rng.standard_normal((200, 3))
    ball *= RADIUS / np.linalg.norm(ball, axis=1, keepdims=True)
    skin = np.stack([np.linspace(-5, 5, 21), np.full(21, 10.0), np.full(21, 5.0)], axis=1)
    motion = np.zeros((221, 3, 1), np.float32)
    motion[200:, 1] = -9.0
    vertices = np.concatenate([ball, skin]).astype(np.float32)
    parts = {part: PartCarrier(np.arange(0), np.zeros((0, 1), np.float32)) for part in PARTS}
    parts["expression"] = PartCarrier(np.arange(221), motion.reshape(-1, 1))
    return Carrier(vertices, parts), np.arange(200)


def test_skin_drawn_through_a_ball_comes_to_lie_on_it(
    ball_and_lid: tuple[Carrier, np.ndarray],
) -> None:
    carrier, ball = ball_and_lid
    contact = LidContact(carrier, carrier.rest, [ball])
    through = carrier.carry(CLOSED)
    assert np.linalg.norm(through[200:], axis=1).min() < 0.6 * RADIUS
    settled = contact.settle(through, CLOSED)
    assert np.linalg.norm(settled[200:], axis=1).min() > RADIUS + 0.1
    np.testing.assert_array_equal(settled[:200], through[:200])


def test_a_face_at_rest_stays_as_it_is(ball_and_lid: tuple[Carrier, np.ndarray]) -> None:
    carrier, ball = ball_and_lid
    inside = carrier.rest.copy()
    inside[200:, 1] = 4.0
    buried = Carrier(inside, carrier.parts)
    contact = LidContact(buried, inside, [ball])
    np.testing.assert_array_equal(contact.settle(inside, REST), inside)
    # A little of the expression: what lies inside at rest is not thrown out.
    little = REST.with_value("expression", 0, 0.01)
    carried = buried.carry(little)
    assert np.abs(contact.settle(carried, little) - carried).max() < 0.2


@pytest.mark.parametrize("seed", [3, 5])
def test_no_eyeball_shows_through_a_closed_lid(model: PartsModel, seed: int) -> None:
    names = [direction.name for direction in model.parts[-1].directions]
    code = random_code(model, np.random.default_rng(seed))
    code = code.with_part("expression", np.zeros_like(code.expression))
    for side in ("left", "right"):
        code = code.with_value("expression", names.index(f"Eye blink {side}"), 1.0)
    for surface in (model.preview(code), model.template_surface(code)):
        for eye in model.eyes(code):
            assert eyeball_seen(model, surface, eye.centre) == 0


def eyeball_seen(model: PartsModel, surface: np.ndarray, middle: np.ndarray) -> int:
    """How many of a grid of lines of sight from the front end on the eyeball at `middle`."""
    x, y = np.meshgrid(np.linspace(-8, 8, 17), np.linspace(-5, 6, 23))
    sights = np.stack([x.ravel(), y.ravel()], axis=1) + middle[:2]
    corners = surface[model.template.faces]
    near = np.abs(corners.mean(axis=1) - middle).max(axis=1) < 25.0
    faces, (a, b, c) = model.template.faces[near], np.moveaxis(corners[near], 1, 0)
    double = _cross(b - a, c - a)
    sights = sights[:, None]
    shares = [
        _cross(after[:, :2] - sights, last[:, :2] - sights) / np.where(double, double, np.inf)
        for after, last in ((b, c), (c, a), (a, b))
    ]
    inside = np.min(shares, axis=0) >= 0.0
    depth = sum(share * corner[:, 2] for share, corner in zip(shares, (a, b, c), strict=True))
    first = np.where(inside, depth, -np.inf).argmax(axis=1)
    assert inside.any(axis=1).all()
    balls = np.concatenate(model._eyeballs)
    return int(np.isin(faces[first], balls).all(axis=1).sum())


def _cross(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    product: np.ndarray = first[..., 0] * second[..., 1] - first[..., 1] * second[..., 0]
    return product
