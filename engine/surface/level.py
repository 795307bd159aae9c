"""One grid of the hierarchy while a band is looked for on it."""

import numpy as np
from numpy.typing import NDArray

from engine.surface.cells import Addresses, Cells, Flags, Floats, first_of_each
from engine.surface.corner_values import CornerValues
from engine.surface.cube_cases import CORNERS
from engine.surface.grid import Grid
from engine.surface.sampler import FieldSampler


class Level:
    """Corner values of one grid: measured ones, and predictions where nothing was measured.

    Grids are nested, so a corner that a coarser level has measured is not evaluated again.

    Attributes:
        working: the measured or predicted value by address; NaN where there is neither.
        visited: by the address of a cell's lowest corner, whether the cell was looked at
            (bit 0), and its lower neighbours along x, y and z (bits 1 to 3).
    """

    def __init__(
        self,
        sampler: FieldSampler,
        grid: Grid,
        level: int,
        store: CornerValues,
        coarser: CornerValues | None,
    ) -> None:
        self._sampler = sampler
        self._grid = grid
        self._level = level
        self._store = store
        self._coarser = coarser
        self.working = store.values.copy()
        self.visited = np.zeros(len(store.values), np.uint8)

    @property
    def cell_size(self) -> float:
        """The side of a cell, mm."""
        return self._grid.cell_size(self._level)

    @property
    def lipschitz(self) -> float:
        """The bound on the field's gradient."""
        return self._sampler.lipschitz

    def all_cells(self) -> Cells:
        """Every cell of the grid."""
        return np.indices(self._grid.shape(self._level), np.int32).reshape(3, -1)

    def expect(self, corners: float) -> None:
        """About `corners` evaluations here; each finer level takes four times as many."""
        finer = self._grid.levels - 1 - self._level
        self._sampler.expect(corners * (4.0 ** (finer + 1) - 1) / 3)

    def cover(self, corners: Cells) -> Addresses:
        """Addresses `(N,)` of grid corners `(3, N)`."""
        return self._cover(self._store.codes(corners))

    def addresses(self, cells: Cells) -> Addresses:
        """Addresses `(8, N)` of the corners of `cells` `(3, N)`."""
        shifts = [(int(x), int(y), int(z)) for x, y, z in CORNERS.T]
        return self._cover(np.stack([self._store.codes(cells, shift) for shift in shifts]))

    def visit(self, addresses: Addresses) -> None:
        """Mark cells that are not marked yet, by the addresses `(8, N)` of their corners."""
        self.visited[addresses[0]] |= 1
        for axis in range(3):
            self.visited[addresses[1 << axis]] |= 2 << axis

    def measure(self, cells: Cells, addresses: Addresses, wanted: Flags) -> Cells:
        """Measure the corners `(8, N)` of `cells` where `wanted` `(8, N)`.

        Returns:
            Those corners `(3, M)` whose predicted sign was wrong.
        """
        at, place = self._unmeasured(addresses, wanted)
        corner, cell = np.divmod(place, addresses.shape[1])
        return self._measure(cells[:, cell] + CORNERS[:, corner], at)

    def measure_corners(self, corners: Cells, addresses: Addresses) -> None:
        """Measure the field at grid corners `(3, N)` of `addresses` `(N,)`."""
        at, place = self._unmeasured(addresses, np.ones(addresses.shape, bool))
        self._measure(corners[:, place], at)

    def predict(self, addresses: Addresses, values: Floats) -> None:
        """Note predicted values, both of shape `(K, N)`; measured ones stay."""
        measured = self._store.values[addresses]
        self.working[addresses] = np.where(np.isnan(measured), values, measured)

    def _unmeasured(self, addresses: Addresses, wanted: Flags) -> tuple[Addresses, Addresses]:
        """Each wanted address `(M,)` without a measured value, and its place in `addresses`."""
        place = np.flatnonzero(wanted)
        at = addresses.ravel()[place]
        unknown = np.flatnonzero(np.isnan(self._store.values[at]))
        once = unknown[first_of_each(at[unknown], len(self.working))]
        return at[once], place[once]

    def _measure(self, corners: Cells, at: Addresses) -> Cells:
        values = self._values_at(corners)
        self._store.values[at] = values
        flipped = (self.working[at] < 0) != (values < 0)
        self.working[at] = values
        return corners[:, flipped]

    def _cover(self, codes: Addresses) -> Addresses:
        addresses = self._store.cover(codes)
        added = len(self._store.values) - len(self.working)
        if added:
            fresh = np.full(added, np.nan, np.float32)
            self.working = np.concatenate([self.working, fresh])
            self.visited = np.concatenate([self.visited, np.zeros(added, np.uint8)])
        return addresses

    def _values_at(self, corners: NDArray[np.int32]) -> Floats:
        """Values `(N,)` at corners `(3, N)`, from the coarser level where it has them."""
        values = np.full(len(corners[0]), np.nan, np.float32)
        if self._coarser is not None:
            shared = np.flatnonzero((corners[0] | corners[1] | corners[2]) & 1 == 0)
            coarse = corners[:, shared] >> 1
            values[shared] = self._coarser.find(self._coarser.codes(coarse))
        unknown = np.flatnonzero(np.isnan(values))
        points = self._grid.positions(self._level, corners[:, unknown])
        values[unknown] = self._sampler.sample_cut_off(self._grid, points)
        return values
