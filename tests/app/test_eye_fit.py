"""An eyeball with a cornea of known height."""

import numpy as np

from app.eye_fit import SPHERE, fit_eyeball
from app.viewport.eye_actors import cap_directions
from engine.models.protocol import Eye

CENTRE = np.array([30, 20, 60], np.float32)
AHEAD = np.array([0, 0, 1], np.float32)


def eyeball(count: int = 600, lid_mm: float = 0.0):
    """An eye whose cornea bulges, with an upper lid `lid_mm` above it; vertices and normals."""
    rng = np.random.default_rng(1)
    directions = rng.normal(size=(count, 3))
    directions[:, 2] = np.abs(directions[:, 2]) + 0.5
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    radius = 12.0 + 0.8 * (directions[:, 2] ** 2 - 0.7)
    lid = directions[:, 1] > 0.35
    vertices = CENTRE + (radius + lid_mm * lid)[:, None] * directions
    shown = ~lid if lid_mm else np.ones(count, dtype=bool)
    eye = Eye(CENTRE, 12.0, AHEAD, vertices[shown].astype(np.float32))
    return vertices, directions, eye


def test_the_bulge_is_found() -> None:
    vertices, normals, eye = eyeball()
    fit = fit_eyeball(vertices, normals, eye)
    directions = cap_directions(eye, eye.radius)
    wanted = 0.8 * (directions[:, 2] ** 2 - 0.7)
    np.testing.assert_allclose(fit.offsets(directions), wanted, atol=0.02)
    assert fit.depths(directions).max() < 0.05


def test_what_a_lid_covers_sinks_below_the_eyeball() -> None:
    vertices, normals, eye = eyeball(lid_mm=1.6)
    fit = fit_eyeball(vertices, normals, eye)
    open_and_covered = np.array([[0.0, 0.0, 1.0], [0.0, 0.6, 0.8]])
    assert abs(fit.offsets(open_and_covered)[0] - 0.24) < 0.1
    np.testing.assert_allclose(fit.depths(open_and_covered), [0.0, 2.0], atol=0.05)


def test_a_closed_eye_keeps_the_sphere() -> None:
    assert fit_eyeball(*eyeball(20)) is SPHERE


def test_the_cap_looks_along_the_gaze() -> None:
    gaze = np.array([0.5, 0.2, 0.8])
    gaze /= np.linalg.norm(gaze)
    turned = Eye(CENTRE, 12.0, gaze.astype(np.float32), np.empty((0, 3), np.float32))
    directions = cap_directions(turned, 12.0)
    np.testing.assert_allclose(directions.mean(axis=0) @ gaze, 0.95, atol=0.04)
    np.testing.assert_allclose(directions[0], gaze, atol=1e-6)
