import json

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from engine.errors import InputError
from engine.geometry.similarity import Similarity, fit_similarity


def some_similarity(seed: int, scale: float = 2.5) -> Similarity:
    rng = np.random.default_rng(seed)
    return Similarity(Rotation.random(random_state=seed).as_matrix(), rng.normal(size=3), scale)


def some_points(seed: int, count: int = 30) -> np.ndarray:
    return np.random.default_rng(seed).normal(scale=40.0, size=(count, 3))


def test_a_quarter_turn_about_z_is_what_it_should_be():
    turn = Similarity(np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1]], float), np.array([5.0, 0, 0]), 2)
    np.testing.assert_allclose(turn.apply(np.array([[1.0, 0.0, 3.0]])), [[5.0, 2.0, 6.0]])
    np.testing.assert_allclose(turn.directions(np.array([[1.0, 0.0, 3.0]])), [[0.0, 1.0, 3.0]])


def test_the_dtype_of_points_stays():
    similarity = some_similarity(0)
    assert similarity.apply(some_points(0).astype(np.float32)).dtype == np.float32
    assert similarity.apply(some_points(0)).dtype == np.float64


def test_inverse_and_after():
    first, second, points = some_similarity(1), some_similarity(2, 0.3), some_points(3)
    np.testing.assert_allclose(first.inverse().apply(first.apply(points)), points, atol=1e-10)
    both = second.after(first).apply(points)
    np.testing.assert_allclose(both, second.apply(first.apply(points)), atol=1e-10)
    np.testing.assert_allclose(Similarity.identity().apply(points), points)
    np.testing.assert_allclose(Similarity.scaling(3.0).apply(points), 3.0 * points)


def test_json_gives_the_same_similarity_back():
    similarity = some_similarity(4)
    back = Similarity.from_json(json.loads(json.dumps(similarity.to_json())))
    np.testing.assert_array_equal(back.rotation, similarity.rotation)
    np.testing.assert_array_equal(back.translation, similarity.translation)
    assert back.scale == similarity.scale


@pytest.mark.parametrize(
    "plain",
    [
        {},
        {"rotation": [[1, 0], [0, 1]], "translation": [0, 0, 0], "scale": 1},
        {"rotation": np.eye(3).tolist(), "translation": [0, 0, 0], "scale": "large"},
        {"rotation": np.eye(3).tolist(), "translation": [0, 0, 0], "scale": 0},
        {"rotation": np.diag([1, 1, -1]).tolist(), "translation": [0, 0, 0], "scale": 1},
        {"rotation": np.eye(3).tolist(), "translation": [0, 0, float("nan")], "scale": 1},
    ],
)
def test_what_is_no_similarity_is_refused(plain):
    with pytest.raises(InputError):
        Similarity.from_json(plain)


@pytest.mark.parametrize("scale", [0.01, 1.0, 25.4])
def test_fit_recovers_a_similarity_exactly(scale):
    truth, points = some_similarity(5, scale), some_points(6)
    found = fit_similarity(points, truth.apply(points))
    assert found.scale == pytest.approx(scale)
    np.testing.assert_allclose(found.rotation, truth.rotation, atol=1e-10)
    np.testing.assert_allclose(found.translation, truth.translation, atol=1e-8)


def test_fit_needs_no_more_than_three_points():
    truth, points = some_similarity(7), some_points(8, 3)
    found = fit_similarity(points, truth.apply(points))
    np.testing.assert_allclose(found.apply(points), truth.apply(points), atol=1e-8)


def test_fit_never_mirrors():
    points = some_points(9)
    found = fit_similarity(points, points * (1, 1, -0.2))
    assert np.linalg.det(found.rotation) == pytest.approx(1.0)


def test_without_scale_the_size_stays():
    truth, points = some_similarity(10, 1.7), some_points(11)
    found = fit_similarity(points, truth.apply(points), with_scale=False)
    assert found.scale == 1.0
    np.testing.assert_allclose(found.rotation, truth.rotation, atol=1e-10)


def test_weights_of_zero_silence_outliers():
    truth, points = some_similarity(12), some_points(13)
    target = truth.apply(points)
    target[:5] += 500.0
    weights = np.ones(len(points))
    weights[:5] = 0.0
    found = fit_similarity(points, target, weights)
    np.testing.assert_allclose(found.rotation, truth.rotation, atol=1e-10)
    assert not np.allclose(fit_similarity(points, target).rotation, truth.rotation, atol=1e-3)


def test_points_on_a_line_and_too_few_are_refused():
    line = np.outer(np.arange(5.0), [1, 2, 3])
    with pytest.raises(InputError, match="line"):
        fit_similarity(line, line)
    with pytest.raises(InputError, match="three pairs"):
        fit_similarity(some_points(0, 2), some_points(1, 2))
    with pytest.raises(InputError, match="weights"):
        fit_similarity(some_points(0), some_points(1), weights=-np.ones(30))
