"""From a trained Pixel2Mesh to the weights file that the editor loads."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.networks.pixel2mesh import Pixel2Mesh
from engine.photo.pixel2mesh_file import (
    KIND,
    LANDMARK_CORNERS,
    LANDMARK_FACES,
    NETWORK,
    start_tensors,
)
from engine.weights import WeightsHeader, save_weights
from training.photos.pixel2mesh.measure import Pixel2MeshFindings


def export_pixel2mesh(
    network: Pixel2Mesh,
    name: str,
    findings: Pixel2MeshFindings,
    file: Path,
    training: Mapping[str, Any],
) -> None:
    """Write the network, its start and the landmarks of its mesh."""
    tensors: dict[str, NDArray] = {}
    for key, value in network.state_dict().items():
        array = value.cpu().numpy()
        if not key.endswith("num_batches_tracked"):
            # Vectors, among them the variances of batches, keep 32 bits; they are few.
            tensors[NETWORK + key] = array.astype(np.float16) if array.ndim > 1 else array
    tensors |= start_tensors(network.start)
    tensors[LANDMARK_FACES] = findings.landmark_vertices.astype(np.int32)
    tensors[LANDMARK_CORNERS] = findings.landmark_corners.astype(np.float32)
    metrics = {
        "surface_mm": round(findings.surface_mm, 3),
        "start_surface_mm": round(findings.start_surface_mm, 3),
    }
    config = {"name": name, **asdict(network.config)}
    save_weights(file, tensors, WeightsHeader(KIND, config, training, metrics))
