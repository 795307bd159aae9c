"""`lineament transplant` and `lineament interpolate`, with the synthetic model."""

import json
from pathlib import Path

import numpy as np
import pytest
from skimage.io import imread

from app.cli import interpolate
from app.cli import transplant as transplant_command
from app.cli.main import main
from engine.editing.animation import animated_face
from engine.editing.interpolation import part_sequence, transition
from engine.editing.random import random_code
from engine.editing.residual import ResidualLayer
from engine.editing.transplant import transplant
from engine.geometry.formats import read_mesh
from engine.models.protocol import PARTS, FaceCode, FaceModel
from engine.project.archive import open_document, save_document
from engine.project.document import Document, NamedFace
from tests.synthetic_model import SyntheticModel

MODEL = SyntheticModel(24, 32)


@pytest.fixture(autouse=True)
def synthetic(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(device: str) -> FaceModel:
        assert device == "auto"
        return MODEL

    for module in (transplant_command, interpolate):
        monkeypatch.setattr(module, "load_model", load)


@pytest.fixture
def faces(tmp_path: Path) -> tuple[FaceCode, FaceCode]:
    """The faces of a.lineament and b.lineament; b's document has another face before it."""
    rng = np.random.default_rng(4)
    first, second, third = (random_code(MODEL, rng) for _ in range(3))
    identifier = MODEL.info.identifier
    save_document(tmp_path / "a.lineament", Document((NamedFace("Ada", first),), identifier))
    both = (NamedFace("Cy", third), NamedFace("Bob", second))
    save_document(tmp_path / "b.lineament", Document(both, identifier, active=1))
    return first, second


def call(folder: Path, command: str, *arguments: str) -> int:
    documents = (str(folder / "a.lineament"), str(folder / "b.lineament"))
    return main([command, *documents, *arguments])


def test_transplant_writes_a_document(tmp_path: Path, faces, capsys) -> None:
    out = tmp_path / "c.lineament"
    assert call(tmp_path, "transplant", "--part", "nose", "eyes", "-o", str(out)) == 0
    document = open_document(out)
    assert document.face.name == "Ada"
    assert document.face.code == transplant(faces[0], faces[1], ["nose", "eyes"])
    assert str(out) in capsys.readouterr().out


def test_transplant_writes_a_mesh_of_a_chosen_face(tmp_path: Path, faces, capsys) -> None:
    out = tmp_path / "c.ply"
    options = ("--part", "head", "--strength", "0.5", "--source-face", "Cy", "--json")
    assert call(tmp_path, "transplant", *options, "--topology", "template", "-o", str(out)) == 0
    third = open_document(tmp_path / "b.lineament").faces[0].code
    wanted = MODEL.template_surface(transplant(faces[0], third, ["head"], 0.5))
    np.testing.assert_allclose(read_mesh(out).vertices, wanted, atol=1e-3)
    printed = json.loads(capsys.readouterr().out)
    assert printed["source"] == "Cy"
    assert printed["parts"] == ["head"]
    assert printed["strength"] == 0.5


def test_interpolate_numbers_meshes(tmp_path: Path, faces) -> None:
    pattern = str(tmp_path / "frames" / "%03d.ply")  # the folder is made
    assert call(tmp_path, "interpolate", "--frames", "4", "-o", pattern) == 0
    wanted = [frame.code for frame in transition(faces[0], faces[1], 4)]
    written = sorted((tmp_path / "frames").iterdir())
    assert [path.name for path in written] == ["001.ply", "002.ply", "003.ply", "004.ply"]
    for path, code in zip(written, wanted, strict=True):
        found = read_mesh(path)
        np.testing.assert_allclose(found.vertices, MODEL.template_surface(code), atol=1e-3)
        np.testing.assert_array_equal(found.faces, MODEL.template.faces)


def test_interpolate_in_order_writes_documents(tmp_path: Path, faces) -> None:
    pattern = str(tmp_path / "step-%d.lineament")
    options = ("--parts-in-order", "mouth,nose", "--frames", "5", "-o", pattern)
    assert call(tmp_path, "interpolate", *options) == 0
    wanted = list(part_sequence(faces[0], faces[1], ["mouth", "nose"], 2))
    for number, code in enumerate(wanted, 1):
        assert open_document(tmp_path / f"step-{number}.lineament").face.code == code


@pytest.mark.parametrize("order", [(), ("--parts-in-order",)])
def test_interpolate_writes_an_animation(tmp_path: Path, faces, capsys, order) -> None:
    out = tmp_path / "way.glb"
    assert call(tmp_path, "interpolate", *order, "--frames", "6", "--json", "-o", str(out)) == 0
    assert b'"animations"' in out.read_bytes()
    found = read_mesh(out).vertices
    np.testing.assert_allclose(found, MODEL.template_surface(faces[0]), atol=2e-3)
    assert len(json.loads(capsys.readouterr().out)["files"]) == 1


def test_interpolate_takes_pictures(tmp_path: Path, faces) -> None:
    pattern = str(tmp_path / "p%d.png")
    assert call(tmp_path, "interpolate", "--frames", "2", "--size", "64", "-o", pattern) == 0
    first, second = (imread(tmp_path / f"p{k}.png") for k in (1, 2))
    assert first.shape == (64, 64, 3)
    assert (first[0, 0] == 255).all()
    assert np.abs(first.astype(int) - second).max() > 20


def test_a_name_without_a_pattern_gets_numbers(tmp_path: Path, faces) -> None:
    out = str(tmp_path / "way.obj")
    assert call(tmp_path, "interpolate", "--frames", "2", "-o", out) == 0
    assert {path.name for path in tmp_path.glob("*.obj")} == {"way-1.obj", "way-2.obj"}


@pytest.mark.parametrize(
    ("command", "options", "message"),
    [
        ("transplant", ("--part", "nose", "-o", "x.xyz"), "format of 'x.xyz'"),
        ("transplant", ("--part", "nose", "--source-face", "Zoe", "-o", "x.obj"), "no face 'Zoe'"),
        ("interpolate", ("-o", "e/f/%03d.obj"), "no folder 'e/f'"),
        ("interpolate", ("-o", "%s.obj"), "must hold one number"),
        ("interpolate", ("-o", "%d-%d.obj"), "must hold one number"),
        ("interpolate", ("--part", "nose", "--parts-in-order", "-o", "a.glb"), "not both"),
    ],
)
def test_bad_input_is_a_message(
    tmp_path: Path, faces, capsys, monkeypatch, command: str, options: tuple[str, ...], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert call(tmp_path, command, *options) == 2
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error
    assert not list(tmp_path.glob("x.*"))


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("transplant", ("--part", "ear", "-o", "x.obj")),
        ("transplant", ("--part", "nose", "--strength", "1.5", "-o", "x.obj")),
        (
            "transplant",
            (
                "-o",
                "x.obj",
            ),
        ),
        ("interpolate", ("--frames", "1", "-o", "x.glb")),
        ("interpolate", ("--fps", "0", "-o", "x.glb")),
        ("interpolate", ("--parts-in-order", "nose,nose", "-o", "x.glb")),
    ],
)
def test_bad_options_exit_with_two(tmp_path: Path, faces, command, options) -> None:
    with pytest.raises(SystemExit) as left:
        call(tmp_path, command, *options)
    assert left.value.code == 2


