"""Distilling the linear carrier from the trained cascade.

The template's vertices are carried onto a face by inverting the learned correspondence
D(x; z) = y. Around the mean this is almost linear in z, so one secant per code coordinate,
taken at a typical step, makes the matrix of `engine.models.carrier`.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array
from scipy.sparse.linalg import splu

from engine.geometry.topology import unique_edges
from engine.models.carrier import Carrier, PartCarrier
from engine.models.parts_evaluator import PartsEvaluator
from engine.models.protocol import PARTS, FaceCode
from engine.networks.parts import WINDOWED
from engine.progress import Progress, ignore_progress

Floats = NDArray[np.float32]

STEP = {"expression": 1.0}
DEFAULT_STEP = 1.5
UNMOVED_MM = 0.02
"""Vertices that one unit of every coordinate of a part moves less than this stay still."""
LARGEST_RESIDUAL_MM = 0.4
"""Vertices whose inversion leaves more than this are filled in from their neighbours."""


def distill_carrier(
    evaluator: PartsEvaluator,
    canonical: Floats,
    faces: NDArray,
    mean: FaceCode,
    progress: Progress = ignore_progress,
) -> Carrier:
    """The carrier of a template `(V, 3)` with triangles `(F, 3)` that lies on S = 0."""
    inverse = _Inverse(evaluator, canonical, faces)
    rest = inverse.solve(mean, iterations=10)
    parts = {}
    done, total = 0, sum(len(mean.part(part)) for part in PARTS)
    for part in PARTS:
        step = STEP.get(part, DEFAULT_STEP)
        columns = []
        near = inverse.rows_of(part)
        for index in range(len(mean.part(part))):
            progress(done / total, f"Carrying the template along {part} {index + 1}")
            ends = (step, -step) if part != "expression" else (step, 0.0)
            ahead, behind = (
                inverse.solve(mean.with_value(part, index, end), near, rest) if end else rest[near]
                for end in ends
            )
            columns.append(((ahead - behind) / (ends[0] - ends[1])).reshape(-1))
            done += 1
        basis = np.stack(columns, axis=1)
        reach = np.abs(basis).reshape(len(near), 3, -1).max((1, 2))
        kept = np.flatnonzero(reach > UNMOVED_MM)
        rows = (3 * kept[:, None] + np.arange(3)).reshape(-1)
        parts[part] = PartCarrier(near[kept], np.ascontiguousarray(basis[rows]))
    progress(1.0, "Carrying the template")
    return Carrier(rest, parts)


class _Inverse:
    def __init__(self, evaluator: PartsEvaluator, canonical: Floats, faces: NDArray) -> None:
        self._evaluator = evaluator
        self._canonical = canonical
        self._faces = faces

    def rows_of(self, part: str) -> NDArray[np.int64]:
        """Vertices that a part can move."""
        if part not in WINDOWED:
            return np.arange(len(self._canonical))
        return np.flatnonzero(self._evaluator.in_window(part, self._canonical))

    def solve(
        self,
        code: FaceCode,
        rows: NDArray[np.int64] | None = None,
        rest: Floats | None = None,
        iterations: int = 4,
    ) -> Floats:
        """x `(rows, 3)` with D(x; code) = y for template vertices y, by x ← x − (D(x) − y).

        Starts from the inverse landmark warp, corrected by what it lacks at `rest`.
        """
        face = self._evaluator.fold(code)
        chosen = np.arange(len(self._canonical)) if rows is None else rows
        y = self._canonical[chosen]
        x = self._evaluator.from_template(face, y)
        if rest is not None:
            still = self._evaluator.fold(
                FaceCode(**{part: np.zeros_like(code.part(part)) for part in PARTS})
            )
            x = x + rest[chosen] - self._evaluator.from_template(still, y)
        best, smallest = x, np.full(len(x), np.inf)
        for _ in range(iterations + 1):
            error = self._evaluator.to_template(face, x) - y
            size = np.linalg.norm(error, axis=1)
            better = size < smallest
            best = np.where(better[:, None], x, best)
            smallest = np.minimum(size, smallest)
            x = best - error * np.minimum(1.0, 2.0 / np.maximum(size, 1e-6))[:, None] * 0.8
        return self._fill(best, smallest > LARGEST_RESIDUAL_MM, chosen)

    def _fill(self, x: Floats, bad: NDArray[np.bool_], rows: NDArray[np.int64]) -> Floats:
        """Displacements of vertices that did not converge, harmonic between those that did."""
        if not bad.any() or bad.all():
            return x.astype(np.float32)
        local = np.full(len(self._canonical), -1)
        local[rows] = np.arange(len(rows))
        edges = local[unique_edges(self._faces)]
        edges = edges[(edges >= 0).all(1)]
        count = len(rows)
        both = np.concatenate([edges, edges[:, ::-1]])
        weights = csr_array((np.ones(len(both)), (both[:, 0], both[:, 1])), shape=(count, count))
        laplacian = (diags_array(weights.sum(1) + 1e-9) - weights).tocsr()
        motion = (x - self._canonical[rows]).astype(np.float64)
        inner = splu(laplacian[bad][:, bad].tocsc())
        motion[bad] = inner.solve(-(laplacian[bad][:, ~bad] @ motion[~bad]))
        return (self._canonical[rows] + motion).astype(np.float32)
