"""Checks at the door: what an array of points, faces or indices must look like."""

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError


def require_points(points: NDArray, name: str = "points") -> NDArray[np.float64]:
    """`points` as contiguous float64 `(N, 3)`.

    Raises:
        InputError: another shape, or a coordinate that is not finite.
    """
    array = np.ascontiguousarray(points, dtype=np.float64)
    if array.ndim != 2 or array.shape[1] != 3:
        raise InputError(f"Expected {name} of shape (N, 3), got {array.shape}.")
    finite = np.isfinite(array).all(axis=1)
    if not finite.all():
        raise InputError(f"Row {int(np.argmin(finite))} of {name} is not finite. Remove such rows.")
    return array


def require_faces(faces: NDArray, vertex_count: int) -> NDArray[np.int64]:
    """`faces` as contiguous int64 `(F, 3)` of indices below `vertex_count`.

    Raises:
        InputError: another shape, not integers, or an index that is out of range.
    """
    array = np.asarray(faces)
    if array.ndim != 2 or array.shape[1] != 3 or array.dtype.kind not in "iu":
        raise InputError(
            f"Expected faces as integers of shape (F, 3), got {array.dtype} {array.shape}."
        )
    if array.size and (array.min() < 0 or array.max() >= vertex_count):
        raise InputError(
            f"Faces name vertices {int(array.min())} to {int(array.max())}, "
            f"but there are {vertex_count} vertices."
        )
    return np.ascontiguousarray(array, dtype=np.int64)


def require_mask(mask: NDArray, count: int, what: str) -> NDArray[np.bool_]:
    """`mask` as booleans `(count,)`; `what` names the things it chooses among.

    Raises:
        InputError: not booleans, or another length.
    """
    array = np.asarray(mask)
    if array.dtype != np.bool_ or array.shape != (count,):
        raise InputError(
            f"Expected one boolean for each of {count} {what}, got {array.dtype} {array.shape}."
        )
    return array
