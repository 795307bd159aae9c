"""The camera of a fit against finite differences and weak perspective."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

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
