"""A spiral autoencoder of the synthetic head: PCA with an untrained correction, made at once."""

from pathlib import Path

import numpy as np
import torch

from engine.geometry.mesh_hierarchy import build_hierarchy, topology_hash
from engine.models.protocol import FaceModel
from engine.models.template_transfer import TemplateOrigin
from engine.networks.spiral_autoencoder import SpiralConfig
from training.spiral.export import export_spiral
from training.spiral.registered_set import RegisteredSet
from training.spiral.trainer import TrainingData, build_spiral_network

LATENT = 6


def write_tiny_spiral(file: Path, model: FaceModel, with_origin: bool = True) -> None:
    """Weights whose topology is the template of `model` itself.

    Args:
        with_origin: they say how faces of `model` come onto it.
    """
    rng = np.random.default_rng(0)
    mean, codes = model.mean_code(), []
    for _ in range(24):
        code = mean
        for part in model.parts[:4]:
            values = np.zeros(part.size, np.float32)
            values[0] = rng.standard_normal()
            code = code.with_part(part.name, values)
        codes.append(code)
    count, faces = len(model.template.vertices), model.template.faces
    rows = np.arange(count)
    origin = TemplateOrigin(rows, model.preview(mean), topology_hash(faces, count))
    meshes = RegisteredSet(
        "tiny",
        np.array([model.template_surface(code) for code in codes]),
        faces.astype(np.int64),
        tuple(f"p{k}" for k in range(len(codes))),
        ("rest",) * len(codes),
        np.array([0, 5]),
        0,
        origin if with_origin else None,
    )
    hierarchy = build_hierarchy(meshes.mean_mesh(), 0)
    config = SpiralConfig(LATENT, (4, 4, 4, 4), (4, 4, 4), components=8, hidden=8)
    network = build_spiral_network(
        hierarchy, config, TrainingData(meshes, np.arange(len(codes))), 0
    )
    with torch.no_grad():
        # Nobody trained the correction; without it there is the PCA, which is known.
        for name, value in network.named_parameters():
            if name.startswith(("to_code.", "from_code.", "decoder.")):
                value.zero_()
    rows = np.arange(len(codes))
    export_spiral(network, meshes, rows, hierarchy, file, {}, {"mean_mm": 0.1})
