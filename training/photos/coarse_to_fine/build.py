"""A network, its targets and its objective on a face model's template."""

from dataclasses import dataclass

import numpy as np
import torch

from engine.geometry.mesh_hierarchy import MeshHierarchy
from engine.geometry.subdivided_hierarchy import subdivided_hierarchy
from engine.geometry.subdivision import subdivide
from engine.models.parts_model import PartsModel
from engine.networks.coarse_to_fine import CoarseToFine
from training.photos.batches import CropBatches
from training.photos.coarse_to_fine.guides import GuidedNetwork
from training.photos.coarse_to_fine.objective import CoarseToFineObjective
from training.photos.coarse_to_fine.targets import Targets
from training.photos.coarse_to_fine.trainer import CoarseToFineConfigFile
from training.photos.coded_rows import coded_rows
from training.photos.photo_set import PhotoSet

NOSE_TIP = 30
"""The landmark towards which spirals start."""


@dataclass(frozen=True, slots=True, eq=False)
class CoarseToFineRun:
    """What a run trains: `objective.guided.network` is the network itself."""

    hierarchy: MeshHierarchy
    objective: CoarseToFineObjective

    @property
    def network(self) -> CoarseToFine:
        return self.objective.guided.network


def build_run(model: PartsModel, config: CoarseToFineConfigFile) -> CoarseToFineRun:
    """A network with weights drawn by `config.training.seed`."""
    template = model.template
    hierarchy = subdivided_hierarchy(template, int(model.landmarks[NOSE_TIP]))
    mesh = subdivide(template)
    torch.manual_seed(config.training.seed)
    network = CoarseToFine(hierarchy, mesh, config.network)
    targets = Targets(model.carrier, template, hierarchy, model.landmarks)
    colours = mesh.colors if mesh.colors is not None else np.full_like(mesh.vertices, 128.0)
    objective = CoarseToFineObjective(
        GuidedNetwork(network, hierarchy),
        targets,
        hierarchy,
        torch.tensor(colours),
        config.weights,
    )
    return CoarseToFineRun(hierarchy, objective)


def coded_batches(
    model: PartsModel, photos: PhotoSet, config: CoarseToFineConfigFile, augment: bool
) -> CropBatches:
    """Crops of the photographs whose codes are known.

    Raises:
        InputError: as `coded_rows`.
    """
    rows = coded_rows(model, photos)
    landmarks = model.template.vertices[model.landmarks]
    return CropBatches(photos, rows, landmarks, config.network.size, "head", augment)
