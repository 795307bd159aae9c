"""Boxes in images: `(N, 4)` float64 of x0, y0, x1, y1 in pixels, edges included."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def areas(boxes: Array) -> Array:
    """Areas `(N,)`; a box without width or height has none."""
    sides: Array = np.maximum(boxes[:, 2:] - boxes[:, :2], 0.0)
    return sides[:, 0] * sides[:, 1]


def corrected(boxes: Array, offsets: NDArray) -> Array:
    """`boxes` with every edge moved by its offset `(N, 4)`, in widths and heights of the box."""
    sides = np.tile(boxes[:, 2:] - boxes[:, :2], 2)
    moved: Array = boxes + np.asarray(offsets, np.float64) * sides
    return moved


def squares(boxes: Array) -> Array:
    """Squares about the same centres with the longer sides."""
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    halves = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, keepdims=True) / 2
    return np.concatenate([centres - halves, centres + halves], axis=1)


def without_overlaps(
    boxes: Array, scores: NDArray, limit: float, of_smaller: bool = False
) -> NDArray[np.int64]:
    """Rows of boxes that overlap no better one by more than `limit`, best first.

    Args:
        scores: `(N,)`, higher is better.
        limit: share of the two boxes' common area in their union or,
        of_smaller: in the smaller of the two.
    """
    order = np.argsort(-np.asarray(scores), kind="stable")
    sizes = areas(boxes)
    kept = []
    while len(order):
        best, rest = order[0], order[1:]
        kept.append(best)
        low = np.maximum(boxes[best, :2], boxes[rest, :2])
        high = np.minimum(boxes[best, 2:], boxes[rest, 2:])
        common = areas(np.concatenate([low, high], axis=1))
        whole = (
            np.minimum(sizes[best], sizes[rest])
            if of_smaller
            else sizes[best] + sizes[rest] - common
        )
        order = rest[common <= limit * whole]
    return np.array(kept, np.int64)
