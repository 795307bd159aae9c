import numpy as np
import pytest

from engine.errors import InputError
from engine.geometry.sampling import farthest_points, interpolate, sample_surface
from tests.engine.geometry.shapes import grid, mesh_of, sphere


def test_samples_lie_on_their_faces():
    mesh = sphere(subdivisions=1)
    samples = sample_surface(mesh, 500, np.random.default_rng(0))
    corners = mesh.vertices[mesh.faces[samples.faces]].astype(float)
    rebuilt = np.einsum("nk,nkd->nd", samples.barycentric, corners)
    np.testing.assert_allclose(samples.points, rebuilt, atol=1e-9)
    np.testing.assert_allclose(samples.barycentric.sum(axis=1), 1.0)
    assert samples.barycentric.min() >= 0
    assert not samples.points.flags.writeable
    assert len(samples) == 500


def test_faces_are_drawn_by_their_area():
    # Areas 8, 0 and 2.
    vertices = np.array([[0, 0, 0], [4, 0, 0], [0, 4, 0], [2, 0, 0], [0, -2, 0]], float)
    mesh = mesh_of(vertices, np.array([[0, 1, 2], [0, 0, 1], [0, 4, 3]]))
    drawn = sample_surface(mesh, 20_000, np.random.default_rng(1)).faces
    shares = np.bincount(drawn, minlength=3) / 20_000
    np.testing.assert_allclose(shares, [0.8, 0.0, 0.2], atol=0.015)


def test_points_are_uniform_inside_a_triangle():
    mesh = mesh_of(np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], float), np.array([[0, 1, 2]]))
    points = sample_surface(mesh, 40_000, np.random.default_rng(2)).points
    np.testing.assert_allclose(points.mean(axis=0), [1 / 3, 1 / 3, 0], atol=0.005)
    # The corner triangle x + y < 1/2 holds a quarter of the area.
    assert np.mean(points[:, 0] + points[:, 1] < 0.5) == pytest.approx(0.25, abs=0.01)
    # A variance of 1/18 along each side.
    assert points[:, 0].var() == pytest.approx(1 / 18, abs=0.001)


def test_the_same_generator_state_gives_the_same_points():
    mesh = grid()
    first = sample_surface(mesh, 50, np.random.default_rng(7)).points
    np.testing.assert_array_equal(first, sample_surface(mesh, 50, np.random.default_rng(7)).points)
    assert not np.array_equal(first, sample_surface(mesh, 50, np.random.default_rng(8)).points)


def test_a_mask_limits_the_faces():
    mesh = grid(4, 4)
    mask = mesh.vertices[mesh.faces][:, :, 0].max(axis=1) <= 2
    points = sample_surface(mesh, 300, np.random.default_rng(3), mask).points
    assert points[:, 0].max() <= 2
    with pytest.raises(InputError, match="none of the chosen faces"):
        sample_surface(mesh, 3, np.random.default_rng(3), np.zeros(len(mesh.faces), bool))
    with pytest.raises(InputError, match="negative"):
        sample_surface(mesh, -1, np.random.default_rng(3))


def test_interpolation_is_exact_for_a_linear_function():
    mesh = sphere(subdivisions=2)
    samples = sample_surface(mesh, 200, np.random.default_rng(5))
    slope = np.array([[0.3], [-2.0], [1.1]])
    values = interpolate(mesh, samples, mesh.vertices.astype(float) @ slope + 4)
    np.testing.assert_allclose(values, samples.points @ slope + 4, atol=1e-9)
    with pytest.raises(InputError, match="shape"):
        interpolate(mesh, samples, np.zeros(len(mesh.vertices)))


def test_farthest_points_on_a_line_halve_the_gaps():
    points = np.zeros((9, 3))
    points[:, 0] = np.arange(9)
    np.testing.assert_array_equal(farthest_points(points, 3), [0, 8, 4])
    assert set(farthest_points(points, 5)) == {0, 2, 4, 6, 8}


def test_farthest_points_match_a_naive_search():
    points = np.random.default_rng(6).normal(size=(80, 3))
    naive = [11]
    while len(naive) < 12:
        gaps = np.linalg.norm(points[:, None] - points[naive], axis=2).min(axis=1)
        naive.append(int(np.argmax(gaps)))
    np.testing.assert_array_equal(farthest_points(points, 12, start=11), naive)


def test_farthest_points_never_repeat_even_at_one_place():
    assert sorted(farthest_points(np.zeros((4, 3)), 4)) == [0, 1, 2, 3]
    with pytest.raises(InputError, match="Cannot choose 5 of 4"):
        farthest_points(np.zeros((4, 3)), 5)
