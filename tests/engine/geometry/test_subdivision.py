import numpy as np
import pytest

from engine.errors import InputError
from engine.geometry.mesh import Mesh
from engine.geometry.normals import face_areas, face_normals
from engine.geometry.subdivided_hierarchy import LENGTHS, subdivided_hierarchy
from engine.geometry.subdivision import subdivide, subdivide_faces
from engine.geometry.topology import euler_number, is_watertight, unique_edges
from engine.networks.spiral import upsampling
from tests.engine.geometry.shapes import sphere

BALL = sphere(radius=40.0, subdivisions=3)
HIERARCHY = subdivided_hierarchy(BALL, 0)


def test_a_triangle_becomes_four() -> None:
    corners = np.array([[0.0, 0, 0], [2, 0, 0], [0, 2, 0]])
    finer = subdivide(Mesh(corners, [[0, 1, 2]], uv=corners[:, :2] / 2))
    middles = {(1.0, 0.0, 0.0), (1.0, 1.0, 0.0), (0.0, 1.0, 0.0)}
    assert {tuple(v) for v in finer.vertices[3:].tolist()} == middles
    assert np.allclose(face_areas(finer.vertices, finer.faces), 0.5)
    assert np.allclose(face_normals(finer.vertices, finer.faces), [0, 0, 1])
    assert finer.uv is not None
    assert np.allclose(finer.uv, finer.vertices[:, :2] / 2)


def test_a_sphere_keeps_its_surface_and_its_vertices() -> None:
    finer = subdivide(BALL)
    count, edges = len(BALL.vertices), len(unique_edges(BALL.faces))
    assert len(finer.vertices) == count + edges
    assert len(finer.faces) == 4 * len(BALL.faces)
    assert is_watertight(finer.faces)
    assert euler_number(finer.faces) == 2
    assert np.array_equal(finer.vertices[:count], BALL.vertices)
    old, new = (float(face_areas(m.vertices, m.faces).sum()) for m in (BALL, finer))
    assert new == pytest.approx(old, rel=1e-5)
    # The four of a face lie together and face the same way.
    wanted = np.repeat(face_normals(BALL.vertices, BALL.faces), 4, axis=0)
    assert np.allclose(face_normals(finer.vertices, finer.faces), wanted, atol=1e-4)


def test_attributes_are_carried_along_the_edges() -> None:
    finer = subdivide_faces(BALL.faces, len(BALL.vertices))
    steps = np.arange(len(BALL.vertices), dtype=np.uint8)
    carried = finer.carry(steps)
    first, second = steps[finer.ends[0]].astype(int)
    assert carried.dtype == np.uint8
    assert carried[len(steps)] == round((first + second) / 2)
    linear = finer.carry(BALL.vertices @ np.array([1.0, -2.0, 0.5]))
    assert np.allclose(linear, subdivide(BALL).vertices @ np.array([1.0, -2.0, 0.5]), atol=1e-4)


def test_faces_that_name_no_vertex_are_refused() -> None:
    with pytest.raises(InputError):
        subdivide_faces(np.array([[0, 1, 7]]), 3)


def test_the_hierarchy_has_the_template_below_its_subdivision() -> None:
    count, finest = len(BALL.vertices), subdivide(BALL)
    assert HIERARCHY.sizes == (len(finest.vertices), count, 160, 40, 10, 4)
    assert tuple(level.shape[1] for level in HIERARCHY.spirals) == LENGTHS
    assert np.array_equal(HIERARCHY.steps[0].kept, np.arange(count))
    up = upsampling(HIERARCHY.steps[0]) @ BALL.vertices
    assert np.abs(up - finest.vertices).max() < 1e-4


def test_on_a_regular_part_spirals_are_two_rings() -> None:
    rings = HIERARCHY.spirals[0]
    whole = (rings >= 0).all(axis=1)
    assert whole.mean() > 0.9
    away = np.linalg.norm(
        subdivide(BALL).vertices[rings[whole]] - subdivide(BALL).vertices[rings[whole, :1]], axis=2
    )
    assert away[:, 1:7].max() < away[:, 7:].max()
    assert (np.sort(rings[whole], axis=1)[:, 1:] != np.sort(rings[whole], axis=1)[:, :-1]).all()
