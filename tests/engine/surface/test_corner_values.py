import numpy as np
import pytest

from engine.surface.corner_values import CornerValues


@pytest.fixture
def corners():
    rng = np.random.default_rng(1)
    return np.unique(rng.integers(0, (21, 34, 9), size=(400, 3)), axis=0).astype(np.int32).T


def filled(corners) -> tuple[CornerValues, np.ndarray]:
    store = CornerValues((20, 33, 8))
    values = np.arange(corners.shape[1], dtype=np.float32) - 50.0
    addresses = store.cover(store.codes(corners))
    store.values[addresses] = values
    return store, values


def test_values_are_found_where_they_were_put(corners):
    store, values = filled(corners)
    np.testing.assert_array_equal(store.find(store.codes(corners)), values)


def test_addresses_of_different_corners_differ(corners):
    store, _ = filled(corners)
    assert len(np.unique(store.cover(store.codes(corners)))) == corners.shape[1]


def test_known_names_the_same_corners(corners):
    store, values = filled(corners)
    addresses, known = store.known()
    order, expected = np.lexsort(known), np.lexsort(corners)
    np.testing.assert_array_equal(known[:, order], corners[:, expected])
    np.testing.assert_array_equal(store.values[addresses[order]], values[expected])


def test_nothing_is_known_elsewhere():
    store, _ = filled(np.array([[3], [4], [5]], np.int32))
    asked = np.array([[3, 20], [4, 33], [6, 8]], np.int32)
    assert np.isnan(store.find(store.codes(asked))).all()


def test_shift_moves_corners(corners):
    store, _ = filled(corners)
    inner = corners[:, (corners < [[20], [33], [8]]).all(axis=0)]
    np.testing.assert_array_equal(
        store.codes(inner, (1, 0, 1)), store.codes(inner + np.int32([[1], [0], [1]]))
    )


def test_a_copy_is_independent(corners):
    store, values = filled(corners)
    store.freeze()
    twin = store.copy()
    addresses = twin.cover(twin.codes(corners))
    twin.values[addresses] = 7.0
    twin.cover(twin.codes(np.array([[0], [0], [0]], np.int32)))
    np.testing.assert_array_equal(store.find(store.codes(corners)), values)


def test_pages_are_few_where_corners_are_few():
    store = CornerValues((512, 512, 512))
    store.cover(store.codes(np.array([[0, 1, 500], [0, 2, 500], [0, 3, 500]], np.int32)))
    assert len(store.values) == 2 * 512
