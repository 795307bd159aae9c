"""The linear morphable model of the same size: what any autoencoder must beat."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

COLUMNS = 4096
"""Coordinates at a time."""


@dataclass(frozen=True, slots=True, eq=False)
class Pca:
    """Principal components of meshes.

    Attributes:
        mean: `(V, 3)` mm.
        basis: `(K, 3V)` orthonormal, largest first; deviations: `(K,)` mm along each.
    """

    mean: Floats
    basis: Floats
    deviations: Floats

    def reconstruct(self, vertices: Floats, size: int) -> Floats:
        """Meshes `(M, V, 3)` from their first `size` coefficients."""
        basis = self.basis[:size]
        centred = (vertices - self.mean).reshape(len(vertices), -1)
        found = ((centred @ basis.T) @ basis).reshape(vertices.shape) + self.mean
        return found.astype(np.float32, copy=False)


def fit_pca(vertices: Floats, size: int) -> Pca:
    """PCA of meshes `(M, V, 3)`, with as many components as asked for or as there are."""
    mean = vertices.mean(axis=0, dtype=np.float64).astype(np.float32)
    centred = (vertices - mean).reshape(len(vertices), -1)
    # Far fewer meshes than coordinates: eigenvectors of the small Gram matrix will do. It is
    # summed in double precision, or small components drown.
    gram = np.zeros((len(centred), len(centred)))
    for start in range(0, centred.shape[1], COLUMNS):
        part = centred[:, start : start + COLUMNS].astype(np.float64)
        gram += part @ part.T
    values, vectors = np.linalg.eigh(gram)
    order = np.argsort(-values)[: min(size, len(vertices) - 1)]
    order = order[values[order] > 1e-9 * values.max()]
    values, vectors = values[order], vectors[:, order]
    basis = (vectors.T / np.sqrt(values)[:, None]) @ centred
    deviations = np.sqrt(values / len(vertices))
    return Pca(mean, basis.astype(np.float32), deviations.astype(np.float32))