@pytest.mark.parametrize("command", ["transplant", "interpolate"])
def test_help_suffices(capsys: pytest.CaptureFixture[str], command: str) -> None:
    with pytest.raises(SystemExit) as left:
        main([command, "--help"])
    assert left.value.code == 0
    text = capsys.readouterr().out
    assert "examples:" in text
    for part in PARTS:
        assert part in text
    assert max(len(line) for line in text.splitlines()) <= 100


def test_scan_detail_goes_along(tmp_path: Path, faces) -> None:
    template, rng = MODEL.template, np.random.default_rng(9)
    layers = [ResidualLayer(rng.normal(0, 0.3, template.vertices.shape)) for _ in range(2)]
    for name, code, layer in zip("ab", faces, layers, strict=True):
        face = NamedFace(name, code, residual=layer)
        save_document(tmp_path / f"{name}.lineament", Document((face,), MODEL.info.identifier))
    out = tmp_path / "c.lineament"
    assert call(tmp_path, "transplant", "--part", "nose", "-o", str(out)) == 0
    found = open_document(out).face.residual
    assert found is not None
    weights = np.asarray(template.region_weights)
    nose = weights[:, 0]
    for rows, layer in ((nose == 1.0, layers[1]), (nose == 0.0, layers[0])):
        np.testing.assert_allclose(found.displacement[rows], layer.displacement[rows], atol=1e-5)
    pattern = str(tmp_path / "%d.ply")
    assert call(tmp_path, "interpolate", "--frames", "3", "-o", pattern) == 0
    last = MODEL.template_surface(faces[1])
    wanted = layers[1].apply(last, template.faces, weights)
    np.testing.assert_allclose(read_mesh(tmp_path / "3.ply").vertices, wanted, atol=1e-3)
    animated = animated_face(MODEL, faces[0], faces[1], 3, layers=(layers[0], layers[1]))
    ends = animated.mesh.vertices + sum(morph.displacements for morph in animated.morphs)
    np.testing.assert_allclose(ends, wanted, atol=1e-3)
