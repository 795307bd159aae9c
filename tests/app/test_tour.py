"""The tour through the real window leaves pictures with the face in them, and sound files."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from app.panels.value_slider import ValueSlider
from app.tour import hand, tour
from engine.editing.random import random_code
from engine.errors import InputError
from engine.geometry.formats import read_mesh
from engine.photo import methods
from engine.project.archive import open_document
from tests.synthetic_model import SyntheticModel

MODEL = SyntheticModel(24, 32)


def middle_of(picture: Path) -> NDArray[np.float64]:
    """The middle third of a picture, where the face is, as `(H, W, 3)`."""
    image = QImage(str(picture)).convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    pixels = rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3)
    height, width = pixels.shape[0] // 3, pixels.shape[1] // 3
    return pixels[height : 2 * height, width // 2 : width + width // 2].astype(np.float64)


@pytest.fixture(scope="module")
def folder(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Path:
    del qapp  # the display must be there first
    patch = pytest.MonkeyPatch()
    patch.setattr(tour, "WINDOW_SIZE", (900, 600))
    patch.setattr(tour, "SETTLE_SECONDS", 0.08)
    # No weights are made for this model.
    patch.setattr(methods, "available_methods", lambda: ())
    # The autoencoder knows the shipped model's expressions by name, and not this one's.
    patch.setattr(tour, "visit_spiral", lambda *arguments: None)
    folder = tmp_path_factory.mktemp("tour")
    try:
        files = tour.take_tour(MODEL, folder, seed=5)
    finally:
        patch.undo()
    assert files == [file for file in files if file.is_file()]
    assert {file.name for file in files} == {file.name for file in folder.iterdir()}
    return folder


def test_every_picture_shows_the_face(folder: Path) -> None:
    pictures = sorted(folder.glob("*.png"))
    assert len(pictures) >= 12
    for picture in pictures:
        middle = middle_of(picture)
        assert middle.std() > 15.0, f"{picture.name} is blank"


def test_each_slider_changes_the_picture(folder: Path) -> None:
    pictures = sorted(folder.glob("*.png"))[1:7]
    for before, after in itertools.pairwise(pictures):
        change = np.abs(middle_of(before) - middle_of(after)).max()
        assert change > 20.0, f"{after.name} looks like {before.name}"


def test_regions_are_in_colour_and_skin_is_not_blue(folder: Path) -> None:
    (regions,) = folder.glob("*regions.png")
    (plain,) = folder.glob("*three-quarter.png")
    blue = [(middle_of(p)[..., 2] > middle_of(p)[..., 0] + 40).mean() for p in (regions, plain)]
    assert blue[0] > blue[1] + 0.02


def test_the_document_and_the_meshes_are_the_random_face(folder: Path) -> None:
    code = open_document(folder / "face.lineament").face.code
    assert code == random_code(MODEL, np.random.default_rng(5))
    assert len(read_mesh(folder / "face.glb").vertices) == len(MODEL.template.vertices)
    free = read_mesh(folder / "face.obj").vertices
    assert np.percentile(np.abs(MODEL.field(code).evaluate(free)), 99) < 0.1


@pytest.mark.parametrize(
    ("least", "greatest", "amount"), [(-3, 3, 2.16), (0, 1, 0.72), (-3, 3, -1)]
)
def test_a_drag_ends_where_it_should(
    qapp: QApplication, least: float, greatest: float, amount: float
) -> None:
    slider = ValueSlider(least, greatest)
    slider.resize(160, 22)
    seen: list[float] = []
    slider.value_edited.connect(seen.append)
    hand.drag(slider, amount)
    assert slider.amount == pytest.approx(amount, abs=0.05 * (greatest - least))
    assert len(seen) >= 8
    assert not slider.isSliderDown()


def test_a_step_that_never_ends_is_given_up(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hand, "PATIENCE_SECONDS", 0.05)
    with pytest.raises(InputError, match="for the exact surface and gave up"):
        hand.wait_until(lambda: False, "the exact surface")
