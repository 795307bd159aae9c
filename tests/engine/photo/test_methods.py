"""Which photo methods there are, with and without their weights."""

from pathlib import Path

import pytest

from engine.errors import InputError, WeightsError
from engine.photo import methods
from engine.photo.methods import MEAN, METHODS, TITLES, available_methods, load_method, weights_file
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
