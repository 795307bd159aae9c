import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from engine.errors import Cancelled, InputError
from engine.geometry.distance import SurfaceIndex
from engine.geometry.mesh import Mesh
from engine.geometry.registration import AlignmentStep, Pairs, align_surfaces, point_to_plane_step
from engine.geometry.similarity import Similarity
from engine.geometry.topology import select_faces
from engine.progress import CancelToken
from tests.engine.geometry.shapes import sphere


def pebble(subdivisions: int = 4) -> Mesh:
    """A closed surface without any symmetry, about 200 mm long."""
    mesh = sphere(radius=1.0, subdivisions=subdivisions)
    x, y, z = mesh.vertices.astype(np.float64).T
    bulge = 1.0 + 0.25 * np.exp(-8 * ((x - 0.6) ** 2 + (y - 0.5) ** 2)) + 0.1 * np.sin(3 * x + y)
    return mesh.with_vertices(np.stack([60 * x, 100 * y, 80 * z], axis=1) * bulge[:, None])


def moved(degrees: float, scale: float = 1.0) -> Similarity:
    turn = Rotation.from_rotvec(np.radians(degrees) * np.array([0.6, 0.0, 0.8]))
    return Similarity(turn.as_matrix(), np.array([8.0, -5.0, 3.0]), scale)


def last_of(steps) -> AlignmentStep:
    *_, last = steps
    return last


def error_mm(found: Similarity, truth: Similarity, mesh: Mesh) -> float:
    gaps = found.apply(mesh.vertices) - truth.inverse().apply(mesh.vertices)
    return float(np.abs(gaps).max())


@pytest.mark.parametrize("degrees", [3.0, 20.0])
def test_a_surface_finds_back_to_itself(degrees):
    mesh, away = pebble(), moved(degrees)
    scan = mesh.with_vertices(away.apply(mesh.vertices))
    steps = list(align_surfaces(scan, SurfaceIndex(mesh), samples=800))
    assert error_mm(steps[-1].similarity, away, scan) < 0.05
    assert [step.iteration for step in steps] == list(range(1, len(steps) + 1))
    assert [step.done for step in steps] == [False] * (len(steps) - 1) + [True]
    assert steps[-1].rms_mm < steps[0].rms_mm


def test_another_triangulation_with_noise_and_half_of_it_missing():
    fine, away = pebble(5), moved(12.0)
    rng = np.random.default_rng(0)
    noisy = fine.vertices + rng.normal(scale=0.3, size=fine.vertices.shape).astype(np.float32)
    front = fine.vertices[fine.faces].mean(axis=1)[:, 2] > 0
    scan = select_faces(fine.with_vertices(away.apply(noisy)), front)
    last = last_of(align_surfaces(scan, pebble(4), samples=1500))
    assert error_mm(last.similarity, away, scan) < 1.0


def test_the_size_is_found_both_ways():
    mesh, away = pebble(), moved(6.0, scale=1.15)
    scan = mesh.with_vertices(away.apply(mesh.vertices))
    steps = align_surfaces(scan, mesh, with_scale=True, both_ways=True, samples=800)
    last = last_of(steps)
    assert last.similarity.scale == pytest.approx(1 / 1.15, rel=1e-3)


def test_outliers_do_not_pull():
    mesh, away = pebble(), moved(5.0)
    ball = sphere(radius=25.0, subdivisions=3)
    extra = ball.vertices + np.array([0, 140, 0], np.float32)
    both = Mesh(
        np.concatenate([mesh.vertices, extra]),
        np.concatenate([mesh.faces, ball.faces + len(mesh.vertices)]),
    )
    scan = both.with_vertices(away.apply(both.vertices))
    last = last_of(align_surfaces(scan, mesh, samples=1500))
    assert error_mm(last.similarity, away, scan) < 0.3


def test_a_sphere_turns_nowhere():
    ball = sphere(radius=50.0, subdivisions=4)
    shifted = ball.with_vertices(ball.vertices + np.array([3, 0, 0], np.float32))
    last = last_of(align_surfaces(shifted, ball, samples=800))
    np.testing.assert_allclose(last.similarity.translation, [-3, 0, 0], atol=0.05)
    assert Rotation.from_matrix(last.similarity.rotation).magnitude() < 0.01


def test_one_step_solves_a_small_motion_across_planes():
    rng = np.random.default_rng(1)
    points = rng.normal(scale=50.0, size=(200, 3))
    truth = Similarity(Rotation.from_rotvec([1e-3, -2e-3, 5e-4]).as_matrix(), np.ones(3) * 0.1, 1.0)
    normals = rng.normal(size=(200, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    pairs = Pairs(points, truth.apply(points), normals, 200)
    step = point_to_plane_step(pairs, with_scale=False)
    np.testing.assert_allclose(step.apply(points), truth.apply(points), atol=2e-3)


def test_surfaces_that_never_meet_end_at_once():
    ball = sphere(radius=5.0, subdivisions=2)
    away = ball.with_vertices(ball.vertices + np.array([1000, 0, 0], np.float32))
    steps = list(align_surfaces(ball, away, reach_mm=10.0, samples=100))
    assert len(steps) == 1
    assert steps[0].done
    assert steps[0].inlier_share == 0.0


def test_bad_numbers_are_refused_and_cancel_works():
    ball = sphere(radius=5.0, subdivisions=2)
    with pytest.raises(InputError, match="trim"):
        next(align_surfaces(ball, ball, trim=0.0))
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        next(align_surfaces(ball, ball, cancel=token))
