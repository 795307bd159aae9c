import igl
import numpy as np
import pytest

from engine.errors import Cancelled, InputError
from engine.geometry.distance import (
    CHUNK,
    SurfaceIndex,
    barycentric_coordinates,
    closest_surface_points,
    order_along_curve,
    signed_distance,
)
from engine.geometry.sampling import sample_surface
from engine.progress import CancelToken
from tests.engine.geometry.shapes import grid, mesh_of, sphere, tetrahedron


def test_distance_to_a_plane_is_the_height():
    mesh = grid(10, 10)
    points = np.random.default_rng(0).uniform((0, 0, -5), (10, 10, 5), size=(400, 3))
    found = closest_surface_points(points, mesh)
    np.testing.assert_allclose(found.distances, np.abs(points[:, 2]), atol=1e-12)
    np.testing.assert_allclose(found.points, points * (1, 1, 0), atol=1e-12)
    assert not found.distances.flags.writeable


def test_distance_to_corners_edges_and_inside_of_a_triangle():
    mesh = mesh_of(np.array([[0, 0, 0], [4, 0, 0], [0, 4, 0]], float), np.array([[0, 1, 2]]))
    points = np.array([[-3, -4, 0], [2, -1, 0], [3, 3, 0], [1, 1, 2], [7, 0, 4]], float)
    found = closest_surface_points(points, mesh)
    np.testing.assert_allclose(found.distances, [5, 1, np.sqrt(2), 2, 5], atol=1e-12)
    expected = [[0, 0, 0], [2, 0, 0], [2, 2, 0], [1, 1, 0], [4, 0, 0]]
    np.testing.assert_allclose(found.points, expected, atol=1e-12)


def test_signed_distance_of_a_sphere():
    mesh = sphere(radius=50.0, subdivisions=5)
    points = np.random.default_rng(1).normal(scale=40.0, size=(500, 3))
    expected = np.linalg.norm(points, axis=1) - 50.0
    found = signed_distance(points, mesh)
    # The flat faces sag by at most 50 (1 - cos of half an edge's angle), under 0.04 mm.
    np.testing.assert_allclose(found, expected, atol=0.04)
    assert (found < 0).any()
    assert (found > 0).any()


def test_signed_distance_sees_through_a_small_hole():
    mesh = sphere(radius=50.0, subdivisions=4)
    pierced = mesh_of(mesh.vertices, mesh.faces[1:])
    assert signed_distance(np.zeros((1, 3)), pierced)[0] == pytest.approx(-50.0, abs=0.2)


def test_chunks_agree_with_one_call_of_the_library():
    mesh = sphere(radius=10.0, subdivisions=2)
    points = np.random.default_rng(2).normal(scale=9.0, size=(2 * CHUNK + 17, 3))
    vertices, faces = mesh.vertices.astype(float), mesh.faces.astype(np.int64)
    squared, _, closest = igl.point_mesh_squared_distance(points, vertices, faces)
    index = SurfaceIndex(mesh)
    found = index.closest_points(points)
    np.testing.assert_allclose(found.distances, np.sqrt(squared), atol=1e-9)
    np.testing.assert_allclose(found.points, closest, atol=1e-6)
    # `igl.signed_distance` scales the distance by the approximate winding number, which is
    # off by up to half a percent, so the twin takes its sign from the exact one.
    inside = igl.winding_number(vertices, faces, points) > 0.5
    signed = np.where(inside, -1, 1) * np.sqrt(squared)
    np.testing.assert_allclose(index.signed_closest_points(points).distances, signed, atol=1e-9)


def test_closest_points_lie_on_the_faces_they_name():
    mesh = sphere(radius=10.0, subdivisions=2)
    found = closest_surface_points(np.random.default_rng(3).normal(size=(300, 3)) * 12, mesh)
    weights = barycentric_coordinates(found.points, mesh, found.faces)
    corners = mesh.vertices[mesh.faces[found.faces]].astype(float)
    rebuilt = np.einsum("nk,nkd->nd", weights, corners)
    np.testing.assert_allclose(rebuilt, found.points, atol=1e-9)


