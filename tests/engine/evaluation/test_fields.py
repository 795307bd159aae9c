import numpy as np
import pytest
from scipy.spatial import cKDTree

from engine.errors import Cancelled, InputError
from engine.evaluation.fields import FIELD_KINDS, Reference, measure_field, vertex_areas
from engine.geometry.mesh import Mesh
from engine.geometry.sampling import sample_surface
from engine.progress import CancelToken
from tests.engine.geometry.shapes import grid, mesh_of, sphere, tetrahedron


def test_a_larger_sphere_lies_outside_by_the_difference_of_the_radii():
    reference = Reference(sphere(50.0, 5))
    for radius in (52.0, 47.0):
        signed = measure_field("signed", sphere(radius, 3), reference).values
        np.testing.assert_allclose(signed, radius - 50.0, atol=0.04)
        nearest = measure_field("nearest", sphere(radius, 3), reference).values
        np.testing.assert_allclose(nearest, np.abs(signed))


def test_the_sign_follows_the_normals_of_an_open_surface():
    reference = Reference(grid(10, 10))
    points = np.random.default_rng(0).uniform((0.5, 0.5, -3), (9.5, 9.5, 3), size=(30, 3))
    points[points[:, 2] == 0] = 1
    faces = np.arange(30).reshape(-1, 3)
    signed = measure_field("signed", mesh_of(points, faces), reference).values
    normals_up = np.sign(signed[np.argmax(points[:, 2])])
    np.testing.assert_allclose(signed, normals_up * points[:, 2], atol=1e-6)


def test_the_sign_is_right_beside_edges_and_corners():
    """Where the closest point is a corner, one face's own normal may say the wrong side."""
    reference = Reference(tetrahedron())
    rng = np.random.default_rng(1)
    points = rng.uniform(-0.6, 1.2, size=(3000, 3))
    outside = (points < 0).any(axis=1) | (points.sum(axis=1) > 1)
    clear = (np.abs(points).min(axis=1) > 1e-3) & (np.abs(points.sum(axis=1) - 1) > 1e-3)
    signed = measure_field(
        "signed", mesh_of(points, np.arange(3000).reshape(-1, 3)), reference
    ).values
    np.testing.assert_array_equal(signed[clear] > 0, outside[clear])


def test_distances_agree_with_scipys_neighbours_of_a_dense_sampling():
    reference, surface = sphere(20.0, 2), sphere(21.0, 2, centre=(3.0, 0.0, 1.0))
    field = measure_field("nearest", surface, Reference(reference))
    dense = sample_surface(reference, 400_000, np.random.default_rng(2)).points
    twin = cKDTree(dense).query(surface.vertices)[0]
    # A sample is never nearer than the surface, and seldom much farther.
    assert (twin >= field.values - 1e-5).all()
    np.testing.assert_allclose(field.values, twin, atol=0.06)


def test_corresponding_points_and_sliding():
    reference = grid(6, 6)
    moved = reference.with_vertices(reference.vertices + np.array([0.3, 0.4, 1.2], np.float32))
    prepared = Reference(reference)
    found = {kind: measure_field(kind, moved, prepared).values for kind in FIELD_KINDS}
    np.testing.assert_allclose(found["corresponding"], 1.3, atol=1e-6)
    np.testing.assert_allclose(found["sliding"], 0.5, atol=1e-6)
    # What slid out over the rim is farther from the surface than its height.
    assert found["nearest"].min() == pytest.approx(1.2, abs=1e-6)


def test_turning_a_sphere_slides_and_changes_no_distance():
    reference = sphere(50.0, 4)
    angle = np.radians(2.0)
    turn = np.array(
        [[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]]
    )
    turned = reference.with_vertices(reference.vertices @ turn.T)
    prepared = Reference(reference)
    around = np.linalg.norm(reference.vertices[:, :2], axis=1)
    sliding = measure_field("sliding", turned, prepared).values
    np.testing.assert_allclose(sliding, around * np.sin(angle), atol=0.02)
    assert measure_field("nearest", turned, prepared).values.max() < 0.2


def test_vertices_of_no_face_have_no_value():
    mesh = sphere(10.0, 2)
    loose = Mesh(np.concatenate([mesh.vertices, [[900, 0, 0]]]), mesh.faces)
    field = measure_field("nearest", loose, Reference(mesh))
    assert np.isnan(field.values[-1])
    assert len(field.finite) == len(mesh.vertices)
    assert measure_field("signed", mesh, Reference(loose)).values.max() < 1e-5


def test_faces_without_area_change_nothing():
    mesh = sphere(10.0, 2)
    flat = [[0, 0, 0], [5, 5, 5], *[[a, b, b] for a, b, _ in mesh.faces[:40]]]
    dirty = Mesh(mesh.vertices, np.concatenate([np.int32(flat), mesh.faces]))
    surface = sphere(11.0, 3)
    for kind in ("nearest", "signed"):
        clean = measure_field(kind, surface, Reference(mesh)).values
        np.testing.assert_allclose(
            measure_field(kind, surface, Reference(dirty)).values, clean, atol=1e-6
        )


def test_areas_of_vertices_add_up_to_the_surface():
    mesh = sphere(10.0, 4)
    assert vertex_areas(mesh).sum() == pytest.approx(4 * np.pi * 100, rel=0.01)


def test_what_cannot_be_measured_is_refused():
    reference = Reference(tetrahedron())
    with pytest.raises(InputError, match="same topology"):
        measure_field("corresponding", sphere(1.0, 1), reference)
    with pytest.raises(InputError, match="no field 'height'"):
        measure_field("height", tetrahedron(), reference)
    with pytest.raises(InputError, match="without faces"):
        measure_field("nearest", mesh_of(np.zeros((4, 3)), []), reference)
    with pytest.raises(InputError, match="without"):
        Reference(mesh_of(np.zeros((4, 3)), []))
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        measure_field("nearest", tetrahedron(), reference, token)


def test_distances_agree_with_pymeshlabs_hausdorff_filter():
    pymeshlab = pytest.importorskip("pymeshlab")
    surface, reference = sphere(21.0, 3, centre=(3.0, 0.0, 1.0)), sphere(20.0, 4)
    meshes = pymeshlab.MeshSet()
    for mesh in (surface, reference):
        meshes.add_mesh(pymeshlab.Mesh(mesh.vertices.astype(float), mesh.faces))
    theirs = meshes.get_hausdorff_distance(
        sampledmesh=0,
        targetmesh=1,
        samplevert=True,
        sampleedge=False,
        sampleface=False,
        samplenum=len(surface.vertices),
        maxdist=pymeshlab.PercentageValue(100),
    )
    values = measure_field("nearest", surface, Reference(reference)).values
    assert theirs["n_samples"] == len(values)
    assert values.mean() == pytest.approx(theirs["mean"], abs=1e-4)
    assert values.max() == pytest.approx(theirs["max"], abs=1e-4)
    assert np.sqrt((values**2).mean()) == pytest.approx(theirs["RMS"], abs=1e-4)
