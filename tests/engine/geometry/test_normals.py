import numpy as np
import pytest

from engine.errors import InputError
from engine.geometry.normals import face_areas, face_normals, vertex_normals
from tests.engine.geometry.shapes import grid, joined, sphere, tetrahedron


def test_normals_of_a_sphere_point_from_its_centre():
    mesh = sphere(radius=80.0, subdivisions=4, centre=(5.0, -3.0, 2.0))
    outward = (mesh.vertices - np.array([5.0, -3.0, 2.0])) / 80.0
    normals = vertex_normals(mesh.vertices, mesh.faces)
    assert normals.dtype == np.float32
    np.testing.assert_allclose(normals, outward, atol=3e-3)
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1.0, atol=1e-6)


def test_face_normals_and_areas_of_a_tetrahedron():
    mesh = tetrahedron()
    slanted = np.full(3, 1 / np.sqrt(3))
    expected = np.array([[0, 0, -1], [0, -1, 0], [-1, 0, 0], slanted])
    np.testing.assert_allclose(face_normals(mesh.vertices, mesh.faces), expected, atol=1e-6)
    areas = face_areas(mesh.vertices, mesh.faces)
    np.testing.assert_allclose(areas, [0.5, 0.5, 0.5, np.sqrt(3) / 2], rtol=1e-6)


def test_large_faces_weigh_more():
    # At vertex 0 meet a face of area 2 facing z and one of area 0.5 facing x.
    vertices = np.array([[0, 0, 0], [2, 0, 0], [0, 2, 0], [0, 1, 0], [0, 0, 1]], float)
    normal = vertex_normals(vertices, np.array([[0, 1, 2], [0, 3, 4]]))[0]
    np.testing.assert_allclose(normal, np.array([0.5, 0, 2]) / np.hypot(0.5, 2), atol=1e-6)


def test_vertex_normals_match_a_loop_over_faces():
    rng = np.random.default_rng(4)
    mesh = sphere(radius=10.0, subdivisions=2)
    vertices = mesh.vertices + rng.normal(scale=0.4, size=mesh.vertices.shape).astype(np.float32)
    naive = np.zeros((len(vertices), 3))
    for a, b, c in mesh.faces:
        for corner in (a, b, c):
            naive[corner] += np.cross(vertices[b] - vertices[a], vertices[c] - vertices[a])
    naive /= np.linalg.norm(naive, axis=1, keepdims=True)
    np.testing.assert_allclose(vertex_normals(vertices, mesh.faces), naive, atol=1e-5)


def test_vertices_and_faces_without_area_have_normal_zero():
    mesh = joined(grid(1, 1), grid(1, 1))
    alone = np.concatenate([mesh.vertices, [[7, 7, 7]]])
    faces = np.concatenate([mesh.faces, [[0, 0, 1]]])
    assert not vertex_normals(alone, faces)[-1].any()
    assert not face_normals(alone, faces)[-1].any()
    assert vertex_normals(alone, np.empty((0, 3), int)).shape == (9, 3)


def test_wrong_shapes_are_refused():
    mesh = tetrahedron()
    with pytest.raises(InputError, match=r"\(V, 3\), got \(4, 2\)"):
        vertex_normals(mesh.vertices[:, :2], mesh.faces)
    with pytest.raises(InputError, match="vertices 0 to 3, but there are 3"):
        face_normals(mesh.vertices[:3], mesh.faces)
    with pytest.raises(InputError, match="integers"):
        face_normals(mesh.vertices, mesh.faces.astype(float))
