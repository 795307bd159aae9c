"""A blend's timeline, its two ends, and what the panel shows of it, as frozen state; no Qt here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engine.editing.interpolation import fractions_at
from engine.models.protocol import PARTS, FaceCode

if TYPE_CHECKING:
    from engine.editing.residual import ResidualLayer


@dataclass(frozen=True, slots=True)
class Timeline:
    """How the parts move over time.

    Attributes:
        order: the parts that move; one after the other if `in_order`, else together.
        easing: one of `engine.editing.interpolation.EASINGS`.
    """

    order: tuple[str, ...] = PARTS
    in_order: bool = False
    easing: str = "linear"

    def fractions(self, time: float) -> dict[str, float]:
        return fractions_at(time, self.order, self.in_order, self.easing) if self.order else {}


@dataclass(frozen=True, slots=True, eq=False)
class BlendEnds:
    """The faces between which a timeline runs, and the scan detail on both."""

    start: FaceCode
    end: FaceCode
    layers: "tuple[ResidualLayer | None, ResidualLayer | None]" = (None, None)


@dataclass(frozen=True, slots=True)
class BlendState:
    """What the panel shows.

    Attributes:
        sources: names of the other faces by their index in the document.
        source: index of the one that is blended with; None if there is no other.
        fractions: how far each part is, by name.
        locked: parts that do not move.
        time: on the timeline, 0 to 1.
        timeline: how it runs.
        playing: it runs by itself.
    """

    sources: Mapping[int, str]
    source: int | None
    fractions: Mapping[str, float]
    locked: frozenset[str]
    time: float
    timeline: Timeline
    playing: bool


def with_order(timeline: Timeline, order: Sequence[str]) -> Timeline:
    """`timeline` with other parts, or the same in another order."""
    return replace(timeline, order=tuple(order))
