"""One variant trained for a moment on made-up photographs, stopped and resumed."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from engine.errors import InputError
from engine.networks.pixel2mesh import Pixel2Mesh
from engine.progress import CancelToken, ignore_progress
from tests.training.photos.tiny_face_model import face_photos, tiny_face_model
from training.photos import ablation_trials
from training.photos.ablation_trials import Trials, TrialSettings, with_steps
from training.photos.ablations import FULL, Variant, read_curve, read_result
from training.photos.evaluation import EvaluationSettings
from training.photos.pixel2mesh.config_file import (
    Pixel2MeshChoice,
    Pixel2MeshConfigFile,
    Pixel2MeshTraining,
)
from training.photos.pixel2mesh.losses import MeshLossWeights
from training.photos.tables_command import tables_of_runs

MODEL = tiny_face_model()
PHOTOS = face_photos(MODEL, 12)
BASE = Pixel2MeshConfigFile(
    Pixel2MeshChoice(
        width=0.125,
        image_size=32,
        hidden=8,
        layers=2,
        blocks=2,
        deforms=True,
        coordinates=True,
        colours=False,
        start="mean",
    ),
    Pixel2MeshTraining(steps=50, batch=2, learning_rate=1e-3, points=200),
)


def trials(folder: Path, steps: int) -> Trials:
    settings = TrialSettings(
        with_steps(BASE, steps), measured=3, figures=EvaluationSettings(500, 100)
    )
    return Trials(MODEL, PHOTOS, PHOTOS, settings, folder, ignore_progress, CancelToken())


def test_a_variant_is_trained_measured_and_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = replace(FULL, key="face-plain-few", network="pixel2mesh-face", few=True)
    first = trials(tmp_path, 2).run(few)
    assert first.steps == 2
    assert read_result(tmp_path / few.key) == first
    # A face of some 200 mm, posed on five points: a start at the mean head is not far off.
    assert 0.0 < first.surface.chamfer_mm < 25.0
    again = trials(tmp_path, 50).run(few)
    assert again.steps == 50
    curve = read_curve(tmp_path / few.key)
    assert list(curve) == [50]
    assert curve[50] > 0.0
    # What is finished is not done again.
    monkeypatch.setattr(ablation_trials, "train_pixel2mesh", lambda *_: pytest.fail("trained"))
    assert trials(tmp_path, 50).run(few) == again


def test_a_training_goes_on_with_the_settings_it_was_begun_with(tmp_path: Path) -> None:
    trials(tmp_path, 1).run(FULL)
    other = replace(FULL, change=lambda file: replace(file, losses=MeshLossWeights(normal=1.0)))
    with pytest.raises(InputError, match="begun with other settings"):
        trials(tmp_path, 1).run(other)


def test_the_crops_meshes_are_where_the_photographs_cameras_have_them(tmp_path: Path) -> None:
    """An untrained network is near the posed mean head, so its outline lies about the true one's,
    on a head that the crop has turned and scaled."""
    result = trials(tmp_path, 1).run(Variant("blocks-2", "2", lambda file: file))
    assert result.surface.chamfer_mm < 25.0
    assert np.isfinite(result.surface.chamfer_in_place)
    assert [entry.key for entry in tables_of_runs(tmp_path)] == ["pixel2mesh-blocks"]


def test_variants_begin_with_the_image_layers_of_other_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Begun(Exception):
        pass

    def look(network: Pixel2Mesh, *_: object) -> None:
        found.append({name: value.clone() for name, value in network.backbone.state_dict().items()})
        raise Begun

    found: list[dict[str, torch.Tensor]] = []
    monkeypatch.setattr(ablation_trials, "train_pixel2mesh", look)
    with pytest.raises(Begun):
        trials(tmp_path / "cold", 1).run(FULL)
    given = {f"network.backbone.{name}": value + 1 for name, value in found[0].items()}
    save_file(given, tmp_path / "other.safetensors")
    init = {FULL.network: tmp_path / "other.safetensors"}
    settings = TrialSettings(BASE, init=init)
    folder = tmp_path / "warm"
    warm = Trials(MODEL, PHOTOS, PHOTOS, settings, folder, ignore_progress, CancelToken())
    with pytest.raises(Begun):
        warm.run(FULL)
    for name, value in found[0].items():
        if not name.endswith("num_batches_tracked"):
            torch.testing.assert_close(found[1][name], value + 1)
