"""A look keeps its points, and what is seen in the mirror says the same of the face."""

import numpy as np
import pytest

from engine.photo.codes_network import CodesEstimate
from engine.photo.looks import Look, estimate_looks, look_at
from engine.photo.mirror_maps import NO_TWIN, MirrorMaps
from engine.photo.reconstruction import FoundFace, PhotoFace
from engine.photo.weak_perspective import WeakPerspective, five_points
from tests.synthetic_model import SyntheticModel

MODEL = SyntheticModel(24, 32)
LANDMARKS = MODEL.template.vertices[MODEL.landmarks]
SIZE = 64
MAPS = MirrorMaps(np.diag([-1.0, 1.0]), np.array([1, 0, NO_TWIN]))
"""Of two codes and three points."""


def face(x: float = 110.0) -> PhotoFace:
    pose = WeakPerspective(np.eye(3), 0.8, np.array([x, 120.0]))
    pixels = np.random.default_rng(0).integers(0, 255, (240, 220, 3), dtype=np.uint8)
    points = five_points(pose.project(LANDMARKS))
    return PhotoFace(pixels, FoundFace(np.array([50.0, 50, 170, 190]), points, 1.0))


class KnownNetwork:
    """Says of a look what its five points are, and of a code how far to the right they lie."""

    size = SIZE

    def __init__(self, mirror: MirrorMaps | None) -> None:
        self.mirror = mirror
        self.asked = 0

    def estimate(self, looks: list[Look]) -> list[CodesEstimate]:
        self.asked += len(looks)
        found = []
        for look in looks:
            joint = np.array([look.five[2, 0] - SIZE / 2, 7.0])
            points = look.five[[0, 1, 3]]
            found.append(CodesEstimate(joint, look.pose, points, np.array([1.0, 2.0, 3.0])))
        return found


def test_a_look_is_where_the_points_say() -> None:
    faces = [face(), face(90.0)]
    for given, look in zip(faces, look_at(MODEL, faces, SIZE), strict=True):
        np.testing.assert_allclose(look.crop.to_image(look.five), given.found.points)
        assert look.pixels.shape == (SIZE, SIZE, 3)


def test_a_mirrored_look_shows_the_mirrored_face() -> None:
    (look,) = look_at(MODEL, [face()], SIZE)
    mirrored = look.mirrored()
    np.testing.assert_array_equal(mirrored.pixels, look.pixels[:, ::-1])
    eyes = mirrored.five[[0, 1], 0]
    assert eyes[0] < eyes[1], "the first eye is still the one on the image's left"
    # The pose shows the mirrored landmarks where the pose before shows the landmarks, mirrored.
    seen = look.pose.project(LANDMARKS)
    again = mirrored.pose.project(LANDMARKS * [-1.0, 1.0, 1.0])
    np.testing.assert_allclose(again, seen * [-1.0, 1.0] + [SIZE, 0.0], atol=1e-9)
    np.testing.assert_allclose(mirrored.mirrored().five, look.five)


@pytest.mark.parametrize("maps", [MAPS, None])
def test_what_both_sides_agree_on_stays(maps: MirrorMaps | None) -> None:
    looks = look_at(MODEL, [face(), face(90.0)], SIZE)
    network = KnownNetwork(maps)
    once = network.estimate(looks)
    network.asked = 0
    twice = estimate_looks(network, looks, twice=True)
    assert network.asked == (len(looks) if maps is None else 2 * len(looks))
    for first, second in zip(once, twice, strict=True):
        np.testing.assert_allclose(second.joint, first.joint, atol=1e-9)
        np.testing.assert_allclose(second.points, first.points, atol=1e-9)
        expected = first.deviations if maps is None else [1.5, 1.5, 3.0]
        np.testing.assert_allclose(second.deviations, expected)
        assert second.pose is first.pose
