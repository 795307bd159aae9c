"""`lineament reconstruct`: faces, meshes and scans, and what it says of bad input."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

import engine.editing.residual
import engine.fitting
import engine.scans
from app.cli.main import main
from engine.editing.residual import ResidualLayer
from engine.geometry.formats import read_mesh, write_mesh
from engine.geometry.mesh import Mesh
from engine.geometry.similarity import Similarity
from engine.models.spiral_autoencoder import SpiralModel
from engine.project.archive import save_document
from engine.project.document import Document, NamedFace
from tests.synthetic_model import SyntheticModel
from tests.tiny_spiral_model import write_tiny_spiral

MODEL = SyntheticModel(30, 40)
CODE = MODEL.mean_code().with_value("nose", 0, 1.5)
FACE = MODEL.template_surface(CODE)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    file = tmp_path_factory.mktemp("spiral") / "tiny.safetensors"
    write_tiny_spiral(file, MODEL)
    return file


@pytest.fixture
def spiral(weights, monkeypatch, tmp_path):
    """The tiny models in place of the shipped ones, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("app.cli.reconstruct.load_model", lambda device: MODEL)
    monkeypatch.setattr(
        "app.cli.reconstruct.load_spiral", lambda file, device: SpiralModel(file or weights, "cpu")
    )
    return SpiralModel(weights, "cpu")


def figures(capsys):
    return json.loads(capsys.readouterr().out)


def test_a_face_comes_back_with_its_distances(spiral, capsys):
    layer = np.zeros((len(FACE), 3), np.float32)
    layer[:, 0] = 0.3
    residual = ResidualLayer(layer)
    face = NamedFace("Nosy", CODE, residual=residual)
    document = Document((NamedFace("Other", MODEL.mean_code()), face), MODEL.info.identifier)
    save_document("two.lineament", document)
    command = ["reconstruct", "two.lineament", "--face", "Nosy", "-o", "again.ply", "--json"]
    assert main(command) == 0
    told = figures(capsys)
    template = MODEL.template
    assert template.region_weights is not None
    whole = residual.apply(FACE, template.faces, template.region_weights)
    made = read_mesh("again.ply")
    assert np.allclose(made.vertices, spiral.reconstruct(whole), atol=1e-3)
    apart = np.linalg.norm(made.vertices - whole, axis=1)
    assert told["mean_mm"] == pytest.approx(apart.mean(), abs=1e-3)
    assert told["median_mm"] == pytest.approx(np.median(apart), abs=1e-3)
    assert told["p95_mm"] == pytest.approx(np.percentile(apart, 95), abs=1e-3)
    assert 0.0 < told["seconds"] < told["seconds_in_all"]


def test_meshes_of_the_topology_are_taken_as_they_lie(spiral, capsys):
    for name, vertices in (("a.obj", FACE), ("b.ply", MODEL.template_surface(MODEL.mean_code()))):
        write_mesh(name, Mesh(vertices, MODEL.template.faces))
    assert main(["reconstruct", "a.obj", "b.ply", "-o", "again.stl", "--json"]) == 0
    first, second = figures(capsys)
    assert (first["output"], second["output"]) == ("again-a.stl", "again-b.stl")
    apart = np.linalg.norm(spiral.reconstruct(FACE) - FACE, axis=1)
    assert first["mean_mm"] == pytest.approx(apart.mean(), abs=1e-3)
    assert first["route"] == "on the autoencoder's topology"


def test_another_mesh_is_fitted_first(spiral, capsys, monkeypatch):
    placing = Similarity.scaling(10.0)
    scanned = []

    def align(mesh, model, unit=None):
        scanned.append(unit)
        yield SimpleNamespace(fraction=1.0, similarity=placing)

    def fit(model, mesh, start):
        scanned.append(start)
        yield engine.fitting.FitStep(CODE, start, 0.25, 1, 1.0, True)

    def layer(model, code, placed):
        scanned.append(placed.vertices[:, 1].max())
        return ResidualLayer(np.zeros((len(FACE), 3), np.float32))

    monkeypatch.setattr(engine.scans, "align_scan", align)
    monkeypatch.setattr(engine.fitting, "fit_scan", fit)
    monkeypatch.setattr(engine.editing.residual, "fit_residual", layer)
    other = SyntheticModel(40, 50)
    scan = other.template.with_vertices(other.template.vertices / 10.0)
    write_mesh("scan.ply", scan)
    assert main(["reconstruct", "scan.ply", "-o", "again.ply", "--unit", "cm"]) == 0
    out = capsys.readouterr().out
    assert "scan.ply (scan, fitted to 0.25 mm): mean" in out
    assert "again.ply: " in out
    assert scanned[:2] == [10.0, placing]
    assert scanned[2] == pytest.approx(other.template.vertices[:, 1].max(), abs=1e-3)
    made = read_mesh("again.ply").vertices
    assert np.allclose(made, spiral.reconstruct(FACE), atol=1e-3)


def test_own_weights_take_meshes_of_their_own_topology_alone(spiral, capsys, tmp_path):
    other = SyntheticModel(20, 24)
    write_tiny_spiral(tmp_path / "mine.safetensors", other, with_origin=False)
    write_mesh("own.ply", other.template)
    write_mesh("face.ply", Mesh(FACE, MODEL.template.faces))
    command = ["reconstruct", "--weights", "mine.safetensors", "-o", "again.ply"]
    assert main([*command, "own.ply"]) == 0
    assert len(read_mesh("again.ply").vertices) == len(other.template.vertices)
    capsys.readouterr()
    assert main([*command, "face.ply"]) == 2
    assert "another topology" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["gone.obj", "-o", "x.obj"], "no file 'gone.obj'"),
        (["notes.txt", "-o", "x.obj"], "format of 'notes.txt'"),
        (["a.ply", "-o", "x.foo"], "format of 'x.foo'"),
        (["a.ply", "-o", "nowhere/x.obj"], "no folder"),
        (["a.ply", "sub/a.ply", "-o", "x.obj"], "Two inputs"),
        (["a.ply", "-o", "x.obj", "--unit", "ell"], "'ell' is no unit"),
        (["bad.ply", "-o", "x.obj"], "bad.ply"),
        (["bad.lineament", "-o", "x.obj"], "bad.lineament"),
        (["a.ply", "-o", "x.obj", "--weights", "bad.ply"], "bad.ply"),
    ],
)
def test_bad_input_is_told_in_one_line(spiral, tmp_path, capsys, arguments, said):
    (tmp_path / "sub").mkdir()
    for name in ("a.ply", "sub/a.ply"):
        write_mesh(name, Mesh(FACE, MODEL.template.faces))
    for name in ("notes.txt", "bad.ply", "bad.lineament"):
        (tmp_path / name).write_bytes(b"nothing of the kind")
    assert main(["reconstruct", *arguments]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert "Traceback" not in err
    assert not (tmp_path / "x.obj").exists()
