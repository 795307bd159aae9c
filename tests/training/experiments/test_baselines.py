"""The baselines learn toy heads, and the heads are what they are said to be."""

import numpy as np
import pytest
import torch

from engine.errors import Cancelled, WeightsError
from engine.geometry.mesh import Mesh
from engine.progress import CancelToken
from tests.synthetic_faces import synthetic_faces
from training.experiments.deep_sdf import DeepSdfTraining, train_deep_sdf
from training.experiments.deep_sdf_fit import DeepSdfFit, deep_sdf_field, fit_deep_sdf
from training.experiments.foreign import Warp, departure_mm, foreign_heads
from training.experiments.heads import HeadMaker
from training.experiments.linear_model import LinearFit, fit_linear, train_linear
from training.experiments.measure import Sampling, measure
from training.experiments.methods import zero_set
from training.parts.registered import RegisteredFaces
from training.parts.true_distance import make_distance_pool

SAMPLES = Sampling(full=3000, part=600, threshold_mm=1.0)


@pytest.fixture(scope="module")
def faces() -> RegisteredFaces:
    return synthetic_faces()


@pytest.fixture(scope="module")
def maker(faces: RegisteredFaces) -> HeadMaker:
    return HeadMaker(faces)


def test_own_heads_lie_in_the_span_and_foreign_ones_do_not(faces, maker) -> None:
    own, foreign = maker.own(2, 5), foreign_heads(maker, 2, 5)
    assert max(departure_mm(faces, head) for head in own) < 1e-3
    assert min(departure_mm(faces, head) for head in foreign) > 0.5
    again = foreign_heads(maker, 2, 5)
    assert [head.identifier for head in again] == [head.identifier for head in foreign]
    assert foreign[0].identifier != foreign[1].identifier


def test_a_warp_of_nothing_leaves_a_head_alone(faces, maker) -> None:
    still = Warp(growth=0, taper=0, skew=0, jaw_deg=0, field_mm=0, relief_mm=0)
    head = foreign_heads(maker, 1, 5, still)[0]
    np.testing.assert_allclose(head.vertices, maker.own(1, 5)[0].vertices, atol=2e-4)


def test_the_first_heads_do_not_depend_on_how_many_there_are(maker) -> None:
    assert maker.own(1, 5)[0].identifier == maker.own(3, 5)[0].identifier
    assert maker.composite(1, 5)[0].identifier == maker.composite(3, 5)[0].identifier


def test_a_scan_shows_the_counted_surface_and_hides_the_order(maker) -> None:
    head = maker.own(1, 5)[0]
    scan = head.scan(np.random.default_rng(0))
    assert len(scan.faces) == head.counted.sum()
    assert scan.region_weights is None
    true = head.surface.vertices[head.surface.faces[head.counted]].sum((0, 1))
    np.testing.assert_allclose(scan.vertices[scan.faces].sum((0, 1)), true, rtol=1e-4, atol=2.0)
    assert not np.array_equal(scan.vertices[:50], head.surface.vertices[:50])


def test_principal_components_are_exact_on_linear_heads(faces, maker) -> None:
    model = train_linear(faces, 11, 200, np.random.default_rng(0))
    head = maker.own(1, 5)[0]
    found = model.mesh(model.project(head.vertices)).vertices
    np.testing.assert_allclose(found, head.vertices, atol=2e-3)


def test_principal_components_have_unit_variance_and_are_those_of_the_vertices(faces) -> None:
    size = 4
    model = train_linear(faces, size, 150, np.random.default_rng(3))
    # The naive twin: the same heads as vertices, by a singular value decomposition.
    from training.parts.sampler import CodeSampler

    codes = CodeSampler(faces).draw(150, np.random.default_rng(3))
    heads = np.stack([faces.vertices(code) for code in codes]).reshape(150, -1).astype(float)
    mean = heads.mean(0)
    np.testing.assert_allclose(model.mean.reshape(-1), mean, atol=1e-3)
    _, scales, rows = np.linalg.svd(heads - mean, full_matrices=False)
    expected = rows[:size] * (scales[:size] / np.sqrt(149))[:, None]
    basis = model.basis.reshape(-1, size).T
    signs = np.sign((basis * expected).sum(1))
    np.testing.assert_allclose(basis * signs[:, None], expected, atol=2e-3)


def test_a_linear_fit_finds_a_head_from_its_surface_alone(faces, maker) -> None:
    model = train_linear(faces, 11, 200, np.random.default_rng(0))
    head = maker.own(3, 8)[2]
    rng = np.random.default_rng(1)
    settings = LinearFit(rounds=12, points=600, reach_mm=(20.0, 4.0), sigma_mm=(2.0, 0.1))
    *_, code = fit_linear(model, head.scan(rng), settings, rng)
    fitted = measure(model.mesh(code), head, SAMPLES, rng).regions["full"].scd_mm
    mean = measure(model.mesh(np.zeros(11)), head, SAMPLES, rng).regions["full"].scd_mm
    assert fitted < 0.06
    assert mean > 2.5 * fitted


