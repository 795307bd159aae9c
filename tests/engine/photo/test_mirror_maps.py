"""The mirror's maps: what has a twin is swapped, and files keep them."""

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.errors import WeightsError
from engine.photo.mirror_maps import NO_TWIN, TENSORS, MirrorMaps

MAPS = MirrorMaps(np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([2, NO_TWIN, 0]))


def test_values_are_taken_from_the_twin() -> None:
    values = np.array([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]])
    found = MAPS.opposite(values, np.zeros_like(values))
    np.testing.assert_array_equal(found, [[3.0, 30.0], [0.0, 0.0], [1.0, 10.0]])
    np.testing.assert_array_equal(MAPS.opposite(values[:, 0], -values[:, 0]), [3.0, -2.0, 1.0])


def test_files_keep_them() -> None:
    again = MirrorMaps.of(MAPS.tensors(), 2, 3)
    assert again is not None
    np.testing.assert_array_equal(again.codes, MAPS.codes)
    np.testing.assert_array_equal(again.twins, MAPS.twins)
    assert MirrorMaps.of({}, 2, 3) is None


@pytest.mark.parametrize(
    "damage",
    [
        {TENSORS[0]: np.eye(3)},
        {TENSORS[0]: np.full((2, 2), np.nan)},
        {TENSORS[1]: np.array([0, 1, 3])},
        {TENSORS[1]: np.array([0, 1])},
    ],
)
def test_damage_is_told(damage: dict[str, NDArray]) -> None:
    with pytest.raises(WeightsError, match="Install Lineament again"):
        MirrorMaps.of({**MAPS.tensors(), **damage}, 2, 3)
