"""Splitting, collapsing, flipping and the whole remesher on a sphere."""

import numpy as np
import pytest

from engine.geometry.topology import boundary_edges, boundary_loops, unique_edges
from training.parts.template.editable_mesh import CORNER, CURVE, EditableMesh, find_curve_edges
from training.parts.template.extract import extract_half
from training.parts.template.labels import LabelledSurface
from training.parts.template.mirror import mirror_surface
from training.parts.template.quality import smallest_angles
from training.parts.template.remesh import RemeshChoice, remesh
from training.parts.template.sizing import SizingField, estimate_curvature, limit_gradation
from training.parts.template.split import split_edges
from training.parts.template.symmetric_field import SymmetricField

SPHERE = SymmetricField(lambda p: (np.linalg.norm(p, axis=1) - 30.0).astype(np.float32))


def grid(n):
    """A square of n × n cells, two triangles each."""
    index = np.arange((n + 1) ** 2).reshape(n + 1, n + 1)
    a, b = index[:-1, :-1].ravel(), index[:-1, 1:].ravel()
    c, d = index[1:, 1:].ravel(), index[1:, :-1].ravel()
    faces = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])
    y, x = np.divmod(np.arange((n + 1) ** 2), n + 1)
    return np.stack([x + 1.0, y, np.zeros(len(x))], axis=1), faces


def areas(vertices, faces):
    p = vertices[faces]
    return 0.5 * np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])[:, 2]


@pytest.mark.parametrize("share", [0.0, 0.2, 0.6, 1.0])
def test_splitting_keeps_area_orientation_and_closure(share):
    vertices, faces = grid(6)
    edges = unique_edges(faces)
    chosen = edges[np.random.default_rng(2).random(len(edges)) < share]
    split = split_edges(faces, len(vertices), chosen)
    all_vertices = np.concatenate([vertices, vertices[chosen].mean(1)])
    assert (areas(all_vertices, split.faces) > 0.0).all()
    np.testing.assert_allclose(areas(all_vertices, split.faces).sum(), 36.0)
    parents = np.bincount(split.parents, areas(all_vertices, split.faces), len(faces))
    np.testing.assert_allclose(parents, 0.5)
    assert len(all_vertices) - len(unique_edges(split.faces)) + len(split.faces) == 1


def test_collapsing_keeps_the_rim_and_the_border_between_labels():
    vertices, faces = grid(10)
    labels = (vertices[faces][:, :, 0].mean(1) > 6.0).astype(np.int64)
    mesh = EditableMesh(vertices, faces, labels)
    done = mesh.collapse(map(tuple, mesh.edges().tolist()), np.full(len(vertices), 4.0))
    assert done > 20
    assert len(mesh.vertices) == 121 - done
    area = areas(mesh.vertices, mesh.faces)
    assert (area > 0.0).all()
    assert area.sum() > 97.0  # the square's own corners may be cut
    border = find_curve_edges(mesh.faces, mesh.labels)
    x, y = mesh.vertices[border][:, :, 0], mesh.vertices[border][:, :, 1]
    inner = (x > 1.5).all(1) & (x < 10.5).all(1) & (y.max(1) > 0.5) & (y.min(1) < 9.5)
    np.testing.assert_array_equal(x[inner], 6.0)
    assert inner.any()


def test_corners_of_curves_stay():
    vertices, faces = grid(4)
    labels = (vertices[faces][:, :, 0].mean(1) > 3.0).astype(np.int64)
    mesh = EditableMesh(vertices, faces, labels)
    ends = (vertices[:, 0] == 3.0) & np.isin(vertices[:, 1], (0.0, 4.0))
    assert (mesh.kinds[ends] == CORNER).all()
    assert (mesh.kinds[(vertices[:, 0] == 3.0) & ~ends] == CURVE).all()
    mesh.collapse(map(tuple, mesh.edges().tolist()), np.full(len(vertices), 9.0))
    left = {tuple(p) for p in mesh.vertices[:, :2]}
    assert {(3.0, 0.0), (3.0, 4.0)} <= left


def test_flips_raise_the_smallest_angle():
    vertices, faces = grid(5)
    vertices[:, 0] += 0.9 * vertices[:, 1]
    mesh = EditableMesh(vertices, faces, np.zeros(len(faces), np.int64))
    before = smallest_angles(mesh.vertices, mesh.faces).min()
    while mesh.flip(by_angle=True):
        pass
    assert smallest_angles(mesh.vertices, mesh.faces).min() > before + 5.0
    np.testing.assert_allclose(areas(mesh.vertices, mesh.faces).sum(), 25.0)