@pytest.fixture(scope="module")
def pool(faces):
    return make_distance_pool(faces, 12, 1500, np.random.default_rng(2))


def test_the_deep_sdf_baseline_learns_a_toy_and_fits_it(faces, maker, pool, tmp_path) -> None:
    settings = DeepSdfTraining(steps=250, faces=6, points=160, learning_rate=3e-3, code_rate=2e-2)
    texts: list[str] = []
    network = train_deep_sdf(pool, 6, settings, tmp_path, lambda _, text: texts.append(text))
    head = maker.make("trained", faces.vertices(pool.codes[0]), pool.codes[0])
    rng = np.random.default_rng(0)
    scan = head.scan(rng)
    *_, code = fit_deep_sdf(network, scan, DeepSdfFit(steps=120, points=500, samples=3000), rng)
    box = scan.vertices.min(0), scan.vertices.max(0)
    found = zero_set(deep_sdf_field(network.decoder, code, *box), 48)
    figures = measure(found, head, SAMPLES, rng).regions["full"]
    assert figures.scd_mm < 1.0
    assert figures.f_1mm > 60
    # The fit must be of use: other codes' surfaces are farther.
    other = network.codes.detach().numpy()[1:]
    away = [
        measure(zero_set(deep_sdf_field(network.decoder, c, *box), 48), head, SAMPLES, rng)
        .regions["full"]
        .scd_mm
        for c in other[:4]
    ]
    assert figures.scd_mm < np.mean(away)


def test_an_interrupted_training_ends_where_an_uninterrupted_one_does(pool, tmp_path) -> None:
    settings = DeepSdfTraining(steps=30, faces=3, points=40)
    whole = train_deep_sdf(pool, 4, settings, tmp_path / "whole")
    token = CancelToken()

    def stop(fraction: float, text: str) -> None:
        if fraction > 0.5:
            token.cancel()

    with pytest.raises(Cancelled):
        train_deep_sdf(pool, 4, settings, tmp_path / "parts", stop, token)
    resumed = train_deep_sdf(pool, 4, settings, tmp_path / "parts")
    assert torch.allclose(whole.codes, resumed.codes, atol=1e-6)
    with pytest.raises(WeightsError, match="does not fit"):
        train_deep_sdf(pool, 5, settings, tmp_path / "parts")


def test_measures_of_a_shifted_plane_are_known() -> None:
    from tests.engine.geometry.shapes import grid
    from training.experiments.heads import Head

    plane = grid(20, 20, 5.0)
    weights = np.zeros((len(plane.vertices), 4), np.float32)
    left = plane.vertices[:, 0] < 50
    weights[left, 0], weights[~left, 3] = 1.0, 1.0
    truth = Mesh(plane.vertices, plane.faces, region_weights=weights)
    head = Head("plane", plane.vertices, truth, np.ones(len(plane.faces), bool))
    lifted = plane.with_vertices(plane.vertices + np.array([0, 0, 1.2]))
    rng = np.random.default_rng(0)
    figures = measure(lifted, head, Sampling(4000, 1000, 6.0), rng).regions
    for name in ("full", "nose", "head"):
        assert figures[name].scd_mm == pytest.approx(1.2, abs=2e-3)
        assert figures[name].f_unit == pytest.approx(100.0)
        assert figures[name].f_1mm == 0.0
        assert figures[name].scd_points_mm > 1.2
    # No triangle belongs to the eyes: nothing to compare.
    assert figures["eyes"].scd_mm == float("inf")
    exact = measure(plane, head, Sampling(4000, 1000, 1.5), rng).regions["full"]
    assert exact.scd_mm < 1e-6
    # Two samplings of one surface: half the root of the area of each sample.
    assert exact.scd_points_mm == pytest.approx(0.5 * np.sqrt(100 * 100 / 4000), rel=0.05)


def test_what_does_not_count_does_not_count() -> None:
    from tests.engine.geometry.shapes import grid
    from training.experiments.heads import Head

    plane = grid(20, 20, 5.0)
    weights = np.tile(np.array([[1.0, 0, 0, 0]], np.float32), (len(plane.vertices), 1))
    truth = Mesh(plane.vertices, plane.faces, region_weights=weights)
    centroid = plane.vertices[plane.faces].mean(1)
    head = Head("half", plane.vertices, truth, centroid[:, 0] < 50)
    bent = plane.vertices + np.array([0, 0, 1.0]) * (plane.vertices[:, :1] > 55) * 30
    figures = measure(plane.with_vertices(bent), head, SAMPLES, np.random.default_rng(0))
    assert figures.regions["full"].scd_mm < 0.05
