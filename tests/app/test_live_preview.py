"""The preview against the naive sum of base and motion."""

import numpy as np
import pytest

from app.live_preview import Coordinate, LivePreview, changed_coordinates
from app.surfaces import Surface, on_free_mesh, on_template
from engine.geometry.mesh import Mesh
from engine.geometry.normals import vertex_normals
from engine.models.protocol import FaceCode
from tests.synthetic_model import SyntheticModel


@pytest.fixture(scope="module")
def model() -> SyntheticModel:
    return SyntheticModel()


def exact(model: SyntheticModel, code: FaceCode) -> Surface:
    return on_template(model, code, model.template_surface(code), exact=True)


def naive(model: SyntheticModel, base: Surface, code: FaceCode):
    return base.vertices + base.carry(model.preview(code) - model.preview(base.code))


def test_frames_are_base_plus_linear_motion(model: SyntheticModel) -> None:
    base = exact(model, model.mean_code().with_value("nose", 1, 1.0))
    preview = LivePreview(model, base)
    code = base.code
    rng = np.random.default_rng(0)
    for step in range(12):
        part, index = ("nose", 3) if step % 3 else ("mouth", int(rng.integers(8)))
        code = code.with_value(part, index, float(rng.uniform(-2, 2)))
        frame = preview.frame(code)
        np.testing.assert_allclose(frame.vertices, naive(model, base, code), atol=2e-4)
    wanted = vertex_normals(frame.vertices, base.faces)
    np.testing.assert_allclose(frame.normals, wanted, atol=1e-6)


def test_a_new_base_is_followed_from_there(model: SyntheticModel) -> None:
    preview = LivePreview(model, exact(model, model.mean_code()))
    code = model.mean_code().with_value("head", 0, 2.0)
    preview.frame(code)
    base = exact(model, code)
    preview.rebase(base)
    np.testing.assert_array_equal(preview.frame(code).vertices, base.vertices)
    further = code.with_value("head", 0, 2.5)
    np.testing.assert_allclose(
        preview.frame(further).vertices, naive(model, base, further), atol=2e-4
    )


def test_a_free_mesh_moves_with_the_template(model: SyntheticModel) -> None:
    fine = SyntheticModel(90, 120)
    mesh = Mesh(fine.template.vertices, fine.template.faces)
    base = on_free_mesh(model, model.mean_code(), mesh)
    code = model.mean_code().with_value("head", 0, 1.5)
    moved = LivePreview(model, base).frame(code).vertices
    error = np.linalg.norm(moved - fine.preview(code), axis=1)
    motion = np.linalg.norm(fine.preview(code) - mesh.vertices, axis=1)
    assert motion.max() > 3.0
    assert np.percentile(error, 95) < 0.1 * motion.max()
    np.testing.assert_allclose(base.weights, fine.template.region_weights, atol=0.15)


def test_frames_of_a_cut_surface_are_shaded_as_it_is_at_rest(model: SyntheticModel) -> None:
    low = -100.0
    vertices = np.maximum(model.template.vertices, (-np.inf, low, -np.inf))
    mesh = Mesh(vertices, model.template.faces)
    base = on_free_mesh(model, model.mean_code(), mesh)
    plain = vertex_normals(vertices, mesh.faces)
    away = np.abs(base.normals - plain).max(axis=1) > 0.1
    assert away.any(), "the edge is mended"
    assert vertices[away][:, 1].max() < low + 10.0, "and nothing else"
    frame = LivePreview(model, base).frame(model.mean_code())
    np.testing.assert_array_equal(frame.normals, base.normals)


def test_changed_coordinates_stop_at_two(model: SyntheticModel) -> None:
    code = model.mean_code()
    other = code.with_value("eyes", 4, 1.0)
    assert changed_coordinates(code, code) == []
    assert changed_coordinates(code, other) == [Coordinate("eyes", 4)]
    assert len(changed_coordinates(code, code.with_part("nose", np.ones(12)))) == 2
