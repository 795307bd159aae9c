"""What an alignment of a scan with a model gives, step by step."""

from dataclasses import dataclass

from engine.geometry.similarity import Similarity


@dataclass(frozen=True, slots=True, eq=False)
class ScanAlignmentStep:
    """The state of an alignment after one step.

    Attributes:
        similarity: from the scan's file to the model's millimetres.
        rms_mm: root mean square distance from the scan's face to the model's mean face, over
            what both have. A few mm are usual: heads differ.
        covered_share: of the model's face (nose, eyes and mouth) that the scan covers, [0, 1].
        likeness: how much the relief of the scan's face is like that of a face: 1 the same,
            0 nothing to do with it.
        unit_name: `mm`, `cm`, `m`, `inch`, or `unknown` where the size had to be guessed.
        fraction: of the work that is done, [0, 1].
        done: whether this is the answer and no more steps follow.
    """

    similarity: Similarity
    rms_mm: float
    covered_share: float
    likeness: float
    unit_name: str
    fraction: float
    done: bool


@dataclass(frozen=True, slots=True, eq=False)
class PairAlignment:
    """An alignment by picked points.

    Attributes:
        similarity: from the scan's file to the model's millimetres.
        rms_mm: root mean square distance of the pairs afterwards.
        distances_mm: of each pair.
    """

    similarity: Similarity
    rms_mm: float
    distances_mm: tuple[float, ...]
