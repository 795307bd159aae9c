"""The coarse-to-fine network on disk: its tensors and its mesh hierarchy in one file."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.errors import WeightsError
from engine.geometry.mesh import Mesh
from engine.geometry.mesh_hierarchy import hierarchy_from_tensors, topology_hash
from engine.geometry.subdivided_hierarchy import subdivision_step
from engine.geometry.subdivision import subdivide, subdivide_faces
from engine.weights import load_weights

if TYPE_CHECKING:
    from engine.networks.coarse_to_fine import CoarseToFine

KIND = "photo-coarse-to-fine"
NETWORK, HIERARCHY = "network.", "hierarchy."
KNOWN = ("kept.0", "corners.0", "weights.0")
"""Arrays of the hierarchy that are not stored: they follow from the template."""
TOPOLOGY = "topology"
"""Entry of the header's `training` that names the template's topology."""


def load_coarse_to_fine(file: Path, template: Mesh) -> "CoarseToFine":
    """The network that `training.photos.coarse_to_fine.export` wrote; brings torch.

    Args:
        template: the mean head in mm, on the topology with which it was trained.

    Raises:
        WeightsError: the file is missing, damaged, of another kind or for another template.
    """
    import torch

    from engine.networks.coarse_to_fine import CoarseToFine
    from engine.networks.coarse_to_fine_config import config_from_plain

    weights = load_weights(file, KIND)
    topology = topology_hash(template.faces, len(template.vertices))
    if weights.header.training.get(TOPOLOGY) != topology:
        raise WeightsError(
            f"{file} was trained on another template "
            f"({weights.header.training.get(TOPOLOGY)}, this one is {topology}). Train it again "
            "with `lineament-train photos train coarse-to-fine`, or install Lineament again."
        )
    count = len(template.vertices)
    step = subdivision_step(subdivide_faces(template.faces, count), count)
    arrays: tuple[NDArray, ...] = (step.kept, step.corners, step.weights)
    known = dict(zip(KNOWN, arrays, strict=True))
    hierarchy = hierarchy_from_tensors(_within(weights.tensors, HIERARCHY) | known)
    network = CoarseToFine(hierarchy, subdivide(template), config_from_plain(weights.header.config))
    state = {
        name: torch.from_numpy(array.astype(np.float32))
        for name, array in _within(weights.tensors, NETWORK).items()
    }
    wanted = {name for name in network.state_dict() if not name.endswith("num_batches_tracked")}
    if set(state) != wanted:
        raise WeightsError(
            f"{file} holds {len(state)} tensors of the network, expected {len(wanted)}. "
            "Export it again."
        )
    try:
        network.load_state_dict(state, strict=False)
    except RuntimeError as error:
        raise WeightsError(f"{file} does not fit its configuration ({error}).") from error
    return network.eval()


def _within(tensors: Mapping[str, NDArray], prefix: str) -> dict[str, NDArray]:
    return {n.removeprefix(prefix): a for n, a in tensors.items() if n.startswith(prefix)}
