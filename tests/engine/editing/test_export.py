"""Exported faces against the closed form of the synthetic model."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest
import trimesh

from engine.editing.export import QUIET_MM, export_face, expression_morphs
from engine.editing.export_form import ExportForm
from engine.editing.face_mesh import face_mesh
from engine.editing.random import random_code
from engine.editing.residual import ResidualLayer
from engine.editing.topology_choice import Topology
from engine.errors import Cancelled, InputError
from engine.geometry.formats import FileFrame
from engine.geometry.textured_mesh import FaceTexture
from engine.models.protocol import FaceCode
from engine.progress import CancelToken
from tests.synthetic_model import EXPRESSIONS, SyntheticModel

MODEL = SyntheticModel(24, 32)


def some_code(seed: int = 1) -> FaceCode:
    return random_code(MODEL, np.random.default_rng(seed))


def glb_json(path: Path) -> dict:
    content = path.read_bytes()
    (length,) = struct.unpack_from("<I", content, 12)
    parsed: dict = json.loads(content[20 : 20 + length])
    return parsed


def test_the_template_is_carried_with_its_uv_and_regions() -> None:
    code = some_code()
    mesh = face_mesh(MODEL, code, "template", 64)
    np.testing.assert_array_equal(mesh.vertices, MODEL.template_surface(code))
    np.testing.assert_array_equal(mesh.faces, MODEL.template.faces)
    np.testing.assert_array_equal(mesh.uv, MODEL.template.uv)


def test_the_free_surface_lies_on_the_zero_set_and_is_coloured() -> None:
    code = some_code()
    mesh = face_mesh(MODEL, code, "free", 64)
    assert np.percentile(np.abs(MODEL.field(code).evaluate(mesh.vertices)), 99) < 0.5
    assert mesh.region_weights is not None
    assert mesh.colors is not None
    assert mesh.region_weights.sum(axis=1) == pytest.approx(1.0, abs=1e-4)
    # Colours and regions come from the template's nearest place at rest: the nose's tip
    # is nose, the back of the head is head.
    tip, back = mesh.vertices[:, 2].argmax(), mesh.vertices[:, 2].argmin()
    assert mesh.region_weights[tip].argmax() == 0
    assert mesh.region_weights[back, 3] > 0.99


def test_morphs_are_the_expressions_of_this_person() -> None:
    code = some_code()
    morphs = expression_morphs(MODEL, code)
    assert [morph.name for morph in morphs] == list(EXPRESSIONS)
    assert [morph.weight for morph in morphs] == pytest.approx(list(code.expression))
    rest = code.at_rest()
    assert not rest.expression.any()
    np.testing.assert_array_equal(rest.nose, code.nose)
    expected = MODEL.preview(rest.with_value("expression", 2, 1.0))
    wanted = expected - MODEL.preview(rest)
    assert np.linalg.norm(morphs[2].displacements - wanted, axis=1).max() < QUIET_MM[1]
    strong = np.linalg.norm(wanted, axis=1) > QUIET_MM[1] + 1e-3
    assert strong.any()
    np.testing.assert_allclose(morphs[2].displacements[strong], wanted[strong], atol=1e-3)


def test_what_an_expression_hardly_moves_stays_still(monkeypatch: pytest.MonkeyPatch) -> None:
    model = SyntheticModel(8, 8)
    noise = np.full((len(model.template.vertices), 3), 0.01, np.float32)
    noise[0], noise[1] = 5.0, 0.023
    monkeypatch.setattr(model, "tangent", lambda part, k: noise)
    moved = expression_morphs(model, model.mean_code())[0].displacements
    np.testing.assert_allclose(moved[0], 5.0)
    assert 0.0 < moved[1, 0] < 0.023
    assert not moved[2:].any()


def test_an_expression_that_moves_nothing_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    model = SyntheticModel(8, 8)
    tangent = model.tangent
    monkeypatch.setattr(model, "tangent", lambda part, k: tangent(part, k) * (k != 4))
    names = [morph.name for morph in expression_morphs(model, model.mean_code())]
    assert names == [*EXPRESSIONS[:4], *EXPRESSIONS[5:]]


@pytest.mark.parametrize("suffix", [".obj", ".ply", ".stl", ".glb"])
@pytest.mark.parametrize("topology", ["free", "template"])
def test_every_format_of_either_topology_is_read_back(
    tmp_path: Path, suffix: str, topology: str
) -> None:
    path = tmp_path / f"head{suffix}"
    code = some_code().at_rest()
    mesh = export_face(MODEL, code, path, topology, 64).mesh
    back = trimesh.load_mesh(path, process=False)
    scale = 1000.0 if suffix == ".glb" else 1.0
    bounds = [mesh.vertices.min(axis=0), mesh.vertices.max(axis=0)]
    if suffix == ".stl":  # z is up there
        (left, low, behind), (right, high, front) = bounds
        bounds = [np.array([left, -front, low]), np.array([right, -behind, high])]
    np.testing.assert_allclose(back.bounds * scale, bounds, atol=0.01)
    assert len(back.faces) == len(mesh.faces)


def test_glb_of_the_template_has_named_morph_targets(tmp_path: Path) -> None:
    code = some_code()
    export_face(MODEL, code, tmp_path / "head.glb", "template")
    described = glb_json(tmp_path / "head.glb")["meshes"][0]
    assert described["extras"]["targetNames"] == list(EXPRESSIONS)
    assert len(described["primitives"][0]["targets"]) == len(EXPRESSIONS)
    export_face(MODEL, code, tmp_path / "free.glb", "free", 64)
    assert "targets" not in glb_json(tmp_path / "free.glb")["meshes"][0]["primitives"][0]


def test_progress_rises_to_the_end() -> None:
    seen: list[float] = []
    expression_morphs(MODEL, some_code(), progress=lambda fraction, _: seen.append(fraction))
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (0.0, 1.0)


def test_cancelling_writes_nothing(tmp_path: Path) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        export_face(MODEL, some_code(), tmp_path / "a.glb", "template", cancel=cancel)
    assert list(tmp_path.iterdir()) == []


def test_bad_input_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'free' or 'template', got 'grid'"):
        face_mesh(MODEL, some_code(), "grid", 64)
    with pytest.raises(InputError, match="resolution must be 64 to 512, got 5000"):
        face_mesh(MODEL, some_code(), "free", 5000)
    with pytest.raises(InputError, match="no mesh format"):
        export_face(MODEL, some_code(), tmp_path / "head.xyz", "template")


@pytest.mark.parametrize("topology", ["template", "free"])
def test_a_scans_detail_is_exported(topology: Topology) -> None:
    bare = face_mesh(MODEL, some_code(), topology, 64)
    outward = np.zeros((len(MODEL.template.vertices), 3), np.float32)
    outward[:, 0] = 1.5
    detailed = face_mesh(MODEL, some_code(), topology, 64, residual=ResidualLayer(outward))
    moved = np.linalg.norm(detailed.vertices - bare.vertices, axis=1)
    # Between vertices of different normals the layer's arrows are mixed, and a bit shorter.
    np.testing.assert_allclose(moved, 1.5, atol=0.2)
    assert moved.mean() == pytest.approx(1.5, abs=0.02)
    np.testing.assert_array_equal(detailed.faces, bare.faces)


def a_texture() -> FaceTexture:
    """Red on the subject's left, blue on the right; a grey picture."""
    left = MODEL.template.vertices[:, :1] > 0
    colors = np.where(left, [220, 10, 10], [10, 10, 220]).astype(np.uint8)
    image = np.full((16, 16, 3), 77, np.uint8)
    return FaceTexture(colors, image, np.ones(len(colors), np.float32))


