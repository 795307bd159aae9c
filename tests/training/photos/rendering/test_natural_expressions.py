"""Expressions that people make: several shapes together, sides nearly alike."""

import numpy as np
import pytest

from tests.training.photos.tiny_studio import tiny_studio
from training.photos.rendering.natural_expressions import (
    CHANCES,
    EXPRESSIONS,
    NaturalExpressions,
)
from training.photos.rendering.studio import StudioSetting

STEMS = sorted({stem for shapes in EXPRESSIONS.values() for stem in shapes})
NAMES = [f"{stem}_{side}" for stem in STEMS for side in "LR"] + [
    "jawOpen", "eyeLookIn_L", "eyeLookIn_R", "eyeLookOut_L", "eyeLookOut_R",
]  # fmt: skip


@pytest.fixture(scope="module")
def drawn() -> np.ndarray:
    source = NaturalExpressions(NAMES)
    return np.stack([source.draw(np.random.default_rng([4, k])) for k in range(2000)])


def column(drawn: np.ndarray, name: str) -> np.ndarray:
    return drawn[:, NAMES.index(name)]


def test_weights_are_weights_and_repeat(drawn: np.ndarray) -> None:
    assert len(CHANCES) == len(EXPRESSIONS)
    assert drawn.min() >= 0.0
    assert drawn.max() <= 1.0
    again = NaturalExpressions(NAMES).draw(np.random.default_rng([4, 7]))
    assert np.array_equal(again, drawn[7])


def test_a_smile_moves_both_corners_and_the_cheeks(drawn: np.ndarray) -> None:
    left, right = column(drawn, "mouthSmile_L"), column(drawn, "mouthSmile_R")
    smiling = (left + right) > 0.8
    assert 0.15 < smiling.mean() < 0.6
    alike = np.abs(left - right)[smiling] < 0.25
    assert alike.mean() > 0.85
    cheeks = column(drawn, "cheekSquint_L")
    assert cheeks[smiling].mean() > 3 * cheeks[~smiling].mean()


def test_both_eyes_look_the_same_way(drawn: np.ndarray) -> None:
    inward, outward = column(drawn, "eyeLookIn_L"), column(drawn, "eyeLookOut_R")
    assert np.array_equal(inward, outward)
    assert (inward > 0.2).mean() > 0.1
    assert not ((inward > 0) & (column(drawn, "eyeLookOut_L") > 0)).any()


def test_shapes_that_a_face_lacks_are_left_out() -> None:
    few = NaturalExpressions(["jawOpen"])
    drawn = np.stack([few.draw(np.random.default_rng(k)) for k in range(50)])
    assert drawn.shape == (50, 1)
    assert drawn.max() > 0.2


def test_the_studio_takes_its_share_of_them() -> None:
    names = tiny_studio(StudioSetting(size=48, seed=1)).photograph([(0, 0)])[0].code
    single, natural = (
        tiny_studio(StudioSetting(size=48, seed=1, neutral=0.0, natural=share)).photograph(
            [(k, 0) for k in range(6)]
        )
        for share in (0.0, 1.0)
    )
    assert all(one.code.shape == names.shape for one in single + natural)
    assert any(
        not np.array_equal(one.code, other.code) for one, other in zip(single, natural, strict=True)
    )
