from functools import partial

import numpy as np
import pytest
from scipy.ndimage import binary_dilation
from scipy.spatial import KDTree

from engine.errors import Cancelled, InputError
from engine.geometry.topology import is_watertight, vertex_components
from engine.models.protocol import SignedField
from engine.progress import CancelToken
from engine.surface import Surface, extract_surface, update_surface
from engine.surface.track import _dilated
from tests.engine.surface.fields import Counting, ellipsoid, field_of, sphere, union

NOSE = np.float32([0.0, 0.0, 95.0])
REACH = 45.0


def head(nose: float) -> SignedField:
    """An ellipsoid with a smooth bump of `nose` mm at its front; nothing moves beyond `REACH`."""
    base = ellipsoid((78.0, 115.0, 95.0))

    def evaluate(p):
        near = np.clip(1.0 - ((p - NOSE) ** 2).sum(axis=1) / REACH**2, 0.0, 1.0)
        return (base.evaluate(p) - nose * near**3).astype(np.float32)

    return field_of(evaluate, lipschitz=1.5)


def within(centre, radius, points):
    return ((points - centre) ** 2).sum(axis=1) < radius**2


near_nose = partial(within, NOSE, REACH)


def assert_same_surface(one: Surface, other: Surface) -> None:
    assert len(one.mesh.vertices) == len(other.mesh.vertices)
    assert len(one.mesh.faces) == len(other.mesh.faces)
    for a, b in ((one, other), (other, one)):
        distance, _ = KDTree(a.mesh.vertices).query(b.mesh.vertices)
        assert distance.max() < 1e-3


@pytest.mark.parametrize("resolution", [16, 32, 64, 128])
@pytest.mark.parametrize("nose", [0.5, 20.0, -20.0])
def test_update_gives_the_surface_that_an_extraction_gives(resolution, nose):
    before = extract_surface(head(0.0), resolution)
    counting = Counting(head(nose))
    after = update_surface(before, counting.field, near_nose)
    assert is_watertight(after.mesh.faces)
    assert_same_surface(after, extract_surface(head(nose), resolution))
    assert after.evaluations == len(counting.points)


def test_update_evaluates_little_and_near_the_change_only():
    before = extract_surface(head(0.0), 128)
    counting = Counting(head(6.0))
    after = update_surface(before, counting.field, near_nose)
    assert after.evaluations < 0.12 * before.evaluations
    assert near_nose(counting.points).mean() > 0.9


def test_updates_can_follow_each_other():
    surface = extract_surface(head(0.0), 64)
    for nose in (5.0, 12.0, -8.0, 0.0):
        surface = update_surface(surface, head(nose), near_nose)
        assert_same_surface(surface, extract_surface(head(nose), 64))


def test_mask_is_asked_about_few_points():
    before = extract_surface(head(0.0), 128)
    asked = []

    def changed(points):
        asked.append(len(points))
        return near_nose(points)

    update_surface(before, head(6.0), changed)
    assert sum(asked) < 0.3 * before.evaluations


@pytest.mark.parametrize("radius", [13.0, 25.0])
def test_small_changes_anywhere_are_seen(radius):
    field = sphere(80.0, (0, 0, 0))
    before = extract_surface(field, 128)
    for direction in np.random.default_rng(2).normal(size=(8, 3)):
        middle = np.float32(80.0 * direction / np.linalg.norm(direction))

        def dented(p, middle=middle):
            near = np.clip(1 - ((p - middle) ** 2).sum(axis=1) / radius**2, 0, 1)
            return (field.evaluate(p) + 2 * near**2).astype(np.float32)

        after = update_surface(
            before,
            field_of(dented),
            partial(within, middle, radius),
        )
        assert_same_surface(after, extract_surface(field_of(dented), 128))


def test_update_without_a_change_evaluates_nothing():
    before = extract_surface(head(4.0), 64)
    counting = Counting(head(4.0))
    after = update_surface(before, counting.field, lambda p: np.zeros(len(p), bool))
    assert not counting.calls
    np.testing.assert_array_equal(after.mesh.faces.shape, before.mesh.faces.shape)
    assert_same_surface(after, before)


