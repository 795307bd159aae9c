"""Flattening, the lips' outline and the landmark pairs."""

import numpy as np
import pytest

from engine.errors import InputError
from tests.training.synthetic_head import landmark_points
from training.parts.template.flatten import (
    determinants,
    flatten,
    jacobians,
    triangle_gradients,
    tutte_map,
)
from training.parts.template.lip_outline import lip_depth, lip_outline
from training.parts.template.transfer import MIDLINE, PAIRS


def disk(rings):
    """A flat disk of rings around a middle vertex; its rim last."""
    points, faces = [(0.0, 0.0, 0.0)], []
    count = 12
    for ring in range(1, rings + 1):
        for k in range(count):
            a = 2 * np.pi * k / count
            points.append((ring * np.cos(a), ring * np.sin(a), 0.0))
    for k in range(count):
        n = (k + 1) % count
        faces.append((0, 1 + k, 1 + n))
        for ring in range(rings - 1):
            a, b = 1 + ring * count + k, 1 + ring * count + n
            faces += [(a, a + count, b + count), (a, b + count, b)]
    return np.array(points), np.array(faces), np.arange(1 + (rings - 1) * count, 1 + rings * count)


@pytest.fixture
def dome():
    points, faces, rim = disk(5)
    radius = np.linalg.norm(points, axis=1)
    angle = radius / 5.0 * 0.45 * np.pi
    raised = (
        points
        * np.divide(np.sin(angle) * 10, radius, out=np.zeros_like(radius), where=radius > 0)[
            :, None
        ]
    )
    raised[:, 2] = 10 * np.cos(angle)
    return raised, faces, rim


def circle(count):
    a = 2 * np.pi * np.arange(count) / count
    return np.stack([np.cos(a), np.sin(a)], axis=1)


def test_gradients_of_a_linear_map_are_its_matrix():
    points, faces, _ = disk(3)
    turn = np.linalg.qr(np.random.default_rng(0).standard_normal((3, 3)))[0]
    gradients = triangle_gradients(points @ turn.T, faces, np.ones(len(faces)))
    matrix = np.array([[2.0, 0.5], [-0.3, 1.5]])
    values = np.linalg.svd(jacobians(points[:, :2] @ matrix.T, gradients), compute_uv=False)
    np.testing.assert_allclose(
        values, np.tile(np.linalg.svd(matrix, compute_uv=False), (len(faces), 1))
    )
    np.testing.assert_allclose(gradients.areas.sum(), 0.5 * 12 * 9 * np.sin(np.pi / 6))


def test_a_scaled_reference_is_shrunk_by_its_scale():
    points, faces, _ = disk(2)
    gradients = triangle_gradients(points, faces, np.full(len(faces), 0.5))
    np.testing.assert_allclose(determinants(points[:, :2], gradients), 4.0)


def test_tutte_never_folds(dome):
    points, faces, rim = dome
    uv = tutte_map(points, faces, rim, circle(len(rim)))
    gradients = triangle_gradients(points, faces, np.ones(len(faces)))
    assert determinants(uv, gradients).min() > 0.0


def test_a_flat_disk_is_flattened_without_distortion():
    points, faces, rim = disk(5)
    gradients = triangle_gradients(points, faces, np.ones(len(faces)))
    start = tutte_map(points, faces, rim, circle(len(rim))) * 3.0
    free = np.zeros((len(points), 2), dtype=bool)
    free[0] = True
    uv = flatten(start, gradients, np.ones(len(faces)), free, 60)
    stretch = np.linalg.svd(jacobians(uv, gradients), compute_uv=False)
    np.testing.assert_allclose(stretch, 1.0, atol=0.01)
    np.testing.assert_array_equal(uv[0], start[0])


def test_flattening_a_dome_lowers_its_distortion_and_folds_nothing(dome):
    points, faces, rim = dome
    gradients = triangle_gradients(points, faces, np.ones(len(faces)))
    start = tutte_map(points, faces, rim, circle(len(rim))) * 10.0
    fixed = np.zeros((len(points), 2), dtype=bool)
    fixed[0] = True
    uv = flatten(start, gradients, np.ones(len(faces)), fixed, 60)

    def distortion(uv):
        stretch = np.linalg.svd(jacobians(uv, gradients), compute_uv=False)
        return (gradients.areas[:, None] * (stretch**2 + stretch**-2)).sum() / gradients.areas.sum()

    assert determinants(uv, gradients).min() > 0.0
    assert distortion(uv) < 0.7 * distortion(start)
    assert distortion(uv) < 4.4  # 4 is the least there is


def test_weights_move_the_distortion_elsewhere(dome):
    points, faces, rim = dome
    gradients = triangle_gradients(points, faces, np.ones(len(faces)))
    start = tutte_map(points, faces, rim, circle(len(rim))) * 10.0
    fixed = np.zeros((len(points), 2), dtype=bool)
    fixed[0] = True
    middle = np.linalg.norm(points[faces].mean(1)[:, :2], axis=1) < 6.0
    spread = []
    for heavy in (1.0, 50.0):
        uv = flatten(start, gradients, np.where(middle, heavy, 1.0), fixed, 60)
        stretch = np.linalg.svd(jacobians(uv, gradients), compute_uv=False)[middle]
        spread.append(np.abs(np.log(stretch)).mean())
    assert spread[1] < 0.7 * spread[0]


def test_a_folded_start_is_refused(dome):
    points, faces, rim = dome
    gradients = triangle_gradients(points, faces, np.ones(len(faces)))
    start = tutte_map(points, faces, rim, circle(len(rim)))
    start[0] += 5.0
    with pytest.raises(InputError, match="folds"):
        flatten(start, gradients, np.ones(len(faces)), np.zeros((len(points), 2), bool), 5)


def test_every_landmark_is_in_a_pair_or_on_the_midline_once():
    named = [*MIDLINE, *(i for pair in PAIRS for i in pair)]
    assert sorted(named) == list(range(68))
    points = landmark_points()
    for first, second in PAIRS:
        np.testing.assert_allclose(points[first] * [-1, 1, 1], points[second], atol=1e-6)


def test_lip_depth_is_positive_on_the_lips_only():
    marks = landmark_points()
    outline = lip_outline(marks)
    probes = np.stack([marks[62], marks[51] + [0, 3, 0], marks[48], marks[57] * [1, 1, -1]])
    depth = lip_depth(probes, outline)
    assert depth[0] > 5.0
    np.testing.assert_allclose(depth[1], -3.0, atol=0.3)
    assert abs(depth[2]) < 0.1
    assert depth[3] == -4.0
