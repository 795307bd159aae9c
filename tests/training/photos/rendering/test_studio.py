import numpy as np
import pytest
from scipy.spatial import cKDTree

from tests.training.photos.tiny_studio import tiny_mesh, tiny_places, tiny_studio
from training.photos.rendering.camera import Camera
from training.photos.rendering.lighting import Lighting
from training.photos.rendering.photograph import draw
from training.photos.rendering.studio import StudioSetting
from training.photos.rendering.surface import plain_surface

SETTING = StudioSetting(size=96, seed=11)


@pytest.fixture(scope="module")
def studio():
    return tiny_studio(SETTING)


def test_a_photograph_depends_on_its_numbers_only(studio):
    together = studio.photograph([(0, 0), (0, 1), (3, 0)])
    alone = tiny_studio(SETTING).photograph([(0, 1)])[0]
    assert np.array_equal(together[1].pixels, alone.pixels)
    assert np.allclose(together[1].points, alone.points, atol=1e-3)
    assert not np.array_equal(together[0].pixels, together[1].pixels)
    other = tiny_studio(StudioSetting(size=96, seed=12)).photograph([(0, 1)])[0]
    assert not np.array_equal(other.pixels, alone.pixels)


def test_photographs_of_a_person_share_the_identity_but_not_the_pose(studio):
    first, second, other = studio.photograph([(5, 0), (5, 1), (6, 0)])
    assert np.array_equal(first.code[:4], second.code[:4])
    assert first.person == second.person == 5
    assert other.person == 6
    assert np.abs(first.pose.rotation - second.pose.rotation).max() > 1e-3


def test_labels_are_of_the_right_shape_and_near_the_pose(studio):
    for photograph in studio.photograph([(number, 0) for number in range(12)]):
        assert photograph.pixels.shape == (96, 96, 3)
        assert photograph.pixels.dtype == np.uint8
        assert photograph.pixels.std() > 3
        points = tiny_places().at(photograph.code[None])[0]
        posed = photograph.pose.project(points)
        assert np.abs(posed - photograph.points)[:68].mean() < 6
        assert not photograph.visible[(photograph.points < 0).any(1)].any()


def test_points_at_the_back_of_the_head_are_hidden():
    setting = StudioSetting(size=96, seed=1, frontal=1.0, hats=0.0, occluders=0.0)
    mesh, places = tiny_mesh(), tiny_places()
    back = places.rest[:, 2] < -40
    nose = np.flatnonzero(places.rest[:68, 2] > mesh.rest[:, 2].max() - 12)
    assert back.any()
    assert len(nose)
    found = tiny_studio(setting).photograph([(number, 0) for number in range(12)])
    seen = np.stack([photograph.visible for photograph in found])
    assert not seen[:, back].any()
    assert seen[:, nose].mean() > 0.7


def test_a_label_lies_where_its_vertex_is_drawn():
    """Green about each landmark of a black head: the picture is green at the projected label."""
    mesh = tiny_mesh()
    turn = np.array([[0.8, 0.0, 0.6], [0.0, 1.0, 0.0], [-0.6, 0.0, 0.8]])
    eye = Camera(turn, turn, np.array([10.0, -5.0, -400.0]), 400.0, np.array([120.0, 128.0]), 256)
    local = eye.to_camera(mesh.rest.astype(np.float64))
    white = np.zeros((10, 3), np.float32)
    white[0] = 1.0
    sky = Lighting(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.float32), white, False)
    normals = plain_surface(local, mesh.faces, np.zeros(3)).normals
    tested = 0
    for mark in mesh.landmarks[::4]:
        albedo = np.zeros((len(mesh.rest), 3))
        albedo[cKDTree(mesh.rest).query_ball_point(mesh.rest[mark], 9.0), 1] = 1.0
        exposure = draw([plain_surface(local, mesh.faces, albedo, closed=True)], eye, sky)
        x, y = eye.project(mesh.rest[mark][None])[0]
        hidden = -local[mark, 2] > exposure.depth[int(2 * y), int(2 * x)] + 3
        if hidden or normals[mark, 2] < 0.5:
            continue
        tested += 1
        assert exposure.picture[int(y), int(x), 1] > 0.8
        green = np.argwhere(exposure.picture[:, :, 1] > 0.5)[:, ::-1].mean(0) + 0.5
        assert np.hypot(*(green - (x, y))) < 3
    assert tested >= 5
