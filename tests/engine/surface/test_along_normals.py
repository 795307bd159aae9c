"""Projection of a mesh along its normals, on fields known in closed form."""

import numpy as np
import pytest

from engine.errors import Cancelled
from engine.progress import CancelToken
from engine.surface.along_normals import FAR_MM, project_along

RADIUS = 50.0


def near_sphere(distance: float) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    normals = rng.standard_normal((200, 3)).astype(np.float32)
    normals /= np.linalg.norm(normals, axis=1)[:, None]
    return (RADIUS + distance) * normals, normals


def sphere(slope: float):
    return lambda points: slope * (np.linalg.norm(points, axis=1) - RADIUS).astype(np.float32)


@pytest.mark.parametrize("slope", [0.6, 1.0, 1.7])
def test_points_reach_the_sphere_whatever_the_slope(slope: float) -> None:
    points, normals = near_sphere(0.5)
    moved = project_along(points, normals, sphere(slope))
    assert np.abs(np.linalg.norm(moved, axis=1) - RADIUS).max() < 1e-3


def test_a_point_on_another_sheet_stays() -> None:
    points, normals = near_sphere(1.1 * FAR_MM[1])
    assert np.array_equal(project_along(points, normals, sphere(1.0)), points.astype(np.float32))


def test_a_point_goes_as_far_as_it_is_trusted() -> None:
    points, normals = near_sphere(0.8)
    moved = project_along(points, normals, sphere(1.0), np.full(len(points), 0.5, np.float32))
    assert np.linalg.norm(moved, axis=1) == pytest.approx(RADIUS + 0.4, abs=1e-3)


def test_a_point_that_gets_no_nearer_stays() -> None:
    points, normals = near_sphere(0.5)
    moved = project_along(points, normals, lambda p: np.full(len(p), 0.4, np.float32))
    assert np.array_equal(moved, points.astype(np.float32))


def test_cancelling_is_heard() -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        project_along(*near_sphere(0.5), sphere(1.0), cancel=cancel)
