"""The mesh hierarchy of a set, built once per topology."""

from pathlib import Path
from typing import Any

import numpy as np

from engine.geometry.mesh_hierarchy import (
    MeshHierarchy,
    build_hierarchy,
    hierarchy_from_tensors,
    hierarchy_tensors,
    topology_hash,
)
from training.spiral.registered_set import RegisteredSet


def cached_hierarchy(meshes: RegisteredSet, folder: Path) -> MeshHierarchy:
    """Read the hierarchy of the set's topology from `folder`, or build it and leave it there."""
    name = topology_hash(meshes.faces, meshes.vertices.shape[1])
    file = folder / f"hierarchy-{name}-{meshes.reference}.npz"
    if file.is_file():
        with np.load(file, allow_pickle=False) as data:
            return hierarchy_from_tensors({key: data[key] for key in data.files})
    hierarchy = build_hierarchy(meshes.mean_mesh(), meshes.reference)
    arrays: dict[str, Any] = dict(hierarchy_tensors(hierarchy))
    np.savez(file, **arrays)
    return hierarchy
