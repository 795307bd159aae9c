"""The coarse-to-fine network learns in both stages, resumes, and is written and read."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.errors import InputError, WeightsError
from engine.models.parts_model import PartsModel
from engine.photo.coarse_to_fine_file import load_coarse_to_fine
from engine.photo.weak_perspective import WeakPerspective
from engine.weights import WeightsHeader, save_weights
from tests.training.photos.tiny_head import CONFIG, OneBatch, one_batch, tiny_head, tiny_photos
from training.photos.batches import CropBatches
from training.photos.coarse_to_fine.build import (
    CoarseToFineRun,
    build_run,
    coded_batches,
)
from training.photos.coarse_to_fine.export import (
    export_coarse_to_fine,
    measure_coarse_to_fine,
)
from training.photos.coarse_to_fine.losses import VertexLoss, photometric_loss
from training.photos.coarse_to_fine.targets import start_of
from training.photos.coarse_to_fine.trainer import rate_at, train_coarse_to_fine
from training.photos.warm_start import begin_with_codes


@pytest.fixture(scope="module")
def head() -> PartsModel:
    return tiny_head()


@pytest.fixture(scope="module")
def batches(head: PartsModel) -> CropBatches:
    return coded_batches(head, tiny_photos(head, 6), CONFIG, augment=False)


@pytest.fixture(scope="module")
def learnt(head: PartsModel) -> OneBatch:
    return one_batch(head, tiny_photos(head, 6))


@pytest.fixture(scope="module")
def trained(
    head: PartsModel, learnt: OneBatch, tmp_path_factory: pytest.TempPathFactory
) -> CoarseToFineRun:
    run = build_run(head, CONFIG)
    folder = tmp_path_factory.mktemp("run")
    train_coarse_to_fine(run.objective, learnt, CONFIG.training, folder, lambda *_: None)
    return run


def test_targets_are_the_true_vertices(head: PartsModel, batches: CropBatches) -> None:
    run = build_run(head, CONFIG)
    batch = batches.take(np.arange(2), np.random.default_rng(0))
    vertices = head.carrier.rest + head.carrier.motion(np.arange(len(head.carrier.rest))) @ (
        batch.codes[1].numpy()
    )
    pose = WeakPerspective(
        batch.rotations[1].double().numpy(),
        float(batch.scales[1]),
        batch.translations[1].double().numpy(),
    )
    wanted = (pose.to_camera(vertices) - (16, 16, 0)) / 16
    for level in (0, 1, 2):
        found = run.objective.targets.truth(batch, level, 16.0)[1].numpy()
        assert len(found) == run.hierarchy.sizes[level]
        chosen = wanted if level < 2 else wanted[run.hierarchy.steps[1].kept]
        assert np.abs(found[: len(chosen)] - chosen).max() < 1e-4
    weights = run.objective.targets.weights(0)
    assert float(weights.sum()) == pytest.approx(1.0, abs=1e-5)
    back, front = head.template.vertices[:, 2].argmin(), head.landmarks[0]
    assert float(weights[back]) < float(weights[front])


def test_the_shape_term_knows_no_pose_and_no_size(head: PartsModel) -> None:
    run = build_run(head, CONFIG)
    loss = run.objective.losses[1]
    assert isinstance(loss, VertexLoss)
    rest = torch.tensor(head.template.vertices)
    turned = torch.linalg.cross(torch.tensor([[0.01, 0.02, -0.01]]).expand_as(rest), rest)
    rigid = (turned + 0.03 * rest + torch.tensor([1.0, -2.0, 0.5]))[None]
    assert float(loss.shape(rigid)) < 1e-3 * float(loss.vertex(rigid))
    waves = torch.sin(rest / 10)[None]
    assert float(loss.shape(waves)) > 0.5 * float(loss.vertex(waves))
    assert float(loss.edge(torch.ones_like(rigid))) < 1e-6


def test_lit_normals_explain_their_own_picture_and_others_do_not() -> None:
    generator = torch.Generator().manual_seed(0)
    normals = torch.nn.functional.normalize(torch.randn(1, 400, 3, generator=generator), dim=2)
    albedo, weights = torch.full((400,), 0.6), torch.full((400,), 1 / 400)
    light = 0.5 + 0.3 * normals[..., :1] + 0.2 * normals[..., 2:] * normals[..., 1:2]
    colours = (albedo[:, None] * light).expand(1, 400, 3)
    right = photometric_loss(colours, albedo, normals, weights)
    wrong = photometric_loss(colours, albedo, normals.roll(1, dims=1), weights)
    assert float(right) < 0.01 * float(wrong)


def test_both_stages_learn(trained: CoarseToFineRun, learnt: OneBatch) -> None:
    errors = measure_coarse_to_fine(trained, learnt)
    assert errors.coarse_mm < 0.6 * errors.mean_mm
    assert errors.refined_mm < errors.coarse_mm
    assert errors.refined_shape_mm < errors.coarse_shape_mm


def test_the_second_stage_leaves_the_coarse_network(
    head: PartsModel, batches: CropBatches, tmp_path: Path
) -> None:
    run = build_run(head, CONFIG)
    settings = replace(CONFIG.training, coarse_steps=0, refine_steps=2)
    before = {name: value.clone() for name, value in run.network.state_dict().items()}
    train_coarse_to_fine(run.objective, batches, settings, tmp_path, lambda *_: None)
    changed = {n for n, v in run.network.state_dict().items() if not torch.equal(v, before[n])}
    assert changed
    assert all(name.startswith("refiner.") for name in changed)


def test_a_run_resumes_where_it_stopped(
    head: PartsModel, batches: CropBatches, tmp_path: Path
) -> None:
    settings = replace(CONFIG.training, coarse_steps=4, refine_steps=2, weight_decay=0.0)
    whole, halved = build_run(head, CONFIG), build_run(head, CONFIG)
    train_coarse_to_fine(whole.objective, batches, settings, tmp_path / "a", lambda *_: None)
    steps = []
    train_coarse_to_fine(
        halved.objective, batches, settings, tmp_path / "b", lambda *_: None, seconds=0.0
    )
    again = build_run(head, CONFIG)
    train_coarse_to_fine(
        again.objective, batches, settings, tmp_path / "b", lambda step, _: steps.append(step)
    )
    assert steps == [6]
    for name, value in whole.network.state_dict().items():
        assert torch.allclose(value, again.network.state_dict()[name], atol=1e-5), name


def test_rates_warm_up_and_fall_in_each_stage() -> None:
    settings = CONFIG.training
    assert rate_at(0, settings) == pytest.approx(settings.learning_rate / 3)
    assert rate_at(3, settings) == pytest.approx(settings.learning_rate)
    assert rate_at(settings.coarse_steps - 1, settings) < 0.02 * settings.learning_rate
    assert rate_at(settings.coarse_steps + 3, settings) == pytest.approx(settings.refine_rate)


def test_written_and_read_again(
    trained: CoarseToFineRun, head: PartsModel, batches: CropBatches, tmp_path: Path
) -> None:
    file = tmp_path / "c.safetensors"
    errors = measure_coarse_to_fine(trained, batches)
    export_coarse_to_fine(trained, head.template, errors, file, {"data": "made up"})
    network = load_coarse_to_fine(file, head.template)
    batch = batches.take(np.arange(2), np.random.default_rng(0))
    trained.network.eval()
    with torch.inference_mode():
        one, other = (n(batch.images, start_of(batch, 16.0)) for n in (trained.network, network))
    moved = (one.refined - one.mean).abs().max()
    assert float((one.refined - other.refined).abs().max()) < 0.02 * float(moved)


def test_wrong_weights_are_refused(
    trained: CoarseToFineRun, head: PartsModel, batches: CropBatches, tmp_path: Path
) -> None:
    file = tmp_path / "c.safetensors"
    errors = measure_coarse_to_fine(trained, batches)
    export_coarse_to_fine(trained, head.template, errors, file, {})
    with pytest.raises(WeightsError, match="another template"):
        load_coarse_to_fine(file, tiny_head(2).template)
    save_weights(file, {"a": np.zeros(3, np.float32)}, WeightsHeader("photo-codes", {}))
    with pytest.raises(WeightsError, match="photo-codes"):
        load_coarse_to_fine(file, head.template)


def test_the_encoder_takes_over_a_backbone(head: PartsModel, tmp_path: Path) -> None:
    run, file = build_run(head, CONFIG), tmp_path / "codes.safetensors"
    state = run.network.encoder.state_dict()
    tensors = {
        f"network.{name}": np.full(value.shape, 0.25, np.float16)
        for name, value in state.items()
        if name.startswith("backbone.") and not name.endswith("num_batches_tracked")
    }
    save_weights(file, tensors, WeightsHeader("photo-codes", {}))
    assert begin_with_codes(run.network.encoder, file, ("backbone.", "grid.")) == len(tensors)
    first = next(iter(tensors)).removeprefix("network.")
    assert float(run.network.encoder.state_dict()[first].mean()) == 0.25
    short = dict(list(tensors.items())[1:])
    save_weights(file, short, WeightsHeader("photo-codes", {}))
    with pytest.raises(WeightsError, match="backbone"):
        begin_with_codes(run.network.encoder, file, ("backbone.", "grid."))


def test_photographs_without_codes_are_refused(head: PartsModel) -> None:
    photos = tiny_photos(head, 2)
    with pytest.raises(InputError, match="codes"):
        coded_batches(head, replace(photos, codes=photos.codes * np.nan), CONFIG, True)
    with pytest.raises(InputError, match="length"):
        coded_batches(head, replace(photos, codes=photos.codes[:, :5]), CONFIG, True)
