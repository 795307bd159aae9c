"""What a fit is asked for, and what each of its steps gives."""

from dataclasses import dataclass
from typing import Literal

from engine.errors import InputError
from engine.geometry.similarity import Similarity
from engine.models.protocol import PARTS, FaceCode

Method = Literal["fast", "published"]


@dataclass(frozen=True, slots=True)
class FitSettings:
    """How a scan is fitted.

    Attributes:
        parts: the parts whose codes are free; the others stay as in `start_code`.
        start_code: where the codes start; the mean face at rest if None.
        pose_free: whether rotation and translation are refined with the codes.
        scale_free: whether the size is, too: only for a scan whose unit is not known.
        method: `fast` is ours; `published` is eq. 12 of the paper (Adam through the network).
        exact: whether the last steps put the exact zero set on the scan, or the linear preview.
        plausibility: weight of the prior, 1 as the training faces suggest; more is safer.
        samples: points drawn on the scan.
        iterations: the most steps; for `published`, of Adam (the paper: 1000).
        seed: of the drawn points.
    """

    parts: tuple[str, ...] = PARTS
    start_code: FaceCode | None = None
    pose_free: bool = True
    scale_free: bool = False
    method: Method = "fast"
    exact: bool = True
    plausibility: float = 1.0
    samples: int = 8000
    iterations: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        unknown = [part for part in self.parts if part not in PARTS]
        if unknown or not self.parts:
            raise InputError(
                f"Cannot fit the parts {', '.join(self.parts) or '(none)'}. Choose from "
                f"{', '.join(PARTS)}."
            )
        if self.method not in ("fast", "published"):
            raise InputError(f"There is no method '{self.method}'. Choose fast or published.")
        if not self.plausibility > 0 or self.samples < 100:
            raise InputError(
                "A fit needs a plausibility above 0 and at least 100 samples, got "
                f"{self.plausibility} and {self.samples}."
            )
        if self.iterations is not None and self.iterations < 1:
            raise InputError(f"A fit needs at least one iteration, got {self.iterations}.")


@dataclass(frozen=True, slots=True, eq=False)
class FitStep:
    """The state after one step of a fit: complete, so that a fit may be stopped here.

    Attributes:
        code: the codes so far.
        similarity: from the scan's file to the model's millimetres.
        rms_mm: root mean square distance over the surface that the scan covers.
        iteration: from 1.
        fraction: of the planned steps that are done, in [0, 1].
        done: whether this is the answer and no more steps follow.
    """

    code: FaceCode
    similarity: Similarity
    rms_mm: float
    iteration: int
    fraction: float
    done: bool
