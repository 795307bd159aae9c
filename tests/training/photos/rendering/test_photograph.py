"""What is drawn: shading, shadows and the camera, on a ball and a wall."""

import numpy as np
import pytest

from engine.photo.crop import HEAD_CENTRE
from tests.engine.geometry.shapes import sphere
from training.photos.rendering.camera import Camera, Pose, draw_camera
from training.photos.rendering.lighting import Lighting, draw_lighting, irradiance
from training.photos.rendering.occlusion import ambient_occlusion
from training.photos.rendering.photograph import draw
from training.photos.rendering.surface import grid_faces, plain_surface

SIZE = 64
DARK = np.zeros((10, 3), np.float32)


def camera(distance=1000.0, pixels_per_mm=0.5):
    centre = np.array([0.0, 0.0, -distance])
    middle = np.full(2, SIZE / 2)
    return Camera(np.eye(3), np.eye(3), centre, pixels_per_mm * distance, middle, SIZE)


def light(direction, colour=(1.0, 1.0, 1.0), casts=False, ambient=DARK):
    towards = np.array([direction], np.float32)
    towards /= np.linalg.norm(towards)
    return Lighting(towards, np.array([colour], np.float32), ambient, casts)


def ball(radius, centre, albedo, material=(0.0, 8.0, 0.0, 1.0)):
    mesh = sphere(radius, subdivisions=4)
    return plain_surface(mesh.vertices + centre, mesh.faces, albedo, material, closed=True)


def wall(half, z, albedo):
    x, y = np.meshgrid(np.linspace(-half, half, 20), np.linspace(half, -half, 20))
    points = np.stack([x, y, np.full_like(x, z)], -1).reshape(-1, 3)
    return plain_surface(points, grid_faces(20, 20, False), albedo)


def test_a_matt_ball_follows_lamberts_law():
    direction = np.array([0.6, 0.0, 0.8])
    albedo, colour = np.array([0.8, 0.4, 0.2]), np.array([1.0, 0.5, 2.0])
    eye = camera(distance=20_000.0)
    picture = draw([ball(50.0, eye.centre, albedo)], eye, light(direction, colour)).picture
    for x, y in ((0.0, 0.0), (25.0, 10.0), (-20.0, -20.0)):
        normal = np.array([x, y, np.sqrt(50.0**2 - x * x - y * y)]) / 50.0
        column, row = int(SIZE / 2 + 0.5 * x), int(SIZE / 2 - 0.5 * y)
        expected = albedo * colour * max(normal @ direction, 0)
        assert picture[row, column, :3] == pytest.approx(expected, abs=0.03)
    assert picture[SIZE // 2, SIZE // 2, 3] == 1
    assert picture[0, 0, 3] == 0


def test_light_that_creeps_brightens_the_terminator_in_red_most():
    eye = camera(distance=20_000.0)
    side = light((1.0, 0.0, 0.0))
    hard = draw([ball(50.0, eye.centre, np.ones(3))], eye, side).picture
    soft = draw([ball(50.0, eye.centre, np.ones(3), (0, 8, 0.3, 1))], eye, side).picture
    middle = soft[SIZE // 2, SIZE // 2 - 1] - hard[SIZE // 2, SIZE // 2 - 1]
    assert middle[0] > middle[1] > middle[2] > 0


def test_a_ball_throws_its_shadow_on_the_wall_away_from_the_light():
    eye = camera(distance=4000.0)
    thing, behind = ball(12.0, eye.centre, np.ones(3)), wall(60.0, -4040.0, np.ones(3))
    lamp = light((1.0, 0.0, 1.0), casts=True)
    # The map spans the first surface: the wall, here.
    picture = draw([behind, thing], eye, lamp).picture[:, :, 0]
    shadow, lit = picture[32, 32 - 20], picture[32, 32 + 20]
    assert shadow < 0.2 * lit
    bright = draw([behind, thing], eye, light((1.0, 0.0, 1.0))).picture[:, :, 0]
    assert bright[32, 32 - 20] == pytest.approx(lit, rel=0.05)


def test_irradiance_is_about_the_clamped_cosine():
    direction = np.array([[0.0, 0.6, 0.8]])
    rows = irradiance(direction, np.array([[1.0, 2.0, 0.0]]))
    for normal in np.random.default_rng(1).normal(size=(50, 3)):
        x, y, z = normal / np.linalg.norm(normal)
        terms = np.array([1, x, y, z, x * x, y * y, z * z, x * y, y * z, z * x])
        cosine = max(direction[0] @ (x, y, z), 0)
        assert terms @ rows == pytest.approx([cosine, 2 * cosine, 0], abs=0.2)


def test_random_light_is_never_dark_nor_infinite():
    rng = np.random.default_rng(4)
    for _ in range(50):
        lighting = draw_lighting(rng)
        assert np.allclose(np.linalg.norm(lighting.directions, axis=1), 1, atol=1e-5)
        assert (lighting.colours > 0).all()
        assert np.isfinite(lighting.ambient).all()


def test_the_inside_of_a_cup_is_darker_than_its_outside():
    mesh = sphere(40.0, subdivisions=3)
    top = mesh.vertices[:, 1] > 10
    cup = mesh.faces[~top[mesh.faces].any(1)]
    vertices = np.concatenate([mesh.vertices, 0.9 * mesh.vertices]).astype(np.float32)
    faces = np.concatenate([cup, cup[:, ::-1] + len(mesh.vertices)]).astype(np.int32)
    open_sky = ambient_occlusion(vertices, faces)
    bottom = int(np.argmin(mesh.vertices[:, 1]))
    assert open_sky[bottom] > 0.95
    assert open_sky[bottom + len(mesh.vertices)] < 0.6


def test_the_pose_of_a_distant_camera_is_its_projection():
    points = np.random.default_rng(2).normal(0, 60, (200, 3)) + HEAD_CENTRE
    eye = draw_camera(Pose(30.0, -10.0, 15.0), 176, np.random.default_rng(3))
    far = Camera(
        eye.rotation, eye.rotation, np.array([0.0, 0.0, -1e6]), 0.7e6, np.full(2, 88.0), 176
    )
    pose = far.weak_perspective(points)
    assert pose.scale == pytest.approx(0.7, rel=1e-3)
    assert np.abs(pose.project(points) - far.project(points)).max() < 0.02


def test_every_camera_frames_the_head_and_its_pose_is_the_one_asked_for():
    rng = np.random.default_rng(5)
    points = rng.normal(0, 40, (300, 3)) + HEAD_CENTRE
    for _ in range(60):
        eye = draw_camera(Pose(rng.uniform(-80, 80), 10.0, -20.0), 176, rng)
        pose = eye.weak_perspective(points)
        assert 120 < 210 * pose.scale < 165
        centre = eye.project(HEAD_CENTRE[None])[0]
        assert np.abs(centre - 88).max() < 6
        # Perspective bends the face, but the rotation towards the head explains it best.
        assert np.abs(pose.project(points) - eye.project(points)).mean() < 9
        # Yaw is turned first, so what pitch and roll were stays as it was asked for.
        assert pose.angles()[1:] == pytest.approx((10.0, -20.0))
