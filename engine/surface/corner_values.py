"""A sparse grid of values: dense pages of 8 × 8 × 8 corners, there only where they are used.

An address is a place in the flat array of all pages. Looking one up costs a few array
operations, and marks or indices per corner are plain arrays beside the values. A dense
grid of 512³ would take half a gigabyte; the pages along a surface take a tenth of it.
"""

import numpy as np
from numpy.typing import NDArray

PAGE_BITS = 3
PAGE_SIZE = 1 << 3 * PAGE_BITS
LOCAL = PAGE_SIZE - 1
WANTED = -2
"""Marks a page that is about to be added; -1 one that is not there."""

Coordinates = NDArray[np.int32]
Addresses = NDArray[np.int64]


class CornerValues:
    """Values at the corners of a grid; NaN where none is known.

    N corners given as integer coordinates `(3, N)`.

    Args:
        cells: number of cells `(3,)` of the grid; it has one corner more along each axis.
    """

    def __init__(self, cells: tuple[int, int, int]) -> None:
        pages = [(count >> PAGE_BITS) + 1 for count in cells]
        self._codes = _axis_codes(cells, pages)
        self._page_start = np.full(pages[0] * pages[1] * pages[2], -1, np.int64)
        self._page_code = np.zeros(0, np.int64)
        self._pages = pages
        self.values = np.zeros(0, np.float32)

    def copy(self) -> "CornerValues":
        """An independent copy."""
        twin = object.__new__(CornerValues)
        twin._codes, twin._pages = self._codes, self._pages
        twin._page_start = self._page_start.copy()
        twin._page_code = self._page_code
        twin.values = self.values.copy()
        return twin

    def freeze(self) -> None:
        """Make the values read-only."""
        self.values.setflags(write=False)

    def codes(self, corners: Coordinates, shift: tuple[int, int, int] = (0, 0, 0)) -> Addresses:
        """Names `(N,)` of corners moved by `shift`; `find` and `cover` turn them to addresses."""
        tables = [table[step:] for table, step in zip(self._codes, shift, strict=True)]
        code: Addresses = tables[0].take(corners[0]) + tables[1].take(corners[1])
        code += tables[2].take(corners[2])
        return code

    def cover(self, codes: Addresses) -> Addresses:
        """Addresses `(N,)`; pages that are not there yet are added, full of NaN."""
        pages = codes >> 3 * PAGE_BITS
        starts = self._page_start.take(pages)
        missing = pages[starts < 0]
        if missing.size:
            self._page_start[missing] = WANTED
            self._add(np.flatnonzero(self._page_start == WANTED))
            starts = self._page_start[pages]
        return starts | (codes & LOCAL)

    def find(self, codes: Addresses) -> NDArray[np.float32]:
        """Values `(N,)`, NaN where none is known."""
        starts = self._page_start[codes >> 3 * PAGE_BITS]
        there = starts >= 0
        found = np.full(len(codes), np.nan, np.float32)
        found[there] = self.values[starts[there] | (codes[there] & LOCAL)]
        return found

    def known(self) -> tuple[Addresses, Coordinates]:
        """Addresses `(N,)` and coordinates `(3, N)` of all values that are known."""
        addresses = np.flatnonzero(~np.isnan(self.values))
        page = self._page_code[addresses >> 3 * PAGE_BITS]
        local = addresses & LOCAL
        mask = (1 << PAGE_BITS) - 1
        corners = np.empty((3, len(addresses)), np.int32)
        for axis in (2, 1, 0):
            page, block = np.divmod(page, self._pages[axis])
            corners[axis] = block << PAGE_BITS | (local >> PAGE_BITS * (2 - axis) & mask)
        return addresses, corners

    def _add(self, pages: Addresses) -> None:
        start = len(self.values)
        self._page_start[pages] = start + PAGE_SIZE * np.arange(len(pages))
        self._page_code = np.concatenate([self._page_code, pages])
        fresh = np.full(PAGE_SIZE * len(pages), np.nan, np.float32)
        self.values = np.concatenate([self.values, fresh])


def _axis_codes(cells: tuple[int, int, int], pages: list[int]) -> list[Addresses]:
    """Per axis, what a coordinate adds to a corner's code: its page above its place within."""
    codes = []
    for axis in range(3):
        place = np.arange(cells[axis] + 1)
        stride = int(np.prod(pages[axis + 1 :], dtype=np.int64))
        local = (place & (1 << PAGE_BITS) - 1) << PAGE_BITS * (2 - axis)
        codes.append((place >> PAGE_BITS) * stride << 3 * PAGE_BITS | local)
    return codes
