"""The true surface of a photograph as points in the frame of the network's image."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from torch import Tensor

from engine.errors import InputError
from engine.geometry.distance import SurfaceIndex, barycentric_coordinates
from engine.geometry.normals import face_areas
from engine.models.parts_model import PartsModel
from engine.networks.backbones import IMAGE_DEVIATION, IMAGE_MEAN
from engine.networks.mesh_levels import StartMesh
from engine.networks.projection_pooling import sample_maps
from engine.photo.face_region import face_region, head_region
from training.photos.batches import PhotoBatch

Array = NDArray[np.float64]

REGION_WEIGHTS = (0.25, 0.5, 1.5, 2.0)
"""Of the back of the head and the neck, its sides, the face and the face's features
(Wang et al., section 5.4.3)."""
FEATURES_MM = 12.0
"""The features reach this far from the landmarks of brows, eyes, nose and mouth."""
NEAR_MM = (10.0, 17.0)
"""The key region and the one about it reach this far from a landmark (Liu et al., 4.4.2)."""
FACING = 0.2
"""A surface whose normal's share towards the viewer is below this shows no sound colour."""
INNER_MARKS = slice(17, 68)


@dataclass(frozen=True, slots=True, eq=False)
class MeshTargets:
    """True points of B photographs, coordinates as `engine.networks.pixel2mesh`.

    Attributes:
        points: `(B, N, 3)`; normals: `(B, N, 3)`, unit length.
        weights: `(N,)` how much each point counts.
        colours: `(B, N, 3)` of the image there, in [0, 1]; seen: `(B, N)` whether they are the
            face's own.
        places: `(V, B, 3)` where the vertices of the finest start lie on the true surface, or
            None where the start is no face.
        place_weights: `(V,)` or None.
    """

    points: Tensor
    normals: Tensor
    weights: Tensor
    colours: Tensor
    seen: Tensor
    places: Tensor | None
    place_weights: Tensor | None


class MeshTargetSampler:
    """Draws `MeshTargets` on a model's surface.

    Args:
        model: whose codes the photographs have.
        whole_head: targets on the head with region weights; else on the face, all alike.
        near_shares: of the points in the key region, about it and beyond; if there are none, they
            are drawn evenly.
        weighted: whether points of a head count by `REGION_WEIGHTS`.
        size: pixels per side of the photographs.
        start: of the network.
    """

    def __init__(
        self,
        model: PartsModel,
        whole_head: bool,
        near_shares: Sequence[float],
        weighted: bool,
        size: int,
        start: StartMesh,
    ) -> None:
        region = head_region(model) if whole_head else face_region(model)
        self._size = size
        carrier = model.carrier
        self._rest = torch.from_numpy(carrier.rest[region.vertices].ravel())
        self._motion = torch.from_numpy(
            np.ascontiguousarray(carrier.motion(region.vertices).reshape(len(self._rest), -1).T)
        )
        self._faces = torch.from_numpy(region.faces.copy())
        surface = region.mesh(model.template.vertices)
        marks = model.template.vertices[model.landmarks].astype(np.float64)
        middles = surface.vertices[surface.faces].mean(1, dtype=np.float64)
        areas = face_areas(surface.vertices, surface.faces).astype(np.float64)
        if near_shares:
            areas = shared_areas(areas, cKDTree(marks).query(middles)[0], near_shares)
        self._cumulative = np.cumsum(areas)
        inner = np.isin(region.vertices, face_region(model).vertices)
        weights = region_weights(surface.vertices.astype(np.float64), marks, inner)
        if not (whole_head and weighted):
            weights = np.ones_like(weights)
        self._weights = torch.from_numpy(weights[region.faces].mean(1).astype(np.float32))
        self._corners: Tensor | None = None
        if start.posed:
            found = SurfaceIndex(surface).closest_points(start.vertices[-1])
            corners = barycentric_coordinates(found.points, surface, found.faces)
            self._corners = torch.from_numpy(corners.astype(np.float32))
            self._triangles = self._faces[torch.from_numpy(found.faces.copy())]
            self._place_weights = self._weights[torch.from_numpy(found.faces.copy())]

    def to(self, device: torch.device) -> None:
        for name, value in list(vars(self).items()):
            if isinstance(value, Tensor):
                setattr(self, name, value.to(device))

    def draw(
        self, batch: PhotoBatch, count: int, vertices: int, rng: np.random.Generator
    ) -> MeshTargets:
        """`count` points, the same for all photographs, and the places of the first `vertices`
        vertices of the finest start."""
        device = batch.codes.device
        carried = torch.addmm(self._rest, batch.codes, self._motion)
        surface = carried.view(len(carried), -1, 3)
        chosen = np.searchsorted(
            self._cumulative, rng.random(count) * self._cumulative[-1], side="right"
        ).clip(max=len(self._cumulative) - 1)
        root, along = np.sqrt(rng.random(count)), rng.random(count)
        corners = np.stack([1 - root, root * (1 - along), root * along], 1).astype(np.float32)
        faces = torch.from_numpy(chosen).to(device)
        triangles = surface[:, self._faces[faces]]
        points = torch.einsum("bnkd,nk->bnd", triangles, torch.from_numpy(corners).to(device))
        first, second, third = triangles.unbind(2)
        normals = torch.nn.functional.normalize(
            torch.linalg.cross(second - first, third - first), dim=2
        )
        down = points.new_tensor([1.0, -1.0, 1.0])
        normals = torch.einsum("bij,bnj->bni", batch.rotations, normals) * down
        placed = self.placed(points, batch)
        seen = (normals[..., 2] > FACING) & (placed[..., :2].abs() < 1.0).all(2)
        places, place_weights = None, None
        if self._corners is not None:
            own = surface[:, self._triangles[:vertices]]
            places = torch.einsum("bvkd,vk->bvd", own, self._corners[:vertices])
            places = self.placed(places, batch).transpose(0, 1)
            place_weights = self._place_weights[:vertices]
        return MeshTargets(
            placed,
            normals,
            self._weights[faces],
            image_colours(batch.images, placed),
            seen,
            places,
            place_weights,
        )

    def placed(self, points: Tensor, batch: PhotoBatch) -> Tensor:
        """Points `(B, N, 3)` in mm under the true poses, in halves of the image's side."""
        half = self._size / 2
        turned = torch.einsum("bij,bnj->bni", batch.rotations, points)
        turned = turned * (batch.scales / half)[:, None, None] * turned.new_tensor([1.0, -1.0, 1.0])
        shift = torch.nn.functional.pad((batch.translations - half) / half, (0, 1))
        return turned + shift[:, None]


