"""Interpolation: ends, order, easing."""

from itertools import pairwise, permutations

import numpy as np
import pytest

from engine.editing.interpolation import fractions_at, interpolate, part_sequence, transition
from engine.editing.random import random_code
from engine.errors import InputError
from engine.models.protocol import PARTS, FaceCode
from tests.synthetic_model import SyntheticModel


@pytest.fixture(scope="module")
def faces() -> tuple[FaceCode, FaceCode]:
    rng = np.random.default_rng(5)
    model = SyntheticModel(8, 8)
    return random_code(model, rng), random_code(model, rng)


def changed(before: FaceCode, after: FaceCode) -> set[str]:
    return {part for part in PARTS if not np.array_equal(before.part(part), after.part(part))}


def test_each_part_goes_its_own_way(faces: tuple[FaceCode, FaceCode]) -> None:
    start, end = faces
    code = interpolate(start, end, {"nose": 0.25, "head": 1.0})
    np.testing.assert_allclose(code.nose, 0.75 * start.nose + 0.25 * end.nose, atol=1e-6)
    assert code.head.tobytes() == end.head.tobytes()
    assert changed(start, code) == {"nose", "head"}


@pytest.mark.parametrize("order", list(permutations(("nose", "eyes", "mouth"))))
def test_a_sequence_moves_one_part_at_a_time(
    faces: tuple[FaceCode, FaceCode], order: tuple[str, ...]
) -> None:
    start, end = faces
    codes = list(part_sequence(start, end, order, frames_each=4))
    assert len(codes) == 13
    assert codes[0] == start
    for turn, part in enumerate(order):
        steps = codes[4 * turn : 4 * turn + 5]
        for before, after in pairwise(steps):
            assert changed(before, after) == {part}
        assert steps[-1].part(part).tobytes() == end.part(part).tobytes()
    assert changed(start, codes[-1]) == set(order)


def test_a_transition_ends_exactly(faces: tuple[FaceCode, FaceCode]) -> None:
    start, end = faces
    for in_order in (False, True):
        for easing in ("linear", "smooth"):
            frames = list(transition(start, end, 7, PARTS, in_order, easing))
            assert frames[0].code == start
            assert frames[-1].code == end
            assert [frame.time for frame in frames] == pytest.approx(np.linspace(0, 1, 7))


def test_easing_starts_and_stops_gently() -> None:
    times = np.linspace(0.0, 1.0, 101)
    smooth = np.array([fractions_at(float(t), ["nose"], easing="smooth")["nose"] for t in times])
    assert (np.diff(smooth) > 0).all()
    np.testing.assert_allclose(smooth + smooth[::-1], 1.0, atol=1e-12)
    assert smooth[1] < 0.2 * times[1]


def test_the_timeline_in_order() -> None:
    assert fractions_at(0.5, ["mouth", "nose"], in_order=True) == {"mouth": 1.0, "nose": 0.0}
    assert fractions_at(0.75, ["mouth", "nose"], in_order=True) == {"mouth": 1.0, "nose": 0.5}
    assert fractions_at(0.75, ["mouth", "nose"]) == {"mouth": 0.75, "nose": 0.75}


def test_bad_input_is_told(faces: tuple[FaceCode, FaceCode]) -> None:
    start, end = faces
    with pytest.raises(InputError, match="no part 'chin'"):
        interpolate(start, end, {"chin": 0.5})
    with pytest.raises(InputError, match="fraction of nose"):
        interpolate(start, end, {"nose": 1.2})
    with pytest.raises(InputError, match="at most once"):
        fractions_at(0.5, ["nose", "nose"])
    with pytest.raises(InputError, match="at least one"):
        fractions_at(0.5, [])
    with pytest.raises(InputError, match="no easing 'bounce'"):
        fractions_at(0.5, ["nose"], easing="bounce")
    with pytest.raises(InputError, match="2 frames or more, got 1"):
        list(transition(start, end, 1))
    with pytest.raises(InputError, match="1 frame or more, got 0"):
        list(part_sequence(start, end, PARTS, 0))
