"""How the user wants values coloured."""

from dataclasses import dataclass

from engine.evaluation.fields import FieldKind


@dataclass(frozen=True, slots=True)
class HeatChoice:
    """How values are coloured.

    Attributes:
        kind: which value.
        map_name: None for the one that suits the kind.
        reverse: high where low was.
        percentile: the range follows this percentile of what is shown; None where it is fixed.
        low, high: the range, where it is fixed.
        mask_below: smaller magnitudes are grey; 0 for none.
        brush: only values between these two are coloured; None for all.
    """

    kind: FieldKind = "nearest"
    map_name: str | None = None
    reverse: bool = False
    percentile: float | None = 95.0
    low: float = 0.0
    high: float = 1.0
    mask_below: float = 0.0
    brush: tuple[float, float] | None = None
