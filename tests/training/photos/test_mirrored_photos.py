"""A mirrored photograph shows the mirrored face, with labels to match."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.models.parts_model import PartsModel
from engine.networks.photo_codes import project
from engine.photo.mirror_maps import NO_TWIN, MirrorMaps
from tests.training.photos.tiny_face_model import face_photos, tiny_face_model
from training.photos.batches import CropBatches, PhotoBatch
from training.photos.mirrored import MirroredBatches, mirror_batch, mirror_maps

COUNT = 6
CHEEK_PUFF = 7
"""Of the synthetic expressions: it is on one side only, so no code has its mirror image."""


@pytest.fixture(scope="module")
def model() -> PartsModel:
    return tiny_face_model()


@pytest.fixture(scope="module")
def batches(model: PartsModel) -> CropBatches:
    photos = face_photos(model, COUNT)
    mean = model.template.vertices[model.landmarks]
    return CropBatches(photos, np.arange(COUNT), mean, 48, augment=False)


@pytest.fixture(scope="module")
def maps(model: PartsModel, batches: CropBatches) -> MirrorMaps:
    return mirror_maps(model, batches.photos.rows)


def seen(model: PartsModel, rows: np.ndarray, batch: PhotoBatch) -> torch.Tensor:
    """Where the labels say the vertices `rows` are."""
    rest = torch.from_numpy(model.carrier.rest[rows])
    motion = torch.from_numpy(model.carrier.motion(rows))
    vertices = rest + torch.einsum("vdk,bk->bvd", motion, batch.codes)
    return project(vertices, batch.rotations, batch.scales, batch.translations)


def symmetric_batch(model: PartsModel, batches: CropBatches) -> PhotoBatch:
    """A batch with codes that have a mirror image."""
    batch = batches.take(np.arange(COUNT), np.random.default_rng(0))
    codes = batch.codes.clone()
    first_expression = codes.shape[1] - len(model.mean_code().part("expression"))
    codes[:, first_expression + CHEEK_PUFF] = 0.0
    batch = replace(batch, codes=codes)
    return replace(batch, points=seen(model, batches.photos.rows, batch))


def test_labels_agree_with_each_other_in_the_mirror(
    model: PartsModel, batches: CropBatches, maps: MirrorMaps
) -> None:
    batch = symmetric_batch(model, batches)
    mirrored = mirror_batch(batch, torch.ones(COUNT, dtype=torch.bool), maps)
    known = maps.twins != NO_TWIN
    assert int(known.sum()) > 100
    away = (seen(model, batches.photos.rows, mirrored) - mirrored.points)[:, known].norm(dim=2)
    still = (seen(model, batches.photos.rows, batch) - mirrored.points)[:, known].norm(dim=2)
    assert float(away.max()) < 0.2
    assert float(still.mean()) > 2.0
    assert torch.isnan(mirrored.points[:, ~known]).all()
    torch.testing.assert_close(mirrored.images, batch.images.flip(3))
    # A detector names the eye on the image's left first.
    assert (mirrored.five[:, 0, 0] < mirrored.five[:, 1, 0]).all()


def test_the_mirror_undoes_itself_and_leaves_the_rest(
    model: PartsModel, batches: CropBatches, maps: MirrorMaps
) -> None:
    batch = symmetric_batch(model, batches)
    chosen = torch.tensor([True, False] * (COUNT // 2))
    once = mirror_batch(batch, chosen, maps)
    torch.testing.assert_close(once.codes[~chosen], batch.codes[~chosen])
    torch.testing.assert_close(once.points[~chosen], batch.points[~chosen])
    twice = mirror_batch(once, chosen, maps)
    for name in ("images", "five", "codes", "rotations", "translations", "start_translations"):
        torch.testing.assert_close(
            getattr(twice, name), getattr(batch, name), atol=2e-3, rtol=1e-3, msg=name
        )


def test_half_of_what_is_drawn_is_mirrored(batches: CropBatches, maps: MirrorMaps) -> None:
    class Counted:
        def draw(self, count: int, rng: np.random.Generator) -> PhotoBatch:
            return batches.take(np.zeros(count, int), np.random.default_rng(5))

    plain = batches.take(np.zeros(40, int), np.random.default_rng(5))
    drawn = MirroredBatches(Counted(), maps).draw(40, np.random.default_rng(0))
    same = (drawn.images == plain.images).all(dim=3).all(dim=2).all(dim=1)
    assert 10 < int(same.sum()) < 30
