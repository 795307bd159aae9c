"""Crops: what stands where in the image stands where it should in the crop."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from engine.errors import InputError
from engine.photo.crop import HEAD_CENTRE, HEAD_MM, average_box, box_crop, cut, head_crop
from engine.photo.weak_perspective import WeakPerspective


def tilted_head() -> WeakPerspective:
    turn = Rotation.from_euler("yxz", [30, 10, 25], degrees=True).as_matrix()
    return WeakPerspective(turn, 0.9, np.array([300.0, 200.0]))


def test_a_head_stands_upright_in_the_middle_of_its_crop() -> None:
    pose = tilted_head()
    crop = head_crop(pose, 128)
    placed = pose.through(crop.matrix)
    np.testing.assert_allclose(placed.project(HEAD_CENTRE[None]), [[64, 64]], atol=1e-9)
    assert placed.scale == pytest.approx(128 / HEAD_MM)
    assert placed.angles()[2] == pytest.approx(0.0, abs=1e-6)
    np.testing.assert_allclose(crop.to_image(crop.to_crop(np.eye(2))), np.eye(2), atol=1e-9)


def test_a_box_is_widened_and_made_square() -> None:
    crop = box_crop(np.array([100.0, 50.0, 140.0, 130.0]), 110)
    np.testing.assert_allclose(
        crop.to_image(np.array([[0, 0], [110, 110]])), [[76, 46], [164, 134]]
    )
    with pytest.raises(InputError, match="width"):
        box_crop(np.array([5.0, 5.0, 5.0, 5.0]), 64)


def test_the_average_box_is_a_share_of_the_image() -> None:
    np.testing.assert_allclose(average_box(100, 200), [27, 50, 73, 156])


@pytest.mark.parametrize("side", [100, 1600])
def test_a_mark_is_cut_where_it_was(side: int) -> None:
    # A bright square in a dark image, also where the image is much larger than the crop.
    pixels = np.zeros((side, side, 3), np.uint8)
    low, high = side // 2, side // 2 + side // 10
    pixels[low:high, low:high] = 255
    crop = box_crop(np.array([side * 0.3, side * 0.3, side * 0.8, side * 0.8]), 64)
    cropped = cut(pixels, crop).mean(2) / 255
    middle = crop.to_crop(np.array([[(low + high) / 2, (low + high) / 2]]))[0]
    rows, columns = np.indices(cropped.shape) + 0.5
    found = [(cropped * columns).sum() / cropped.sum(), (cropped * rows).sum() / cropped.sum()]
    np.testing.assert_allclose(found, middle, atol=0.15)
