"""Where an edit may change the field: in a window, or where the warp moves."""

import numpy as np

from engine.models.part_change import UNMOVED_MM, PartChange
from engine.models.windows import PlacedWindow

WINDOW = PlacedWindow(np.eye(3) / 10.0, np.array([0.0, 0.0, -5.0]), 1.5)
"""A ball of 15 mm about (0, 0, 50)."""


def test_points_in_a_window_are_held_and_not_asked_about() -> None:
    asked = []

    def moved(points: np.ndarray) -> np.ndarray:
        asked.append(points)
        return np.zeros(len(points), np.float32)

    points = np.array([[0, 0, 50], [0, 14, 50], [0, 16, 50], [99, 0, 0]], np.float32)
    assert PartChange([WINDOW], moved).holds(points).tolist() == [True, True, False, False]
    assert np.array_equal(asked[0], points[2:])


def test_points_that_the_warp_moves_are_held() -> None:
    points = np.array([[1, 0, 0], [2, 0, 0], [3, 0, 0]], np.float32)
    change = PartChange([WINDOW], lambda p: p[:, 0] * np.float32(UNMOVED_MM / 2.5))
    assert change.holds(points).tolist() == [False, False, True]
