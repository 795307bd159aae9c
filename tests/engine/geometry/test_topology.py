import numpy as np
import pytest

from engine.errors import InputError
from engine.geometry.topology import (
    boundary_edges,
    boundary_loops,
    directed_edges,
    euler_number,
    is_watertight,
    keep_largest_component,
    merge_equal_vertices,
    remove_unreferenced_vertices,
    select_faces,
    unique_edges,
    vertex_components,
)
from tests.engine.geometry.shapes import grid, joined, mesh_of, sphere, tetrahedron, torus


def test_edges_of_a_tetrahedron():
    faces = tetrahedron().faces
    expected = [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]]
    np.testing.assert_array_equal(unique_edges(faces), expected)
    assert directed_edges(faces).shape == (12, 2)
    assert boundary_edges(faces).shape == (0, 2)
    assert boundary_loops(faces) == []


@pytest.mark.parametrize(
    ("mesh", "number", "closed"),
    [
        (tetrahedron(), 2, True),
        (sphere(subdivisions=2), 2, True),
        (torus(), 0, True),
        (grid(), 1, False),
        (joined(sphere(subdivisions=1), torus()), 2, True),
    ],
    ids=["tetrahedron", "sphere", "torus", "grid", "two"],
)
def test_euler_number_and_watertightness(mesh, number, closed):
    assert euler_number(mesh.faces) == number
    assert is_watertight(mesh.faces) is closed


def test_one_turned_face_is_not_watertight():
    faces = tetrahedron().faces.copy()
    faces[2] = faces[2][::-1]
    assert not is_watertight(faces)


def test_three_faces_on_an_edge_are_not_watertight():
    faces = tetrahedron().faces
    assert not is_watertight(np.concatenate([faces, faces[:1]]))
    # Four faces on every edge, each sense twice.
    assert not is_watertight(np.concatenate([faces, faces]))
    assert not is_watertight(np.empty((0, 3), int))


def test_the_rim_of_a_grid_runs_counter_clockwise():
    mesh = grid(4, 3)
    (loop,) = boundary_loops(mesh.faces)
    assert len(loop) == 2 * (4 + 3)
    x, y = mesh.vertices[loop, :2].T.astype(float)
    area = 0.5 * np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))
    assert area == pytest.approx(12.0)


def test_holes_are_loops_longest_first():
    mesh = grid(5, 5)
    centres = mesh.vertices[mesh.faces].mean(axis=1)
    hole = (np.abs(centres[:, :2] - 2.5) < 0.5).all(axis=1)
    loops = boundary_loops(mesh.faces[~hole])
    assert [len(loop) for loop in loops] == [20, 4]
    assert boundary_edges(mesh.faces[~hole]).shape == (24, 2)


def test_rims_that_touch_in_a_vertex_are_two_loops():
    faces = np.array([[0, 1, 2], [0, 3, 4]])
    loops = boundary_loops(faces)
    assert sorted(sorted(loop.tolist()) for loop in loops) == [[0, 1, 2], [0, 3, 4]]
    # The same with the shared vertex met in the middle of the walk.
    loops = boundary_loops(np.array([[1, 2, 0], [4, 3, 2]]))
    assert sorted(sorted(loop.tolist()) for loop in loops) == [[0, 1, 2], [2, 3, 4]]


def test_components_and_the_largest_by_area():
    # The small sphere has more faces; the large one more area.
    small, large = sphere(1.0, 3, (30.0, 0.0, 0.0)), sphere(10.0, 1)
    both = joined(small, large)
    labels = vertex_components(both.faces, len(both.vertices) + 1)
    assert len(np.unique(labels)) == 3
    assert len(np.unique(labels[: len(small.vertices)])) == 1
    kept = keep_largest_component(both)
    np.testing.assert_array_equal(kept.vertices, large.vertices)
    np.testing.assert_array_equal(kept.faces, large.faces)


def test_removing_unreferenced_vertices_keeps_attributes_in_step():
    vertices = np.arange(18, dtype=float).reshape(6, 3)
    uv = (np.arange(12).reshape(6, 2) / 12).astype(np.float32)
    colors = np.arange(18).reshape(6, 3)
    mesh = mesh_of(vertices, [[5, 1, 3]], uv=uv, colors=colors, region_weights=np.eye(6))
    left = remove_unreferenced_vertices(mesh)
    np.testing.assert_array_equal(left.vertices, vertices[[1, 3, 5]])
    np.testing.assert_array_equal(left.faces, [[2, 0, 1]])
    np.testing.assert_array_equal(left.uv, uv[[1, 3, 5]])
    np.testing.assert_array_equal(left.colors, colors[[1, 3, 5]])
    np.testing.assert_array_equal(left.region_weights, np.eye(6)[[1, 3, 5]])


def test_a_mesh_without_faces_comes_back_empty():
    points = mesh_of(np.zeros((3, 3)), [])
    assert len(keep_largest_component(points).vertices) == 0


def test_merging_a_soup_gives_the_surface_back():
    mesh = sphere(subdivisions=2)
    soup = mesh_of(mesh.vertices[mesh.faces].reshape(-1, 3), np.arange(mesh.faces.size))
    assert not is_watertight(soup.faces)
    merged = merge_equal_vertices(soup)
    assert len(merged.vertices) == len(mesh.vertices)
    assert is_watertight(merged.faces)
    np.testing.assert_array_equal(merged.vertices[merged.faces], mesh.vertices[mesh.faces])


def test_merging_drops_faces_that_lose_a_corner_and_joins_signed_zeros():
    vertices = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [-0.0, 0, -0.0]])
    merged = merge_equal_vertices(mesh_of(vertices, np.array([[0, 1, 2], [0, 1, 3]])))
    assert len(merged.vertices) == 3
    np.testing.assert_array_equal(merged.faces, [[0, 1, 2]])


def test_a_mask_of_another_length_is_refused():
    mesh = tetrahedron()
    with pytest.raises(InputError, match="each of 4 faces"):
        select_faces(mesh, np.ones(3, bool))
