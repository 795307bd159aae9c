"""The lattice against asking about every corner of every point."""

import numpy as np

from engine.models.lattice import largest_about


def field(points: np.ndarray) -> np.ndarray:
    return np.abs(np.sin(points[:, 0] / 30) * points[:, 1] - points[:, 2]).astype(np.float32)


def test_it_is_the_largest_of_the_eight_corners() -> None:
    points = np.random.default_rng(0).uniform(-50, 50, (9000, 3)).astype(np.float32)
    found = largest_about(points, field, 8.0)
    for point, value in zip(points[:300], found, strict=False):
        low = np.floor(point / 8.0)
        corners = low + np.indices((2, 2, 2)).reshape(3, 8).T
        assert value == field((corners * 8.0).astype(np.float32)).max()


def test_it_asks_about_few_points_once_each() -> None:
    asked = []

    def count(points: np.ndarray) -> np.ndarray:
        asked.append(points)
        return field(points)

    points = np.random.default_rng(1).uniform(-20, 20, (5000, 3)).astype(np.float32)
    largest_about(points, count, 10.0)
    (nodes,) = asked
    assert len(nodes) == 5**3
    assert len(np.unique(nodes, axis=0)) == len(nodes)


def test_scattered_points_are_asked_about_themselves() -> None:
    points = np.random.default_rng(2).uniform(-500, 500, (100, 3)).astype(np.float32)
    assert np.array_equal(largest_about(points, field, 8.0), field(points))
