"""The same spots on a scan and on the face, pointed at by hand."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from engine.geometry.similarity import Similarity

if TYPE_CHECKING:
    from engine.scans import PairAlignment

MOST_PAIRS = 5
FEWEST_PAIRS = 3

Side = Literal["scan", "model"]
"""Of a pair: the scan or the face."""


@dataclass(frozen=True, slots=True, eq=False)
class PointPair:
    """The same spot on the scan and on the face.

    Attributes:
        scan: `(3,)` in the file's coordinates; None until it is picked.
        model: `(3,)` mm; None until it is picked.
    """

    scan: NDArray[np.float64] | None = None
    model: NDArray[np.float64] | None = None

    @property
    def complete(self) -> bool:
        return self.scan is not None and self.model is not None


def with_point(
    pairs: tuple[PointPair, ...], side: Side, point: NDArray[np.float64]
) -> tuple[PointPair, ...]:
    """`pairs` after a click: it completes or corrects the last pair, or begins another."""
    open_pair = pairs[-1] if pairs and not pairs[-1].complete else None
    rest = pairs if open_pair is None else pairs[:-1]
    return (*rest, replace(open_pair or PointPair(), **{side: point}))


def align_pairs(pairs: Sequence[PointPair], unit_mm: float | None) -> "PairAlignment":
    """The similarity that takes complete `pairs` of the scan onto theirs on the face.

    Args:
        unit_mm: of the scan's file; None to find the size that fits.

    Raises:
        InputError: fewer than three pairs, or points on a line.
    """
    from engine.scans import align_by_pairs

    unit = 1.0 if unit_mm is None else unit_mm
    scan = unit * np.array([pair.scan for pair in pairs]).reshape(-1, 3)
    model = np.array([pair.model for pair in pairs]).reshape(-1, 3)
    found = align_by_pairs(scan, model, with_scale=unit_mm is None)
    return replace(found, similarity=found.similarity.after(Similarity.scaling(unit)))
