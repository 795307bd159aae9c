import numpy as np
import pytest

from engine.errors import InputError
from engine.geometry.decimation import decimate
from engine.geometry.distance import SurfaceIndex
from engine.geometry.mesh import Mesh
from engine.geometry.topology import boundary_edges, euler_number, is_watertight
from tests.engine.geometry.shapes import grid, sphere, torus


@pytest.mark.parametrize(("mesh", "euler"), [(sphere(), 2), (torus(), 0)])
def test_a_closed_surface_stays_closed(mesh: Mesh, euler: int) -> None:
    smaller = decimate(mesh.vertices, mesh.faces, len(mesh.vertices) // 4)
    assert len(smaller.kept) == len(mesh.vertices) // 4
    assert is_watertight(smaller.faces)
    assert euler_number(smaller.faces) == euler


def test_what_is_left_is_a_subset_near_the_surface() -> None:
    mesh = sphere(radius=10.0, subdivisions=3)
    smaller = decimate(mesh.vertices, mesh.faces, 320)
    assert (np.diff(smaller.kept) > 0).all()
    coarse = Mesh(mesh.vertices[smaller.kept], smaller.faces)
    distances = SurfaceIndex(coarse).closest_points(mesh.vertices).distances
    # 320 vertices on this sphere lie about 2 apart: the sagitta of such a chord is 0.06.
    assert distances.max() < 0.25


def test_flat_parts_and_straight_rims_cost_nothing() -> None:
    mesh = grid(12, 9)
    smaller = decimate(mesh.vertices, mesh.faces, 30)
    corners = mesh.vertices[smaller.kept]
    assert np.allclose(corners.min(0), mesh.vertices.min(0))
    assert np.allclose(corners.max(0), mesh.vertices.max(0))
    assert len(smaller.kept) == 30
    assert len(boundary_edges(smaller.faces)) >= 4


def test_faces_do_not_turn_over() -> None:
    mesh = grid(12, 9)
    smaller = decimate(mesh.vertices, mesh.faces, 20)
    a, b, c = (mesh.vertices[smaller.kept][smaller.faces[:, k]] for k in range(3))
    upward = np.cross(b - a, c - a)[:, 2]
    one, two, three = mesh.vertices[mesh.faces[0]]
    first = np.cross(two - one, three - one)
    assert (np.sign(upward) == np.sign(first[2])).all()


def test_protected_vertices_stay_and_important_parts_stay_denser() -> None:
    mesh = sphere(subdivisions=3)
    protected = np.array([7, 100, 600])
    north = mesh.vertices[:, 1] > 0
    importance = np.where(north, 1.0, 0.001)
    smaller = decimate(mesh.vertices, mesh.faces, 160, protected, importance)
    assert set(protected) <= set(smaller.kept.tolist())
    assert north[smaller.kept].mean() > 0.65


def test_a_surface_that_cannot_shrink_further_is_left() -> None:
    mesh = torus(around=6, along=4)
    smaller = decimate(mesh.vertices, mesh.faces, 4)
    assert euler_number(smaller.faces) == 0
    assert len(smaller.kept) > 4


def test_too_few_vertices_are_refused() -> None:
    mesh = sphere()
    with pytest.raises(InputError, match="at least 4"):
        decimate(mesh.vertices, mesh.faces, 3)
