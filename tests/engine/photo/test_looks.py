"""Several looks at one face: each crop keeps its points, and estimates meet in the first crop."""

import numpy as np

from engine.photo.codes_network import CodesEstimate
from engine.photo.looks import GROWTHS, join_estimates, look_again
from engine.photo.reconstruction import FoundFace, PhotoFace
from engine.photo.weak_perspective import WeakPerspective, five_points
from tests.synthetic_model import SyntheticModel

MODEL = SyntheticModel(24, 32)
LANDMARKS = MODEL.template.vertices[MODEL.landmarks]


def face() -> PhotoFace:
    pose = WeakPerspective(np.eye(3), 0.8, np.array([110.0, 120.0]))
    pixels = np.random.default_rng(0).integers(0, 255, (240, 220, 3), dtype=np.uint8)
    points = five_points(pose.project(LANDMARKS))
    return PhotoFace(pixels, FoundFace(np.array([50.0, 50, 170, 190]), points, 1.0))


def test_looks_differ_in_size_and_turn_about_the_same_face() -> None:
    given = face()
    looks = look_again(MODEL, given, 64)
    assert len(looks) == len(GROWTHS)
    np.testing.assert_allclose(looks[0].crop.to_image(looks[0].five), given.found.points)
    middle = [look.crop.to_image(look.five).mean(0) for look in looks]
    np.testing.assert_allclose(middle, np.tile(given.found.points.mean(0), (3, 1)), atol=1e-9)
    scales = [np.linalg.det(look.crop.matrix[:, :2]) for look in looks]
    assert scales[1] < scales[0] < scales[2]
    assert all(look.pixels.shape == (64, 64, 3) for look in looks)


def test_estimates_that_agree_in_the_image_join_to_the_same() -> None:
    looks = look_again(MODEL, face(), 64)
    places = np.array([[100.0, 110.0], [120.0, 130.0]])
    found = []
    for value, look in zip((1.0, 2.0, 6.0), looks, strict=True):
        scale = np.sqrt(np.linalg.det(look.crop.matrix[:, :2]))
        found.append(
            CodesEstimate(
                np.full(3, value), look.pose, look.crop.to_crop(places), np.full(2, 2.0 * scale)
            )
        )
    joined = join_estimates(found, looks)
    np.testing.assert_allclose(joined.joint, 3.0)
    np.testing.assert_allclose(looks[0].crop.to_image(joined.points), places)
    scale = np.sqrt(np.linalg.det(looks[0].crop.matrix[:, :2]))
    np.testing.assert_allclose(joined.deviations, 2.0 * scale)