def region_weights(vertices: Array, marks: Array, is_face: NDArray[np.bool_]) -> Array:
    """The paper's weight of each vertex `(R,)` of a head with landmarks `marks` `(68, 3)`."""
    back, side, face, features = REGION_WEIGHTS
    chin = marks[:, 1].min()
    is_side = (vertices[:, 2] > marks[[0, 16], 2].mean() - 40.0) & (vertices[:, 1] > chin)
    weights = np.where(is_side, side, back)
    weights[is_face] = face
    weights[cKDTree(marks[INNER_MARKS]).query(vertices)[0] < FEATURES_MM] = features
    return weights


def shared_areas(areas: Array, distances: Array, shares: Sequence[float]) -> Array:
    """`areas` `(F,)` scaled so that each zone of `distances` `(F,)` from a landmark has its share.

    Raises:
        InputError: there is not one share for each zone, or they are not amounts.
    """
    wanted = np.asarray(shares, float)
    if len(wanted) != len(NEAR_MM) + 1 or not (wanted >= 0).all() or not wanted.sum() > 0:
        raise InputError(
            "[training] near_shares must be three amounts of points, within "
            f"{NEAR_MM[0]:g} mm of a landmark, within {NEAR_MM[1]:g} mm and beyond, "
            f"got {list(shares)}."
        )
    zones = np.digitize(distances, NEAR_MM)
    scaled = areas.copy()
    for zone, share in enumerate(wanted / wanted.sum()):
        inside = zones == zone
        if inside.any():
            scaled[inside] *= share / areas[inside].sum()
    return scaled


def image_colours(images: Tensor, places: Tensor) -> Tensor:
    """Colours `(B, N, 3)` in [0, 1] of normalised images `(B, 3, S, S)` at `places` `(B, N, 3)`."""
    sampled = sample_maps(images, places[..., :2].transpose(0, 1)).transpose(0, 1)
    mean, deviation = sampled.new_tensor(IMAGE_MEAN), sampled.new_tensor(IMAGE_DEVIATION)
    return (sampled * deviation + mean).clamp(0.0, 1.0)
