"""Faces in photographs: an astronaut, turned, small, many and none."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from skimage import data

from engine.errors import Cancelled, InputError, WeightsError
from engine.photo.detection import FaceDetector
from engine.photo.face_cascade import FoundBoxes
from engine.photo.reconstruction import FoundFace
from engine.progress import CancelToken

ASTRONAUT = data.astronaut()
BOX = (180.0, 63.0, 266.0, 173.0)
POINTS = ((204.0, 101.0), (247.0, 103.5), (225.0, 128.5), (202.0, 140.0), (245.0, 141.7))
"""Her pupils, the tip of her nose and the corners of her mouth, image-left first."""


@pytest.fixture(scope="module")
def detector() -> FaceDetector:
    return FaceDetector()


def resized(pixels: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    return np.asarray(Image.fromarray(pixels).resize((side, side), Image.Resampling.LANCZOS))


def require_her(face: FoundFace, scale: float = 1.0) -> None:
    np.testing.assert_allclose(face.points / scale, POINTS, atol=2.5)
    np.testing.assert_allclose(face.box / scale, BOX, atol=8)


def test_the_astronaut(detector: FaceDetector) -> None:
    faces = detector.find(ASTRONAUT)
    assert len(faces) == 1
    require_her(faces[0])
    assert faces[0].confidence > 0.995


@pytest.mark.parametrize("side", [100, 250, 1500])
def test_at_other_sizes(detector: FaceDetector, side: int) -> None:
    faces = detector.find(resized(ASTRONAUT, side))
    require_her(faces[0], side / 512)
    assert len(faces) == 1


def test_in_grey_and_mirrored(detector: FaceDetector) -> None:
    grey = np.repeat(ASTRONAUT.mean(axis=2, keepdims=True).astype(np.uint8), 3, axis=2)
    require_her(detector.find(grey)[0])
    (mirrored,) = detector.find(ASTRONAUT[:, ::-1])
    points = mirrored.points[[1, 0, 2, 4, 3]] * (-1, 1) + (512, 0)
    np.testing.assert_allclose(points, POINTS, atol=2.5)


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_lying_or_upside_down(detector: FaceDetector, turns: int) -> None:
    wide = ASTRONAUT[:400]
    (face,) = detector.find(np.rot90(wide, turns))
    # Where her points went, one quarter turn after the other.
    points, height_width = np.array(POINTS), wide.shape[:2]
    for _ in range(turns):
        points = np.stack([points[:, 1], height_width[1] - points[:, 0]], axis=1)
        height_width = height_width[::-1]
    np.testing.assert_allclose(face.points, points, atol=2.5)
    assert (face.box[:2] < points.min(axis=0)).all()
    assert (face.box[2:] > points.max(axis=0)).all()


def test_a_crowd_largest_first(detector: FaceDetector) -> None:
    head = ASTRONAUT[20:220, 120:320]
    crowd = np.full((640, 900, 3), 120, np.uint8)
    for place in range(12):
        row, column = divmod(place, 6)
        crowd[row * 110 : row * 110 + 100, column * 150 : column * 150 + 100] = resized(head, 100)
    crowd[240:640, 400:800] = resized(head, 400)
    faces = detector.find(crowd)
    assert len(faces) == 13
    assert faces[0].box[2] - faces[0].box[0] > 130
    np.testing.assert_allclose(faces[0].points[0], (2 * 84 + 400, 2 * 81 + 240), atol=5)


def test_a_small_face_in_a_large_photograph(detector: FaceDetector) -> None:
    scene = np.full((1800, 2600, 3), 90, np.uint8)
    scene[900:1140, 1500:1740] = resized(ASTRONAUT, 240)  # her face is 40 px wide: 10 at 640
    (face,) = detector.find(scene)
    require_her(
        FoundFace(face.box - [1500, 900] * 2, face.points - (1500, 900), face.confidence),
        240 / 512,
    )


class _Finds:
    """Stands for the networks: finds the same confidences in every upright view."""

    def __init__(self, *confidences: float) -> None:
        count = len(confidences)
        boxes = np.tile([10.0, 10.0, 30.0, 40.0], (count, 1))
        self.found = FoundBoxes(boxes, np.array(confidences), np.full((count, 5, 2), 20.0))

    def find(self, pixels: NDArray[np.uint8], smallest: float, cancel: object) -> FoundBoxes:
        return self.found


@pytest.mark.parametrize(
    ("found", "kept"),
    [((0.8, 0.99, 0.92), [0.99]), ((0.75, 0.9), [0.9, 0.75]), ((), [])],
)
def test_doubtful_faces_count_only_where_no_sure_one_is(
    detector: FaceDetector, monkeypatch: pytest.MonkeyPatch, found: tuple, kept: list
) -> None:
    monkeypatch.setattr(detector, "_cascade", _Finds(*found))
    assert [face.confidence for face in detector.find(ASTRONAUT)] == kept


def test_a_doubtful_badge_does_not_hide_a_face_on_its_side(
    detector: FaceDetector, monkeypatch: pytest.MonkeyPatch
) -> None:
    lying, cascade = np.rot90(ASTRONAUT), detector._cascade

    class BadgeToo(_Finds):
        def find(self, pixels: NDArray[np.uint8], smallest: float, cancel: object) -> FoundBoxes:
            upright = np.array_equal(pixels, lying)
            return self.found if upright else cascade.find(pixels, smallest)

    monkeypatch.setattr(detector, "_cascade", BadgeToo(0.8))
    (face,) = detector.find(lying)
    assert face.confidence > 0.99


@pytest.mark.parametrize("name", ["chelsea", "coffee"])
def test_cats_and_cups_have_no_face(detector: FaceDetector, name: str) -> None:
    pixels = getattr(data, name)()
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, axis=2)
    assert detector.find(pixels) == ()


def test_noise_flat_and_tiny_images_have_no_face(detector: FaceDetector) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (300, 400, 3), np.uint8)
    for pixels in (
        noise,
        noise[:1, :1],
        noise[:1],
        noise[:20, :11],
        np.zeros((50, 60, 3), np.uint8),
        np.full((700, 3, 3), 255, np.uint8),
    ):
        assert detector.find(pixels) == ()


def test_other_arrays_are_refused(detector: FaceDetector) -> None:
    for wrong in (ASTRONAUT[..., 0], ASTRONAUT / 255.0, np.zeros((4, 4, 4), np.uint8)):
        with pytest.raises(InputError, match=r"\(H, W, 3\) uint8, got"):
            detector.find(wrong)
    with pytest.raises(InputError):
        detector.find(np.zeros((0, 5, 3), np.uint8))


def test_it_can_be_cancelled(detector: FaceDetector) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        detector.find(ASTRONAUT, cancel)


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(WeightsError, match="pip install"):
        FaceDetector()


def test_the_package_is_not_imported_and_torch_only_when_needed(detector: FaceDetector) -> None:
    assert detector.find(ASTRONAUT)
    assert "mtcnn" not in sys.modules
    code = "import sys, engine.photo.detection; sys.exit('torch' in sys.modules)"
    root = Path(__file__).resolve().parents[3]
    subprocess.run([sys.executable, "-c", code], cwd=root, check=True)
