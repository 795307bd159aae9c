"""Figures of photo methods, against what can be said on paper."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from engine.errors import InputError
from engine.evaluation.photo_metrics import (
    SHAPENET_SCALE,
    PaperUnits,
    depth_between,
    landmark_errors,
    rank_one,
    shape_distance,
    shape_likeness,
    surface_figures,
    units_of,
)
from engine.geometry.mesh import Mesh


def landmarks() -> np.ndarray:
    """68 points in a box of 100 × 64 px, whose root area is 80."""
    points = np.random.default_rng(0).uniform((10.0, 20.0), (110.0, 84.0), (68, 2))
    points[:2] = (10.0, 20.0), (110.0, 84.0)
    return points


def test_nme_is_divided_by_the_root_of_the_boxs_area() -> None:
    truth = landmarks()
    moved = truth + np.array([3.0, 4.0])
    errors = landmark_errors(moved, truth)
    assert errors.all_points == pytest.approx(5.0 / 80.0)
    assert errors.inner_points == pytest.approx(5.0 / 80.0)


def test_the_inner_points_leave_out_the_outline_and_keep_the_box() -> None:
    truth = landmarks()
    found = truth.copy()
    found[:17, 0] += 8.0
    errors = landmark_errors(found, truth)
    assert errors.inner_points == 0.0
    assert errors.all_points == pytest.approx(17 / 68 * 8.0 / 80.0)
    found = truth.copy()
    found[17:, 1] -= 8.0
    assert landmark_errors(found, truth).inner_points == pytest.approx(8.0 / 80.0)


@pytest.mark.parametrize("shape", [(67, 2), (68, 3)])
def test_other_numbers_of_landmarks_are_refused(shape: tuple[int, int]) -> None:
    with pytest.raises(InputError, match="68"):
        landmark_errors(np.zeros(shape), landmarks())


def test_landmarks_must_be_numbers_and_have_a_size() -> None:
    broken = landmarks()
    broken[3, 0] = np.nan
    with pytest.raises(InputError, match="finite"):
        landmark_errors(landmarks(), broken)
    with pytest.raises(InputError, match="line"):
        landmark_errors(landmarks(), np.ones((68, 2)))


def sheet(side: float, height: float) -> Mesh:
    """A square of `side` mm at `height` mm."""
    corners = np.array([(0, 0), (side, 0), (side, side), (0, side)], np.float32)
    vertices = np.concatenate([corners, np.full((4, 1), height, np.float32)], axis=1)
    return Mesh(vertices, np.array([(0, 1, 2), (0, 2, 3)], np.int32))


UNITS = PaperUnits(400.0)


def wall(side: float, x: float) -> Mesh:
    """The same square seen from its edge, at `x` mm: sliding along z does not reach it."""
    flat = sheet(side, x)
    return flat.with_vertices(flat.vertices[:, [2, 0, 1]])


def figures_at(x: float, samples: int = 10_000):
    rng = np.random.default_rng(1)
    return surface_figures(wall(100.0, 0.0), wall(100.0, x), UNITS, rng, samples, 256)


def test_parallel_sheets_are_their_distance_apart() -> None:
    """Squared in both directions, × 1000; the samples' spacing adds 2 × 1 / (π density)."""
    found = figures_at(30.0)
    spacing = 2.0 * (100.0**2 / 10_000) / np.pi / 400.0**2
    assert found.chamfer == pytest.approx(1000.0 * (2.0 * (30.0 / 400.0) ** 2 + spacing), rel=2e-3)
    assert found.chamfer_mm == pytest.approx(30.0, abs=0.05)
    assert found.earth_mover == pytest.approx(100.0 * 30.0 / 400.0, rel=0.08)


def test_only_the_distance_from_the_camera_is_forgiven() -> None:
    rng = np.random.default_rng(1)
    found = surface_figures(sheet(100.0, 0.0), sheet(100.0, 30.0), UNITS, rng, 5_000, 256)
    assert found.chamfer_mm < 1.5
    assert found.f_tau == pytest.approx(100.0)
    assert found.chamfer_in_place == pytest.approx(1000.0 * 2.0 * (30.0 / 400.0) ** 2, rel=0.01)


