"""Rays and triangles."""

import numpy as np
import pytest

from app.picking import Ray, carried, first_hit
from app.viewport.orbit import Orbit
from tests.synthetic_model import SyntheticModel


def unit(vector) -> np.ndarray:
    return np.asarray(vector, float) / np.linalg.norm(vector)


def naive_hit(vertices, faces, ray: Ray) -> float:
    """Distance to the first triangle, one at a time, by solving for the barycentric point."""
    best = np.inf
    for a, b, c in vertices[faces].astype(float):
        matrix = np.stack([b - a, c - a, -ray.direction], axis=1)
        if abs(np.linalg.det(matrix)) < 1e-9:
            continue
        u, v, distance = np.linalg.solve(matrix, ray.origin - a)
        if u >= 0 and v >= 0 and u + v <= 1 and 0 < distance < best:
            best = distance
    return best


def test_a_ray_meets_a_plane_where_it_should() -> None:
    vertices = np.array([[-9, -9, 2], [9, -9, 2], [0, 20, 2]], np.float32)
    faces = np.array([[0, 1, 2]], np.int32)
    hit = first_hit(vertices, faces, Ray(np.array([1.0, 2.0, 10.0]), np.array([0.0, 0, -1])))
    assert hit is not None
    np.testing.assert_allclose(hit.point, [1, 2, 2], atol=1e-6)
    assert hit.distance == pytest.approx(8.0)
    assert first_hit(vertices, faces, Ray(np.array([1.0, 2, 10]), np.array([0.0, 0, 1]))) is None
    assert first_hit(vertices, faces[:0], Ray(np.zeros(3), np.array([0.0, 0, 1]))) is None


def test_it_agrees_with_the_naive_search() -> None:
    template = SyntheticModel(14, 18).template
    rng = np.random.default_rng(3)
    for _ in range(12):
        origin = 500.0 * unit(rng.standard_normal(3))
        ray = Ray(origin, unit(rng.uniform(-70, 70, 3) - origin))
        hit = first_hit(template.vertices, template.faces, ray)
        wanted = naive_hit(template.vertices, template.faces, ray)
        assert (np.inf if hit is None else hit.distance) == pytest.approx(wanted, rel=1e-5)


def test_the_orbits_ray_goes_through_the_pixel() -> None:
    orbit = Orbit((1.0, 2.0, 3.0), 600.0, 40.0, 20.0)
    middle = orbit.ray(200, 150, 400, 300)
    np.testing.assert_allclose(middle.direction, unit(np.subtract(orbit.target, orbit.position)))
    template = SyntheticModel().template
    hit = first_hit(template.vertices, template.faces, orbit.ray(230, 120, 400, 300))
    assert hit is not None
    vertex = orbit.pick(template.vertices, 230, 120, 400, 300)
    assert vertex is not None
    assert np.linalg.norm(template.vertices[vertex] - hit.point) < 6.0


def test_a_carried_ray_hits_the_same_spot() -> None:
    template = SyntheticModel(20, 30).template
    matrix = np.eye(4)
    matrix[:3, :3] = 10.0 * np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0]])
    matrix[:3, 3] = [5, -6, 7]
    small = (template.vertices - matrix[:3, 3]) @ np.linalg.inv(matrix[:3, :3]).T
    ray = Ray(np.array([20.0, 30.0, 500.0]), np.array([0.0, 0.0, -1.0]))
    there = first_hit(template.vertices, template.faces, ray)
    here = first_hit(small, template.faces, carried(ray, matrix))
    assert there is not None
    assert here is not None
    np.testing.assert_allclose(matrix[:3, :3] @ here.point + matrix[:3, 3], there.point, atol=1e-3)