def test_update_finds_a_component_that_appears_in_the_changed_part():
    body, centre = sphere(60.0, (0, -60, 0)), np.float32([20.0, 80.0, 10.0])
    before = extract_surface(body, 64, components="all")
    after = update_surface(
        before,
        union(body, sphere(12.0, centre)),
        lambda p: np.linalg.norm(p - centre, axis=1) < 90.0,
    )
    assert vertex_components(after.mesh.faces, len(after.mesh.vertices)).max() == 1


def test_update_keeps_the_wishes_of_the_extraction():
    before = extract_surface(head(0.0), 48, components="all", refine=True)
    after = update_surface(before, head(8.0), near_nose)
    assert (after.resolution, after.components, after.refined) == (48, "all", True)
    assert_same_surface(after, extract_surface(head(8.0), 48, components="all", refine=True))


def test_a_cancelled_update_leaves_the_previous_surface_as_it_was():
    before = extract_surface(head(0.0), 64)
    known = [store.values.copy() for store in before.values]
    token = CancelToken()
    field = head(10.0)

    def cancel_at_once(points):
        token.cancel()
        return field.evaluate(points)

    slow = SignedField(cancel_at_once, field.lower, field.upper, field.lipschitz)
    with pytest.raises(Cancelled):
        update_surface(before, slow, near_nose, token)
    for store, values in zip(before.values, known, strict=True):
        np.testing.assert_array_equal(store.values, values)
    assert_same_surface(update_surface(before, field, near_nose), extract_surface(head(10.0), 64))


def test_values_of_a_surface_are_read_only():
    surface = extract_surface(sphere(), 16)
    with pytest.raises(ValueError):
        surface.values[0].values[:] = 0.0


def in_box(field: SignedField, lower: float, upper: float) -> SignedField:
    """`field` with a box that reaches further along z by these lengths."""
    shift = np.float32([0, 0, 1])
    return SignedField(
        field.evaluate,
        field.lower - np.float32(lower) * shift,
        field.upper + np.float32(upper) * shift,
        field.lipschitz,
    )


@pytest.mark.parametrize(("lower", "upper"), [(0.0, 6.0), (-5.0, 0.0), (2.0, -3.0)])
def test_box_that_moves_a_little_keeps_grid_and_values(lower, upper):
    before = extract_surface(head(0.0), 64)
    field = in_box(head(10.0), lower, upper)
    counting = Counting(field)
    after = update_surface(before, counting.field, near_nose)
    assert after.evaluations < 0.2 * before.evaluations
    np.testing.assert_array_equal(after.grid.origin, before.grid.origin)
    np.testing.assert_allclose(after.grid.upper, field.upper)
    assert_same_surface(after, extract_surface(head(10.0), 64))


def test_surface_is_cut_off_by_the_box_where_that_moves_to():
    ball = sphere(60.0, (0, 0, 0), half=(80.0, 80.0, 50.0))
    before = extract_surface(ball, 64)
    after = update_surface(before, in_box(ball, 0.0, 3.0), lambda p: np.zeros(len(p), bool))
    assert is_watertight(after.mesh.faces)
    assert after.mesh.vertices[:, 2].max() == pytest.approx(53.0, abs=0.05)
    assert after.mesh.vertices[:, 2].min() == pytest.approx(-50.0, abs=0.05)


def test_field_whose_box_leaves_the_grid_is_extracted_anew():
    before = extract_surface(sphere(50.0, (0, 0, 0), half=80.0), 32)
    field = sphere(50.0, (0, 0, 0), half=95.0)
    after = update_surface(before, field, lambda p: np.zeros(len(p), bool))
    assert_same_surface(after, extract_surface(field, 32))


def test_mask_of_the_wrong_kind_is_refused():
    before = extract_surface(sphere(), 16)
    with pytest.raises(InputError, match="one boolean for each"):
        update_surface(before, sphere(), lambda p: np.ones(3, bool))
    with pytest.raises(InputError, match="one boolean for each"):
        update_surface(before, sphere(), lambda p: np.ones(len(p), np.int8))


def test_dilated_cells_are_those_that_touch():
    cells = np.random.default_rng(3).random((7, 6, 5)) < 0.04
    assert np.array_equal(_dilated(cells), binary_dilation(cells, np.ones((3, 3, 3), bool)))
