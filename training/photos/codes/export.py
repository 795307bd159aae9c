"""From a trained network of codes to the weights file that the editor loads."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from engine.networks.photo_codes import PhotoCodes
from engine.photo.crop import HEAD_MM
from engine.photo.mirror_maps import MirrorMaps
from engine.weights import WeightsHeader, save_weights
from training.photos.batches import CropBatches, PhotoBatch
from training.photos.codes.objective import CodesObjective

KIND = "photo-codes"
NETWORK = "network."
MEASURED = 64
"""Photographs at a time."""


@dataclass(frozen=True, slots=True, eq=False)
class CodesErrors:
    """What a network gets wrong on photographs it was not trained on.

    Attributes:
        deviations: `(K,)` root mean square of each code coordinate's error.
        points_factor: by how much a point's own deviation must be multiplied to be right.
        identity_mm, mean_identity_mm: the face at rest, free of pose, over the face's points, and
            the same for the mean face; points_mm: of the points, as a distance
            on the head.
    """

    deviations: NDArray[np.float32]
    points_factor: float
    identity_mm: float
    mean_identity_mm: float
    points_mm: float


@torch.inference_mode()
def measure_codes(
    network: PhotoCodes, objective: CodesObjective, batches: CropBatches, identity: int
) -> CodesErrors:
    """The network's errors on every photograph of `batches`."""
    network.eval()
    wrong, ratios, roots, means, points = [], [], [], [], []
    for batch in _all(batches):
        output = network(batch.images, objective.start(batch))
        miss = output.codes - batch.codes
        wrong.append(miss.numpy())
        shape = torch.cat([miss[:, :identity], torch.zeros_like(miss[:, identity:])], dim=1)
        roots.append(objective.identity_root(shape).numpy())
        none = torch.cat([batch.codes[:, :identity], torch.zeros_like(miss[:, identity:])], dim=1)
        means.append(objective.identity_root(none).numpy())
        away = (output.points - (batch.points / (batches.size / 2) - 1.0)).norm(dim=2)
        points.append(away[batch.visible].numpy() * HEAD_MM / 2)
        ratios.append((away / output.log_deviations.exp())[batch.visible].numpy())
    return CodesErrors(
        np.sqrt(np.square(np.concatenate(wrong)).mean(0)).astype(np.float32),
        # An exponential density in two dimensions has a mean of twice its scale.
        float(np.concatenate(ratios).mean() / 2.0),
        float(np.concatenate(roots).mean()),
        float(np.concatenate(means).mean()),
        float(np.concatenate(points).mean()),
    )


def _all(batches: CropBatches) -> Iterator[PhotoBatch]:
    rng = np.random.default_rng(0)
    for rows in np.array_split(batches.rows, max(1, len(batches.rows) // MEASURED)):
        yield batches.take(rows, rng)


def export_codes(
    network: PhotoCodes,
    rows: NDArray[np.integer],
    errors: CodesErrors,
    file: Path,
    training: Mapping[str, Any],
    maps: MirrorMaps,
) -> None:
    """Write the network, its points' template vertices `rows`, what is known of its errors, and
    what it says in the mirror."""
    tensors: dict[str, NDArray] = {
        NETWORK + name: array.astype(np.float16) if array.dtype == np.float32 else array
        for name, array in ((n, v.cpu().numpy()) for n, v in network.state_dict().items())
        if not name.endswith("num_batches_tracked")
    }
    tensors |= {"rows": rows.astype(np.int32), "prior_deviation": errors.deviations}
    tensors |= maps.tensors()
    config = {**asdict(network.config), "points_factor": errors.points_factor}
    metrics = {
        "identity_mm": errors.identity_mm,
        "mean_head_identity_mm": errors.mean_identity_mm,
        "points_mm": errors.points_mm,
    }
    save_weights(file, tensors, WeightsHeader(KIND, config, training, metrics))
