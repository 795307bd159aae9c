"""Random faces near a face: how near, which parts, which seed."""

import numpy as np
import pytest

from engine.editing.nearby import nearby_code
from engine.editing.random import random_code
from engine.errors import InputError
from tests.synthetic_model import SyntheticModel

MODEL = SyntheticModel(8, 8)
BASE = random_code(MODEL, np.random.default_rng(1), strength=0.5)


def test_the_radius_is_the_step_in_sigma() -> None:
    rng = np.random.default_rng(0)
    steps = np.stack([nearby_code(MODEL, rng, BASE, 0.3).head - BASE.head for _ in range(600)])
    # 8400 normal numbers: their deviation is known to 0.8 %.
    assert steps.std() == pytest.approx(0.3, rel=0.04)
    assert np.abs(steps.mean(axis=0)).max() < 5 * 0.3 / np.sqrt(600)


def test_no_radius_no_change() -> None:
    assert nearby_code(MODEL, np.random.default_rng(0), BASE, 0.0) == BASE


def test_locked_parts_stay_and_do_not_change_the_others() -> None:
    both = nearby_code(MODEL, np.random.default_rng(7), BASE, 0.5, ["nose", "eyes"])
    nose = nearby_code(MODEL, np.random.default_rng(7), BASE, 0.5, ["nose"])
    np.testing.assert_array_equal(both.nose, nose.nose)
    assert nose.eyes.tobytes() == BASE.eyes.tobytes()
    assert (both.eyes != BASE.eyes).all()


def test_values_stay_within_their_ends_without_piling_up() -> None:
    end = BASE.with_part("nose", np.full(12, 3.0))
    rng = np.random.default_rng(2)
    noses = np.stack([nearby_code(MODEL, rng, end, 0.5).nose for _ in range(200)])
    assert noses.max() <= 3.0
    assert (noses == 3.0).mean() < 0.01
    expressions = np.stack([nearby_code(MODEL, rng, BASE, 2.0).expression for _ in range(200)])
    assert expressions.min() >= 0.0
    assert expressions.max() <= 1.0


def test_an_expression_stays_sparse() -> None:
    rng = np.random.default_rng(3)
    rest = MODEL.mean_code()
    moved = np.mean(
        [(nearby_code(MODEL, rng, rest, 0.5).expression != 0).sum() for _ in range(400)]
    )
    assert moved == pytest.approx(3.0, abs=0.4)


def test_a_value_beyond_its_ends_stays_where_it_takes_no_step() -> None:
    far = BASE.with_value("nose", 0, 5.0)
    assert nearby_code(MODEL, np.random.default_rng(0), far, 0.0).nose[0] == 5.0


def test_bad_input_is_told() -> None:
    rng = np.random.default_rng(0)
    for radius in (-1.0, float("nan"), float("inf")):
        with pytest.raises(InputError, match="radius must be"):
            nearby_code(MODEL, rng, BASE, radius)
    with pytest.raises(InputError, match="no part 'chin'"):
        nearby_code(MODEL, rng, BASE, 1.0, ["chin"])
