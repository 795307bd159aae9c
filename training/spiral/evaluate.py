"""Generalisation error: mean distance of corresponding vertices, in mm (Bouritsas et al.)."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from engine.networks.spiral_autoencoder import SpiralAutoencoder

Floats = NDArray[np.float32]
Reconstruct = Callable[[Floats], Floats]
"""Meshes `(M, V, 3)` in mm to what a model makes of them."""


def vertex_errors(reconstruct: Reconstruct, vertices: Floats, batch: int = 32) -> Floats:
    """Distances `(M, V)` in mm between each vertex of `(M, V, 3)` and its reconstruction."""
    parts = [
        np.linalg.norm(reconstruct(rows) - rows, axis=2)
        for rows in np.array_split(vertices, max(1, -(-len(vertices) // batch)))
    ]
    return np.concatenate(parts).astype(np.float32)


def network_reconstruction(network: SpiralAutoencoder) -> Reconstruct:
    """What `network` makes of meshes."""

    def reconstruct(vertices: Floats) -> Floats:
        device = network.mean.device
        with torch.no_grad():
            found = network.decode(network.encode(torch.from_numpy(vertices).to(device)))
        result: Floats = found.cpu().numpy()
        return result

    return reconstruct


def cumulative_curve(errors: Floats, thresholds: NDArray) -> NDArray[np.float64]:
    """Percent of all vertices of all meshes with an error below each of `thresholds` (mm)."""
    ordered = np.sort(errors.ravel())
    return 100.0 * np.searchsorted(ordered, thresholds, side="right") / max(len(ordered), 1)
