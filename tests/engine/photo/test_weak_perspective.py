"""Cameras against themselves: what was projected is found again."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from engine.errors import InputError
from engine.photo.weak_perspective import (
    WeakPerspective,
    fit_weak_perspective,
    fit_weak_perspectives,
)

# About a head: two eyes, a nose's tip, a mouth's corners, mm.
FIVE = np.array(
    [[-31.0, 33.0, 90.0], [31.0, 33.0, 90.0], [0.0, 4.0, 130.0], [-26, -36, 102], [26, -36, 102]]
)


def pose(yaw: float, pitch: float, roll: float) -> WeakPerspective:
    turn = Rotation.from_euler("yxz", [yaw, pitch, roll], degrees=True).as_matrix()
    return WeakPerspective(turn, 1.7, np.array([210.0, 140.0]))


def test_a_frontal_camera_looks_along_z_and_down_is_positive() -> None:
    camera = WeakPerspective(np.eye(3), 2.0, np.array([10.0, 20.0]))
    np.testing.assert_allclose(camera.to_camera(np.array([[1.0, 3.0, 5.0]])), [[12, 14, 10]])


def test_model_to_camera_and_back() -> None:
    camera = pose(35, -10, 20)
    np.testing.assert_allclose(camera.to_model(camera.to_camera(FIVE)), FIVE, atol=1e-10)


def test_a_moved_image_has_a_moved_camera() -> None:
    camera = pose(35, -10, 20)
    turn = np.radians(25)
    matrix = np.array([[np.cos(turn), -np.sin(turn), 4.0], [np.sin(turn), np.cos(turn), -9.0]]) * [
        [0.5, 0.5, 1.0]
    ]
    moved = camera.through(matrix).project(FIVE)
    np.testing.assert_allclose(moved, camera.project(FIVE) @ matrix[:, :2].T + matrix[:, 2])


@pytest.mark.parametrize("angles", [(0, 0, 0), (40, 10, -15), (-70, -5, 30), (85, 0, 10)])
def test_five_points_tell_the_pose(angles: tuple[float, float, float]) -> None:
    true = pose(*angles)
    found = fit_weak_perspective(FIVE, true.project(FIVE))
    # The pulls bend it by a few degrees.
    turn = Rotation.from_matrix(found.rotation @ true.rotation.T).magnitude()
    assert np.degrees(turn) < 6.0
    np.testing.assert_allclose(found.project(FIVE), true.project(FIVE), atol=2.0)


def test_many_at_once_are_as_each_alone() -> None:
    seen = np.stack([pose(*angles).project(FIVE) for angles in ((10, 5, 0), (-60, 0, 20))])
    both = fit_weak_perspectives(FIVE, seen)
    for index, pixels in enumerate(seen):
        alone = fit_weak_perspective(FIVE, pixels)
        np.testing.assert_allclose(both.rotations[index], alone.rotation)
        np.testing.assert_allclose(both.translations[index], alone.translation)


def test_points_without_weight_do_not_count() -> None:
    true = pose(20, 0, 5)
    pixels = true.project(FIVE)
    pixels[4] += 40.0
    found = fit_weak_perspective(FIVE, pixels, np.array([1, 1, 1, 1, 0.0]))
    np.testing.assert_allclose(found.project(FIVE)[:4], pixels[:4], atol=2.0)


def test_nonsense_is_refused() -> None:
    with pytest.raises(InputError, match="one place"):
        fit_weak_perspective(FIVE, np.zeros((5, 2)))
    with pytest.raises(InputError, match="four points"):
        fit_weak_perspective(FIVE[:3], np.eye(3)[:, :2])
    with pytest.raises(InputError, match="orthonormal"):
        WeakPerspective(2 * np.eye(3), 1.0, np.zeros(2))
