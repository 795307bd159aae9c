"""Points are found where the maps show them, finer than a cell, and near the start otherwise."""

import torch
from torch import Tensor

from engine.networks.point_maps import DOUBT, PointMaps

SIDE = 16
CELL = 2.0 / SIDE


def plain_maps(points: int) -> PointMaps:
    """A single level whose channels are the map itself."""
    maps = PointMaps([points], points, points)
    assert isinstance(maps.lateral[0], torch.nn.Conv2d)
    assert maps.lateral[0].bias is not None
    with torch.no_grad():
        maps.lateral[0].weight.copy_(torch.eye(points)[:, :, None, None])
        maps.lateral[0].bias.zero_()
        maps.told.weight.zero_()
        # Channel p is the vote for point p.
        maps.told.weight[:points] = 200.0 * torch.eye(points)[:, :, None, None]
    return maps


def bright(row: int, column: int, channel: int, points: int) -> Tensor:
    image = torch.zeros(1, points, SIDE, SIDE)
    image[0, channel, row, column] = 1.0
    return image


def test_a_vote_decides_wherever_the_start_is() -> None:
    image = bright(3, 12, 0, 2) + bright(10, 5, 1, 2)
    found, doubts = plain_maps(2)([image], torch.tensor([[[0.0, 0.0], [0.9, -0.9]]]))
    wanted = torch.tensor([[[12.5, 3.5], [5.5, 10.5]]]) * CELL - 1.0
    torch.testing.assert_close(found, wanted, atol=1e-4, rtol=0)
    torch.testing.assert_close(doubts, torch.full((1, 2), DOUBT))


def test_offsets_are_in_cells_and_finer_than_them() -> None:
    maps = plain_maps(1)
    assert maps.told.bias is not None
    with torch.no_grad():
        maps.told.bias[1:4] = torch.tensor([0.25, -0.5, 1.0])
    found, doubts = maps([bright(8, 8, 0, 1)], torch.zeros(1, 1, 2))
    wanted = torch.tensor([[[8.75, 8.0]]]) * CELL - 1.0
    torch.testing.assert_close(found, wanted, atol=1e-4, rtol=0)
    torch.testing.assert_close(doubts, torch.full((1, 1), DOUBT + 1.0))


def test_where_nothing_is_seen_a_point_stays_near_its_start() -> None:
    start = torch.tensor([[[0.1, -0.2], [-0.3, 0.25]]])
    found, _ = plain_maps(2)([torch.zeros(1, 2, SIDE, SIDE)], start)
    torch.testing.assert_close(found, start, atol=0.05, rtol=0)


def test_coarse_maps_are_joined_with_fine_ones_and_learn() -> None:
    torch.manual_seed(0)
    maps = PointMaps([4, 6, 8], 5, 3)
    taps = [torch.randn(2, c, s, s) for c, s in ((4, 8), (6, 4), (8, 2))]
    start = torch.zeros(2, 3, 2)
    found, doubts = maps(taps, start)
    assert found.shape == (2, 3, 2)
    (found.square().sum() + doubts.sum()).backward()
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in maps.parameters())
    moved, _ = maps([taps[0], taps[1], taps[2] + 30.0], start)
    assert (moved - found).abs().max() > 1e-5
