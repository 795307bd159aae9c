"""Which photo methods there are, with and without their weights."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.errors import Cancelled, InputError, WeightsError
from engine.photo import methods
from engine.photo.mean_head import MeanHeadMethod
from engine.photo.methods import MEAN, METHODS, TITLES, available_methods, load_method, weights_file
from engine.photo.placed_method import PlacedMethod
from engine.photo.reconstruction import FoundFace, PhotoFace
from engine.photo.weak_perspective import five_points
from engine.progress import CancelToken
from tests.engine.photo.tiny_codes_network import save_tiny_network
from tests.synthetic_model import SyntheticModel

MODEL = SyntheticModel()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(methods, "assets_folder", lambda: tmp_path)
    (tmp_path / "photo").mkdir()
    return tmp_path / "photo"


def test_methods_are_offered_with_their_weights(folder: Path) -> None:
    assert available_methods() == ()
    (folder / "coarse-to-fine.safetensors").touch()
    (folder / "codes.safetensors").touch()
    (folder / "mean.safetensors").touch()
    assert available_methods() == ("codes", "coarse-to-fine")


def test_without_assets_nothing_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> Path:
        raise WeightsError("There are no files.")

    monkeypatch.setattr(methods, "assets_folder", missing)
    assert available_methods() == ()


@pytest.mark.parametrize("name", METHODS)
def test_missing_weights_are_named_with_what_to_do(folder: Path, name: str) -> None:
    other = "codes" if name != "codes" else "pixel2mesh"
    (folder / f"{other}.safetensors").touch()
    with pytest.raises(WeightsError, match=f"{name}.safetensors.*another method: {other}"):
        load_method(name, MODEL)
    with pytest.raises(WeightsError, match=r"mine\.safetensors"):
        load_method(name, MODEL, file=folder / "mine.safetensors")


def test_unknown_methods_are_refused() -> None:
    with pytest.raises(InputError, match="Choose from codes"):
        load_method("nothing", MODEL)
    with pytest.raises(InputError, match="Choose from codes"):
        weights_file(MEAN)


def test_the_baseline_needs_no_weights(folder: Path) -> None:
    baseline = load_method(MEAN, MODEL)
    assert baseline.name == MEAN
    assert baseline.title == TITLES[MEAN]
    assert set(TITLES) == {*METHODS, MEAN}


def test_published_networks_get_better_points_where_the_network_of_codes_ships(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = MeanHeadMethod(MODEL)
    monkeypatch.setattr(methods, "_load_published", lambda *_: published)
    (folder / "pixel2mesh.safetensors").touch()
    assert load_method("pixel2mesh", MODEL, "cpu") is published
    save_tiny_network(folder / "codes.safetensors")
    assert isinstance(load_method("pixel2mesh", MODEL, "cpu"), PlacedMethod)
    assert load_method("pixel2mesh", MODEL, "cpu", placed=False) is published


def test_a_placed_method_sees_the_face_where_it_was_put() -> None:
    face = PhotoFace(
        np.zeros((64, 64, 3), np.uint8),
        FoundFace(np.array([10.0, 10, 50, 50]), pose_points(1.0), 0.9),
    )
    moved = replace(face, found=replace(face.found, points=pose_points(1.2)))
    plain = MeanHeadMethod(MODEL)
    placed = PlacedMethod(plain, lambda faces: [moved])
    made = placed.reconstruct(face)
    assert (placed.name, placed.title) == (plain.name, plain.title)
    assert made.pose.scale == pytest.approx(plain.reconstruct(moved).pose.scale)
    assert made.pose.scale > 1.1 * plain.reconstruct(face).pose.scale
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        placed.reconstruct(face, cancel)


def pose_points(scale: float) -> NDArray[np.float64]:
    """The mean head's five points in the middle of an image, px."""
    points = five_points(MODEL.template.vertices[MODEL.landmarks])[:, :2] * [scale, -scale]
    centred: NDArray[np.float64] = points - points.mean(axis=0) + 32.0
    return centred
