"""From the crossed cells of one grid to those of the next finer one."""

import numpy as np

from engine.surface.cells import (
    Addresses,
    Band,
    Cells,
    Floats,
    case_numbers,
    first_of_each,
)
from engine.surface.cube_cases import CORNERS, FACE_DIRECTIONS, cube_cases
from engine.surface.level import Level

UNSURE = 0.6
"""A predicted value closer to zero than this, in cell sizes, is measured: its sign may be wrong."""

THIRDS = np.indices((3, 3, 3), np.int32).reshape(3, 27)
"""Offsets `(3, 27)` on the finer grid of the corners of a cell's children."""


def follow(level: Level, band: Band, more: Cells) -> Band:
    """The cells of `level` that the surface crosses.

    Args:
        band: the crossed cells of the next coarser level.
        more: further cells of `level` to look at.
    """
    level.expect(1.2 * len(band.cells[0]) * 4)
    cells, addresses = predict_children(level, band)
    if more.size:
        cells = np.concatenate([cells, more], axis=1)
        addresses = np.concatenate([addresses, _measured(level, more)], axis=1)
    found: list[tuple[Cells, Addresses]] = []
    while cells.size:
        level.visit(addresses)
        found.append((cells, addresses))
        cells = _unvisited_neighbours(level, *_settle(level, cells, addresses))
        addresses = _measured(level, cells)
    return _crossed_of(level, found)


def predict_children(level: Level, band: Band) -> tuple[Cells, Addresses]:
    """Children `(3, M)` that are crossed if the field is trilinear in each cell of `band`.

    The predicted values are noted in `level`.
    """
    corners = 2 * band.cells[:, None, :] + THIRDS[:, :, None]
    at = level.cover(corners.reshape(3, -1)).reshape(27, -1)
    level.predict(at, halved(band.values))
    inside = level.working[at] < 0
    cells, addresses = [], []
    for child in CORNERS.T:
        rows = (child + CORNERS.T) @ (9, 3, 1)
        count = np.zeros(inside.shape[1], np.int8)
        for row in rows:
            count += inside[row]
        crossed = np.flatnonzero((count > 0) & (count < 8))
        cells.append(corners[:, rows[0], crossed])
        addresses.append(at[rows[:, None], crossed])
    return np.concatenate(cells, axis=1), np.concatenate(addresses, axis=1)


def halved(values: Floats) -> Floats:
    """Values `(27, N)` at the corners `THIRDS` of cells' children, trilinear in the values `(8, N)`
    at the cells' own corners."""
    thirds = np.empty((3, 3, 3, values.shape[1]), np.float32)
    # Corner c lies at (c & 1, c >> 1 & 1, c >> 2 & 1).
    thirds[::2, ::2, ::2] = values.reshape(2, 2, 2, -1).transpose(2, 1, 0, 3)
    half = np.float32(0.5)
    thirds[1, ::2, ::2] = half * (thirds[0, ::2, ::2] + thirds[2, ::2, ::2])
    thirds[:, 1, ::2] = half * (thirds[:, 0, ::2] + thirds[:, 2, ::2])
    thirds[:, :, 1] = half * (thirds[:, :, 0] + thirds[:, :, 2])
    return thirds.reshape(27, -1)


def _settle(level: Level, cells: Cells, addresses: Addresses) -> tuple[Cells, Addresses]:
    """Measure until every crossed edge of `cells` has measured ends.

    A wrong prediction changes the crossings of all cells around it, which are looked at
    again; they come back with `cells`.
    """
    ends = cube_cases().edge_ends
    bits = (1 << np.arange(8, dtype=np.uint8))[:, None]
    unsure = UNSURE * level.cell_size
    looked_at = [(cells, addresses)]
    while cells.size:
        values = level.working[addresses]
        cases = case_numbers(values)
        wanted = (ends[cases] & bits) != 0
        wanted |= ((cases != 0) & (cases != 255)) & (np.abs(values) < unsure)
        flipped = level.measure(cells, addresses, wanted)
        cells = _visited_around(level, flipped)
        addresses = level.addresses(cells)
        looked_at.append((cells, addresses))
    return (
        np.concatenate([cells for cells, _ in looked_at], axis=1),
        np.concatenate([addresses for _, addresses in looked_at], axis=1),
    )


def _visited_around(level: Level, corners: Cells) -> Cells:
    """Cells that were visited and have one of `corners` `(3, N)`, each once."""
    around = (corners[:, None, :] - CORNERS[:, :, None]).reshape(3, -1)
    at = level.cover(around)
    seen = np.flatnonzero(level.visited[at] & 1)
    return around[:, seen[first_of_each(at[seen], len(level.visited))]]


def _unvisited_neighbours(level: Level, cells: Cells, addresses: Addresses) -> Cells:
    """Cells behind faces that the surface crosses and that were not visited, each once."""
    mixed_faces = cube_cases().mixed_faces[case_numbers(level.working[addresses])]
    behind = []
    for face, (axis, step) in enumerate(FACE_DIRECTIONS):
        seen = (
            level.visited[addresses[1 << axis]] & 1
            if step > 0
            else (level.visited[addresses[0]] >> np.uint8(axis + 1) & 1)
        )
        beyond = cells[:, (mixed_faces >> np.uint8(face) & ~seen & 1) != 0]
        beyond[axis] += step
        behind.append(beyond)
    neighbours = np.concatenate(behind, axis=1)
    return neighbours[:, first_of_each(level.cover(neighbours), len(level.visited))]


def _measured(level: Level, cells: Cells) -> Addresses:
    """Addresses `(8, N)` of the corners of `cells`, measured where nothing predicts them."""
    addresses = level.addresses(cells)
    level.measure(cells, addresses, np.isnan(level.working[addresses]))
    return addresses


def _crossed_of(level: Level, found: list[tuple[Cells, Addresses]]) -> Band:
    cells = np.concatenate([cells for cells, _ in found], axis=1)
    addresses = np.concatenate([addresses for _, addresses in found], axis=1)
    cases = case_numbers(level.working[addresses])
    crossed = np.flatnonzero((cases != 0) & (cases != 255))
    addresses = addresses.take(crossed, axis=1)
    return Band(
        cells.take(crossed, axis=1),
        level.working[addresses],
        cases[crossed],
        addresses,
        len(level.working),
    )
