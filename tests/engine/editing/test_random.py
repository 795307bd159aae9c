"""Random faces: the statistics, the locks, the seed."""

import numpy as np
import pytest

from engine.editing.random import random_code
from engine.errors import InputError
from engine.models.protocol import PARTS, Direction, PartInfo
from tests.synthetic_model import SyntheticModel


class WideModel(SyntheticModel):
    """Its nose has directions of unlike spreads; its expressions are many."""

    @property
    def parts(self) -> tuple[PartInfo, ...]:
        nose = tuple(Direction(f"Nose {k}", -30.0, 30.0, 0.5 + k) for k in range(12))
        return (PartInfo("nose", nose), *super().parts[1:])


def test_identity_is_normal_with_the_spreads() -> None:
    model = WideModel(8, 8)
    rng = np.random.default_rng(0)
    noses = np.stack([random_code(model, rng).nose for _ in range(2000)])
    spreads = 0.5 + np.arange(12)
    # Standard errors: spread / sqrt(2000) of the mean, spread / sqrt(4000) of the deviation.
    assert (np.abs(noses.mean(axis=0)) < 4.5 * spreads / np.sqrt(2000)).all()
    assert noses.std(axis=0) == pytest.approx(spreads, rel=0.08)
    assert np.abs(np.corrcoef(noses.T) - np.eye(12)).max() < 0.12


def test_an_expression_is_sparse_and_within_its_ends() -> None:
    model = SyntheticModel(8, 8)
    rng = np.random.default_rng(1)
    expressions = np.stack([random_code(model, rng).expression for _ in range(500)])
    assert expressions.min() == 0.0
    assert expressions.max() <= 1.0
    assert 2.0 < (expressions > 0).sum(axis=1).mean() < 4.0


def test_values_stay_within_the_ends() -> None:
    code = random_code(SyntheticModel(8, 8), np.random.default_rng(2), strength=50.0)
    assert np.abs(code.nose).max() == 3.0


def test_a_seed_gives_the_same_face_and_the_next_draw_another() -> None:
    model = SyntheticModel(8, 8)
    rng = np.random.default_rng(3)
    first, second = random_code(model, rng), random_code(model, rng)
    assert random_code(model, np.random.default_rng(3)) == first
    assert first != second


def test_locked_parts_are_kept_and_do_not_change_the_others() -> None:
    model = SyntheticModel(8, 8)
    base = random_code(model, np.random.default_rng(4))
    every = random_code(model, np.random.default_rng(5))
    some = random_code(model, np.random.default_rng(5), parts=("mouth", "head"), base=base)
    for part in PARTS:
        expected = every if part in ("mouth", "head") else base
        np.testing.assert_array_equal(some.part(part), expected.part(part))


def test_strength_scales_down_to_the_mean() -> None:
    model = SyntheticModel(8, 8)
    assert random_code(model, np.random.default_rng(6), strength=0.0) == model.mean_code()
    half = random_code(model, np.random.default_rng(6), strength=0.5)
    full = random_code(model, np.random.default_rng(6), strength=1.0)
    np.testing.assert_allclose(full.eyes, 2 * half.eyes, rtol=1e-6)


def test_bad_input_is_named() -> None:
    model = SyntheticModel(8, 8)
    with pytest.raises(InputError, match="no part 'ear'"):
        random_code(model, np.random.default_rng(0), parts=("ear",))
    for strength in (-1.0, float("nan")):
        with pytest.raises(InputError, match="strength must be"):
            random_code(model, np.random.default_rng(0), strength=strength)