def test_sliding_finds_the_depth_of_a_part() -> None:
    """Half a bowl, on the whole bowl 12 mm deeper: mean depths alone would be wrong."""
    x, y = np.random.default_rng(0).uniform(-50.0, 50.0, (2, 2_000))
    bowl = np.stack([x, y, 0.01 * (x**2 + y**2)], axis=1)
    deeper = bowl + np.array([0.0, 0.0, 12.0])
    assert depth_between(bowl[np.hypot(x, y) < 40.0], deeper) == pytest.approx(12.0, abs=0.8)


@pytest.mark.parametrize(
    ("height", "at_tau", "at_two_tau"), [(3.0, 100.0, 100.0), (5.0, 0.0, 100.0), (6.0, 0.0, 0.0)]
)
def test_tau_is_a_squared_distance(height: float, at_tau: float, at_two_tau: float) -> None:
    """√1e-4 of 400 mm is 4 mm, √2e-4 is 5.66 mm."""
    assert UNITS.reach_mm() == pytest.approx(4.0)
    assert UNITS.reach_mm(2.0) == pytest.approx(4.0 * np.sqrt(2.0))
    found = figures_at(height)
    assert found.f_tau == pytest.approx(at_tau, abs=0.5)
    assert found.f_two_tau == pytest.approx(at_two_tau, abs=0.5)


def test_half_a_surface_halves_the_recall() -> None:
    half = sheet(100.0, 0.0)
    half = half.with_vertices(half.vertices * np.array([0.5, 1.0, 1.0], np.float32))
    found = surface_figures(half, sheet(100.0, 0.0), UNITS, np.random.default_rng(2))
    # Precision 1 and recall (50 + 4) / 100: the border reaches 4 mm further.
    assert found.f_tau == pytest.approx(100.0 * 2 * 0.54 / 1.54, abs=1.0)


def test_the_unit_makes_the_mean_faces_diagonal_as_long_as_an_object_of_the_paper() -> None:
    box = np.array([(0.0, 0.0, 0.0), (120.0, 160.0, 0.0), (60.0, 80.0, 0.0)])
    units = units_of(box)
    assert 200.0 / units.millimetres == pytest.approx(SHAPENET_SCALE)
    with pytest.raises(InputError, match="above 0"):
        units_of(np.zeros((3, 3)))


def shape(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.0, 40.0, (300, 3))


def test_the_distance_of_shapes_knows_no_pose_but_knows_size() -> None:
    truth = shape(0)
    turned = truth @ Rotation.from_euler("xyz", (20, -50, 10), degrees=True).as_matrix().T + 7.0
    assert shape_distance(turned, truth) == pytest.approx(0.0, abs=1e-9)
    larger = truth * 1.1
    expected = np.linalg.norm(0.1 * (truth - truth.mean(0)), axis=1).mean()
    assert shape_distance(larger, truth) == pytest.approx(expected, rel=1e-6)
    with pytest.raises(InputError, match="corresponding"):
        shape_distance(truth[:-1], truth)


def test_likeness_is_the_direction_away_from_the_mean() -> None:
    mean, away = shape(0), shape(1) / 40.0
    turn = Rotation.from_euler("y", 30, degrees=True).as_matrix().T
    weaker = mean + 0.2 * away
    assert shape_likeness(weaker @ turn, mean + away, mean) == pytest.approx(1.0, abs=1e-3)
    assert shape_likeness(mean - away, mean + away, mean) == pytest.approx(-1.0, abs=0.01)
    assert abs(shape_likeness(mean + shape(2) / 40.0, mean + away, mean)) < 0.15
    assert shape_likeness(mean, mean + away, mean) == 0.0


def test_only_a_clear_best_is_ranked_first() -> None:
    assert rank_one([0.1, 0.9, 0.3], 1)
    assert not rank_one([0.1, 0.9, 0.3], 2)
    assert not rank_one([0.5, 0.5], 0)
    assert not rank_one([0.5, float("nan")], 1)
    with pytest.raises(InputError, match="no entry"):
        rank_one([1.0], 1)
