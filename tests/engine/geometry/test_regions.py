from dataclasses import replace

import numpy as np
import pytest

from engine.errors import InputError
from engine.geometry.distance import SurfaceIndex
from engine.geometry.regions import (
    dilate_by_distance,
    dilate_by_rings,
    distance_along_edges,
    dominant_regions,
    face_regions,
    faces_of_vertices,
    faces_touching_vertices,
    transfer_region_weights,
    vertices_of_faces,
)
from engine.geometry.sampling import sample_surface
from tests.engine.geometry.shapes import grid, joined, sphere


def one_vertex(mesh, index):
    mask = np.zeros(len(mesh.vertices), bool)
    mask[index] = True
    return mask


def test_the_largest_weight_wins_and_the_first_of_equals():
    weights = np.array([[0.2, 0.7, 0.1], [0.5, 0.1, 0.5], [0, 0, 0]])
    np.testing.assert_array_equal(dominant_regions(weights), [1, 0, 0])
    with pytest.raises(InputError, match=r"\(V, R\)"):
        dominant_regions(np.zeros(4))


def test_faces_of_a_vertex_set():
    mesh = grid(2, 1)
    # Corners 0 1 4 3 make the left square, 1 2 5 4 the right one.
    mask = one_vertex(mesh, [0, 1, 3, 4])
    left = mesh.vertices[mesh.faces][:, :, 0].max(axis=1) <= 1
    np.testing.assert_array_equal(faces_of_vertices(mesh.faces, mask), left)
    assert faces_touching_vertices(mesh.faces, mask).all()
    np.testing.assert_array_equal(vertices_of_faces(mesh.faces, left, 6), mask)


def test_rings_grow_along_the_surface():
    mesh = joined(grid(8, 1), grid(8, 1))
    start = one_vertex(mesh, 0)
    np.testing.assert_array_equal(dilate_by_rings(mesh.faces, start, 0), start)
    grown = dilate_by_rings(mesh.faces, start, 3)
    # The diagonals go up and to the right, so both rows reach column 3; the other grid stays out.
    expected = np.concatenate([mesh.vertices[:18, 0] <= 3, np.zeros(18, bool)])
    np.testing.assert_array_equal(grown, expected)
    assert start.sum() == 1


def test_distance_along_a_straight_row_of_edges():
    mesh = grid(10, 1, size=2.0)
    distances = distance_along_edges(mesh, one_vertex(mesh, 0))
    np.testing.assert_allclose(distances[:11], 2.0 * np.arange(11))
    # The grid's diagonal is an edge.
    assert distances[12] == pytest.approx(2 * np.sqrt(2))
    np.testing.assert_array_equal(
        dilate_by_distance(mesh, one_vertex(mesh, 0), 6.0)[:11], np.arange(11) <= 3
    )


def test_distance_on_a_sphere_is_little_more_than_the_great_circle():
    mesh = sphere(radius=100.0, subdivisions=4)
    along = distance_along_edges(mesh, one_vertex(mesh, 0))
    places = mesh.vertices.astype(float)
    great_circle = 100.0 * np.arccos(np.clip(places @ places[0] / 1e4, -1, 1))
    excess = along[1:] / great_circle[1:]
    assert excess.min() > 0.999
    assert excess.max() < 1.25
    assert excess.mean() == pytest.approx(1.08, abs=0.02)


def test_distance_matches_a_naive_relaxation():
    rng = np.random.default_rng(0)
    mesh = sphere(radius=10.0, subdivisions=1)
    mask = rng.random(len(mesh.vertices)) < 0.1
    naive = np.where(mask, 0.0, np.inf)
    changed = True
    while changed:
        before = naive.copy()
        for face in mesh.faces:
            for a in face:
                for b in face:
                    step = np.linalg.norm(mesh.vertices[a].astype(float) - mesh.vertices[b])
                    naive[b] = min(naive[b], naive[a] + step)
        changed = not np.array_equal(before, naive)
    np.testing.assert_allclose(distance_along_edges(mesh, mask), naive, rtol=1e-6)


def test_distance_without_a_path_or_a_start_is_infinite():
    mesh = joined(grid(2, 2), grid(2, 2))
    away = distance_along_edges(mesh, one_vertex(mesh, 0))
    assert np.isinf(away[9:]).all()
    assert np.isinf(distance_along_edges(mesh, np.zeros(18, bool))).all()
    assert np.isinf(distance_along_edges(mesh, one_vertex(mesh, 0), limit=1.5)[8])


@pytest.mark.parametrize("distance", [-1.0, float("nan")])
def test_a_negative_distance_is_refused(distance):
    mesh = grid()
    with pytest.raises(InputError, match="0 mm or more"):
        dilate_by_distance(mesh, one_vertex(mesh, 0), distance)


def test_negative_rings_and_wrong_masks_are_refused():
    mesh = grid()
    with pytest.raises(InputError, match="rings"):
        dilate_by_rings(mesh.faces, one_vertex(mesh, 0), -1)
    with pytest.raises(InputError, match="one boolean"):
        distance_along_edges(mesh, np.zeros(3, bool))


def test_weights_transfer_linearly_and_from_the_closest_point():
    mesh = sphere(radius=10.0, subdivisions=2)
    share = (mesh.vertices[:, 0] + 10) / 20
    source = SurfaceIndex(replace(mesh, region_weights=np.stack([share, 1 - share], axis=1)))
    points = sample_surface(mesh, 100, np.random.default_rng(1)).points
    weights = transfer_region_weights(source, points)
    np.testing.assert_allclose(weights[:, 0], (points[:, 0] + 10) / 20, atol=1e-5)
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-6)
    beyond = transfer_region_weights(source, np.array([[99, 0, 0]]))
    np.testing.assert_allclose(beyond, [[1, 0]], atol=0.02)


def test_face_regions_are_the_mean_of_the_corners():
    mesh = replace(grid(2, 1), region_weights=np.eye(2, dtype=np.float32)[[0, 0, 1, 0, 0, 1]])
    right = mesh.vertices[mesh.faces][:, :, 0].mean(axis=1) > 1.5
    np.testing.assert_array_equal(face_regions(mesh), right.astype(int))
    with pytest.raises(InputError, match="no region weights"):
        face_regions(grid())
    with pytest.raises(InputError, match="no region weights"):
        transfer_region_weights(SurfaceIndex(grid()), np.zeros((1, 3)))
