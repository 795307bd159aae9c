"""The plane that ends the neck, on a tiny model whose head has a cap below."""

from pathlib import Path

import numpy as np
import pytest

from engine.assets import load_model
from engine.errors import WeightsError
from engine.geometry.topology import is_watertight
from engine.models.neck_plane import FacePlane, smooth_maximum
from engine.models.parts_model import TEMPLATE_FILE, PartsModel
from engine.models.protocol import FaceCode
from engine.surface import extract_surface
from engine.weights import load_weights, save_weights
from tests.tiny_parts_model import make_tiny_model


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cut")
    make_tiny_model(folder, capped=True)
    return folder


@pytest.fixture(scope="module")
def model(folder: Path) -> PartsModel:
    return PartsModel(folder, "cpu")


def some_code(model: PartsModel) -> FaceCode:
    rng = np.random.default_rng(4)
    code = model.mean_code()
    for part in ("head", "mouth", "expression"):
        code = code.with_part(part, 0.7 * rng.standard_normal(code.part(part).shape))
    return code


def plane_of(model: PartsModel, code: FaceCode) -> FacePlane:
    assert model._neck is not None
    return model._neck.plane.on_face(code)


def test_a_smooth_maximum_is_the_maximum_beyond_its_width() -> None:
    first, second = np.float32([0.0, 2.0, 5.0, -4.0]), np.float32([0.0, 1.0, 1.0, 4.0])
    found = smooth_maximum(first, second, 3.0)
    assert np.allclose(found, [0.75, 2.0 + 4.0 / 12.0, 5.0, 4.0])


def test_a_smooth_maximum_is_no_steeper_than_its_arguments() -> None:
    t = np.linspace(-10.0, 10.0, 4001)
    first, second = (1.1 * t).astype(np.float32), np.sin(t).astype(np.float32)
    slope = np.diff(smooth_maximum(first, second, 4.0).astype(np.float64)) / np.diff(t)
    assert slope.max() < 1.1 + 1e-3
    assert slope.min() > -1.0 - 1e-3


def test_the_free_surface_ends_in_the_plane(model: PartsModel) -> None:
    code = some_code(model)
    plane = plane_of(model, code)
    mesh = extract_surface(model.field(code), 64, refine=True).mesh
    beyond = plane.beyond(mesh.vertices)
    assert beyond.max() < 0.3
    # The disc below is flat: well inside the rounded rim every low vertex lies on the plane.
    inward = model._distances(code).uncut(np.array(mesh.vertices)) < -2.0 * plane.rounding_mm
    low = inward & (beyond > -2.0 * plane.rounding_mm)
    assert low.sum() > 20
    assert np.abs(beyond[low]).max() < 0.3


def test_the_field_keeps_its_bound_about_the_rim(model: PartsModel) -> None:
    code = some_code(model)
    field, plane, neck = model.field(code), plane_of(model, code), model._neck
    assert neck is not None
    rng = np.random.default_rng(0)
    at = model.template_surface(code)[neck.loop]
    points = (at[rng.integers(len(at), size=4000)] + rng.normal(0, 4.0, (4000, 3))).astype("f4")
    step = rng.standard_normal(points.shape).astype(np.float32)
    step *= 0.25 / np.linalg.norm(step, axis=1, keepdims=True)
    cut = np.abs(field.evaluate(points + step) - field.evaluate(points - step)) / 0.5
    uncut = model._distances(code).uncut
    bare = np.abs(uncut(points + step) - uncut(points - step)) / 0.5
    assert (np.abs(plane.beyond(points)) < 4.0).any()
    assert np.percentile(cut, 99) <= field.lipschitz + 1e-2
    assert cut.max() <= max(1.0, bare.max()) + 1e-2


def test_the_disc_moves_with_the_plane(model: PartsModel) -> None:
    neck = model._neck
    assert neck is not None
    disc = model._template_weights.tensors["neck.disc"]
    for code in (model.mean_code(), some_code(model)):
        beyond = plane_of(model, code).beyond(model.preview(code)[disc])
        assert np.abs(beyond).max() < 0.01


def test_the_shipped_template_lies_on_the_rounded_rim_and_the_plane() -> None:
    model = load_model("cpu")
    neck = model._neck
    assert neck is not None
    rng = np.random.default_rng(2)
    code = model.mean_code()
    code = code.with_part("head", rng.standard_normal(code.head.shape).astype(np.float32))
    surface = model.template_surface(code)
    value = np.abs(model.field(code).evaluate(surface[neck.rows]))
    assert np.percentile(value, 95) < 0.3
    assert np.percentile(value[: len(neck.loop)], 95) < 0.3
    assert plane_of(model, code).beyond(surface).max() < 0.3


def test_the_template_keeps_its_topology_and_stays_closed(model: PartsModel, folder: Path) -> None:
    tensors = load_weights(folder / TEMPLATE_FILE, "parts-template").tensors
    assert is_watertight(model.template.faces)
    uncut = tensors["neck.uncut"]
    moved = np.concatenate([tensors["neck.loop"], tensors["neck.disc"]])
    assert len(uncut) == len(moved)
    assert not np.isin(model.landmarks, moved).any()
    mirror = tensors["mirror"]
    image = tensors["canonical"][mirror] * np.float32([-1, 1, 1])
    # The synthetic faces themselves are symmetric to 0.13 mm.
    assert np.abs(image - tensors["canonical"]).max() < 0.2


def test_an_edit_of_the_nose_leaves_the_plane(model: PartsModel) -> None:
    code = some_code(model)
    other = plane_of(model, code.with_value("nose", 0, 2.0))
    assert np.array_equal(other.point, plane_of(model, code).point)


def test_a_template_that_lacks_a_piece_of_the_cut_is_named(folder: Path, tmp_path: Path) -> None:
    weights = load_weights(folder / TEMPLATE_FILE, "parts-template")
    tensors = {name: array for name, array in weights.tensors.items() if name != "neck.slide"}
    save_weights(tmp_path / TEMPLATE_FILE, tensors, weights.header)
    with pytest.raises(WeightsError, match="not whole"):
        PartsModel(tmp_path)
