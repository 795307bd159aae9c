"""The parts model through its files, as the editor uses it."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial import cKDTree

from engine.errors import WeightsError
from engine.models.directions import readable_name
from engine.models.eyes import fit_sphere
from engine.models.parts_model import NETWORK_FILE, TEMPLATE_FILE, PartsModel
from engine.models.protocol import PARTS
from engine.surface import extract_surface, update_surface
from engine.weights import load_weights
from tests.synthetic_faces import synthetic_faces
from tests.tiny_parts_model import make_tiny_model


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    make_tiny_model(folder)
    return folder


@pytest.fixture(scope="module")
def model(folder: Path) -> PartsModel:
    return PartsModel(folder, "cpu")


def test_the_mean_face_is_the_template(model: PartsModel) -> None:
    assert np.array_equal(model.preview(model.mean_code()), model.template.vertices)
    assert [part.name for part in model.parts] == list(PARTS)
    assert model.parts[-1].directions[0].name == "Jaw open"


def test_a_tangent_is_the_slope_of_the_preview(model: PartsModel) -> None:
    code = model.mean_code().with_value("head", 1, 0.7)
    step = model.preview(code.with_value("nose", 0, 2.0)) - model.preview(code)
    assert np.allclose(step, 2.0 * model.tangent("nose", 0), atol=1e-3)
    assert np.abs(step).max() > 1.0


def test_the_preview_follows_the_training_faces(model: PartsModel) -> None:
    faces = synthetic_faces()
    code = model.mean_code().with_value("nose", 0, 1.5)
    joint = np.concatenate([code.part(part) for part in PARTS])
    error = np.linalg.norm(model.preview(code) - faces.vertices(joint), axis=1)
    assert np.percentile(error, 90) < 1.0


def test_the_template_surface_lies_on_the_zero_set(model: PartsModel) -> None:
    code = model.mean_code().with_value("mouth", 0, 2.0)
    field = model.field(code)
    before = np.abs(field.evaluate(model.preview(code)))
    after = np.abs(field.evaluate(model.template_surface(code)))
    # A model trained for a moment has folds where no step along the normal helps.
    assert np.median(after) < np.median(before) / 2
    assert after.mean() < before.mean()


def test_the_field_is_negative_inside_and_its_box_holds_the_face(model: PartsModel) -> None:
    field = model.field(model.mean_code())
    inside_outside = np.array([[0, 0, 0], [0, 0, 120]], np.float32)
    assert (np.sign(field.evaluate(inside_outside)) == [-1, 1]).all()
    assert (model.template.vertices > field.lower).all()
    assert (model.template.vertices < field.upper).all()
    assert len(extract_surface(field, 32).mesh.faces) > 500


def test_an_edit_of_the_nose_changes_nothing_outside_its_influence(model: PartsModel) -> None:
    before = model.mean_code()
    after = before.with_value("nose", 0, 2.5)
    rng = np.random.default_rng(0)
    points = rng.uniform(-110, 110, (4000, 3)).astype(np.float32)
    influenced = model.influence("nose", [before, after], points)
    change = np.abs(model.field(after).evaluate(points) - model.field(before).evaluate(points))
    assert change[influenced].max() > 0.5
    assert change[~influenced].max() < 0.05
    assert model.influence("head", [before, after], points).all()


def test_influence_holds_what_differs_from_the_first_of_several_faces(model: PartsModel) -> None:
    first = model.mean_code()
    others = [first.with_value("nose", 0, 1.5), first.with_value("nose", 1, -1.5)]
    points = np.random.default_rng(1).uniform(-90, 90, (3000, 3)).astype(np.float32)
    together = model.influence("nose", [first, *others], points)
    apart = [model.influence("nose", [first, other], points) for other in others]
    assert not np.array_equal(*apart)
    assert np.array_equal(together, apart[0] | apart[1])


def test_an_update_after_an_edit_is_the_surface_of_the_edited_face(model: PartsModel) -> None:
    before = model.mean_code().with_value("head", 0, 0.5)
    surface = extract_surface(model.field(before), 64)
    for part, value in (("nose", 0.4), ("mouth", -0.5)):
        after = before.with_value(part, 0, value)
        field = model.field(after)

        def changed(points: np.ndarray, part=part, before=before, after=after) -> np.ndarray:
            return model.influence(part, [before, after], points)

        surface = update_surface(surface, field, changed)
        anew = extract_surface(field, 64)
        assert surface.evaluations < 0.9 * anew.evaluations
        assert len(surface.mesh.vertices) == pytest.approx(len(anew.mesh.vertices), rel=0.005)
        distance, _ = cKDTree(anew.mesh.vertices).query(surface.mesh.vertices)
        assert np.percentile(distance, 99) < 0.02
        before = after


def test_a_small_edit_leaves_the_box_of_the_field(model: PartsModel) -> None:
    code = model.mean_code()
    moved = model.field(code.with_value("nose", 0, 0.02))
    assert not np.array_equal(model.preview(code), model.preview(code.with_value("nose", 0, 0.02)))
    assert np.array_equal(model.field(code).lower, moved.lower)
    assert np.array_equal(model.field(code).upper, moved.upper)


def test_correspondence_leads_back_to_the_mean_face(model: PartsModel) -> None:
    code = model.mean_code().with_value("head", 0, 1.0)
    found = model.correspond(code, model.template_surface(code))
    error = np.linalg.norm(found - model.template.vertices, axis=1)
    assert np.median(error) < 1.0


def test_eyes_look_where_the_expression_says() -> None:
    from engine.models.eyes import _gaze

    names = ["Eye look up right", "Eye look in right", "Eye look in left"]
    code = SimpleExpression([1.0, 0.0, 0.0])
    assert _gaze("right", names, code)[1] > 0.3
    inward = SimpleExpression([0.0, 1.0, 1.0])
    assert _gaze("right", names, inward)[0] > 0.4
    assert _gaze("left", names, inward)[0] < -0.4


class SimpleExpression:
    """Only the part of a code that the gaze reads."""

    def __init__(self, values: list[float]) -> None:
        self.expression = np.array(values)


def test_a_sphere_is_found_from_a_cap_of_it() -> None:
    rng = np.random.default_rng(1)
    cap = rng.standard_normal((60, 3)) * 0.2 + (0, 0, 1)
    points = 12.0 * cap / np.linalg.norm(cap, axis=1, keepdims=True) + (3, 4, 5)
    centre, radius = fit_sphere(points.astype(np.float32))
    assert np.allclose(centre, (3, 4, 5), atol=1e-2)
    assert radius == pytest.approx(12.0, abs=1e-2)


def test_the_preview_needs_no_torch(folder: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from engine.models.parts_model import PartsModel;"
        f"m = PartsModel(Path({str(folder)!r})); m.preview(m.mean_code()); m.eyes(m.mean_code());"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def test_damaged_or_wrong_weights_are_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="missing"):
        PartsModel(tmp_path)
    whole = (folder / TEMPLATE_FILE).read_bytes()
    (tmp_path / TEMPLATE_FILE).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(WeightsError, match="damaged"):
        PartsModel(tmp_path)
    with pytest.raises(WeightsError, match="expected 'parts-template'"):
        load_weights(folder / NETWORK_FILE, "parts-template")


def test_names_read_like_words() -> None:
    assert readable_name("mouthSmile_L") == "Mouth smile left"
    assert readable_name("jawOpen") == "Jaw open"
    assert readable_name("eyeLookIn_R") == "Eye look in right"
