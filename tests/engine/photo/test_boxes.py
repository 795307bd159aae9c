"""Boxes: overlaps against a naive twin."""

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.photo.boxes import areas, corrected, squares, without_overlaps


def random_boxes(count: int, seed: int) -> NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    corners = rng.uniform(0, 60, (count, 2))
    return np.concatenate([corners, corners + rng.uniform(2, 40, (count, 2))], axis=1)


def naive(boxes: NDArray, scores: NDArray, limit: float, of_smaller: bool) -> list[int]:
    kept: list[int] = []
    for row in sorted(range(len(boxes)), key=lambda index: -scores[index]):
        fits = True
        for other in kept:
            a, b = boxes[row], boxes[other]
            wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
            common = max(wide, 0) * max(high, 0)
            sizes = [(x[2] - x[0]) * (x[3] - x[1]) for x in (a, b)]
            whole = min(sizes) if of_smaller else sum(sizes) - common
            fits &= common / whole <= limit
        if fits:
            kept.append(row)
    return kept


@pytest.mark.parametrize("limit", [0.1, 0.5, 0.7])
@pytest.mark.parametrize("of_smaller", [False, True])
def test_overlaps_go_as_in_the_naive_twin(limit: float, of_smaller: bool) -> None:
    boxes = random_boxes(80, 1)
    scores = np.random.default_rng(2).permutation(80) / 80
    kept = without_overlaps(boxes, scores, limit, of_smaller)
    assert kept.tolist() == naive(boxes, scores, limit, of_smaller)
    assert 1 < len(kept) < 80


def test_no_boxes_and_flat_boxes() -> None:
    assert without_overlaps(np.empty((0, 4)), np.empty(0), 0.5).shape == (0,)
    flat = np.array([[0.0, 0.0, 5.0, 5.0], [2.0, 2.0, 2.0, 4.0], [9.0, 9.0, 3.0, 3.0]])
    assert areas(flat).tolist() == [25.0, 0.0, 0.0]
    assert without_overlaps(flat, np.array([0.9, 0.8, 0.7]), 0.5)[0] == 0


def test_squares_and_corrections() -> None:
    box = np.array([[10.0, 20.0, 30.0, 60.0]])
    assert squares(box).tolist() == [[0.0, 20.0, 40.0, 60.0]]
    assert corrected(box, np.array([[0.1, -0.1, 0.5, 0.0]])).tolist() == [[12.0, 16.0, 40.0, 60.0]]