def test_a_template_glb_holds_texture_and_morphs(tmp_path: Path) -> None:
    code = some_code()
    export_face(MODEL, code, tmp_path / "head.glb", "template", texture=a_texture())
    document = glb_json(tmp_path / "head.glb")
    assert document["meshes"][0]["extras"]["targetNames"] == list(EXPRESSIONS)
    assert document["materials"][0]["pbrMetallicRoughness"]["baseColorTexture"] == {"index": 0}
    assert "COLOR_0" not in document["meshes"][0]["primitives"][0]["attributes"]


def test_a_template_obj_stands_beside_its_picture(tmp_path: Path) -> None:
    export_face(MODEL, some_code(), tmp_path / "head.obj", "template", texture=a_texture())
    names = sorted(file.name for file in tmp_path.iterdir())
    assert names == ["head.mtl", "head.obj", "head_skin.png"]


@pytest.mark.parametrize(("name", "topology"), [("head.ply", "template"), ("head.obj", "free")])
def test_elsewhere_a_texture_becomes_colours(tmp_path: Path, name: str, topology: Topology) -> None:
    mesh = export_face(MODEL, some_code(), tmp_path / name, topology, 64, texture=a_texture()).mesh
    assert mesh.colors is not None
    away = np.abs(mesh.vertices[:, 0]) > 15
    redder = mesh.colors[:, 0].astype(int) > mesh.colors[:, 2]
    assert (redder == (mesh.vertices[:, 0] > 0))[away].mean() > 0.98
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_the_height_asked_for_is_that_of_the_mesh_and_its_morphs_follow(tmp_path: Path) -> None:
    code = some_code()
    life = export_face(MODEL, code, tmp_path / "life.glb", "template")
    small = export_face(
        MODEL, code, tmp_path / "small.glb", "template", form=ExportForm(height_mm=100.0)
    )
    assert np.ptp(small.mesh.vertices[:, 1]) == pytest.approx(100.0, abs=1e-3)
    factor = 100.0 / np.ptp(life.mesh.vertices[:, 1])
    np.testing.assert_allclose(small.mesh.vertices, factor * life.mesh.vertices, atol=1e-3)
    assert small.morphs == life.morphs == len(EXPRESSIONS)
    moves = [
        [accessor["max"] for accessor in glb_json(file)["accessors"] if "max" in accessor]
        for file in (life.files[0], small.files[0])
    ]
    np.testing.assert_allclose(np.array(moves[1]), factor * np.array(moves[0]), atol=1e-6)


