"""Cells of a grid, as integer coordinates `(3, N)`, and the signs at their corners."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.surface.cube_cases import CORNERS

Cells = NDArray[np.int32]
Addresses = NDArray[np.int64]
Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """The N cells of one grid that the surface crosses.

    Attributes:
        cells: integer coordinates `(3, N)`.
        values: signed distances `(8, N)` at the corners, in the order of `CORNERS`; measured
            at the ends of crossed edges, elsewhere perhaps predicted.
        cases: marching cubes cases `(N,)`, bit c set where corner c is inside.
        addresses: `(8, N)`; equal numbers are the same corner of the grid.
        size: all addresses are below it.
    """

    cells: Cells
    values: Floats
    cases: NDArray[np.uint8]
    addresses: Addresses
    size: int


def case_numbers(values: Floats) -> NDArray[np.uint8]:
    """Cases `(N,)` of corner values `(8, N)`: bit c is set where corner c is inside."""
    cases = np.zeros(values.shape[1], np.uint8)
    for corner in range(8):
        cases |= (values[corner] < 0).view(np.uint8) << np.uint8(corner)
    return cases


def is_crossed(values: Floats) -> Flags:
    """Which cells `(N,)` have corner values `(8, N)` of both signs."""
    cases = case_numbers(values)
    crossed: Flags = (cases != 0) & (cases != 255)
    return crossed


def split(cells: Cells) -> Cells:
    """The eight children `(3, 8N)` on the next level of each of `cells` `(3, N)`."""
    return (2 * cells[:, None, :] + CORNERS[:, :, None]).reshape(3, -1)


def first_of_each(numbers: Addresses, size: int) -> Flags:
    """A mask `(N,)` that keeps one of each number; all are below `size`."""
    place = np.empty(size, np.int32)
    order = np.arange(len(numbers), dtype=np.int32)
    place[numbers] = order
    once: Flags = place[numbers] == order
    return once
