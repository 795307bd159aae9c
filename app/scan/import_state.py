"""What the import panel shows, as frozen state; no Qt here."""

from dataclasses import dataclass
from typing import Literal

from app.scan.point_pairs import PointPair

Stage = Literal["reading", "aligning", "aligned", "lost"]
"""Reading the file, looking for the head, found it, or did not and waits for a hand."""

AXES = ("+x", "-x", "+y", "-y", "+z", "-z")
"""Those of `engine.scans.frames`, which loads much that the window does not need to open."""

FREE_SIZE = -1.0
"""Chosen in place of a unit: the scan is given the size that fits."""

GOOD_SHARE, FAIR_SHARE = 0.012, 0.025
"""Residual as a share of the head's height: below the first an alignment is good."""


@dataclass(frozen=True, slots=True)
class Residual:
    """How well a scan lies on the face.

    Attributes:
        rms_mm: root mean square distance; shown as such only once the user agrees.
        covered: share of the face that the scan covers; None where not known.
        share: of the head's height that `rms_mm` is.
    """

    rms_mm: float
    covered: float | None
    share: float

    @property
    def verdict(self) -> str:
        """The residual in a word."""
        if self.share < GOOD_SHARE:
            return "Good"
        return "Fair" if self.share < FAIR_SHARE else "Poor"


@dataclass(frozen=True, slots=True, eq=False)
class ImportState:
    """An import in progress.

    Attributes:
        name: of the scan.
        stage: see `Stage`.
        vertices, triangles: of the scan; 0 until it is read.
        notes: what was found and cleaned.
        unit_mm: of the file, None while it is guessed, `FREE_SIZE` for the size that fits.
        unit_name: what the guess is called.
        up, forward: axes of the file, two of `AXES`; the face looks forward.
        fraction: of the alignment that is done.
        residual: of the alignment so far; None if there is none.
        pairs: picked points.
        picking: the next click points at a surface.
        realigning: the scan is in the document already.
    """

    name: str
    stage: Stage = "reading"
    vertices: int = 0
    triangles: int = 0
    notes: tuple[str, ...] = ()
    unit_mm: float | None = None
    unit_name: str = ""
    up: str = "+y"
    forward: str = "+z"
    fraction: float = 0.0
    residual: Residual | None = None
    pairs: tuple[PointPair, ...] = ()
    picking: bool = False
    realigning: bool = False

    @property
    def complete_pairs(self) -> tuple[PointPair, ...]:
        return tuple(pair for pair in self.pairs if pair.complete)

    @property
    def can_accept(self) -> bool:
        return self.stage in ("aligned", "lost")

    @property
    def size_is_free(self) -> bool:
        """Whether an alignment may change the scan's size."""
        return self.unit_mm == FREE_SIZE or (self.unit_mm is None and self.unit_name == "unknown")

    @property
    def chosen_unit_mm(self) -> float | None:
        """The unit that the user named."""
        return None if self.unit_mm is None or self.unit_mm == FREE_SIZE else self.unit_mm
