"""The camera's geometry."""

import numpy as np
import pytest

from app.viewport.orbit import PRESETS, VIEW_ANGLE, Orbit, orbit_of_camera, preset_orbit

LOWER, UPPER = np.array([-80.0, -150.0, -70.0]), np.array([80.0, 120.0, 110.0])


def projected(orbit: Orbit, point, height: float = 400.0) -> np.ndarray:
    """Pixels right and up of the picture's middle."""
    position, target = np.array(orbit.position), np.array(orbit.target)
    forward = (target - position) / np.linalg.norm(target - position)
    right = np.cross(forward, orbit.up)
    up = np.cross(right, forward)
    arm = np.asarray(point, float) - position
    scale = height / 2 / np.tan(np.radians(VIEW_ANGLE / 2)) / (arm @ forward)
    return scale * np.array([arm @ right, arm @ up])


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("aspect", [0.6, 1.0, 2.2])
def test_framing_shows_the_whole_box(name: str, mirrored: bool, aspect: float) -> None:
    corners = np.stack(np.meshgrid(*zip(LOWER, UPPER, strict=True)), -1).reshape(-1, 3)
    orbit = preset_orbit(Orbit(), name, mirrored).framed(corners, aspect)
    places = np.array([projected(orbit, corner) for corner in corners])
    assert np.abs(places[:, 0]).max() < 200.0 * aspect
    assert np.abs(places[:, 1]).max() < 200.0
    assert np.ptp(places[:, 1]) > 200.0 or np.ptp(places[:, 0]) > 200.0 * aspect


def test_presets_look_the_right_way() -> None:
    front = np.array(preset_orbit(Orbit(), "front").position)
    assert front[2] > 899
    side = np.array(preset_orbit(Orbit(), "side").position)
    assert side[0] > 899
    assert np.array(preset_orbit(Orbit(), "side", mirrored=True).position)[0] < -899
    assert np.array(preset_orbit(Orbit(), "top").position)[1] > 890


def test_turning_never_goes_over_the_top() -> None:
    orbit = Orbit().turned(20.0, 400.0)
    assert orbit.elevation == 89.0
    assert np.dot(orbit.up, np.subtract(orbit.position, orbit.target)) == pytest.approx(0, abs=1e-9)


def test_zooming_keeps_the_place_under_the_mouse() -> None:
    orbit = Orbit(target=(5.0, 10.0, 0.0), azimuth=25.0, elevation=10.0)
    position, up = np.array(orbit.position), np.array(orbit.up)
    forward = (np.array(orbit.target) - position) / orbit.distance
    # A point in the plane of the target, so that it scales like the target's surroundings.
    point = np.array(orbit.target) + 30.0 * np.cross(forward, up) + 45.0 * up
    right, above = projected(orbit, point)
    closer = orbit.zoomed_at(1.5, right, above, 400.0)
    np.testing.assert_allclose(projected(closer, point), [right, above], atol=1e-6)
    assert closer.distance == pytest.approx(orbit.distance / 1.5)


def test_a_documents_camera_comes_back() -> None:
    orbit = Orbit((1.0, 2.0, 3.0), 700.0, 300.0, -20.0)
    again = orbit_of_camera(orbit.camera())
    np.testing.assert_allclose(again.position, orbit.position, atol=1e-6)
    assert again.azimuth == pytest.approx(300.0)


def test_the_nearest_point_under_the_mouse_is_picked() -> None:
    points = np.array([[0.0, 0.0, -50.0], [0.0, 0.0, 50.0], [40.0, 0.0, 0.0]])
    orbit = Orbit()
    assert orbit.pick(points, 300.0, 200.0, 600.0, 400.0) == 1
    assert orbit.turned(180.0, 0.0).pick(points, 300.0, 200.0, 600.0, 400.0) == 0
    right, up = projected(orbit, points[2])
    assert orbit.pick(points, 300.0 + right, 200.0 - up, 600.0, 400.0) == 2
    assert orbit.pick(points, 20.0, 20.0, 600.0, 400.0) is None


def test_what_is_pulled_stays_under_the_cursor() -> None:
    orbit = Orbit((3.0, -20.0, 8.0), 700.0, azimuth=35.0, elevation=-20.0)
    ray = orbit.ray(120.0, 310.0, 600, 400)
    point = ray.origin + 640.0 * ray.direction
    pulled = point + orbit.pulled(30.0, -20.0, point, 400)
    there = orbit.ray(150.0, 290.0, 600, 400)
    arm = (pulled - there.origin) / np.linalg.norm(pulled - there.origin)
    np.testing.assert_allclose(arm, there.direction, atol=1e-9)
