"""A small closed head with exact codes, and photographs of it."""

from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from engine.geometry.mesh import Mesh
from engine.models.carrier import Carrier, PartCarrier
from engine.models.parts_model import PartsModel
from engine.models.protocol import PARTS, Direction, PartInfo
from engine.networks.backbones import BackboneConfig
from engine.networks.coarse_to_fine_config import CoarseToFineConfig
from engine.photo.weak_perspective import FIVE_POINTS
from tests.engine.geometry.shapes import sphere
from tests.synthetic_photos import SIZES, made_up_photos
from training.photos.batches import CropBatches, PhotoBatch
from training.photos.coarse_to_fine.trainer import CoarseToFineConfigFile, CoarseToFineTraining
from training.photos.photo_set import PhotoSet

SIDE = 32
FIVE_SPOTS = ((-32.0, 30.0), (32.0, 30.0), (0.0, -8.0), (-24.0, -45.0), (24.0, -45.0))
"""Where the detector's points lie on the front, mm."""
CONFIG = CoarseToFineConfigFile(
    CoarseToFineConfig(
        BackboneConfig("resnet50", 0.125),
        size=SIDE,
        embedding=24,
        decoder_width=0.5,
        refiner_width=0.5,
        grid=4,
        start=True,
        frame="head",
    ),
    CoarseToFineTraining(
        coarse_steps=80, refine_steps=12, batch=6, learning_rate=3e-3, warm=3, bfloat16=False
    ),
)


@dataclass(frozen=True, eq=False)
class TinyHead:
    """What the coarse-to-fine network asks of a parts model."""

    template: Mesh
    landmarks: NDArray[np.int32]
    carrier: Carrier
    parts: tuple[PartInfo, ...]


def tiny_head(subdivisions: int = 3) -> PartsModel:
    """An ellipsoid of 642 vertices whose codes move it in smooth waves."""
    ball = sphere(radius=1.0, subdivisions=subdivisions)
    unit = ball.vertices.astype(np.float64)
    rest = (unit * (70, 100, 85)).astype(np.float32)
    rng = np.random.default_rng(3)
    parts = {}
    for part, size in zip(PARTS, SIZES, strict=True):
        waves = np.sin(unit @ rng.normal(0, 2.5, (3, size)) + rng.uniform(0, 6, size))
        basis = 1.2 * waves[:, None, :] * rng.standard_normal((1, 3, size))
        parts[part] = PartCarrier(np.arange(len(rest)), basis.reshape(-1, size).astype(np.float32))
    front = np.flatnonzero(unit[:, 2] > 0.4)
    landmarks = front[np.linspace(0, len(front) - 1, 68).astype(int)].astype(np.int32)
    for spot, group in zip(FIVE_SPOTS, FIVE_POINTS, strict=True):
        away = np.linalg.norm(rest[front, :2] - spot, axis=1)
        landmarks[list(group)] = front[np.argmin(away)]
    colors = np.full((len(rest), 3), 150, np.uint8)
    mesh = Mesh(rest, ball.faces, uv=0.5 + 0.5 * unit[:, :2], colors=colors)
    infos = tuple(
        PartInfo(name, tuple(Direction(f"{name} {k}", -3.0, 3.0, 1.0) for k in range(size)))
        for name, size in zip(PARTS, SIZES, strict=True)
    )
    return cast(PartsModel, TinyHead(mesh, landmarks, Carrier(rest, parts), infos))


class OneBatch(CropBatches):
    """The same crops of all photographs at every step, to be learnt by heart."""

    def draw(self, count: int, rng: np.random.Generator) -> PhotoBatch:
        return self.take(self.rows, rng)

    def take(self, chosen: NDArray[np.integer], rng: np.random.Generator) -> PhotoBatch:
        return super().take(chosen, np.random.default_rng(0))


def one_batch(model: PartsModel, photos: PhotoSet) -> OneBatch:
    landmarks = model.template.vertices[model.landmarks]
    return OneBatch(photos, np.arange(len(photos)), landmarks, SIDE, "head", False)


def tiny_photos(model: PartsModel, count: int) -> PhotoSet:
    """Photographs of spots, whose points are the landmarks and then every vertex."""
    photos = made_up_photos(model.carrier, count)
    rows = np.concatenate([model.landmarks, photos.rows])
    points, visible = photos.points[:, rows], photos.visible[:, rows]
    return replace(photos, rows=rows, points=points, visible=visible)
