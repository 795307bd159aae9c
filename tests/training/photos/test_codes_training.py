"""The network of codes learns, resumes, and is written with what is known of its errors."""

from pathlib import Path

import numpy as np
import pytest
import torch

from engine.networks.backbones import BackboneConfig
from engine.networks.photo_codes import PhotoCodes, PhotoCodesConfig, rotations_of
from engine.photo.mirror_maps import MirrorMaps
from engine.weights import load_weights
from tests.synthetic_photos import IDENTITY, SIZES, made_up_carrier, made_up_photos
from training.photos.batches import CropBatches
from training.photos.codes.export import KIND, export_codes, measure_codes
from training.photos.codes.objective import CodesObjective, CodesWeights, without_rigid_motion
from training.photos.codes.trainer import CodesTraining, train_codes

CONFIG = PhotoCodesConfig(
    BackboneConfig("resnet50", 0.125), size=32, codes=sum(SIZES), points=120, grid=8, hidden=64
)
QUICK = CodesTraining(steps=150, batch=8, warm=4, learning_rate=2e-3, bfloat16=False)


@pytest.fixture(scope="module")
def parts() -> tuple[CodesObjective, CropBatches]:
    carrier = made_up_carrier()
    photos = made_up_photos(carrier, 8)
    objective = CodesObjective(carrier, photos.rows, photos.rows < 90, IDENTITY, 32, CodesWeights())
    return objective, CropBatches(photos, np.arange(8), carrier.rest[:68], 32, augment=False)


def test_rigid_motion_is_no_shape() -> None:
    rest = np.random.default_rng(0).standard_normal((20, 3))
    turn = np.cross([0.3, -0.2, 0.9], rest - rest.mean(0)).reshape(-1, 1)
    shift = np.tile([1.0, 2.0, 3.0], 20)[:, None]
    assert np.abs(without_rigid_motion(rest, np.concatenate([turn, shift], 1))).max() < 1e-12
    growth = (rest - rest.mean(0)).reshape(-1, 1)
    assert np.abs(without_rigid_motion(rest, growth)).max() > 0.5


def test_an_untrained_network_says_the_mean_head(
    parts: tuple[CodesObjective, CropBatches],
) -> None:
    objective, batches = parts
    batch = batches.take(np.arange(4), np.random.default_rng(0))
    torch.manual_seed(0)
    network = PhotoCodes(CONFIG).eval()
    start = objective.start(batch)
    output = network(batch.images, start)
    away = (output.points - start.points).detach().abs().amax(2)
    # Near the crop's edge there are fewer cells to vote for a point.
    inner = start.points.abs().amax(2) < 0.5
    assert int(inner.sum()) > 100
    assert float(away[inner].max()) < 0.1
    assert float(output.codes.detach().abs().max()) < 0.1


def test_the_terms_vanish_for_the_truth_and_only_then(
    parts: tuple[CodesObjective, CropBatches],
) -> None:
    objective, batches = parts
    batch = batches.take(np.arange(4), np.random.default_rng(0))
    torch.manual_seed(0)
    said = PhotoCodes(CONFIG).eval()(batch.images, objective.start(batch))
    for name in ("rotations", "scales", "translations"):
        object.__setattr__(said, name, getattr(batch, name))
    object.__setattr__(said, "scales", batch.scales / 16)
    object.__setattr__(said, "translations", batch.translations / 16 - 1)
    object.__setattr__(said, "points", batch.points / 16 - 1)
    wrong = objective(said, batch).terms
    object.__setattr__(said, "codes", batch.codes)
    right = objective(said, batch).terms
    assert float(right["identity"]) == pytest.approx(0.1, abs=1e-4)
    assert float(wrong["identity"]) > 5.0
    assert float(right["pose"]) < 1e-3
    assert float(right["points"]) < 1e-3


def test_an_expression_counts_by_its_square_and_shape_not_at_all(
    parts: tuple[CodesObjective, CropBatches],
) -> None:
    objective, batches = parts
    batch = batches.take(np.arange(4), np.random.default_rng(0))
    torch.manual_seed(0)
    said = PhotoCodes(CONFIG).eval()(batch.images, objective.start(batch))

    def term(shape: float, expression: float) -> float:
        wrong = torch.zeros_like(batch.codes)
        wrong[:, :IDENTITY], wrong[:, IDENTITY:] = shape, expression
        object.__setattr__(said, "codes", batch.codes + wrong)
        return float(objective(said, batch).terms["expression"])

    assert term(0.0, 0.1) > 0.0
    assert term(0.0, 0.2) == pytest.approx(4.0 * term(0.0, 0.1), rel=1e-3)
    assert term(1.0, 0.1) == pytest.approx(term(0.0, 0.1), rel=1e-3)


def test_unknown_labels_are_not_asked_for(parts: tuple[CodesObjective, CropBatches]) -> None:
    objective, batches = parts
    batch = batches.take(np.arange(4), np.random.default_rng(0))
    batch.codes[1] = torch.nan
    batch.points[1, 68:] = torch.nan
    network = PhotoCodes(CONFIG)
    loss = objective(network(batch.images, objective.start(batch)), batch)
    loss.total.backward()
    assert all(torch.isfinite(p.grad).all() for p in network.parameters() if p.grad is not None)


def test_learns_resumes_and_exports(
    parts: tuple[CodesObjective, CropBatches], tmp_path: Path
) -> None:
    objective, batches = parts
    seen: list[dict[str, float]] = []
    torch.manual_seed(1)
    network = PhotoCodes(CONFIG)
    before = measure_codes(network, objective, batches, IDENTITY)
    first = CodesTraining(**{**_values(QUICK), "steps": 50})
    train_codes(network, objective, batches, first, tmp_path, lambda step, terms: None)
    again = PhotoCodes(CONFIG)
    train_codes(again, objective, batches, QUICK, tmp_path, lambda s, terms: seen.append(terms))
    after = measure_codes(again, objective, batches, IDENTITY)
    assert before.identity_mm == pytest.approx(before.mean_identity_mm, rel=0.02)
    assert len(seen) == 2
    assert after.points_mm < 0.8 * before.points_mm
    file = tmp_path / "codes.safetensors"
    maps = MirrorMaps(np.eye(sum(SIZES)), np.arange(120))
    export_codes(again, batches.photos.rows, after, file, {"photographs": 8}, maps)
    weights = load_weights(file, KIND)
    stored = MirrorMaps.of(weights.tensors, sum(SIZES), 120)
    assert stored is not None
    assert np.array_equal(stored.codes, maps.codes)
    assert weights.tensors["prior_deviation"].shape == (sum(SIZES),)
    assert weights.header.config["points"] == 120


def test_turns_are_rotations() -> None:
    turns = torch.randn(5, 3, generator=torch.Generator().manual_seed(0))
    rotations = rotations_of(turns)
    torch.testing.assert_close(rotations @ rotations.transpose(1, 2), torch.eye(3).expand(5, 3, 3))
    # The axis stays.
    torch.testing.assert_close((rotations @ turns[..., None])[..., 0], turns)


def _values(settings: CodesTraining) -> dict[str, float]:
    return {name: getattr(settings, name) for name in settings.__slots__}
