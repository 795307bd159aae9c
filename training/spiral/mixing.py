"""New people by blending those of the training set, each with their own expressions.

A set has many meshes but few people, so a network that may will learn the people by heart:
good where the same people are met again, worse than PCA on strangers. Blends of people with
normally distributed weights have the training people's covariance and never repeat.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


class IdentityMixer:
    """Rows of training data, a share of them with the person exchanged for a blend.

    Args:
        vertices: `(M, …)` data in which people add up: vertices, or coefficients of them.
        identities: M names.
        share: of the rows that are mixed, 0 for none.
    """

    def __init__(self, vertices: Floats, identities: Sequence[str], share: float) -> None:
        self.vertices = vertices
        self._identities, self._share = identities, share
        people = {name: k for k, name in enumerate(dict.fromkeys(identities))}
        self._person = np.array([people[name] for name in identities])
        counts = np.bincount(self._person)
        means = np.zeros((len(people), *vertices.shape[1:]), np.float64)
        np.add.at(means, self._person, vertices)
        means /= counts.reshape(-1, *[1] * (vertices.ndim - 1))
        self._centre = means.mean(axis=0)
        self._people = (means - self._centre).astype(np.float32)

    def of(self, vertices: Floats) -> "IdentityMixer":
        """The same people and share on other data of the same meshes."""
        return IdentityMixer(vertices, self._identities, self._share)

    def __len__(self) -> int:
        return len(self.vertices)

    def draw(self, rows: NDArray[np.int64], rng: np.random.Generator) -> Floats:
        """The data of `rows`, mixed ones among them."""
        found = self.vertices[rows].copy()
        chosen = np.flatnonzero(rng.random(len(rows)) < self._share)
        if len(chosen):
            count = len(self._people)
            weights = rng.standard_normal((len(chosen), count)) / np.sqrt(max(count - 1, 1))
            # The new person replaces the old one around the centre.
            weights[np.arange(len(chosen)), self._person[rows[chosen]]] -= 1.0
            found[chosen] += np.tensordot(weights.astype(np.float32), self._people, axes=1)
        return found
