"""The method on a photograph: stages, pose, landmarks; an untrained network is the mean head."""

from pathlib import Path

import numpy as np
import pytest
import torch

from engine.errors import Cancelled, WeightsError
from engine.models.parts_model import PartsModel
from engine.networks.coarse_to_fine import CoarseToFine
from engine.photo.coarse_to_fine_method import CoarseToFineMethod
from engine.photo.reconstruction import FoundFace, PhotoFace
from engine.photo.weak_perspective import WeakPerspective, five_points
from engine.progress import CancelToken
from tests.training.photos.tiny_head import CONFIG, tiny_head
from training.photos.coarse_to_fine.build import build_run
from training.photos.coarse_to_fine.export import CoarseToFineErrors, export_coarse_to_fine

HEAD = tiny_head()
ANGLE = np.radians(20.0)
TURN = np.array([[np.cos(ANGLE), 0, np.sin(ANGLE)], [0, 1, 0], [-np.sin(ANGLE), 0, np.cos(ANGLE)]])
POSE = WeakPerspective(TURN, 0.8, np.array([160.0, 140.0]))


def save(file: Path, change: bool, model: PartsModel = HEAD) -> CoarseToFine:
    run = build_run(model, CONFIG)
    if change:
        # A coarse mesh moved 4 mm to the head's left everywhere, refined by 1 mm forward.
        with torch.no_grad():
            run.network.decoder.output.linear.bias.copy_(torch.tensor([0.4, 0.0, 0.0]))
            run.network.refiner.output.linear.bias.copy_(torch.tensor([0.0, 0.0, 0.1]))
    export_coarse_to_fine(run, model.template, CoarseToFineErrors(*(0.0,) * 6), file, {})
    return run.network


def photo() -> PhotoFace:
    pixels = np.random.default_rng(0).integers(0, 255, (280, 320, 3)).astype(np.uint8)
    five = POSE.project(five_points(HEAD.template.vertices[HEAD.landmarks]))
    box = np.array([*five.min(0) - 20, *five.max(0) + 20])
    return PhotoFace(pixels, FoundFace(box, five, 1.0))


def test_an_untrained_network_is_the_mean_head_on_the_five_points(tmp_path: Path) -> None:
    save(tmp_path / "w.safetensors", change=False)
    found = CoarseToFineMethod(tmp_path / "w.safetensors", HEAD, "cpu").reconstruct(photo())
    count = len(HEAD.template.vertices)
    assert found.method == "coarse-to-fine"
    assert len(found.stages) == 3
    assert found.mesh.uv is not None
    for stage in found.stages:
        assert len(stage.vertices) == count + len(HEAD.template.faces) * 3 // 2
        assert np.abs(stage.vertices[:count] - HEAD.template.vertices).max() < 0.05
    wanted = POSE.project(HEAD.template.vertices[HEAD.landmarks])
    # Five points give the pose to within a pull towards the front.
    assert np.linalg.norm(found.landmarks - wanted, axis=1).mean() < 3.0
    assert (
        np.abs(found.pose.project(found.mesh.vertices[HEAD.landmarks]) - found.landmarks).max()
        < 0.1
    )
    assert ((found.confidences > 0) & (found.confidences <= 1)).all()
    assert found.seconds > 0


def test_what_moves_the_whole_head_goes_to_the_pose(tmp_path: Path) -> None:
    save(tmp_path / "w.safetensors", change=False)
    still = CoarseToFineMethod(tmp_path / "w.safetensors", HEAD, "cpu").reconstruct(photo())
    save(tmp_path / "w.safetensors", change=True)
    moved = CoarseToFineMethod(tmp_path / "w.safetensors", HEAD, "cpu").reconstruct(photo())
    assert np.abs(moved.mesh.vertices - still.mesh.vertices).max() < 0.1
    start = still.pose.project(np.zeros((1, 3)))
    wanted = still.pose.project(np.array([[4.0, 0.0, 1.0]])) - start
    assert np.abs(moved.landmarks - still.landmarks - wanted).max() < 0.05
    refined = moved.stages[2].vertices - moved.stages[1].vertices
    assert np.abs(refined - (0, 0, 1)).max() < 0.05


def test_cancelled_before_the_network_runs(tmp_path: Path) -> None:
    save(tmp_path / "w.safetensors", change=False)
    method, cancel = CoarseToFineMethod(tmp_path / "w.safetensors", HEAD, "cpu"), CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        method.reconstruct(photo(), cancel)


def test_weights_of_another_template_are_refused(tmp_path: Path) -> None:
    save(tmp_path / "w.safetensors", change=False)
    with pytest.raises(WeightsError, match="another template"):
        CoarseToFineMethod(tmp_path / "w.safetensors", tiny_head(2), "cpu")
