"""What the detector's networks are shown of an image."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from engine.photo.face_cascade import _crops, _halvings, _levels, _windows


def ramp(height: int, width: int) -> torch.Tensor:
    """An image whose channels are x, y and x - y at the pixels' centres."""
    y, x = np.mgrid[:height, :width] + 0.5
    return torch.from_numpy(np.stack([x, y, x - y])[None]).float()


def sampled(box: tuple[float, ...], size: int) -> NDArray:
    image = ramp(700, 900)
    (crops,) = _crops(_halvings(image), np.array([box]), size)
    return crops[0].numpy()


@pytest.mark.parametrize("side", [20.0, 48.0, 130.0, 500.0])
def test_crops_show_what_lies_in_the_box(side: float) -> None:
    box = (110.3, 60.7, 110.3 + side, 60.7 + side)
    crop = sampled(box, 48)
    steps = (np.arange(48) + 0.5) / 48 * side
    np.testing.assert_allclose(crop[0], np.tile(110.3 + steps, (48, 1)), atol=2e-3)
    np.testing.assert_allclose(crop[1], np.tile(60.7 + steps, (48, 1)).T, atol=2e-3)


def test_outside_of_the_image_is_grey() -> None:
    crop = sampled((-100.0, 30.0, 100.0, 230.0), 24)
    assert (crop[:, :, :10] == 0).all()
    assert (crop[0, :, 14:] > 0).all()


def test_crops_keep_the_order_of_boxes() -> None:
    rng = np.random.default_rng(0)
    corners, sides = rng.uniform(100, 300, (200, 2)), rng.uniform(12, 300, (200, 1))
    boxes = np.concatenate([corners, corners + sides], axis=1)
    crops = torch.cat(list(_crops(_halvings(ramp(700, 900)), boxes, 24)))
    middles = crops.mean(dim=(2, 3)).numpy()
    np.testing.assert_allclose(middles[:, :2], corners + sides / 2, atol=2e-2)


def test_levels_go_from_the_smallest_face_to_the_image() -> None:
    shapes = [tuple(level.shape[2:]) for level in _levels(ramp(120, 160), 24.0)]
    assert shapes[0] == (60, 80)
    assert min(shapes[-1]) >= 12
    assert min(shapes[-1]) * 0.709 < 12
    assert list(_levels(ramp(20, 160), 24.0)) == []


def test_windows_lie_where_the_network_looked() -> None:
    likelihoods = torch.zeros(6, 9)
    likelihoods[4, 7], likelihoods[1, 2] = 0.9, 0.7
    offsets = torch.zeros(4, 6, 9)
    offsets[:, 4, 7] = torch.tensor([0.25, -0.5, 0.0, 0.5])
    boxes, scores = _windows(likelihoods, offsets)
    np.testing.assert_allclose(boxes, [[17, 2, 26, 26], [4, 2, 16, 14]])
    np.testing.assert_allclose(scores, [0.9, 0.7], atol=1e-6)