@pytest.fixture(scope="module")
def remeshed():
    dense = extract_half(SPHERE, np.full(3, -36.0), np.full(3, 36.0), 2.5).surface
    top = (dense.vertices[dense.faces][:, :, 1].mean(1) > 15.0).astype(np.int64)
    sizes = SizingField(dense.vertices, 3.0 + 3.0 * (dense.vertices[:, 2] + 30.0) / 60.0)
    labelled = LabelledSurface(dense, top)
    return sizes, remesh(labelled, SPHERE, sizes, RemeshChoice(rounds=8, polish=3))


def test_remeshed_half_lies_on_the_sphere_with_its_rim_on_the_plane(remeshed):
    _, half = remeshed
    vertices, faces = half.surface.vertices, half.surface.faces
    assert np.abs(np.linalg.norm(vertices, axis=1) - 30.0).max() < 1e-4
    (rim,) = boundary_loops(faces)
    assert (vertices[rim, 0] == 0.0).all()
    assert (np.delete(vertices[:, 0], rim) > 0.0).all()
    assert len(vertices) - len(unique_edges(faces)) + len(faces) == 1


def test_remeshed_triangles_are_even_and_as_large_as_asked(remeshed):
    sizes, half = remeshed
    vertices, faces = half.surface.vertices, half.surface.faces
    angles = smallest_angles(vertices, faces)
    assert np.percentile(angles, 2) > 30.0
    assert angles.min() > 18.0
    edges = unique_edges(faces)
    length = np.linalg.norm(vertices[edges[:, 0]] - vertices[edges[:, 1]], axis=1)
    ratio = length / sizes.at(vertices)[edges].mean(1)
    assert 0.85 < np.median(ratio) < 1.15
    assert np.percentile(ratio, 98) < 1.5


def test_the_border_between_labels_stays_a_smooth_curve(remeshed):
    _, half = remeshed
    faces = half.surface.faces
    rim = {tuple(sorted(e)) for e in boundary_edges(faces).tolist()}
    curves = {tuple(e) for e in find_curve_edges(faces, half.labels).tolist()}
    border = np.array(sorted(curves - rim))
    ends = half.surface.vertices[border.ravel()]
    # The staircase of the dense grid reached 1.5 mm to either side; its end on the rim stays.
    assert np.abs(ends[ends[:, 0] > 6.0, 1] - 15.0).max() < 0.6
    assert np.bincount(border.ravel()).max() == 2


def test_mirroring_closes_the_half(remeshed):
    whole = mirror_surface(remeshed[1])
    assert len(boundary_edges(whole.faces)) == 0
    assert len(whole.vertices) - len(unique_edges(whole.faces)) + len(whole.faces) == 2
    np.testing.assert_array_equal(whole.vertices[whole.mirror] * [-1, 1, 1], whole.vertices)


def test_curvature_of_a_sphere():
    dense = extract_half(SPHERE, np.full(3, -36.0), np.full(3, 36.0), 3.0).surface
    curvature = estimate_curvature(dense.vertices, dense.faces, SPHERE)
    assert np.median(np.abs(curvature * 30.0 - 1.0)) < 0.05


def test_gradation_is_the_largest_field_that_grows_slowly():
    vertices, faces = grid(8)
    edges = unique_edges(faces)
    lengths = np.random.default_rng(3).uniform(1.0, 5.0, len(vertices))
    limited = limit_gradation(lengths, vertices, edges, 0.3)
    naive = lengths.copy()
    step = 0.3 * np.linalg.norm(vertices[edges[:, 0]] - vertices[edges[:, 1]], axis=1)
    for _ in range(40):
        for a, b in ((0, 1), (1, 0)):
            np.minimum.at(naive, edges[:, a], naive[edges[:, b]] + step)
    np.testing.assert_allclose(limited, naive, atol=1e-6)


def test_half_surface_is_not_changed_by_remeshing():
    dense = extract_half(SPHERE, np.full(3, -36.0), np.full(3, 36.0), 4.0).surface
    before = dense.vertices.copy()
    labelled = LabelledSurface(dense, np.zeros(len(dense.faces), np.int64))
    sizes = SizingField(dense.vertices, np.full(len(before), 6.0))
    remesh(labelled, SPHERE, sizes, RemeshChoice(rounds=2, polish=1))
    np.testing.assert_array_equal(dense.vertices, before)
