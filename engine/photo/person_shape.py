"""From what photographs say of a person's shape, each by itself, to the likeliest shape.

What a photograph gives is drawn towards the mean face, further along some directions than along
others, and wrong in ways that another photograph of the person partly repeats. With its codes x,
the true ones y and N photographs, the best linear estimate of y from their mean x̄ is

    y = C (B + W / N)⁻¹ x̄,    C = cov(y, x),  B = cov(x, x′),  W = cov(x − x̄),

where x and x′ are of two photographs of one person (the best linear unbiased predictor of mixed
models, Henderson 1975). C, B and W are measured on photographs of people whose codes are known.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError, WeightsError
from engine.geometry.mesh import frozen

Floats = NDArray[np.float64]

TENSORS = ("person_with_truth", "person_between", "person_within")
"""C, B and W in a file of weights."""
DAMPING = 0.0003
"""Share of each variance added to it: small next to what it measures, and inverses stay sound."""
FEWEST = 2
"""Photographs of a person from which their differences can be told."""


@dataclass(frozen=True, slots=True, eq=False)
class PersonShape:
    """C, B and W of the head of the file, `(S, S)` each, for shape codes of S coordinates."""

    with_truth: Floats
    between: Floats
    within: Floats

    def __post_init__(self) -> None:
        for name in ("with_truth", "between", "within"):
            array = np.asarray(getattr(self, name))
            if array.shape != (len(self.with_truth),) * 2 or not np.isfinite(array).all():
                raise InputError(f"{name} must be finite and square, got shape {array.shape}.")
            object.__setattr__(self, name, frozen(array, np.float64))

    @staticmethod
    def measured(shapes: NDArray, truth: NDArray, people: NDArray) -> "PersonShape":
        """From photographs' shapes `(N, S)`, the true ones `(N, S)` and whose they are `(N,)`.

        Raises:
            InputError: nobody has two photographs.
        """
        order = np.argsort(people, kind="stable")
        found, known = np.asarray(shapes, np.float64)[order], np.asarray(truth, np.float64)[order]
        _, starts, counts = np.unique(people[order], return_index=True, return_counts=True)
        several = counts >= FEWEST
        if not several.any():
            raise InputError(
                f"Nobody of {len(counts)} people has {FEWEST} photographs. Prepare a set with "
                "fewer people (--people)."
            )
        sums = np.add.reduceat(found, starts, axis=0)
        # Over pairs of different photographs: all products of sums less those with themselves.
        pairs = float((counts * (counts - 1.0)).sum())
        squares = found.T @ found
        between = (sums.T @ sums - squares) / pairs
        means = np.repeat(sums / counts[:, None], counts, axis=0)
        apart = found - means
        within = apart.T @ apart / float((counts - 1.0).sum())
        between = between + DAMPING * np.diag(np.diag(between) + np.diag(within))
        return PersonShape(known.T @ found / len(found), between, within)

    @staticmethod
    def of(tensors: Mapping[str, NDArray]) -> "PersonShape | None":
        """From a file of weights, None if nobody has measured it.

        Raises:
            WeightsError: it is damaged.
        """
        if not set(TENSORS) <= set(tensors):
            return None
        try:
            return PersonShape(*(tensors[name].astype(np.float64) for name in TENSORS))
        except InputError as error:
            raise WeightsError(f"{error} Install Lineament again.") from error

    def tensors(self) -> dict[str, NDArray[np.float32]]:
        """For a file of weights."""
        arrays = (self.with_truth, self.between, self.within)
        return {name: array.astype(np.float32) for name, array in zip(TENSORS, arrays, strict=True)}

    def estimate(self, shapes: NDArray, trust: NDArray | None = None) -> Floats:
        """The likeliest shape `(S,)` of a person whose N photographs gave `shapes` `(N, S)`.

        Args:
            trust: `(N,)` what each photograph counts for, alike if None.
        """
        mean = np.average(np.asarray(shapes, np.float64), axis=0, weights=trust)
        estimate: Floats = self.with_truth @ np.linalg.solve(
            self.between + self.within / len(shapes), mean
        )
        return estimate
