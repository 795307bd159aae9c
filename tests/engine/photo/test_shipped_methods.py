"""Every shipped method makes a face of the astronaut that lies over her photo."""

import numpy as np
import pytest
from skimage.data import astronaut

from engine.assets import load_model
from engine.models.parts_model import PartsModel
from engine.photo.detection import FaceDetector
from engine.photo.methods import METHODS, available_methods, load_method, weights_info
from engine.photo.reconstruction import PhotoFace, Reconstruction
from engine.photo.weak_perspective import five_points

VERTICES = {
    "codes": 12_662,
    "pixel2mesh": 9_858,
    "pixel2mesh-face": 7_008,
    "coarse-to-fine": 50_642,
}


@pytest.fixture(scope="module")
def model() -> PartsModel:
    return load_model("cpu")


@pytest.fixture(scope="module")
def face() -> PhotoFace:
    pixels = astronaut()
    return PhotoFace(pixels, FaceDetector().find(pixels)[0])


@pytest.fixture(scope="module")
def found(model: PartsModel, face: PhotoFace) -> dict[str, Reconstruction]:
    return {name: load_method(name, model, "cpu").reconstruct(face) for name in METHODS}


def test_all_four_ship() -> None:
    assert available_methods() == METHODS


@pytest.mark.parametrize("name", METHODS)
def test_the_face_lies_over_the_photo(
    name: str, face: PhotoFace, found: dict[str, Reconstruction]
) -> None:
    result = found[name]
    assert len(result.mesh.vertices) == VERTICES[name]
    assert len(result.stages) > 1
    eyes = np.linalg.norm(face.found.points[1] - face.found.points[0])
    misses = np.linalg.norm(five_points(result.landmarks) - face.found.points, axis=1)
    assert misses.max() < 0.2 * eyes
    yaw, pitch, roll = result.pose.angles()
    assert abs(yaw) < 15
    assert abs(pitch) < 30
    assert -15 < roll < 5, "she tilts her head a little to her right"
    # The surface is a face of about the right size, in front of the origin: millimetres.
    assert 100 < np.ptp(result.mesh.vertices[:, 0]) < 220
    assert result.seconds > 0


def test_the_codes_smile(model: PartsModel, found: dict[str, Reconstruction]) -> None:
    code = found["codes"].code
    assert code is not None
    names = [direction.name.lower() for direction in model.parts[-1].directions]
    smile = [code.expression[k] for k, name in enumerate(names) if "smile" in name]
    assert min(smile) > 0.1
    np.testing.assert_array_equal(model.preview(code), found["codes"].mesh.vertices)


@pytest.mark.parametrize("name", METHODS)
def test_weights_say_how_good_they_are(name: str) -> None:
    told = weights_info(name)
    assert told.megabytes < 40
    assert told.metrics
