"""The synthetic model keeps the promises of the protocol."""

import numpy as np
import pytest

from engine.geometry.normals import vertex_normals
from engine.models.protocol import PARTS, FaceCode
from tests.synthetic_model import SyntheticModel


@pytest.fixture(scope="module")
def model() -> SyntheticModel:
    return SyntheticModel()


@pytest.fixture(scope="module")
def code(model: SyntheticModel) -> FaceCode:
    rng = np.random.default_rng(3)
    code = model.mean_code()
    for part in model.parts:
        lower = [direction.minimum for direction in part.directions]
        upper = [direction.maximum for direction in part.directions]
        code = code.with_part(part.name, 0.5 * rng.uniform(lower, upper))
    return code


def test_the_template_surface_is_the_zero_set(model: SyntheticModel, code: FaceCode) -> None:
    distances = model.field(code).evaluate(model.template_surface(code))
    assert np.abs(distances).max() < 1e-3


def test_the_field_is_negative_inside_and_within_its_bound(
    model: SyntheticModel, code: FaceCode
) -> None:
    field = model.field(code)
    surface = model.template_surface(code)
    normals = vertex_normals(surface, model.template.faces)
    assert (field.evaluate(surface - 2.0 * normals) < 0).all()
    assert (field.evaluate(surface + 2.0 * normals) > 0).all()
    rng = np.random.default_rng(0)
    points = rng.uniform(field.lower, field.upper, (20_000, 3)).astype(np.float32)
    steps = 0.5 * np.eye(3, dtype=np.float32)
    slopes = [field.evaluate(points + step) - field.evaluate(points - step) for step in steps]
    assert np.linalg.norm(slopes, axis=0).max() < field.lipschitz


def test_the_preview_is_linear_with_the_tangents(model: SyntheticModel) -> None:
    mean = model.mean_code()
    moved = mean.with_value("mouth", 3, 2.0)
    change = model.preview(moved) - model.preview(mean)
    np.testing.assert_allclose(change, 2.0 * model.tangent("mouth", 3), atol=1e-4)


def test_points_come_back_to_the_mean_face(model: SyntheticModel, code: FaceCode) -> None:
    at_rest = model.correspond(code, model.template_surface(code))
    np.testing.assert_allclose(at_rest, model.template.vertices, atol=2e-3)


def test_influence_names_the_points_that_change(model: SyntheticModel) -> None:
    before = model.mean_code()
    after = before.with_value("nose", 0, 1.0)
    points = model.template.vertices
    moved = np.linalg.norm(model.preview(after) - points, axis=1) > 0.01
    assert model.influence("nose", [before, after], points)[moved].all()
    assert not model.influence("nose", [before, before], points).any()


def test_the_template_is_closed_and_has_regions(model: SyntheticModel) -> None:
    template = model.template
    edges = np.sort(template.faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    assert (np.unique(edges, axis=0, return_counts=True)[1] == 2).all()
    assert template.region_weights is not None
    np.testing.assert_allclose(template.region_weights.sum(axis=1), 1.0, atol=1e-5)
    assert len(model.landmarks) == 68
    assert [part.name for part in model.parts] == list(PARTS)
