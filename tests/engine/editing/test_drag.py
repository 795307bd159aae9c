"""Dragging: the point follows, pins hold, both sides move, nothing explodes."""

import numpy as np
import pytest

from engine.editing.drag import SurfaceDrag
from engine.editing.mirror import Mirror
from engine.editing.motion_table import MotionTable
from engine.editing.plausibility import plausibility
from engine.editing.random import random_code
from engine.editing.surface_point import SurfacePoint
from engine.errors import InputError
from engine.models.protocol import PARTS
from tests.engine.editing.lopsided_model import LopsidedModel
from tests.synthetic_model import SyntheticModel

SHAPE = PARTS[:4]


@pytest.fixture(scope="module")
def model() -> LopsidedModel:
    return LopsidedModel()


@pytest.fixture(scope="module")
def mirror(model: LopsidedModel) -> Mirror:
    return Mirror(model)


def at(model: SyntheticModel, x: float, y: float) -> int:
    """The front vertex nearest to (x, y) mm."""
    vertices = model.template.vertices
    gaps = np.hypot(vertices[:, 0] - x, vertices[:, 1] - y) + 1000.0 * (vertices[:, 2] < 0)
    return int(gaps.argmin())


def outward(model: SyntheticModel, vertex: int) -> np.ndarray:
    """The one direction in which the synthetic surface can move there."""
    motion = sum(np.abs(model.tangent("head", k)[vertex]) for k in range(14))
    signed = motion * np.sign(model.template.vertices[vertex] - (0.0, 5.0, 10.0))
    return signed / np.linalg.norm(signed)


@pytest.mark.parametrize(("x", "y"), [(45.0, -25.0), (-40.0, -30.0), (60.0, 5.0)])
def test_the_point_follows(model: LopsidedModel, x: float, y: float) -> None:
    vertex = at(model, x, y)
    way = outward(model, vertex)
    drag = SurfaceDrag(model, model.mean_code(), vertex, ["head"])
    for length in (-1.0, 0.5, 1.5):
        target = drag.start + length * way
        found = model.preview(drag.move(target))[vertex]
        assert np.linalg.norm(found - target) < 0.1 * abs(length) + 0.02


def test_no_pull_no_change(model: LopsidedModel) -> None:
    code = random_code(model, np.random.default_rng(1))
    drag = SurfaceDrag(model, code, at(model, 40, -20), PARTS)
    assert drag.move(drag.start) == code


def test_only_the_chosen_parts_change(model: LopsidedModel) -> None:
    code = random_code(model, np.random.default_rng(1), SHAPE)
    vertex = at(model, 31, 22)
    drag = SurfaceDrag(model, code, vertex, ["eyes", "mouth"])
    moved = drag.move(drag.start + 2.0 * outward(model, vertex))
    assert moved.head.tobytes() == code.head.tobytes()
    assert moved.nose.tobytes() == code.nose.tobytes()
    assert np.abs(moved.eyes - code.eyes).max() > 0.1


def test_the_way_there_does_not_matter(model: LopsidedModel) -> None:
    vertex = at(model, 45, -20)
    drag = SurfaceDrag(model, model.mean_code(), vertex, SHAPE)
    target = drag.start + 2.0 * outward(model, vertex)
    straight = drag.move(target)
    drag.move(drag.start + np.array([30.0, -80.0, 5.0]))
    assert drag.move(target) == straight


def test_a_pin_stays(model: LopsidedModel) -> None:
    vertex, pinned = at(model, 50, -20), at(model, 38, -40)
    way = outward(model, vertex)

    def slip(pins: list[int]) -> float:
        drag = SurfaceDrag(model, model.mean_code(), vertex, ["head"], pins)
        after = model.preview(drag.move(drag.start + 2.0 * way))
        return float(np.linalg.norm(after[pinned] - model.template.vertices[pinned]))

    assert slip([]) > 0.3
    assert slip([pinned]) < 0.1


def test_a_symmetric_drag_moves_both_sides_alike(model: LopsidedModel, mirror: Mirror) -> None:
    code = random_code(model, np.random.default_rng(4), SHAPE, strength=0.4)
    vertex = at(model, 45, -25)
    drag = SurfaceDrag(model, code, vertex, ["head"], mirror=mirror)
    moved = drag.move(drag.start + 1.5 * outward(model, vertex))
    motion = model.preview(moved) - model.preview(code)
    assert np.linalg.norm(motion[vertex]) > 1.0
    gap = motion - mirror.reflection.of_motion(motion)
    # Stiffness rises with the code, which is lopsided, so the sides agree at the point above all.
    assert np.linalg.norm(gap[vertex]) < 0.1
    assert np.linalg.norm(gap, axis=1).max() < 0.5
    lone = SurfaceDrag(model, code, vertex, ["head"])
    one = model.preview(lone.move(lone.start + 1.5 * outward(model, vertex))) - model.preview(code)
    assert np.linalg.norm(one - mirror.reflection.of_motion(one), axis=1).max() > 1.0


