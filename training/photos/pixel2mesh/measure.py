"""What a trained Pixel2Mesh gets wrong, and which of its vertices show the landmarks."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from engine.models.parts_model import PartsModel
from engine.networks.mesh_levels import MeshLevel
from engine.networks.pixel2mesh import Pixel2Mesh
from training.photos.batches import CropBatches, PhotoBatch
from training.photos.pixel2mesh.targets import MeshTargetSampler
from training.photos.pixel2mesh.trainer import start_poses

Array = NDArray[np.float64]

TOGETHER = 8
"""Photographs at a time."""
POINTS = 2500


@dataclass(frozen=True, slots=True, eq=False)
class Pixel2MeshFindings:
    """Over photographs that were measured.

    Attributes:
        landmark_vertices: `(68, 3)` vertices of the finest mesh about each landmark;
            landmark_corners: `(68, 3)` their weights.
        surface_mm: mean distance from the true surface's points to the finest mesh's vertices;
            start_surface_mm: the same of the start.
    """

    landmark_vertices: NDArray[np.int64]
    landmark_corners: Array
    surface_mm: float
    start_surface_mm: float


@torch.inference_mode()
def measure_pixel2mesh(
    network: Pixel2Mesh,
    model: PartsModel,
    sampler: MeshTargetSampler,
    batches: CropBatches,
    largest: int = 200,
) -> Pixel2MeshFindings:
    """Run the network, on the CPU, over up to `largest` photographs of `batches`."""
    network.eval()
    rng = np.random.default_rng(0)
    half = network.config.image_size / 2
    meshes, marks, errors, starts = [], [], [], []
    for batch in _portions(batches, largest, rng):
        found = network(batch.images, start_poses(batch))
        last = found.afters[-1].transpose(0, 1)
        targets = sampler.draw(batch, POINTS, 0, rng)
        before = posed_start(network, batch)
        for row in range(len(last)):
            mm = half / float(batch.scales[row])
            points = targets.points[row].numpy()
            errors.append(mm * cKDTree(last[row].numpy()).query(points)[0].mean())
            starts.append(mm * cKDTree(before[row].numpy()).query(points)[0].mean())
        meshes.append(last.numpy())
        marks.append(true_landmarks(model, sampler, batch))
    vertices, corners = place_landmarks(
        np.concatenate(meshes), np.concatenate(marks), network.levels[-1]
    )
    return Pixel2MeshFindings(vertices, corners, float(np.mean(errors)), float(np.mean(starts)))


def _portions(batches: CropBatches, largest: int, rng: np.random.Generator) -> Iterator[PhotoBatch]:
    rows = batches.rows[:: max(1, len(batches.rows) // largest)][:largest]
    for some in np.array_split(rows, max(1, len(rows) // TOGETHER)):
        yield batches.take(some, rng)


def posed_start(network: Pixel2Mesh, batch: PhotoBatch) -> torch.Tensor:
    """The finest vertices `(B, V, 3)` that the start has, before any deformation."""
    finest = torch.from_numpy(network.start.vertices[-1].copy())
    if not network.start.posed:
        return finest.expand(len(batch.images), -1, -1)
    half = network.config.image_size / 2
    turned = torch.einsum("bij,vj->bvi", batch.start_rotations, finest)
    turned = turned * (batch.start_scales / half)[:, None, None]
    shift = torch.nn.functional.pad((batch.start_translations - half) / half, (0, 1))
    return turned * turned.new_tensor([1.0, -1.0, 1.0]) + shift[:, None]


def true_landmarks(model: PartsModel, sampler: MeshTargetSampler, batch: PhotoBatch) -> Array:
    """The landmarks `(B, 68, 3)` in the network's frame."""
    carrier = model.carrier
    motion = torch.from_numpy(carrier.motion(model.landmarks))
    rest = torch.from_numpy(carrier.rest[model.landmarks])
    placed: Array = (
        sampler.placed(rest + torch.einsum("lik,bk->bli", motion, batch.codes), batch)
        .numpy()
        .astype(np.float64)
    )
    return placed


def place_landmarks(
    meshes: NDArray, marks: Array, level: MeshLevel
) -> tuple[NDArray[np.int64], Array]:
    """The triangle and the point in it that lie nearest to each landmark on the average.

    Args:
        meshes: `(M, V, 3)`; marks: `(M, 68, 3)` in the same frames.

    Returns:
        Vertices `(68, 3)` and weights `(68, 3)`.
    """
    vertices = np.empty((marks.shape[1], 3), np.int64)
    corners = np.empty((marks.shape[1], 3))
    for mark in range(marks.shape[1]):
        away = np.linalg.norm(meshes - marks[:, mark, None], axis=2).mean(0)
        nearest = int(np.argmin(away))
        best = np.inf
        for face in level.faces[(level.faces == nearest).any(1)]:
            weights = _best_corners(meshes[:, face].astype(np.float64), marks[:, mark])
            wrong = np.einsum("k,mkd->md", weights, meshes[:, face]) - marks[:, mark]
            error = float(np.square(wrong).sum())
            if error < best:
                best, vertices[mark], corners[mark] = error, face, weights
    return vertices, corners


def _best_corners(triangles: Array, points: Array) -> Array:
    """Weights `(3,)` ≥ 0 of sum 1 that take corners `(M, 3, 3)` nearest to `points` `(M, 3)`."""
    sides = triangles[:, 1:] - triangles[:, :1]
    system = sides.transpose(0, 2, 1).reshape(-1, 2)
    found = np.linalg.lstsq(system, (points - triangles[:, 0]).ravel(), rcond=None)[0]
    weights = np.clip([1.0 - found.sum(), *found], 0.0, None)
    normalised: Array = weights / weights.sum()
    return normalised
