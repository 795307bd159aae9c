"""Percentiles against drawn faces, and limits that hold."""

import numpy as np
import pytest
from scipy.stats import chi2

from engine.editing.plausibility import KNEE, limit, limit_edit, plausibility
from engine.errors import InputError
from engine.models.protocol import PARTS, FaceCode
from tests.synthetic_model import SyntheticModel

MODEL = SyntheticModel(8, 8)


def drawn(rng: np.random.Generator) -> FaceCode:
    """Normal shapes; expressions as the law has them: seldom set, left and right together."""
    code = MODEL.mean_code()
    for part in PARTS[:4]:
        code = code.with_part(part, rng.standard_normal(len(code.part(part))))
    # Spread 0.3 is a chance of 0.376: p/3 − p²/4 = 0.09.
    groups = ([0], [1, 2], [3, 4], [5], [6], [7])
    weights = np.zeros(8)
    for group in groups:
        weights[group] = rng.random() * (rng.random() < 0.376)
    return code.with_part("expression", weights)


def test_percentiles_of_drawn_faces_are_even() -> None:
    rng = np.random.default_rng(0)
    found = [plausibility(MODEL, drawn(rng)) for _ in range(1000)]
    for part in PARTS:
        percentiles = np.array([entry[part].percentile for entry in found])
        shares = [(percentiles < level).mean() * 100 for level in (50, 75, 95)]
        # The law of expressions has the right first two moments, not the right shape.
        room = 12.0 if part == "expression" else 5.0
        np.testing.assert_allclose(shares, (50, 75, 95), atol=room)


def test_a_known_distance() -> None:
    code = MODEL.mean_code().with_value("nose", 0, 3.0).with_value("nose", 5, -4.0)
    nose = plausibility(MODEL, code)["nose"]
    assert nose.distance == pytest.approx(5.0)
    assert nose.percentile == pytest.approx(100 * chi2(12).cdf(25.0), abs=1e-6)
    assert plausibility(MODEL, code)["eyes"].percentile == 0.0


@pytest.mark.parametrize("percentile", [50.0, 95.0, 99.0])
def test_a_limit_holds_and_keeps_the_direction(percentile: float) -> None:
    radius = float(np.sqrt(chi2(12).ppf(percentile / 100)))
    way = np.random.default_rng(1).standard_normal(12)
    way /= np.linalg.norm(way)
    lengths = []
    for distance in np.linspace(0.0, 6.0 * radius, 60):
        code = MODEL.mean_code().with_part("nose", distance * way)
        held = limit(MODEL, code, percentile).nose
        lengths.append(float(np.linalg.norm(held)))
        np.testing.assert_allclose(held, lengths[-1] * way, atol=1e-4)
        if distance < KNEE * radius:
            assert held.tobytes() == code.nose.tobytes()
    assert max(lengths) <= radius * 1.0001
    assert (np.diff(lengths) >= -1e-4).all()
    assert lengths[-1] > 0.99 * radius


def test_only_the_named_parts_are_limited() -> None:
    code = MODEL.mean_code().with_part("nose", np.full(12, 3.0)).with_part("eyes", np.full(12, 3.0))
    held = limit(MODEL, code, 90.0, ["nose"])
    assert held.eyes.tobytes() == code.eyes.tobytes()
    assert plausibility(MODEL, held)["nose"].percentile <= 90.0 + 1e-4


def test_an_edit_is_cut_short_and_moves_nothing_else() -> None:
    before = drawn(np.random.default_rng(2))
    wild = before.with_value("mouth", 3, 40.0)
    held = limit_edit(MODEL, before, wild, 95.0)
    assert plausibility(MODEL, held)["mouth"].percentile <= 95.0 + 1e-3
    still = np.arange(12) != 3
    np.testing.assert_array_equal(held.mouth[still], before.mouth[still])
    assert held.mouth[3] > before.mouth[3]
    assert held.nose.tobytes() == before.nose.tobytes()


def test_an_edit_inside_is_free() -> None:
    before = MODEL.mean_code()
    after = before.with_value("mouth", 3, 1.0)
    assert limit_edit(MODEL, before, after, 95.0) == after


def test_a_part_outside_may_come_back_but_not_leave_further() -> None:
    far = MODEL.mean_code().with_part("nose", np.full(12, 3.0))
    back = far.with_value("nose", 0, 1.0)
    assert limit_edit(MODEL, far, back, 90.0) == back
    away = limit_edit(MODEL, far, far.with_value("nose", 0, 9.0), 90.0)
    assert np.linalg.norm(away.nose) <= np.linalg.norm(far.nose) * 1.0001


def test_bad_input_is_told() -> None:
    for percentile in (0.0, 100.0, float("nan")):
        with pytest.raises(InputError, match="between 0 and 100"):
            limit(MODEL, MODEL.mean_code(), percentile)
    with pytest.raises(InputError, match="no part 'ear'"):
        limit(MODEL, MODEL.mean_code(), 50.0, ["ear"])
