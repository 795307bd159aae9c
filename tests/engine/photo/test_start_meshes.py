"""The starts of Pixel2Mesh, and the face that they are laid over."""

from collections.abc import Callable

import numpy as np
import pytest

from engine.geometry.distance import SurfaceIndex
from engine.geometry.normals import face_areas, vertex_normals
from engine.geometry.topology import (
    boundary_loops,
    euler_number,
    is_watertight,
    unique_edges,
    vertex_components,
)
from engine.networks.mesh_levels import StartMesh
from engine.photo.face_region import face_region, head_region
from engine.photo.start_meshes import (
    ELLIPSOID_RADII,
    ellipsoid_start,
    mean_face_start,
    mean_head_start,
    semi_sphere_start,
)
from tests.synthetic_model import SyntheticModel

MODEL = SyntheticModel(rows=36, columns=48)


def test_the_ellipsoid_has_the_papers_counts() -> None:
    start = ellipsoid_start()
    assert len(start.vertices[0]) == 156
    assert len(unique_edges(start.faces)) == 462
    assert len(start.faces) == 308
    assert is_watertight(start.faces)
    assert euler_number(start.faces) == 2
    on_it = (start.vertices[0] / ELLIPSOID_RADII).astype(float)
    np.testing.assert_allclose(np.linalg.norm(on_it, axis=1), 1.0, atol=1e-6)


def test_the_semi_sphere_has_the_papers_counts_and_two_rims() -> None:
    start = semi_sphere_start()
    assert [level.count for level in start.levels(4)] == [141, 492, 1824, 7008]
    assert [len(level.edges) for level in start.levels(3)] == [351, 1332, 5184]
    assert sorted(len(loop) for loop in boundary_loops(start.faces)) == [24, 48]
    assert euler_number(start.faces) == 0
    assert (start.vertices[0][:, 2] >= -1e-6).all()


def test_the_ellipsoids_vertices_lie_evenly() -> None:
    unit = ellipsoid_start().vertices[0] / np.array(ELLIPSOID_RADII, np.float32)
    edges = unique_edges(ellipsoid_start().faces)
    lengths = np.linalg.norm(unit[edges[:, 0]] - unit[edges[:, 1]], axis=1)
    assert lengths.max() < 2.2 * lengths.min()


@pytest.mark.parametrize("whole", [True, False])
def test_the_mean_start_lies_on_the_mean_face_and_covers_it(whole: bool) -> None:
    start = (mean_head_start if whole else mean_face_start)(MODEL, 3)
    region = (head_region if whole else face_region)(MODEL)
    surface = region.mesh(MODEL.template.vertices)
    finest, level = start.vertices[-1], start.levels(3)[-1]
    off = SurfaceIndex(surface).closest_points(finest).distances
    assert off.max() < 1e-3
    laid = surface.__class__(finest, level.faces)
    uncovered = SurfaceIndex(laid).closest_points(surface.vertices).distances
    assert np.percentile(uncovered, 95) < 4.0
    # Faces look outward.
    outward = finest - finest.mean(0) * (1, 1, 0 if not whole else 1)
    facing = (vertex_normals(finest, level.faces) * outward).sum(1)
    assert (facing > 0).mean() > 0.9
    for coarse in start.vertices:
        np.testing.assert_array_equal(coarse, finest[: len(coarse)])


@pytest.mark.parametrize("make", [ellipsoid_start, semi_sphere_start])
def test_fixed_starts_look_outward_where_y_is_up(make: Callable[[], StartMesh]) -> None:
    start = make()
    upright = start.vertices[0] * np.array((1, -1, 1), np.float32)
    facing = (vertex_normals(upright, start.faces.astype(np.int32)) * upright).sum(1)
    assert (facing > 0).all()


def test_the_face_is_one_piece_of_the_front_of_the_head() -> None:
    region = face_region(MODEL)
    vertices = MODEL.template.vertices
    surface = region.mesh(vertices)
    assert len(np.unique(vertex_components(region.faces, len(region.vertices)))) == 1
    behind = vertices[:, 2] < vertices[MODEL.landmarks[[0, 16]], 2].mean() - 10
    assert not np.isin(np.flatnonzero(behind), region.vertices).any()
    assert np.isin(MODEL.landmarks[17:], region.vertices).mean() > 0.9
    whole = float(face_areas(vertices, MODEL.template.faces).sum())
    assert 0.1 < float(face_areas(surface.vertices, surface.faces).sum()) / whole < 0.6
    assert set(region.vertices) <= set(head_region(MODEL).vertices)
