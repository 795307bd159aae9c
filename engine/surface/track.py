"""A surface after an edit, evaluated only where the edit can have moved it."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.models.protocol import SignedField
from engine.progress import CancelToken, Progress, ignore_progress
from engine.surface.corner_values import CornerValues
from engine.surface.cube_cases import CORNERS
from engine.surface.extract import Surface, build_surface, extract_surface
from engine.surface.grid import Grid
from engine.surface.sampler import FieldSampler

Changed = Callable[[NDArray[np.float32]], NDArray[np.bool_]]
"""Which points `(N, 3)` in mm may have another value than before, `(N,)`."""

BLOCK_LEVEL = 2
"""Cells of the levels up to this one are asked about as a whole, before corners within them."""

Corners = NDArray[np.int32]
Flags = NDArray[np.bool_]


def update_surface(
    previous: Surface,
    field: SignedField,
    changed: Changed,
    cancel: CancelToken | None = None,
    progress: Progress = ignore_progress,
) -> Surface:
    """The surface of `field`, which differs from that of `previous` only where `changed` says.

    Values elsewhere are kept, so the cost is that of the changed part, which may move by any
    distance. The mesh is the one that an extraction on the grid of `previous` would give; a
    field whose box leaves that grid is extracted anew. A change that is confined to a ball of
    1/28 of the box's longest side (12 mm for a head) may be overlooked, unless it reaches a
    corner or the centre of a coarsest cell.

    Raises:
        InputError: as `extract_surface`, or `changed` gives no mask.
        Cancelled: `cancel` was raised meanwhile; `previous` is as it was.
    """
    grid = previous.grid.around(field)
    if grid is None:
        return extract_surface(
            field, previous.resolution, cancel, progress, previous.components, previous.refined
        )
    sampler = FieldSampler(field, cancel, progress)
    sampler.report(0.0, "Looking for changes")
    values = [store.copy() for store in previous.values]
    forget_cut_off(previous.grid, grid, values)
    forget_changed(grid, values, changed)
    return build_surface(
        sampler, grid, values, previous.resolution, previous.components, previous.refined
    )


def forget_cut_off(old: Grid, new: Grid, stores: list[CornerValues]) -> None:
    """Drop the values that come from the old box, or will come from the new one."""
    if np.array_equal(old.lower, new.lower) and np.array_equal(old.upper, new.upper):
        return
    for level, store in enumerate(stores):
        addresses, corners = store.known()
        points = new.positions(level, corners)
        beyond = np.maximum(old.beyond_box(points), new.beyond_box(points))
        gone = (beyond > 0) | (store.values[addresses] <= beyond.astype(np.float32))
        store.values[addresses[gone]] = np.nan


def forget_changed(grid: Grid, stores: list[CornerValues], changed: Changed) -> None:
    """Drop the values that `changed` names from `stores`, one per level of `grid`.

    `changed` may cost as much as the field itself, so whole cells are asked about first, by
    their corners and centres: all on the coarsest level, on the next those in and beside cells
    with a change. Finer corners in a cell that changed throughout go unasked, and only those
    in or beside a cell that changed in part are asked about one by one.
    """
    known = [store.known() for store in stores]
    near = np.ones(grid.shape(0), bool)
    throughout = np.zeros(grid.shape(0), bool)
    block = 0
    for block in range(min(BLOCK_LEVEL + 1, grid.levels)):
        if block:
            near = near.repeat(2, 0).repeat(2, 1).repeat(2, 2)
        addresses, corners = known[block]
        asked = near[_cells_of(corners, near)]
        gone = asked.copy()
        gone[asked] = _mask(changed, grid.positions(block, corners[:, asked]))
        stores[block].values[addresses[gone]] = np.nan

        occupied = np.zeros_like(near)
        for level in range(block + 1, grid.levels):
            occupied[_cells_of(known[level][1] >> (level - block), near)] = True
        middle = occupied & near
        middle[middle] = _mask(changed, grid.positions(block, np.array(np.nonzero(middle)) + 0.5))
        some, throughout = _by_corners(corners[:, gone], near)
        near = _dilated(middle | some)
        throughout &= middle
    for level in range(block + 1, grid.levels):
        addresses, corners = known[level]
        cells = _cells_of(corners >> (level - block), near)
        gone = throughout[cells]
        asked = near[cells] & ~gone
        gone[asked] = _mask(changed, grid.positions(level, corners[:, asked]))
        stores[level].values[addresses[gone]] = np.nan


def _cells_of(corners: Corners, cells: Flags) -> tuple[Corners, ...]:
    """Indices into `cells` of the cell above each corner `(3, N)`, or below on the rim."""
    last = np.array(cells.shape, np.int32)[:, None] - 1
    return tuple(np.minimum(corners, last))


def _dilated(cells: Flags) -> Flags:
    """`cells` and all cells that touch them."""
    wide = cells.copy()
    for axis in range(3):
        along = np.moveaxis(wide, axis, 0)
        before = along.copy()
        along[1:] |= before[:-1]
        along[:-1] |= before[1:]
    return wide


def _by_corners(corners: Corners, cells: Flags) -> tuple[Flags, Flags]:
    """Which of `cells` have some of `corners` `(3, N)`, and which have all their eight there."""
    x, y, z = cells.shape
    there = np.zeros((x + 1, y + 1, z + 1), bool)
    there[tuple(corners)] = True
    some, throughout = np.zeros_like(cells), np.ones_like(cells)
    for i, j, k in CORNERS.T:
        corner = there[i : i + x, j : j + y, k : k + z]
        some |= corner
        throughout &= corner
    return some, throughout


def _mask(changed: Changed, points: NDArray[np.float64]) -> NDArray[np.bool_]:
    if not len(points):
        return np.zeros(0, bool)
    mask = np.asarray(changed(points.astype(np.float32)))
    if mask.dtype != np.bool_ or mask.shape != (len(points),):
        raise InputError(
            f"Expected one boolean for each of {len(points)} points from the mask of changes, "
            f"got {mask.dtype} {mask.shape}."
        )
    return mask
