"""Scans of the synthetic head: another topology, and what is left of a face."""

import numpy as np

from engine.geometry.mesh import Mesh
from engine.geometry.topology import select_faces
from engine.models.protocol import FaceCode
from engine.surface import extract_surface
from tests.synthetic_model import SyntheticModel


def some_code(model: SyntheticModel, seed: int, strength: float = 0.6) -> FaceCode:
    rng = np.random.default_rng(seed)
    code = model.mean_code()
    for part in model.parts:
        if part.name != "expression":
            code = code.with_part(part.name, strength * rng.standard_normal(part.size))
    return code


def free_head(model: SyntheticModel, seed: int, resolution: int = 64) -> Mesh:
    """A head by marching cubes: nothing of the template's topology is left."""
    return extract_surface(model.field(some_code(model, seed)), resolution).mesh


def mask_of(head: Mesh) -> Mesh:
    """Only the front of a head, with an open boundary."""
    centres = head.vertices[head.faces].mean(axis=1)
    near = np.linalg.norm(centres - np.array([0, 0, 70], np.float32), axis=1) < 85
    return select_faces(head, near & (centres[:, 2] > 25))


def joined(*meshes: Mesh) -> Mesh:
    """Several meshes as one."""
    starts = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes)])
    return Mesh(
        np.concatenate([mesh.vertices for mesh in meshes]),
        np.concatenate([m.faces + start for m, start in zip(meshes, starts, strict=False)]),
    )
