"""Reconstructing heads by several methods and measuring them, one after the other."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.geometry.mesh import Mesh
from engine.progress import CancelToken, Progress, ignore_progress
from training.experiments.heads import Head
from training.experiments.measure import HeadFigures, Sampling, measure
from training.experiments.methods import Method
from training.experiments.records import RecordKey, Records


@dataclass(frozen=True, slots=True, eq=False)
class TrueSurface:
    """The true surface itself: what the measure gives at best."""

    name: str = "(the true surface itself)"
    key: str = "truth"
    code_size: int = 0
    needs_code: bool = False

    def reconstruct(self, head: Head, scan: Mesh, rng: np.random.Generator) -> Mesh:
        return head.surface


@dataclass(frozen=True, slots=True)
class Measured:
    """A method's figures for each head, in order, and the CPU seconds each took."""

    figures: Sequence[HeadFigures]
    seconds: Sequence[float]


def measure_method(
    method: Method,
    heads: Sequence[Head],
    sampling: Sampling,
    records: Records,
    progress: Progress = ignore_progress,
    cancel: CancelToken | None = None,
) -> Measured:
    """Figures of `method` on `heads`; those in `records` are not measured again.

    Raises:
        Cancelled: `cancel` was raised; what is measured stays in the records.
    """
    figures, seconds = [], []
    name = method.key
    shots = f"{sampling.full}/{sampling.part}/{sampling.threshold_mm:.4f}"
    for index, head in enumerate(heads):
        if cancel is not None:
            cancel.check()
        key = RecordKey(f"{head.name}/{head.identifier}", name, shots)
        known = records.find(key)
        if known is None:
            progress(index / len(heads), f"{method.name}: {head.name}")
            # Seeded by the head alone, so that every method sees the same scan and samples.
            seed = [index, 17]
            scan = head.scan(np.random.default_rng(seed))
            start = time.process_time()
            found = method.reconstruct(head, scan, np.random.default_rng(seed))
            taken = time.process_time() - start
            known = (measure(found, head, sampling, np.random.default_rng(seed)), taken)
            records.add(key, *known)
        figures.append(known[0])
        seconds.append(known[1])
    return Measured(figures, seconds)
