"""The command line, with the synthetic model in the place of the shipped one."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import trimesh

from app.cli import export, info, sample
from app.cli.main import main
from engine.editing.random import random_code
from engine.errors import WeightsError
from engine.geometry.formats import read_mesh
from engine.models.protocol import FaceModel
from engine.project.archive import open_document, save_document
from engine.project.document import Document, NamedFace
from engine.project.picture import Picture
from tests.synthetic_model import EXPRESSIONS, SyntheticModel

ROOT = Path(__file__).resolve().parents[3]
MODEL = SyntheticModel(24, 32)


@pytest.fixture(autouse=True)
def synthetic(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(device: str) -> FaceModel:
        assert device == "auto"
        return MODEL

    for module in (sample, export, info):
        monkeypatch.setattr(module, "load_model", load)


def status_of(arguments: list[str]) -> object:
    """What the shell sees; the parser leaves by an exception."""
    try:
        return main(arguments)
    except SystemExit as stopped:
        return stopped.code


def save_two_faces(path: Path) -> Document:
    rng = np.random.default_rng(9)
    faces = tuple(NamedFace(name, random_code(MODEL, rng)) for name in ("Ada", "Bob"))
    document = Document(faces, MODEL.info.identifier, active=1)
    save_document(path, document)
    return document


def test_sample_writes_the_face_of_the_seed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "head.ply"
    arguments = ["sample", "--seed", "3", "--topology", "template", "-o", str(path)]
    assert main(arguments) == 0
    expected = MODEL.template_surface(random_code(MODEL, np.random.default_rng(3)))
    np.testing.assert_allclose(read_mesh(path).vertices, expected, atol=1e-3)
    assert f"{path}: {len(expected):,} vertices" in capsys.readouterr().out


def test_sample_draws_only_the_parts_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "head.lineament"
    assert main(["sample", "--seed", "3", "--part", "nose", "mouth", "-o", str(path)]) == 0
    document = open_document(path)
    code = document.face.code
    full = random_code(MODEL, np.random.default_rng(3))
    np.testing.assert_array_equal(code.nose, full.nose)
    np.testing.assert_array_equal(code.mouth, full.mouth)
    assert not code.eyes.any()
    assert not code.head.any()
    assert not code.expression.any()
    assert document.model == MODEL.info.identifier


def test_sample_of_the_free_surface_at_a_resolution(tmp_path: Path) -> None:
    sizes = []
    for resolution in ("64", "96"):
        path = tmp_path / f"{resolution}.obj"
        arguments = ["sample", "--seed", "1", "--resolution", resolution, "-o", str(path)]
        assert main(arguments) == 0
        sizes.append(len(trimesh.load_mesh(path).faces))
    assert sizes[1] / sizes[0] == pytest.approx((96 / 64) ** 2, rel=0.15)


def test_sample_counts_and_prints_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["sample", "--count", "10", "--topology", "template", "--json"]
    assert main([*arguments, "-o", str(tmp_path / "h.stl")]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert [Path(file["path"]).name for file in printed["files"]] == [
        f"h-{k:02}.stl" for k in range(1, 11)
    ]
    assert all(file["faces"] == len(MODEL.template.faces) for file in printed["files"])
    again = ["sample", "--seed", str(printed["seed"]), "--topology", "template"]
    assert main([*again, "-o", str(tmp_path / "again.stl")]) == 0
    first = (tmp_path / "h-01.stl").read_bytes()
    assert (tmp_path / "again.stl").read_bytes()[80:] == first[80:]
    assert (tmp_path / "h-02.stl").read_bytes()[80:] != first[80:]


def test_export_writes_the_active_face_with_its_expressions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_two_faces(tmp_path / "face.lineament")
    path = tmp_path / "head.glb"
    assert main(["export", str(tmp_path / "face.lineament"), "-o", str(path), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["face"] == "Bob"
    assert printed["topology"] == "template"
    content = path.read_bytes()
    for name in EXPRESSIONS:
        assert f'"{name}"'.encode() in content


@pytest.mark.parametrize("face", ["Ada", "1"])
def test_export_chooses_a_face_by_name_or_number(tmp_path: Path, face: str) -> None:
    document = save_two_faces(tmp_path / "face.lineament")
    path = tmp_path / "head.ply"
    arguments = ["export", str(tmp_path / "face.lineament"), "--face", face]
    assert main([*arguments, "--topology", "template", "-o", str(path)]) == 0
    expected = MODEL.template_surface(document.faces[0].code)
    np.testing.assert_allclose(read_mesh(path).vertices, expected, atol=1e-3)


def test_export_takes_size_unit_axis_and_names(tmp_path: Path) -> None:
    save_two_faces(tmp_path / "face.lineament")
    export = ["export", str(tmp_path / "face.lineament"), "--topology", "template"]
    path = tmp_path / "head.stl"
    assert main([*export, "--height", "120", "--unit", "cm", "-o", str(path)]) == 0
    stored = trimesh.load_mesh(path)
    assert stored.is_watertight
    assert stored.extents[2] == pytest.approx(12.0, abs=1e-4)
    path = tmp_path / "head.glb"
    assert main([*export, "--scale", "50", "--morph-names", "arkit", "-o", str(path)]) == 0
    assert b'"jawOpen"' in path.read_bytes()
    life = MODEL.template_surface(open_document(tmp_path / "face.lineament").face.code.at_rest())
    np.testing.assert_allclose(read_mesh(path).vertices, 0.5 * life, atol=1e-3)


def test_export_keeps_the_photos_colours(tmp_path: Path) -> None:
    red = Picture.of(np.full((16, 16, 3), (210, 20, 20), np.uint8))
    face = NamedFace("Ada", MODEL.mean_code(), texture=red)
    save_document(tmp_path / "ada.lineament", Document((face,), MODEL.info.identifier))
    export = ["export", str(tmp_path / "ada.lineament"), "--topology", "template", "-o"]
    assert main([*export, str(tmp_path / "ada.obj")]) == 0
    assert {file.name for file in tmp_path.glob("*.*")} == {
        "ada.lineament",
        "ada.obj",
        "ada.mtl",
        "ada_skin.png",
    }
    assert main([*export, str(tmp_path / "ada.ply")]) == 0
    colors = read_mesh(tmp_path / "ada.ply").colors
    assert colors is not None
    assert np.abs(colors.astype(int) - (210, 20, 20)).max() < 8


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--unit", "cm", "-o", "a.glb"], "in metres with y up"),
        (["--groups", "-o", "a.ply"], "holds no groups"),
        (["--foot", "-o", "a.obj"], "foot is for prints"),
        (["--scale", "0", "-o", "a.ply"], "'0' is not a number above 0"),
        (["--scale", "50", "--height", "9", "-o", "a.ply"], "not allowed with"),
    ],
)
def test_what_a_format_does_not_hold_is_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    for command in (["sample"], ["export", "face.lineament"]):
        assert status_of([*command, *arguments]) == 2
        assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_export_warns_of_other_weights(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = Document((NamedFace("a", MODEL.mean_code()),), "f" * 64)
    save_document(tmp_path / "face.lineament", document)
    arguments = ["export", str(tmp_path / "face.lineament"), "--topology", "template"]
    assert main([*arguments, "-o", str(tmp_path / "a.stl")]) == 0
    assert "other weights" in capsys.readouterr().err


def test_info_tells_versions_and_accuracy(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    model, spiral = printed["models"]
    assert spiral["name"] == "Spiral autoencoder"
    assert (spiral["code"], spiral["template"]["vertices"]) == (128, 6704)
    assert spiral["accuracy"]["mean_mm"] > 0.0
    assert model["accuracy"] == dict(MODEL.info.metrics)
    assert model["parts"]["nose"] == 12
    assert printed["packages"]["numpy"] == np.__version__
    assert main(["info"]) == 0
    text = capsys.readouterr().out
    assert f"{MODEL.info.name} on cpu" in text
    assert "chamfer_mm  0" in text
    assert "Spiral autoencoder on" in text
    assert "code: 128 numbers" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["smaple"], "no file or command 'smaple'. Did you mean 'lineament sample'?"),
        (["gone.lineament"], "no file or command 'gone.lineament'. See 'lineament --help'."),
        (["sample", "-o", "head.xyz"], "format of 'head.xyz' is not known"),
        (["sample", "-o", "no/where/head.obj"], "no folder 'no/where'"),
        (["export", "gone.lineament", "-o", "a.obj"], "Could not open 'gone.lineament'"),
        (["export", "gone.lineament", "-o", "a.lineament"], "format of 'a.lineament'"),
    ],
)
def test_bad_input_gives_one_line_and_2(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert message in captured.err
    assert captured.err.startswith("lineament: ")
    assert captured.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["sample"],
        ["sample", "-o", "a.obj", "--seed", "-1"],
        ["sample", "-o", "a.obj", "--seed", "x"],
        ["sample", "-o", "a.obj", "--part", "ear"],
        ["sample", "-o", "a.obj", "--resolution", "4096"],
        ["sample", "-o", "a.obj", "--strength", "nan"],
        ["sample", "-o", "a.obj", "--count", "0"],
        ["export", "-o", "a.obj"],
        ["--nonsense"],
    ],
)
def test_bad_arguments_end_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "error: " in capsys.readouterr().err


def test_no_face_of_that_name_lists_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_two_faces(tmp_path / "face.lineament")
    arguments = ["export", str(tmp_path / "face.lineament"), "--face", "Eve"]
    assert main([*arguments, "-o", str(tmp_path / "a.obj")]) == 2
    assert "Its faces are: 1 'Ada', 2 'Bob'." in capsys.readouterr().err


def test_a_multi_line_message_becomes_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(device: str) -> FaceModel:
        raise WeightsError("The weights are damaged.\n  Download them again.")

    monkeypatch.setattr(info, "load_model", fail)
    assert main(["info"]) == 2
    assert capsys.readouterr().err == ("lineament: The weights are damaged. Download them again.\n")


def test_ctrl_c_ends_with_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(device: str) -> FaceModel:
        raise KeyboardInterrupt

    monkeypatch.setattr(info, "load_model", interrupt)
    assert main(["info"]) == 130
    assert capsys.readouterr().err == "lineament: stopped; files written before are complete.\n"


@pytest.fixture
def no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        # Set first, so that what the code itself sets is undone as well.
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


@pytest.mark.usefixtures("no_display")
def test_a_window_without_a_display_is_explained(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main([]) == 2
    assert "There is no display" in capsys.readouterr().err
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert main([]) == 2
    assert "XWayland is not running" in capsys.readouterr().err
    monkeypatch.setenv("DISPLAY", ":987")
    assert main(["tour", "-o", str(tmp_path / "tour")]) == 2
    assert "display ':987' (variable DISPLAY) does not answer" in capsys.readouterr().err


@pytest.mark.usefixtures("no_display")
def test_qt_is_kept_on_x11_where_vtk_can_draw(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert main([]) == 2
    assert "QT_QPA_PLATFORM says 'offscreen'" in capsys.readouterr().err
    monkeypatch.delenv("QT_QPA_PLATFORM")
    assert main([]) == 2
    assert os.environ["QT_QPA_PLATFORM"] == "xcb"


def test_help_suffices() -> None:
    for command in ([], ["sample"], ["export"], ["info"], ["tour"]):
        finished = run_module([*command, "--help"])
        assert finished.returncode == 0
        assert "examples:\n  lineament" in finished.stdout
        expected = "lineament [FILE]" if not command else f"lineament {command[0]} [-h]"
        assert finished.stdout.startswith(f"usage: {expected}")
        assert max(len(line) for line in finished.stdout.splitlines()) <= 100


def test_version() -> None:
    assert run_module(["--version"]).stdout == "lineament 0.1.0\n"


def run_module(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app.cli.main", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
