"""Expressions under ARKit's names."""

import numpy as np
import pytest

from engine.editing.arkit_names import with_arkit_names
from engine.geometry.formats import MorphTarget


def morph(name: str, amount: float, weight: float = 0.0) -> MorphTarget:
    return MorphTarget(name, np.full((2, 3), amount, np.float32), weight)


def test_names_become_arkits() -> None:
    given = [morph(name, 1.0) for name in ("Eye blink left", "Jaw open", "Mouth upper up right")]
    renamed = with_arkit_names(given)
    assert [one.name for one in renamed] == ["eyeBlinkLeft", "jawOpen", "mouthUpperUpRight"]
    np.testing.assert_array_equal(renamed[1].displacements, given[1].displacements)


def test_two_sides_are_added_where_arkit_has_one_shape() -> None:
    given = [
        morph("Brow inner up left", 1.0, 0.2),
        morph("Jaw open", 5.0, 0.5),
        morph("Brow inner up right", 2.0, 0.6),
    ]
    brow, jaw = with_arkit_names(given)
    assert (brow.name, jaw.name) == ("browInnerUp", "jawOpen")
    np.testing.assert_array_equal(brow.displacements, np.full((2, 3), 3.0))
    assert brow.weight == pytest.approx(0.4)
    assert jaw.weight == pytest.approx(0.5)


def test_a_side_alone_keeps_its_side() -> None:
    (cheek,) = with_arkit_names([morph("Cheek puff left", 1.0)])
    assert cheek.name == "cheekPuffLeft"