def test_barycentric_coordinates_undo_sampling():
    mesh = tetrahedron()
    samples = sample_surface(mesh, 200, np.random.default_rng(4))
    weights = barycentric_coordinates(samples.points, mesh, samples.faces)
    np.testing.assert_allclose(weights, samples.barycentric, atol=1e-12)


def test_barycentric_coordinates_off_the_face_and_without_area():
    mesh = mesh_of(
        np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], float), np.array([[0, 1, 2], [1, 1, 2]])
    )
    points = np.array([[0.25, 0.25, 9], [-1, 0.5, 0], [5, 5, 5]], float)
    weights = barycentric_coordinates(points, mesh, np.array([0, 0, 1]))
    np.testing.assert_allclose(weights[0], [0.5, 0.25, 0.25])
    assert weights[1, 1] == 0
    np.testing.assert_allclose(weights[2], [1, 0, 0])
    np.testing.assert_allclose(weights.sum(axis=1), 1)


def test_no_points_give_no_distances():
    found = SurfaceIndex(tetrahedron()).signed_closest_points(np.empty((0, 3)))
    assert found.distances.shape == (0,)
    assert found.points.shape == (0, 3)


def test_unsound_input_is_refused():
    index = SurfaceIndex(tetrahedron())
    with pytest.raises(InputError, match=r"\(N, 3\), got \(3,\)"):
        index.closest_points(np.zeros(3))
    points = np.zeros((4, 3))
    points[2, 1] = np.nan
    with pytest.raises(InputError, match="Row 2"):
        index.closest_points(points)
    with pytest.raises(InputError, match="without faces"):
        SurfaceIndex(mesh_of(np.zeros((3, 3)), []))


def test_cancelling_stops_a_query():
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        SurfaceIndex(tetrahedron()).closest_points(np.zeros((1, 3)), token)


@pytest.mark.parametrize(
    "corners",
    [
        [[1, 2, 3]] * 3,
        [[0, 0, 0], [0, 0, 0], [3, 1, 2]],
        [[0, 0, 0], [1, 1, 1], [3, 3, 3]],
        [[0, 0, 0], [3, 3, 3], [1, 1, 1]],
        [[1, 1, 1], [0, 0, 0], [3, 3, 3]],
    ],
)
def test_a_face_without_area_is_the_line_it_is(corners):
    points = np.random.default_rng(5).normal(scale=5.0, size=(200, 3))
    ends = np.array(corners, float)
    start, end = ends.min(axis=0), ends.max(axis=0)
    along = np.clip((points - start) @ (end - start) / max(((end - start) ** 2).sum(), 1), 0, 1)
    expected = np.linalg.norm(points - start - along[:, None] * (end - start), axis=1)
    found = closest_surface_points(points, mesh_of(corners, [[0, 1, 2]]))
    np.testing.assert_allclose(found.distances, expected, atol=1e-9)


def test_scattered_points_get_the_answers_of_their_own_rows():
    mesh = sphere(radius=10.0, subdivisions=3)
    rng = np.random.default_rng(6)
    ordered = mesh.vertices[np.repeat(np.arange(len(mesh.vertices)), 8)] * 1.1
    order = rng.permutation(len(ordered))
    index = SurfaceIndex(mesh)
    expected, found = index.closest_points(ordered), index.closest_points(ordered[order])
    np.testing.assert_array_equal(found.distances, expected.distances[order])
    np.testing.assert_array_equal(found.points, expected.points[order])


def test_points_on_the_curve_keep_their_neighbours_near():
    points = np.random.default_rng(7).uniform(size=(4000, 3))
    order = order_along_curve(points)
    assert sorted(order) == list(range(4000))
    steps = np.linalg.norm(np.diff(points[order], axis=0), axis=1)
    assert np.median(steps) < 0.2 * np.median(np.linalg.norm(np.diff(points, axis=0), axis=1))
