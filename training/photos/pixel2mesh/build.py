"""What a Pixel2Mesh run is made of."""

from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file, save_file

from engine.models.parts_model import PartsModel
from engine.networks.mesh_levels import StartMesh
from engine.networks.pixel2mesh import Pixel2Mesh, Pixel2MeshConfig
from engine.photo.pixel2mesh_file import start_from, start_tensors
from engine.photo.start_meshes import (
    ellipsoid_start,
    mean_face_start,
    mean_head_start,
    semi_sphere_start,
)
from training.photos.batches import CropBatches
from training.photos.coded_rows import coded_rows
from training.photos.photo_set import PhotoSet
from training.photos.pixel2mesh.config_file import Pixel2MeshConfigFile
from training.photos.pixel2mesh.targets import MeshTargetSampler

START_FILE = "start.safetensors"


def make_start(model: PartsModel, config: Pixel2MeshConfig) -> StartMesh:
    """The surface that a network of `config` deforms."""
    if config.start == "ellipsoid":
        return ellipsoid_start()
    if config.start == "semi-sphere":
        return semi_sphere_start()
    make = mean_head_start if config.crop == "head" else mean_face_start
    return make(model, config.blocks)


def kept_start(folder: Path, model: PartsModel, config: Pixel2MeshConfig) -> StartMesh:
    """The start of the run in `folder`, made when it begins: what is trained stays on it, even
    where another computer would round differently."""
    file = folder / START_FILE
    if file.is_file():
        return start_from(load_file(file), config)
    start = make_start(model, config)
    folder.mkdir(parents=True, exist_ok=True)
    save_file({n: np.ascontiguousarray(a) for n, a in start_tensors(start).items()}, file)
    return start


def make_network(start: StartMesh, config: Pixel2MeshConfig, seed: int) -> Pixel2Mesh:
    """A network with new weights."""
    torch.manual_seed(seed)
    return Pixel2Mesh(config, start)


def make_sampler(
    model: PartsModel, start: StartMesh, variant: str, config: Pixel2MeshConfigFile
) -> MeshTargetSampler:
    """Targets on the head for Pixel2Mesh, on the face for Pixel2Mesh for faces."""
    return MeshTargetSampler(
        model,
        whole_head=variant == "pixel2mesh",
        near_shares=config.training.near_shares,
        weighted=config.losses.regions,
        size=config.network.image_size,
        start=start,
    )


def make_batches(
    model: PartsModel, photos: PhotoSet, config: Pixel2MeshConfig, augment: bool
) -> CropBatches:
    """Crops of the photographs whose codes are known. Raises as `coded_rows`."""
    return CropBatches(
        photos,
        coded_rows(model, photos),
        model.template.vertices[model.landmarks],
        config.image_size,
        config.crop,
        augment=augment,
    )
