"""An eyeball with a cornea of known height."""

import numpy as np

from app.eye_fit import SPHERE, fit_eyeball
from app.viewport.eye_actors import cap_directions
from engine.models.protocol import Eye

EYE = Eye(np.array([30, 20, 60], np.float32), 12.0, np.array([0, 0, 1], np.float32))


def eyeball(count: int = 600):
    rng = np.random.default_rng(1)
    directions = rng.normal(size=(count, 3))
    directions[:, 2] = np.abs(directions[:, 2]) + 0.5
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    radius = 12.0 + 0.8 * (directions[:, 2] ** 2 - 0.7)
    return EYE.centre + radius[:, None] * directions, directions


def test_the_bulge_is_found() -> None:
    vertices, normals = eyeball()
    fit = fit_eyeball(vertices, normals, EYE)
    directions = cap_directions(EYE, EYE.radius)
    wanted = 0.8 * (directions[:, 2] ** 2 - 0.7)
    np.testing.assert_allclose(fit.offsets(directions), wanted, atol=0.02)


def test_lids_are_left_out() -> None:
    vertices, normals = eyeball()
    lids = vertices.copy()
    upper = normals[:, 1] > 0.35
    lids[upper] += 1.6 * normals[upper]
    fit = fit_eyeball(lids, normals, EYE)
    ahead = np.array([[0.0, 0.0, 1.0]])
    assert abs(fit.offsets(ahead)[0] - 0.24) < 0.1


def test_a_closed_eye_keeps_the_sphere() -> None:
    vertices, normals = eyeball(20)
    assert fit_eyeball(vertices, normals, EYE) is SPHERE


def test_the_cap_looks_along_the_gaze() -> None:
    gaze = np.array([0.5, 0.2, 0.8])
    gaze /= np.linalg.norm(gaze)
    turned = Eye(EYE.centre, 12.0, gaze.astype(np.float32))
    directions = cap_directions(turned, 12.0)
    np.testing.assert_allclose(directions.mean(axis=0) @ gaze, 0.95, atol=0.04)
    np.testing.assert_allclose(directions[0], gaze, atol=1e-6)