def test_a_scale_and_a_unit_multiply(tmp_path: Path) -> None:
    form = ExportForm(scale=0.5, frame=FileFrame("cm", "z"))
    mesh = export_face(MODEL, some_code(), tmp_path / "a.obj", "template", form=form).mesh
    life = face_mesh(MODEL, some_code(), "template", 64)
    np.testing.assert_allclose(mesh.vertices, 0.5 * life.vertices, atol=1e-4)
    stored = trimesh.load_mesh(tmp_path / "a.obj", process=False).vertices
    x, y, z = mesh.vertices.T
    np.testing.assert_allclose(stored, np.stack([x, -z, y], axis=1) / 10.0, atol=1e-4)


def test_morphs_can_be_left_out_and_the_expression_stays(tmp_path: Path) -> None:
    code = some_code()
    worn = export_face(MODEL, code, tmp_path / "a.glb", "template", form=ExportForm(morphs=False))
    assert worn.morphs == 0
    np.testing.assert_array_equal(worn.mesh.vertices, MODEL.template_surface(code))
    assert "targets" not in glb_json(tmp_path / "a.glb")["meshes"][0]["primitives"][0]


def test_parts_are_groups_with_a_material_each(tmp_path: Path) -> None:
    written = export_face(
        MODEL, some_code(), tmp_path / "a.obj", "template", form=ExportForm(groups=True)
    )
    assert [file.name for file in written.files] == ["a.obj", "a.mtl"]
    scene = trimesh.load_scene(tmp_path / "a.obj", split_objects=False, group_material=True)
    faces = {part.visual.material.name: len(part.faces) for part in scene.geometry.values()}
    assert set(faces) == {"nose", "eyes", "mouth", "head"}
    assert sum(faces.values()) == len(MODEL.template.faces)
    assert faces["head"] > faces["nose"]


@pytest.mark.parametrize(
    ("name", "form", "message"),
    [
        ("a.stl", ExportForm(groups=True), r"\.stl file holds no groups.*\.obj"),
        ("a.glb", ExportForm(frame=FileFrame()), "in metres with y up"),
        ("a.obj", ExportForm(foot=True), "foot is for prints"),
        # The synthetic head is round below.
        ("a.stl", ExportForm(foot=True), "does not end in a plane"),
    ],
)
def test_what_a_format_does_not_hold_is_refused_before_the_work(
    tmp_path: Path, name: str, form: ExportForm, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        export_face(MODEL, some_code(), tmp_path / name, "template", form=form)
    assert not list(tmp_path.iterdir())


def test_impossible_forms_are_named() -> None:
    with pytest.raises(InputError, match="scale of an export must be above 0, got 0"):
        ExportForm(scale=0.0)
    with pytest.raises(InputError, match="height of an export must be above 0, got nan"):
        ExportForm(height_mm=float("nan"))
    with pytest.raises(InputError, match="readable or arkit names, got 'latin'"):
        ExportForm(morph_names="latin")
