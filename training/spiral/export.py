"""From a trained network to the weights file that the editor loads."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from engine.geometry.mesh_hierarchy import MeshHierarchy, hierarchy_tensors, topology_hash
from engine.models.spiral_autoencoder import HIERARCHY, KIND, LATENT, NETWORK, SHAPE
from engine.networks.spiral_autoencoder import SpiralAutoencoder
from engine.weights import WeightsHeader, save_weights
from training.spiral.registered_set import RegisteredSet

EXACT = ("mean", "deviation", "skip.scales")
"""Tensors that keep 32 bits; for the others 16 do."""


def export_spiral(
    network: SpiralAutoencoder,
    meshes: RegisteredSet,
    rows: NDArray[np.int64],
    hierarchy: MeshHierarchy,
    file: Path,
    training: Mapping[str, Any],
    metrics: Mapping[str, float],
) -> None:
    """Write network, topology and the codes' principal directions over training meshes `rows`."""
    tensors: dict[str, NDArray] = {}
    for name, value in network.state_dict().items():
        array = value.cpu().numpy()
        tensors[NETWORK + name] = array.astype(np.float32 if name in EXACT else np.float16)
    tensors |= {HIERARCHY + n: a for n, a in hierarchy_tensors(hierarchy).items()}
    tensors |= {LATENT + n: a for n, a in latent_directions(network, meshes.vertices[rows]).items()}
    tensors |= {
        f"{SHAPE}mean": network.mean.cpu().numpy(),
        f"{SHAPE}faces": meshes.faces.astype(np.int32),
        f"{SHAPE}landmarks": meshes.landmarks.astype(np.int32),
    }
    if meshes.origin is not None:
        tensors |= {SHAPE + n: a for n, a in meshes.origin.tensors().items()}
    about = {
        "data": meshes.name,
        "topology": topology_hash(meshes.faces, meshes.vertices.shape[1]),
        **training,
    }
    save_weights(file, tensors, WeightsHeader(KIND, asdict(network.config), about, metrics))


@torch.no_grad()
def latent_directions(
    network: SpiralAutoencoder, vertices: NDArray[np.float32]
) -> dict[str, NDArray[np.float32]]:
    """`mean`, `directions` and `spreads` of the codes of `vertices` `(M, V, 3)`, ordered by how far
    a standard deviation moves the decoded vertices."""
    device = network.mean.device
    parts = [network.encode(torch.from_numpy(rows).to(device)) for rows in _chunks(vertices)]
    codes = torch.cat(parts).cpu().numpy().astype(np.float64)
    mean = codes.mean(axis=0)
    _, scales, directions = np.linalg.svd(codes - mean, full_matrices=len(codes) < codes.shape[1])
    spreads = np.zeros(codes.shape[1])
    spreads[: len(scales)] = scales / np.sqrt(len(codes))
    steps = mean + spreads[:, None] * directions
    given = torch.from_numpy(np.concatenate([mean[None], steps]).astype(np.float32)).to(device)
    moved = torch.cat([network.decode(rows) for rows in given.split(32)])
    motion = (moved[1:] - moved[0]).norm(dim=2).mean(1).cpu().numpy()
    order = np.argsort(-motion, kind="stable")
    return {
        "mean": mean.astype(np.float32),
        "directions": directions[order].astype(np.float32),
        "spreads": spreads[order].astype(np.float32),
    }


def _chunks(vertices: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    return np.array_split(vertices, max(1, len(vertices) // 32))
