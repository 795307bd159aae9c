"""The camera of a photograph against finite differences and weak perspective."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from engine.errors import InputError
from engine.geometry.similarity import Similarity
from engine.photo.near_camera import NEAREST, UNKNOWNS, NearCamera
from engine.photo.weak_perspective import WeakPerspective

ROTATION = Rotation.from_euler("yxz", [30, -10, 5], degrees=True).as_matrix()
POINTS = np.random.default_rng(0).normal(size=(20, 3)) * 60
CAMERA = NearCamera(ROTATION, 1.3, np.array([90.0, 70.0]), 1 / 500, np.array([3.0, 10.0, 80.0]))


def test_without_nearness_it_is_weak_perspective() -> None:
    pose = WeakPerspective(ROTATION, 1.3, np.array([20.0, 30.0]))
    camera = NearCamera.of(pose, 0.0, np.array([3.0, 10.0, 80.0]))
    assert np.allclose(camera.project(POINTS), pose.project(POINTS))
    assert np.allclose(camera.weak().project(POINTS), pose.project(POINTS))


def test_what_is_twice_as_near_is_twice_as_large() -> None:
    """A camera 500 mm before the pivot: 250 mm ahead of it, everything has double its size."""
    camera = NearCamera(np.eye(3), 1.0, np.zeros(2), 1 / 500, np.zeros(3))
    assert np.allclose(camera.project([[10.0, 5.0, 250.0]]), [[20.0, -10.0]])


def test_derivatives_agree_with_differences() -> None:
    by_place, by_camera = CAMERA.derivatives(POINTS)
    step = 1e-6
    for axis in range(3):
        moved = CAMERA.project(POINTS + step * np.eye(3)[axis])
        assert np.allclose(by_place[:, :, axis], (moved - CAMERA.project(POINTS)) / step, atol=1e-4)
    for unknown in range(UNKNOWNS):
        small = 1e-9 if unknown == 6 else step
        change = CAMERA.moved(small * np.eye(UNKNOWNS)[unknown])
        numeric = (change.project(POINTS) - CAMERA.project(POINTS)) / small
        assert np.allclose(by_camera[:, :, unknown], numeric, rtol=1e-4, atol=1e-3), unknown


@pytest.mark.parametrize(("change", "nearness"), [(1.0, NEAREST), (-1.0, 0.0)])
def test_nearness_keeps_its_ends(change: float, nearness: float) -> None:
    assert CAMERA.moved(np.array([0, 0, 0, 0, 0, 0, change])).nearness == nearness


def test_pixels_and_depths_lead_back() -> None:
    seen = CAMERA.to_camera(POINTS)
    assert np.allclose(seen[:, :2], CAMERA.project(POINTS))
    assert np.allclose(seen[:, 2] / CAMERA.scale, (POINTS - CAMERA.pivot) @ ROTATION[2])
    assert np.allclose(CAMERA.to_model(seen), POINTS)


def test_every_point_sees_the_camera_in_one_place() -> None:
    place = CAMERA.pivot + ROTATION[2] / CAMERA.nearness
    arms = place - POINTS
    wanted = arms / np.linalg.norm(arms, axis=1, keepdims=True)
    assert np.allclose(CAMERA.towards(POINTS), wanted)
    assert np.allclose(NearCamera.of(CAMERA.weak()).towards(POINTS), ROTATION[2])


def test_a_turned_and_reduced_picture_has_a_camera_of_its_own() -> None:
    c, s = 0.5 * np.cos(0.3), 0.5 * np.sin(0.3)
    matrix = np.array([[c, -s, 7.0], [s, c, -3.0]])
    moved = CAMERA.project(POINTS) @ matrix[:, :2].T + matrix[:, 2]
    assert np.allclose(CAMERA.through(matrix).project(POINTS), moved)


def test_the_camera_follows_a_surface_that_is_placed_anew() -> None:
    turn = Rotation.from_euler("xyz", [10, 30, -5], degrees=True).as_matrix()
    placing = Similarity(turn, np.array([3.0, -4.0, 5.0]), 1.3)
    moved = CAMERA.placed(placing).project(placing.apply(POINTS))
    assert np.allclose(moved, CAMERA.project(POINTS))


def test_what_is_beside_or_behind_the_camera_stays_finite() -> None:
    behind = CAMERA.pivot + np.outer([500.0, 600.0, 1e6], ROTATION[2]) + ROTATION[0]
    assert np.isfinite(CAMERA.project(behind)).all()


@pytest.mark.parametrize(
    "damage",
    [
        {"rotation": np.ones((3, 3))},
        {"centre": np.array([np.nan, 0.0])},
        {"pivot": np.zeros(2)},
        {"scale": 0.0},
        {"scale": np.inf},
        {"nearness": -1e-3},
        {"nearness": 1.0},
    ],
)
def test_what_is_no_camera_is_refused(damage: dict[str, object]) -> None:
    with pytest.raises(InputError, match="camera"):
        replace(CAMERA, **damage)
