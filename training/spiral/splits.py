"""Percentage split and identity split (Mandelli & Mihalcea, section 4.1), from a seed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError

SPLITS = ("percentage", "identity")
TEST_SHARE = 0.1
"""Of each person's meshes, in the percentage split."""
IDENTITY_TEST_SHARE = 0.08
"""Of the people, in the identity split: 92 of 100 train."""


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Rows of a set `(M,)` for training and for testing, ascending, and the seed that chose."""

    train: NDArray[np.int64]
    test: NDArray[np.int64]
    seed: int


def make_split(kind: str, identities: Sequence[str], seed: int) -> Split:
    """Split M meshes by the person they are of.

    `percentage`: a tenth of each person's meshes, at least one where there are two, is for
    testing. `identity`: eight people in a hundred, at least one, are never seen in training.

    Raises:
        InputError: the kind is unknown, or there are too few people or meshes to split.
    """
    if kind not in SPLITS:
        raise InputError(f"There is no split '{kind}'. Choose {' or '.join(SPLITS)}.")
    rng = np.random.default_rng(seed)
    names = np.array(identities)
    people = list(dict.fromkeys(identities))
    test = np.zeros(len(names), dtype=bool)
    if kind == "identity":
        if len(people) < 2:
            raise InputError(
                f"An identity split needs at least two people, the set has {len(people)}."
            )
        count = max(1, round(IDENTITY_TEST_SHARE * len(people)))
        unseen = rng.permutation(people)[:count]
        test = np.isin(names, unseen)
    else:
        for person in people:
            rows = np.flatnonzero(names == person)
            count = max(1, round(TEST_SHARE * len(rows))) if len(rows) > 1 else 0
            test[rng.permutation(rows)[:count]] = True
    if not test.any():
        raise InputError("No person has two meshes, so none can be kept for testing.")
    return Split(np.flatnonzero(~test), np.flatnonzero(test), seed)
