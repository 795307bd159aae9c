"""The weights file of a Pixel2Mesh network: what is in it and how it is read; needs torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from engine.errors import InputError, WeightsError
from engine.networks.backbones import BackboneConfig
from engine.networks.mesh_levels import StartMesh, make_levels
from engine.networks.pixel2mesh import Pixel2Mesh, Pixel2MeshConfig
from engine.weights import load_weights

KIND = "photo-pixel2mesh"
NETWORK = "network."
START_FACES, START_VERTICES = "start.faces", "start.vertices"
LANDMARK_FACES, LANDMARK_CORNERS = "landmarks.vertices", "landmarks.corners"
NAMES = ("pixel2mesh", "pixel2mesh-face")


@dataclass(frozen=True, slots=True, eq=False)
class Pixel2MeshFile:
    """A trained network.

    Attributes:
        name: one of `NAMES`.
        network: in evaluation mode.
        landmark_vertices: `(68, 3)` int64 vertices of the finest level about each landmark;
            landmark_corners: `(68, 3)` float64 their weights.
    """

    name: str
    network: Pixel2Mesh
    landmark_vertices: NDArray[np.int64]
    landmark_corners: NDArray[np.float64]


def load_pixel2mesh(file: Path) -> Pixel2MeshFile:
    """Read a weights file.

    Raises:
        WeightsError: missing, damaged, of another kind, or its arrays do not fit each other.
    """
    weights = load_weights(file, KIND)
    tensors = weights.tensors
    try:
        config = parse_config(weights.header.config)
        start = start_from(tensors, config)
        network = Pixel2Mesh(config, start)
        state = {
            key.removeprefix(NETWORK): torch.from_numpy(value.astype(np.float32))
            for key, value in tensors.items()
            if key.startswith(NETWORK)
        }
        missing = network.load_state_dict(state, strict=False)
        wrong = [n for n in missing.missing_keys if not n.endswith("num_batches_tracked")]
        if wrong or missing.unexpected_keys:
            raise ValueError(f"tensors do not fit: {(wrong + missing.unexpected_keys)[:3]}")
        vertices = tensors[LANDMARK_FACES].astype(np.int64)
        corners = tensors[LANDMARK_CORNERS].astype(np.float64)
        if vertices.shape != (68, 3) or corners.shape != (68, 3):
            raise ValueError(f"landmarks of shape {vertices.shape}")
        if vertices.min() < 0 or vertices.max() >= network.levels[-1].count:
            raise ValueError("a landmark lies outside of the mesh")
        name = str(weights.header.config["name"])
    except (KeyError, ValueError, TypeError, RuntimeError, InputError) as error:
        raise WeightsError(f"{file} is not whole ({error}). Install Lineament again.") from error
    return Pixel2MeshFile(name, network.eval(), vertices, corners)


def parse_config(plain: Mapping[str, Any]) -> Pixel2MeshConfig:
    """The configuration from a header's plain values, which also hold the network's name."""
    values = {key: value for key, value in plain.items() if key != "name"}
    values["backbone"] = BackboneConfig(**values["backbone"])
    values["taps"] = tuple(values["taps"])
    return Pixel2MeshConfig(**values)


def start_tensors(start: StartMesh) -> dict[str, NDArray]:
    """The arrays of a start: on every level its vertices are the first of the finest."""
    return {
        START_FACES: start.faces.astype(np.int32),
        START_VERTICES: start.vertices[-1],
    }


def start_from(tensors: Mapping[str, NDArray], config: Pixel2MeshConfig) -> StartMesh:
    """The inverse of `start_tensors`."""
    faces, finest = tensors[START_FACES].astype(np.int64), tensors[START_VERTICES]
    posed = config.start == "mean"
    count = int(faces.max()) + 1
    counts = [level.count for level in make_levels(faces, count, config.blocks if posed else 1)]
    return StartMesh(faces, tuple(finest[:n] for n in counts), posed)
