"""Batches of crops: images and labels stay together."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.errors import InputError
from engine.networks.backbones import IMAGE_DEVIATION, IMAGE_MEAN
from engine.photo.crop import Crop, cut
from tests.synthetic_photos import made_up_carrier, made_up_photos
from training.photos.batches import CropBatches, cut_batch
from training.photos.mixed_batches import MixedBatches


def test_a_batch_is_cut_as_one_image_is() -> None:
    rng = np.random.default_rng(3)
    coarse = rng.integers(0, 255, (12, 12, 3), dtype=np.uint8)
    pixels = np.kron(coarse, np.ones((8, 8, 1), np.uint8))
    turn = 0.3
    linear = 0.9 * np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    matrix = np.concatenate([linear, [[-3.0], [21.0]]], axis=1)
    alone = cut(pixels, Crop(matrix, 64)).astype(float)
    batch = cut_batch(torch.from_numpy(pixels)[None], matrix[None], 64)[0].numpy()
    # One is bicubic, the other bilinear: they differ at edges and nowhere else.
    assert np.median(np.abs(alone - batch)) < 1.0
    assert np.corrcoef(alone.ravel(), batch.ravel())[0, 1] > 0.98


@pytest.mark.parametrize("kind", ["head", "box"])
def test_points_pose_and_image_agree(kind: str) -> None:
    carrier = made_up_carrier()
    photos = made_up_photos(carrier, 6)
    batches = CropBatches(photos, np.arange(6), carrier.rest[:68], 64, kind, augment=False)
    batch = batches.take(np.array([4, 1]), np.random.default_rng(0))
    vertices = carrier.rest + np.einsum("vdk,nk->nvd", carrier.motion(photos.rows), batch.codes)
    turned = np.einsum("nij,nvj->nvi", batch.rotations.numpy(), vertices)[..., :2] * (1, -1)
    seen = turned * batch.scales.numpy()[:, None, None] + batch.translations.numpy()[:, None]
    np.testing.assert_allclose(seen, batch.points, atol=2e-3)
    # A bright spot is where its point is.
    grey = batch.images.permute(0, 2, 3, 1) * torch.tensor(IMAGE_DEVIATION)
    grey = (grey + torch.tensor(IMAGE_MEAN)).mean(3)
    inside = [v for v in range(0, 120, 4) if (batch.points[0, v] - 32).abs().max() < 28]
    spots = [grey[0, int(y), int(x)] for x, y in batch.points[0, inside].tolist()]
    assert np.mean(spots) > 2.0 * float(grey[0].median())


def test_the_detector_errs_more_on_bad_days() -> None:
    carrier = made_up_carrier()
    photos = made_up_photos(carrier, 4)
    spreads = []
    for augment in (False, True):
        batches = CropBatches(photos, np.arange(4), carrier.rest[:68], 32, augment=augment)
        drawn = [batches.take(np.array([0]), np.random.default_rng(seed)) for seed in range(60)]
        scale = torch.stack([b.start_scales for b in drawn])
        spreads.append(
            float(scale.std() / scale.mean() + torch.cat([b.five for b in drawn]).std(0).mean())
        )
    assert spreads[1] > 1.05 * spreads[0]


def test_no_photographs_are_refused() -> None:
    carrier = made_up_carrier()
    with pytest.raises(InputError, match="no photographs"):
        CropBatches(made_up_photos(carrier, 2), np.array([], int), carrier.rest[:68], 32)


def test_mixed_batches_draw_from_every_set() -> None:
    carrier = made_up_carrier()
    sets = [made_up_photos(carrier, count, seed) for count, seed in ((9, 1), (3, 2))]
    crops = [CropBatches(one, np.arange(len(one)), carrier.rest[:68], 32) for one in sets]
    batch = MixedBatches(crops).draw(400, np.random.default_rng(0))
    known = [{tuple(code) for code in one.codes.tolist()} for one in sets]
    counts = [sum(tuple(code) in one for code in batch.codes.tolist()) for one in known]
    assert sum(counts) == len(batch.images) == 400
    assert 250 < counts[0] < 350
    other = replace(sets[0], rows=sets[0].rows + 1)
    crops[0] = CropBatches(other, np.arange(9), carrier.rest[:68], 32)
    with pytest.raises(InputError, match="different points"):
        MixedBatches(crops)
