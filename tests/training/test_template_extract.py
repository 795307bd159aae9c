"""Extraction against spheres, tori and thin walls."""

from dataclasses import replace

import numpy as np
import pytest

from engine.errors import InputError
from engine.geometry.topology import boundary_loops, unique_edges
from training.parts.template.extract import extract_half
from training.parts.template.symmetric_field import SymmetricField

BOX = np.array([40.0, 40.0, 40.0])


def sphere(points):
    return (np.linalg.norm(points, axis=1) - 30.0).astype(np.float32)


def tilted(points):
    """A sphere whose distance is off by a part odd in x."""
    return sphere(points) + (0.02 * points[:, 0]).astype(np.float32)


def torus(axis):
    def distance(points):
        along = points[:, axis]
        across = np.linalg.norm(np.delete(points, axis, axis=1), axis=1)
        return (np.hypot(across - 24.0, along) - 8.0).astype(np.float32)

    return distance


def pierced_plate(points):
    """A plate on x = 0 with two thin holes, one at either side."""
    box = np.abs(points) - np.array([28.0, 20.0, 8.0])
    plate = np.maximum(box, 0.0)
    outside = np.linalg.norm(plate, axis=1) + np.minimum(box.max(1), 0.0)
    hole = 4.0 - np.hypot(np.abs(points[:, 0]) - 14.0, points[:, 1])
    return np.maximum(outside, hole).astype(np.float32)


def handled_ball(points):
    """A ball with a thin ring, like a cup's handle, at either side."""
    ring = np.hypot(np.hypot(np.abs(points[:, 0]) - 24.0, points[:, 1]) - 10.0, points[:, 2]) - 1.6
    return np.minimum(np.linalg.norm(points, axis=1) - 22.0, ring).astype(np.float32)


def euler(surface):
    return len(surface.vertices) - len(unique_edges(surface.faces)) + len(surface.faces)


def test_the_field_is_symmetric_and_its_gradient_is_right():
    field = SymmetricField(tilted)
    points = np.random.default_rng(0).uniform(-30, 30, (50, 3))
    np.testing.assert_allclose(field.values(points), field.values(points * [-1, 1, 1]), atol=1e-5)
    truth = points / np.linalg.norm(points, axis=1, keepdims=True)
    np.testing.assert_allclose(field.gradients(points), truth, atol=2e-3)


def test_projection_reaches_the_zero_set_and_keeps_what_is_fixed():
    rng = np.random.default_rng(1)
    points = rng.standard_normal((200, 3))
    points[:40, 0] = 0.0
    points *= rng.uniform(28, 32, (200, 1)) / np.linalg.norm(points, axis=1, keepdims=True)
    fixed = points[:, 0] == 0.0
    moved = SymmetricField(sphere).project(points, fixed, steps=5)
    radius = np.linalg.norm(moved, axis=1)
    assert np.abs(radius - 30.0).max() < 1e-4
    assert (moved[fixed, 0] == 0.0).all()


def test_points_of_a_wrong_shape_are_refused():
    with pytest.raises(InputError, match=r"\(N, 3\)"):
        SymmetricField(sphere).values(np.zeros((4, 2)))


def test_half_a_sphere():
    surface = extract_half(SymmetricField(sphere), -BOX, BOX, 2.0).surface
    assert euler(surface) == 1
    (rim,) = boundary_loops(surface.faces)
    assert (surface.vertices[rim, 0] == 0.0).all()
    assert surface.vertices[:, 0].min() == 0.0
    assert np.abs(np.linalg.norm(surface.vertices, axis=1) - 30.0).max() < 0.06
    corners = surface.vertices[surface.faces]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    outwards = (normal * corners.mean(1)).sum(1)
    assert outwards.min() > -1e-3  # slivers have no side
    assert (outwards > 0.0).mean() > 0.99


def test_only_the_largest_component_stays():
    def two(points):
        far = np.linalg.norm(points - [0.0, 0.0, 36.0], axis=1) - 3.0
        return np.minimum(np.linalg.norm(points, axis=1) - 25.0, far).astype(np.float32)

    surface = extract_half(SymmetricField(two), -BOX, BOX, 2.0).surface
    assert np.linalg.norm(surface.vertices, axis=1).max() < 26.0


@pytest.mark.parametrize(
    ("shape", "fills"),
    [(torus(0), True), (pierced_plate, True), (handled_ball, False)],
    ids=["hole across the middle", "hole beside the middle", "thin handle"],
)
def test_tunnels_and_bridges_are_mended(shape, fills):
    extraction = extract_half(SymmetricField(shape), -BOX, BOX, 2.0)
    assert euler(extraction.surface) == 1
    assert [patch.fills for patch in extraction.field.patches] == [fills]


def test_a_filled_hole_is_solid_in_the_mended_field():
    extraction = extract_half(SymmetricField(pierced_plate), -BOX, BOX, 2.0)
    holes = np.array([[14.0, 0.0, 0.0], [-14.0, 0.0, 0.0]])
    along = holes + np.linspace(-8, 8, 33)[:, None, None] * [0.0, 0.0, 1.0]
    assert (SymmetricField(pierced_plate).values(holes) > 0.0).all()
    assert (extraction.field.values(along.reshape(-1, 3)).reshape(33, 2).min(0) < 0.0).all()
    plain = replace(extraction.field, patches=())
    far = np.array([[0.0, 30.0, 0.0]])
    np.testing.assert_array_equal(plain.values(far), extraction.field.values(far))
