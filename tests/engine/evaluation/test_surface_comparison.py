import json
from dataclasses import asdict, replace

import numpy as np
import pytest

from engine.errors import Cancelled, InputError
from engine.evaluation.surface_comparison import compare_surfaces
from engine.evaluation.surface_report import ReportSettings
from engine.geometry.mesh import Mesh
from engine.geometry.normals import face_areas
from engine.progress import CancelToken
from tests.engine.geometry.shapes import grid, joined, mesh_of, sphere

SETTINGS = ReportSettings(samples=4000, region_samples=1000)


def halves(mesh: Mesh) -> Mesh:
    """Regions `low` and `high`, parted at z = 0."""
    high = (mesh.vertices[:, 2] > 0).astype(float)
    return replace(mesh, region_weights=np.stack([1 - high, high], axis=1))


def test_a_surface_has_exact_distance_zero_to_itself():
    mesh = sphere(radius=50.0, subdivisions=3)
    report = compare_surfaces(mesh, mesh, np.random.default_rng(0), settings=SETTINGS)
    assert report.whole.chamfer.symmetric_mm < 1e-5
    assert report.whole.f_scores[0].score == 100.0
    assert report.whole.normal_error_deg < 0.01
    assert report.regions == ()


def test_two_samplings_of_one_surface_are_at_the_floor():
    mesh = sphere(radius=50.0, subdivisions=3)
    report = compare_surfaces(mesh, mesh, np.random.default_rng(0), settings=SETTINGS)
    area = float(face_areas(mesh.vertices, mesh.faces).sum())
    assert report.points is not None
    assert report.points.floor_mm == pytest.approx(0.5 * np.sqrt(area / 4000))
    assert report.points.chamfer.symmetric_mm == pytest.approx(report.points.floor_mm, rel=0.05)


def test_spheres_of_two_radii_are_their_difference_apart():
    small, large = sphere(50.0, 4), sphere(51.2, 4)
    report = compare_surfaces(small, large, np.random.default_rng(1), settings=SETTINGS)
    assert report.whole.chamfer.forward_mm == pytest.approx(1.2, abs=0.01)
    assert report.whole.chamfer.backward_mm == pytest.approx(1.2, abs=0.01)
    assert report.whole.forward.maximum < 1.3
    assert [score.score for score in report.whole.f_scores] == [0.0, 0.0, 100.0]
    assert report.whole.normal_error_deg < 0.5


def test_directions_are_told_apart():
    # Forward: a ball that is in the truth. Backward: the truth's second ball is missing.
    ball, second = sphere(10.0, 3), sphere(10.0, 3, centre=(100.0, 0.0, 0.0))
    report = compare_surfaces(
        ball, joined(ball, second), np.random.default_rng(2), settings=SETTINGS
    )
    assert report.whole.chamfer.forward_mm < 1e-5
    # Half of the truth's samples are a mean of about 90.5 mm from the near ball's surface.
    assert report.whole.chamfer.backward_mm == pytest.approx(45.2, abs=1.5)
    last = report.whole.f_scores[-1]
    assert last.precision == 100.0
    assert last.recall == pytest.approx(50.0, abs=3)


def test_a_surface_inside_out_has_opposite_normals():
    mesh = sphere(50.0, 3)
    turned = mesh_of(mesh.vertices, mesh.faces[:, ::-1])
    report = compare_surfaces(turned, mesh, np.random.default_rng(3), settings=SETTINGS)
    assert report.whole.chamfer.symmetric_mm < 1e-5
    assert report.whole.normal_error_deg > 179


def test_a_tilted_plane_has_the_tilt_as_normal_error():
    flat = grid(10, 10)
    angle = np.radians(5.0)
    turn = np.array(
        [[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]]
    )
    tilted = flat.with_vertices(flat.vertices @ turn.T)
    report = compare_surfaces(tilted, flat, np.random.default_rng(4), settings=SETTINGS)
    assert report.whole.normal_error_deg == pytest.approx(5.0, abs=1e-3)


