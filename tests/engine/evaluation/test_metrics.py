import numpy as np
import pytest
from scipy.spatial import cKDTree
from scipy.spatial.distance import directed_hausdorff

from engine.errors import InputError
from engine.evaluation.metrics import (
    angles_between,
    box_scale,
    chamfer_distance,
    eye_scale,
    f_score,
    f_scores,
    hausdorff_distance,
    normalized_mean_error,
    point_chamfer_distance,
    sampling_floor,
    squared_point_chamfer,
    summarize_distances,
)


def test_chamfer_is_the_mean_of_both_directions():
    found = chamfer_distance(np.array([1.0, 3.0]), np.array([0.0, 0.0, 3.0]))
    assert found.forward_mm == 2.0
    assert found.backward_mm == 1.0
    assert found.symmetric_mm == 1.5


def test_point_chamfer_by_hand():
    found = point_chamfer_distance(np.array([[0, 0, 0], [10, 0, 0]]), np.array([[0, 3, 0]]))
    assert found.forward_mm == pytest.approx((3 + np.hypot(10, 3)) / 2)
    assert found.backward_mm == pytest.approx(3)


def test_point_chamfer_matches_all_pairs():
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(60, 3)), rng.normal(size=(45, 3)) + 0.4
    gaps = np.linalg.norm(first[:, None] - second, axis=2)
    found = point_chamfer_distance(first, second)
    assert found.forward_mm == pytest.approx(gaps.min(axis=1).mean())
    assert found.backward_mm == pytest.approx(gaps.min(axis=0).mean())


def test_the_sampling_floor_is_what_two_samplings_of_a_plane_give():
    rng = np.random.default_rng(1)
    samples = np.zeros((2, 20_000, 3))
    samples[:, :, :2] = rng.uniform(0, 100, size=(2, 20_000, 2))
    floor = sampling_floor(100.0 * 100.0, 20_000)
    assert floor == pytest.approx(0.5 * np.sqrt(0.5))
    assert point_chamfer_distance(*samples).symmetric_mm == pytest.approx(floor, rel=0.03)


def test_f_score_by_hand():
    forward, backward = np.array([0.1, 0.5, 2.0, 3.0]), np.array([0.9, 0.9, 0.9, 1.0])
    found = f_score(forward, backward, 1.0)
    assert (found.precision, found.recall) == (50.0, 75.0)
    assert found.score == pytest.approx(60.0)
    assert [score.threshold_mm for score in f_scores(forward, backward, (0.5, 2.5))] == [0.5, 2.5]


def test_f_score_is_zero_where_nothing_is_near_and_100_where_all_is():
    far, near = np.full(3, 9.0), np.zeros(3)
    assert f_score(far, far, 1.0).score == 0.0
    assert f_score(near, near, 1.0).score == 100.0


def test_summary_of_a_known_set():
    summary = summarize_distances(np.random.default_rng(2).permutation(np.arange(101.0)))
    assert (summary.mean, summary.median, summary.maximum) == (50.0, 50.0, 100.0)
    assert (summary.p90, summary.p95, summary.p99) == pytest.approx((90.0, 95.0, 99.0))


def test_angles_from_tiny_to_opposite():
    tilt = np.radians(0.001)
    first = np.array([[0, 0, 1], [0, 0, 2], [0, 0, 1], [0, 0, 1], [0, 0, 0]], float)
    second = np.array(
        [[0, np.sin(tilt), np.cos(tilt)], [3, 0, 0], [0, 0, -1], [0, 1, 1], [0, 0, 1]]
    )
    angles = angles_between(first, second)
    np.testing.assert_allclose(angles[:4], [0.001, 90, 180, 45], rtol=1e-6)
    assert np.isnan(angles[4])


@pytest.mark.parametrize(
    "distances", [np.empty(0), np.array([[1.0]]), np.array([-1.0]), np.array([np.nan])]
)
def test_unsound_distances_are_refused(distances):
    good = np.ones(2)
    for attempt in (
        lambda: chamfer_distance(distances, good),
        lambda: chamfer_distance(good, distances),
        lambda: f_score(good, distances, 1.0),
        lambda: summarize_distances(distances),
    ):
        with pytest.raises(InputError, match="at least one finite number"):
            attempt()


def test_other_unsound_input_is_refused():
    with pytest.raises(InputError, match="above 0 mm"):
        f_score(np.ones(1), np.ones(1), 0.0)
    with pytest.raises(InputError, match="0 points with 1"):
        point_chamfer_distance(np.empty((0, 3)), np.zeros((1, 3)))
    with pytest.raises(InputError, match="at least one sample"):
        sampling_floor(1.0, 0)
    with pytest.raises(InputError, match=r"two arrays of shape \(N, 3\)"):
        angles_between(np.zeros((2, 3)), np.zeros((3, 3)))


def test_root_mean_square_of_three_four():
    assert summarize_distances([3.0, 4.0]).rms == pytest.approx(np.sqrt(12.5))


def test_hausdorff_is_the_worse_of_both_ways_and_scipys():
    rng = np.random.default_rng(20)
    first, second = rng.normal(size=(200, 3)), rng.normal(size=(150, 3)) + np.array([1, 0, 0])
    forward, backward = cKDTree(second).query(first)[0], cKDTree(first).query(second)[0]
    theirs = max(directed_hausdorff(first, second)[0], directed_hausdorff(second, first)[0])
    assert hausdorff_distance(forward, backward) == pytest.approx(theirs)


def test_squared_chamfer_by_hand_and_naively():
    first, second = np.array([[0, 0, 0]], float), np.array([[0, 0, 2], [0, 3, 0]], float)
    assert squared_point_chamfer(first, second) == pytest.approx(4.0 + (4.0 + 9.0) / 2)
    rng = np.random.default_rng(21)
    a, b = rng.normal(size=(40, 3)), rng.normal(size=(30, 3))
    gaps = ((a[:, None] - b[None]) ** 2).sum(axis=2)
    naive = gaps.min(axis=1).mean() + gaps.min(axis=0).mean()
    assert squared_point_chamfer(a, b) == pytest.approx(naive)


def test_nme_is_the_mean_distance_over_the_size():
    truth = np.array([[0, 0, 0], [4, 0, 5], [0, 9, 0]], float)
    raised = truth + np.array([0, 0, 3])
    assert box_scale(truth) == pytest.approx(6.0)
    assert normalized_mean_error(raised, truth, box_scale(truth)) == pytest.approx(0.5)
    landmarks = np.zeros((68, 3))
    landmarks[45] = [3, 4, 0]
    assert eye_scale(landmarks) == pytest.approx(5.0)


def test_nme_refuses_what_does_not_correspond():
    points = np.zeros((3, 3))
    with pytest.raises(InputError, match="corresponding points"):
        normalized_mean_error(points, np.zeros((4, 3)), 1.0)
    with pytest.raises(InputError, match="above 0 mm"):
        normalized_mean_error(points, points, box_scale(points))
    with pytest.raises(InputError, match="68"):
        eye_scale(points)
