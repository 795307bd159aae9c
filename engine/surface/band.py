"""The cells that a surface crosses, found coarse to fine with few evaluations of the field.

*Search.* The coarsest levels keep every cell that may hold surface under the field's gradient
bound L: some point x of it must satisfy L · |x - p| ≥ |Φ(p)| for all points p known nearby.
A component larger than a cell of the last searched level is therefore never missed.

*Follow.* On finer levels the values of a crossed cell predict its children's. Where the
prediction crosses zero, the field is evaluated at both ends of every crossed grid edge, until
each crossed edge has measured ends; far corners of a crossed cell keep their predicted sign.
Where the surface then leaves such a cell through a face, the neighbour behind it joins, until
there is none. The result is the crossed cells of a dense grid, less components too small for
the search, at a cost of little more than one evaluation per end of a crossed edge.
"""

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.surface.cells import Band, Cells, Flags, Floats, case_numbers, is_crossed, split
from engine.surface.corner_values import CornerValues
from engine.surface.cube_cases import CORNERS
from engine.surface.following import follow
from engine.surface.grid import Grid
from engine.surface.level import Level
from engine.surface.sampler import FieldSampler

SEARCHED_LEVELS = 2
"""Levels that are searched under the gradient bound: cells of 1/16 and 1/32 of the box."""

PARTS = 4
"""A cell is divided this often along each axis to see where in it there is room for surface."""


def find_band(sampler: FieldSampler, grid: Grid, stores: list[CornerValues]) -> Band:
    """The crossed cells of the finest level.

    Args:
        stores: values known already on each level of `grid`; new ones are added to them.

    Raises:
        InputError: the field has no zero set in the grid.
        Cancelled: the sampler's token was raised.
    """
    levels = [
        Level(sampler, grid, level, stores[level], stores[level - 1] if level else None)
        for level in range(grid.levels)
    ]
    searched = levels[:SEARCHED_LEVELS]
    band, nearby = search(searched)
    for level in levels[len(searched) :]:
        if nearby.size:
            nearby = undecided(searched[-1], nearby, level)
        if not band.cells.size and not nearby.size:
            break
        band = follow(level, band, split(nearby))
        nearby = nearby[:, :0]
    if not band.cells.size:
        raise _no_surface(searched[0])
    return band


def search(levels: list[Level]) -> tuple[Band, Cells]:
    """Crossed cells of the last of `levels`, and other cells that may hold surface."""
    cells = levels[0].all_cells()
    for level in levels:
        level.expect(len(cells[0]))
        addresses = level.addresses(cells)
        level.measure(cells, addresses, np.isnan(level.working[addresses]))
        values = level.working[addresses]
        crossed = is_crossed(values)
        nearby = np.flatnonzero(~crossed)
        reach = values[:, nearby] / np.float32(level.cell_size * level.lipschitz)
        nearby = nearby[has_room(reach, CORNERS)]
        if level is not levels[-1]:
            cells = split(cells[:, np.concatenate([np.flatnonzero(crossed), nearby])])
    values = values[:, crossed]
    band = Band(
        cells[:, crossed],
        values,
        case_numbers(values),
        addresses[:, crossed],
        len(levels[-1].working),
    )
    return band, cells[:, nearby]


def undecided(level: Level, cells: Cells, finer: Level) -> Cells:
    """Those of `cells` that may hold surface even when the value at their centre is known."""
    addresses = level.addresses(cells)
    centres = 2 * cells + 1
    at = finer.cover(centres)
    finer.measure_corners(centres, at)
    known: Floats = np.concatenate([level.working[addresses], finer.working[at][None]])
    reach = known / (level.cell_size * level.lipschitz)
    places = np.concatenate([CORNERS, np.full((3, 1), 0.5)], axis=1)
    return cells.compress(has_room(reach.astype(np.float32), places), axis=1)


def has_room(reach: Floats, places: NDArray) -> Flags:
    """Which cells `(N,)` have room for a zero of the field.

    Args:
        reach: values `(K, N)` in units of cell size · L; no zero is nearer than that.
        places: where in the unit cell these values were taken, `(3, K)`.
    """
    distance = np.abs(reach)
    near = np.flatnonzero(distance.max(axis=0) <= np.sqrt(3.0))
    distance = np.ascontiguousarray(distance[:, near])
    parts = (np.indices((PARTS, PARTS, PARTS)).reshape(3, -1) + 0.5) / PARTS
    slack = np.sqrt(3.0) / (2 * PARTS)
    free = np.linalg.norm(places[:, :, None] - parts[:, None, :], axis=0) + slack
    open_parts = np.zeros(len(near), bool)
    for room in free.T.astype(np.float32):
        open_parts |= (distance - room[:, None]).max(axis=0) <= 0
    result = np.zeros(reach.shape[1], bool)
    result[near] = open_parts
    return result


def _no_surface(level: Level) -> InputError:
    known = level.working[~np.isnan(level.working)]
    return InputError(
        f"The field has no surface inside its box: its values run from {known.min():.2f} to "
        f"{known.max():.2f} mm. Expected negative values inside and positive ones outside; "
        "check the model and the face's code."
    )