def test_only_the_region_that_is_wrong_shows_an_error():
    truth = halves(sphere(50.0, 4))
    dented = truth.vertices.copy()
    dented[truth.vertices[:, 2] > 10] *= 1.02
    # Other topology, and no region weights of its own.
    reconstruction = mesh_of(dented, truth.faces[::-1])
    report = compare_surfaces(
        reconstruction, truth, np.random.default_rng(5), ("low", "high"), SETTINGS
    )
    low, high = report.region("low"), report.region("high")
    assert low.chamfer.symmetric_mm < 1e-4
    assert 0.6 < high.chamfer.symmetric_mm < 1.0
    assert [errors.name for errors in report.regions] == ["low", "high"]
    with pytest.raises(InputError, match="no region 'nose'. Its regions: low, high"):
        report.region("nose")


def test_regions_weigh_up_to_the_whole():
    truth, reconstruction = halves(sphere(50.0, 3)), sphere(50.7, 3)
    report = compare_surfaces(
        reconstruction, truth, np.random.default_rng(6), ("low", "high"), SETTINGS
    )
    for errors in (*report.regions, report.whole):
        assert errors.chamfer.symmetric_mm == pytest.approx(0.7, abs=0.02)


def test_a_shifted_sphere_is_half_the_shift_away_on_average():
    # The distance at an angle t from the shift is shift · |cos t|, whose mean over a sphere is 1/2.
    first, second = sphere(50.0, 4), sphere(50.0, 4, centre=(0.6, 0.0, 0.0))
    settings = ReportSettings(samples=8000, points=False)
    report = compare_surfaces(first, second, np.random.default_rng(7), settings=settings)
    assert report.whole.chamfer.forward_mm == pytest.approx(0.3, abs=0.01)
    assert report.whole.chamfer.backward_mm == pytest.approx(0.3, abs=0.01)


def test_few_samples_give_the_same_exact_distance_but_not_the_same_point_distance():
    first, second = sphere(50.0, 3), sphere(50.5, 3)
    exact, sampled = [], []
    for count in (500, 8000):
        settings, rng = ReportSettings(samples=count), np.random.default_rng(11)
        report = compare_surfaces(first, second, rng, settings=settings)
        assert report.points is not None
        exact.append(report.whole.chamfer.symmetric_mm)
        sampled.append(report.points.chamfer.symmetric_mm)
    assert exact[0] == pytest.approx(exact[1], abs=0.01)
    assert sampled[0] > 2 * sampled[1] > 2 * exact[1]


def test_the_same_generator_state_gives_the_same_report():
    first, second = halves(sphere(10.0, 2)), sphere(10.5, 2)
    reports = [
        compare_surfaces(second, first, np.random.default_rng(8), ("low", "high"), SETTINGS)
        for _ in range(2)
    ]
    assert reports[0] == reports[1]
    assert json.loads(json.dumps(asdict(reports[0])))["whole"]["name"] == "whole"


def test_unsound_comparisons_are_refused():
    mesh, rng = halves(sphere(10.0, 2)), np.random.default_rng(9)
    with pytest.raises(InputError, match="2 regions, but 1 names were given"):
        compare_surfaces(mesh, mesh, rng, ("nose",), SETTINGS)
    away = sphere(10.0, 2, centre=(0.0, 0.0, 90.0))
    with pytest.raises(InputError, match="region 'low'.*same frame"):
        compare_surfaces(away, mesh, rng, ("low", "high"), SETTINGS)
    with pytest.raises(InputError, match="without faces"):
        compare_surfaces(mesh_of(np.zeros((3, 3)), []), mesh, rng)
    with pytest.raises(InputError, match="at least one sample"):
        ReportSettings(samples=0)


def test_cancelling_stops_a_comparison():
    token = CancelToken()
    token.cancel()
    mesh = sphere(10.0, 1)
    with pytest.raises(Cancelled):
        compare_surfaces(mesh, mesh, np.random.default_rng(0), settings=SETTINGS, cancel=token)
