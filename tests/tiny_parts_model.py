"""A parts model with real file layout, trained for a moment on the synthetic faces."""

from pathlib import Path

import numpy as np
import torch
from scipy.spatial import cKDTree

from engine.models.parts_model import PartsModel
from tests.synthetic_faces import synthetic_faces
from training.parts.build import NetworkChoice, build_network
from training.parts.export import export_model
from training.parts.motion_trainer import MotionTraining, train_motions
from training.parts.registered import RegisteredFaces
from training.parts.template.template_mesh import Kind, TemplateMesh
from training.parts.template_kit import make_kit
from training.parts.template_trainer import TemplateTraining, sample_template, train_template
from training.parts.trainer import PartsTraining, train_parts
from training.parts.true_distance import make_distance_pool

MOTION = MotionTraining(
    steps=300, batch=256, learning_rate=5e-3, wide=32, narrow=24, omega_wide=8.0, omega_narrow=8.0
)
CAP_MM = -85.0


def make_tiny_model(folder: Path, steps: int = 150, capped: bool = False) -> PartsModel:
    """Train, export and load; the surface is right to about a millimetre.

    With `capped` the template's lower end is a cap, so that its neck is cut.
    """
    torch.manual_seed(0)
    faces = synthetic_faces()
    motions = train_motions(faces, MOTION, folder / "run")
    kit = make_kit(tiny_template(faces, capped), faces, motions, handles=90)
    network = build_network(faces, NetworkChoice(32, 24, 16, 2, 16), kit.handles())
    samples = sample_template(faces, 8000, np.random.default_rng(0))
    generator = torch.Generator().manual_seed(1)
    train_template(network.template, samples, TemplateTraining(500, 256, 3e-3), generator)
    pool = make_distance_pool(faces, 10, 300, np.random.default_rng(2))
    settings = PartsTraining(
        steps=steps, faces=4, points=64, part_points=24, distance_points=48, oriented=0
    )
    train_parts(network, faces, pool, settings, folder / "run", lambda *_: None)
    export_model(network, faces, kit, folder, {"data": "synthetic"}, {"chamfer_mm": 1.0})
    return PartsModel(folder, "cpu")


def tiny_template(faces: RegisteredFaces, capped: bool = False) -> TemplateMesh:
    """The registered canonical face itself as a template."""
    vertices = faces.vertices(faces.canonical_code())
    kinds = np.zeros(len(vertices), np.uint8)
    for kind, x in ((Kind.RIGHT_EYE, -28.0), (Kind.LEFT_EYE, 28.0)):
        gap = np.linalg.norm(vertices[:, :2] - (x, 25.0), axis=1) + 500 * (vertices[:, 2] < 0)
        kinds[np.argsort(gap)[:9]] = kind
    if capped:
        kinds[vertices[:, 1] < CAP_MM] = Kind.CAP
    _, mirror = cKDTree(vertices).query(vertices * (-1.0, 1.0, 1.0))
    return TemplateMesh(
        vertices=vertices,
        faces=faces.faces.astype(np.int32),
        uv=(vertices[:, :2] - vertices[:, :2].min(0)) / np.ptp(vertices[:, :2], axis=0),
        region_weights=faces.region_weights,
        colors=np.full((len(vertices), 3), 200, np.uint8),
        landmarks=faces.landmarks.astype(np.int32),
        mirror=mirror.astype(np.int32),
        kinds=kinds,
        face_kinds=np.zeros(len(faces.faces), np.uint8),
    )
