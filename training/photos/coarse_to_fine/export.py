"""From a trained coarse-to-fine network to its weights file, and what it gets wrong."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray

from engine.geometry.mesh import Mesh
from engine.geometry.mesh_hierarchy import hierarchy_tensors, topology_hash
from engine.networks.posed_mean import UNIT_MM
from engine.photo.coarse_to_fine_file import HIERARCHY, KIND, KNOWN, NETWORK, TOPOLOGY
from engine.weights import WeightsHeader, save_weights
from training.photos.batches import CropBatches, PhotoBatch
from training.photos.coarse_to_fine.build import CoarseToFineRun
from training.photos.coarse_to_fine.losses import VertexLoss
from training.photos.coarse_to_fine.targets import start_of

MEASURED = 8
"""Photographs at a time."""


@dataclass(frozen=True, slots=True)
class CoarseToFineErrors:
    """Mean distances to the true vertices of the face at the mean head's size, mm: of the posed
    mean head, the coarse and the refined mesh; where they stand, and free of pose and size."""

    mean_mm: float
    coarse_mm: float
    refined_mm: float
    mean_shape_mm: float
    coarse_shape_mm: float
    refined_shape_mm: float


@torch.inference_mode()
def measure_coarse_to_fine(run: CoarseToFineRun, batches: CropBatches) -> CoarseToFineErrors:
    """The errors on every photograph of `batches`."""
    network, objective = run.network.eval(), run.objective
    loss = cast(VertexLoss, objective.losses[0])
    half = network.config.size / 2
    rows = []
    for batch in _all(batches):
        on_device = batch.to(objective.device)
        start = start_of(on_device, half)
        wanted = objective.targets.truth(on_device, 0, half)
        output = network(on_device.images, start)
        errors = []
        for stage in (output.mean, output.coarse, output.refined):
            misses = start.measure(stage - wanted, "head")
            free = loss.without_similarity(misses)
            errors.append([_mean_mm(loss, misses), _mean_mm(loss, free)])
        rows.append(np.array(errors).transpose(2, 1, 0).reshape(len(batch.images), 6))
    return CoarseToFineErrors(*(float(value) for value in np.concatenate(rows).mean(0)))


def _mean_mm(loss: VertexLoss, misses: torch.Tensor) -> NDArray[np.float32]:
    found: NDArray[np.float32] = (UNIT_MM * misses.norm(dim=2) @ loss.weights).cpu().numpy()
    return found


def _all(batches: CropBatches) -> Iterator[PhotoBatch]:
    rng = np.random.default_rng(0)
    for rows in np.array_split(batches.rows, -(-len(batches.rows) // MEASURED)):
        yield batches.take(rows, rng)


def export_coarse_to_fine(
    run: CoarseToFineRun,
    template: Mesh,
    errors: CoarseToFineErrors,
    file: Path,
    training: Mapping[str, Any],
) -> None:
    """Write the network with 16 bits, and its hierarchy."""
    tensors: dict[str, NDArray] = {}
    for name, value in run.network.state_dict().items():
        if name.endswith("num_batches_tracked"):
            continue
        array = value.cpu().numpy()
        # Biases and the statistics of normalisation are few, and some too small for 16 bits.
        tensors[NETWORK + name] = array.astype(np.float16 if array.ndim > 1 else np.float32)
    hierarchy = hierarchy_tensors(run.hierarchy)
    # The way down from a subdivision is known.
    tensors |= {HIERARCHY + n: hierarchy[n] for n in hierarchy if n not in KNOWN}
    about = {**training, TOPOLOGY: topology_hash(template.faces, len(template.vertices))}
    metrics = {name: round(value, 4) for name, value in asdict(errors).items()}
    save_weights(file, tensors, WeightsHeader(KIND, asdict(run.network.config), about, metrics))