@pytest.mark.parametrize("length", [20.0, 500.0, 1e6])
def test_a_wild_pull_stays_a_face(model: LopsidedModel, length: float) -> None:
    rng = np.random.default_rng(7)
    for seed in range(3):
        code = random_code(model, np.random.default_rng(seed))
        drag = SurfaceDrag(model, code, at(model, 30, 20), PARTS, [at(model, 40, 10)])
        way = rng.standard_normal(3)
        moved = drag.move(drag.start + length * way / np.linalg.norm(way))
        was = plausibility(model, code)
        for part in model.parts:
            vector = moved.part(part.name)
            lower = np.array([direction.minimum for direction in part.directions])
            upper = np.array([direction.maximum for direction in part.directions])
            assert (vector >= lower - 1e-5).all()
            assert (vector <= upper + 1e-5).all()
        now = plausibility(model, moved)
        for name in PARTS:
            assert now[name].percentile <= max(99.91, was[name].percentile + 0.01)


def test_ends_are_found_as_a_slow_solver_finds_them(model: LopsidedModel) -> None:
    from scipy.optimize import lsq_linear

    vertex = at(model, 31, 22)
    drag = SurfaceDrag(model, model.mean_code(), vertex, ["eyes"], percentile=99.9999999)
    drag._least, drag._most = np.full(12, -0.25), np.full(12, 0.25)
    pull = np.array([0.0, 0.0, 4.0]) / drag._tolerance
    found = drag._solve(pull)
    root = np.linalg.cholesky(np.linalg.inv(drag._soft)).T
    wanted = lsq_linear(
        np.concatenate([drag._motion, root]),
        np.concatenate([pull, np.zeros(12)]),
        bounds=(drag._least, drag._most),
        tol=1e-12,
    ).x

    def cost(change: np.ndarray) -> float:
        return float(((drag._motion @ change - pull) ** 2).sum() + ((root @ change) ** 2).sum())

    assert np.abs(found).max() == pytest.approx(0.25)
    assert cost(found) <= 1.05 * cost(wanted)


def test_a_value_beyond_its_ends_is_left_alone(model: LopsidedModel) -> None:
    code = model.mean_code().with_value("head", 2, 5.0)
    vertex = at(model, 45, -25)
    drag = SurfaceDrag(model, code, vertex, ["head"])
    for length in (-2.0, 2.0):
        assert drag.move(drag.start + length * outward(model, vertex)).head[2] <= 5.0
    assert drag.move(drag.start).head[2] == 5.0


def test_a_place_between_vertices(model: LopsidedModel) -> None:
    corners = tuple(int(v) for v in model.template.faces[500])
    place = SurfacePoint((corners[0], corners[1], corners[2]), (0.2, 0.3, 0.5))
    drag = SurfaceDrag(model, model.mean_code(), place, SHAPE)
    wanted = np.array([0.2, 0.3, 0.5]) @ model.template.vertices[list(corners)]
    np.testing.assert_allclose(drag.start, wanted, atol=1e-4)


def test_the_table_holds_the_tangents(model: LopsidedModel) -> None:
    table = MotionTable(model)
    vertices = np.array([0, 17, at(model, 0, -12)])
    for part in PARTS:
        found = table.part(part).at(vertices)
        for index in (0, 3):
            np.testing.assert_array_equal(found[:, :, index], model.tangent(part, index)[vertices])


def test_bad_input_is_told(model: LopsidedModel) -> None:
    code = model.mean_code()
    with pytest.raises(InputError, match="Every part is locked"):
        SurfaceDrag(model, code, 0, [])
    with pytest.raises(InputError, match="no part 'ear'"):
        SurfaceDrag(model, code, 0, ["ear"])
    with pytest.raises(InputError, match="no vertex 999999"):
        SurfaceDrag(model, code, 999999, ["nose"])
    drag = SurfaceDrag(model, code, 5, ["nose"])
    with pytest.raises(InputError, match="3 finite numbers"):
        drag.move(np.array([0.0, np.nan, 1.0]))
