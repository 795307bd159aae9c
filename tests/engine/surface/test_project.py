import numpy as np
import pytest
from numpy.typing import NDArray

from engine.errors import Cancelled, InputError
from engine.progress import CancelToken
from engine.surface import project_to_surface
from tests.engine.surface.fields import Counting, ellipsoid, field_of, sphere


def shell_points(radius: float, spread: float, count: int = 500) -> np.ndarray:
    rng = np.random.default_rng(4)
    directions = rng.normal(size=(count, 3))
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    return directions * (radius + rng.uniform(-spread, spread, size=(count, 1)))


def test_points_beside_a_sphere_move_straight_onto_it():
    points = shell_points(80.0, 1.9)
    field = sphere(80.0, (0, 0, 0))
    projection = project_to_surface(points, field)
    assert projection.residual.max() < 1e-3
    nearest = 80.0 * points / np.linalg.norm(points, axis=1)[:, None]
    assert np.linalg.norm(projection.points - nearest, axis=1).max() < 5e-3


def test_a_field_that_is_no_distance_takes_newton_steps():
    radii = np.array([78.0, 115.0, 95.0])
    points = shell_points(1.0, 0.01) * radii
    projection = project_to_surface(points, ellipsoid(radii))
    assert projection.residual.max() < 2e-3
    scaled = np.linalg.norm(projection.points / radii, axis=1)
    assert np.abs(scaled - 1).max() < 1e-4


def test_known_gradient_costs_one_evaluation_a_step():
    def gradient(points):
        return points / np.linalg.norm(points, axis=1)[:, None]

    counting = Counting(sphere(80.0, (0, 0, 0)))
    points = shell_points(80.0, 1.9, count=50)
    projection = project_to_surface(points, counting.field, iterations=1, gradient=gradient)
    assert projection.residual.max() < 1e-3
    assert len(counting.points) == 100


def test_steps_are_limited():
    points = shell_points(90.0, 0.0)
    projection = project_to_surface(points, sphere(80.0, (0, 0, 0)), iterations=3, max_step_mm=1.5)
    np.testing.assert_allclose(projection.residual, 10.0 - 3 * 1.5, atol=1e-3)
    np.testing.assert_allclose(np.linalg.norm(projection.points - points, axis=1), 4.5, atol=1e-3)


def test_no_point_ends_further_away_than_it_began():
    # A step along this gradient overshoots: the field turns back beyond a kink.
    def evaluate(p: NDArray[np.float32]) -> NDArray[np.float32]:
        return (np.sin(p[:, 0]) + np.sin(7 * p[:, 0]) / 3 + 1.2).astype(np.float32)

    rough = field_of(evaluate, 50.0, 4.0)
    points = np.random.default_rng(0).uniform(-20, 20, size=(400, 3))
    start = np.abs(rough.evaluate(points.astype(np.float32)))
    for iterations in (1, 2, 5):
        projection = project_to_surface(points, rough, iterations)
        assert (projection.residual <= start + 1e-5).all()


def test_flat_places_do_not_throw_points_away():
    flat = field_of(lambda p: np.full(len(p), 3.0, np.float32))
    points = shell_points(40.0, 5.0)
    projection = project_to_surface(points, flat)
    np.testing.assert_allclose(projection.points, points, atol=1e-4)
    np.testing.assert_allclose(projection.residual, 3.0)


def test_points_on_the_surface_stay_and_cost_one_evaluation():
    counting = Counting(sphere(80.0, (0, 0, 0)))
    points = shell_points(80.0, 0.0, count=40).astype(np.float32)
    projection = project_to_surface(points, counting.field)
    np.testing.assert_array_equal(projection.points, points)
    assert len(counting.points) == 40


def test_no_points_give_no_points():
    projection = project_to_surface(np.zeros((0, 3)), sphere())
    assert projection.points.shape == (0, 3)
    assert projection.residual.shape == (0,)


def test_bad_input_is_refused():
    with pytest.raises(InputError, match=r"shape \(N, 3\), got \(4, 2\)"):
        project_to_surface(np.zeros((4, 2)), sphere())
    with pytest.raises(InputError, match="finite"):
        project_to_surface(np.full((1, 3), np.nan), sphere())
    with pytest.raises(InputError, match="longest step"):
        project_to_surface(np.zeros((1, 3)), sphere(), max_step_mm=0.0)
    with pytest.raises(InputError, match="gradients"):
        project_to_surface(np.zeros((1, 3)), sphere(), gradient=lambda p: p[:, 0])


def test_projection_can_be_cancelled():
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        project_to_surface(shell_points(80.0, 1.0), sphere(), cancel=token)
