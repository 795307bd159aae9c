"""`lineament photo` from file to file, with a detector and methods that need no weights."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.spatial.transform import Rotation
from skimage.data import astronaut

from app.cli import photo as photo_command
from app.cli.main import main
from app.cli.photo_outputs import pose_json
from app.cli.photo_plan import distinct_names, photo_files, plan_groups
from engine.errors import InputError
from engine.geometry.formats import read_mesh
from engine.geometry.mesh import Mesh
from engine.models.protocol import FaceCode, FaceModel
from engine.photo.near_camera import NearCamera
from engine.photo.reconstruction import FoundFace, PhotoFace, Reconstruction
from engine.photo.weak_perspective import fit_weak_perspective, five_points
from engine.progress import CancelToken, Progress, ignore_progress
from engine.project.archive import open_document
from tests.synthetic_model import SyntheticModel

MODEL = SyntheticModel()
ASTRONAUT = FoundFace(
    np.array([180.0, 65.0, 264.0, 172.0]),
    np.array([(203.0, 109.0), (243.0, 107.0), (223.0, 128.0), (208.0, 149.0), (241.0, 147.0)]),
    0.999,
)
CODE = MODEL.mean_code().with_value("nose", 0, 1.5).with_value("expression", 1, 0.5)


class FixedDetector:
    """Finds the astronaut in any picture of her size, twice if it is asked to; else nobody."""

    def __init__(self, faces: int = 1) -> None:
        self.faces = faces

    def find(self, pixels: np.ndarray, cancel: CancelToken | None = None) -> tuple[FoundFace, ...]:
        del cancel
        if pixels.shape != (512, 512, 3) or not pixels.any():
            return ()
        second = replace(ASTRONAUT, points=ASTRONAUT.points + 200.0, confidence=0.9)
        return (ASTRONAUT, second)[: self.faces]


@dataclass
class PosedHead:
    """The synthetic head posed on the five points; with `code` or as a bare mesh."""

    name: str
    code: FaceCode | None
    title: str = "Posed head"
    joined: int = 0

    def reconstruct(
        self,
        face: PhotoFace,
        cancel: CancelToken | None = None,
        progress: Progress = ignore_progress,
    ) -> Reconstruction:
        del cancel, progress
        vertices = MODEL.preview(CODE)
        landmarks = vertices[MODEL.landmarks]
        pose = fit_weak_perspective(five_points(landmarks), face.found.points)
        mesh = Mesh(vertices, MODEL.template.faces)
        places = pose.project(landmarks)
        camera = NearCamera.of(pose)
        return Reconstruction(self.name, camera, (mesh,), self.code, places, np.ones(68), 0.01)


class OnePerson(PosedHead):
    def reconstruct_person(self, faces: Sequence[PhotoFace]) -> Sequence[Reconstruction]:
        self.joined = len(faces)
        return [self.reconstruct(face) for face in faces]


@dataclass
class Setting:
    detector: FixedDetector
    codes: OnePerson


@pytest.fixture
def setting(monkeypatch: pytest.MonkeyPatch) -> Setting:
    chosen = Setting(FixedDetector(), OnePerson("codes", CODE))

    def load_method(name: str, model: FaceModel, device: str) -> PosedHead:
        assert model is MODEL
        assert device == "auto"
        return chosen.codes if name == "codes" else PosedHead(name, None)

    monkeypatch.setattr(photo_command, "load_model", lambda device: MODEL)
    monkeypatch.setattr(photo_command, "load_method", load_method)
    monkeypatch.setattr(photo_command, "load_detector", lambda device: chosen.detector)
    return chosen


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "ada.png"
    Image.fromarray(astronaut()).save(path)
    return path


pytestmark = pytest.mark.usefixtures("setting")


def run(*arguments: object) -> int:
    return main(["photo", *map(str, arguments)])


def test_the_json_is_as_promised(photo: Path, tmp_path: Path) -> None:
    report = tmp_path / "faces.json"
    assert run(photo, "--json", report) == 0
    content = json.loads(report.read_text())
    assert set(content) == {"faces"}
    (face,) = content["faces"]
    assert set(face) == {
        "box",
        "landmarks_px",
        "confidence",
        "pose",
        "method",
        "seconds",
        "file",
    }
    assert face["box"] == [180.0, 65.0, 264.0, 172.0]
    assert np.array(face["landmarks_px"]).shape == (68, 2)
    assert face["confidence"] == 0.999
    assert face["method"] == "codes"
    assert face["seconds"] == 0.01
    assert face["file"] == str(photo)
    pose = face["pose"]
    # The pose takes the model to the picture: its landmarks land where the JSON has them.
    points = MODEL.preview(CODE)[MODEL.landmarks] @ np.array(pose["rotation"]).T
    places = points[:, :2] * (pose["scale"], -pose["scale"]) + np.array(pose["translation"])
    np.testing.assert_allclose(places, face["landmarks_px"], atol=0.01)
    assert set(pose) == {
        *("yaw", "pitch", "roll", "scale", "rotation", "translation"),
        *("nearness", "pivot"),
    }


def test_json_on_stdout_stands_alone(photo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(photo, "--json", "-") == 0
    assert len(json.loads(capsys.readouterr().out)["faces"]) == 1


def test_codes_become_an_editable_document(photo: Path, tmp_path: Path) -> None:
    output = tmp_path / "face.lineament"
    assert run(photo, "-o", output) == 0
    document = open_document(output)
    assert document.face.name == "ada"
    assert document.face.code == CODE
    assert document.model == MODEL.info.identifier
    assert document.scans == ()
    (kept,) = document.photos
    assert kept.face == 0
    assert kept.pixels.shape == (512, 512, 3)
    assert kept.landmarks is not None
    np.testing.assert_array_equal(kept.found.box, ASTRONAUT.box)


def test_a_mesh_becomes_an_editable_document_by_a_fit(photo: Path, tmp_path: Path) -> None:
    output = tmp_path / "face.lineament"
    assert run(photo, "--method", "pixel2mesh", "-o", output) == 0
    document = open_document(output)
    assert len(document.scans) == 1
    assert document.scans[0].accepted
    found = MODEL.template_surface(document.face.code)
    front = found[:, 2] > 40.0
    errors = np.linalg.norm(found - MODEL.preview(CODE), axis=1)[front]
    plain = np.linalg.norm(MODEL.template.vertices - MODEL.preview(CODE), axis=1)[front]
    assert errors.mean() < 0.5 * plain.mean()
    # The photograph's camera follows the fit: the fitted face is where the mesh was seen.
    (kept,) = document.photos
    assert kept.camera is not None
    assert kept.landmarks is not None
    seen = kept.camera.project(found[MODEL.landmarks])[27:]
    assert np.linalg.norm(seen - kept.landmarks[27:], axis=1).mean() < 1.5


@pytest.mark.parametrize("suffix", ["glb", "obj", "ply", "stl"])
@pytest.mark.parametrize("method", ["codes", "coarse-to-fine"])
def test_meshes_are_in_the_models_millimetres(
    photo: Path, tmp_path: Path, method: str, suffix: str
) -> None:
    output = tmp_path / f"face.{suffix}"
    assert run(photo, "--method", method, "-o", output) == 0
    expected = MODEL.preview(CODE)
    if suffix == "glb" and method == "codes":
        # The base of a face with morph targets is at rest.
        expected = MODEL.preview(CODE.with_part("expression", np.zeros(8)))
    found = read_mesh(output).vertices
    np.testing.assert_allclose(found.min(0), expected.min(0), atol=0.6)
    np.testing.assert_allclose(found.max(0), expected.max(0), atol=0.6)


def test_one_bad_file_never_stops_the_rest(
    photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.jpg").write_text("This is no picture.")
    (folder / "b.png").write_bytes(photo.read_bytes())
    (folder / "c.png").write_bytes(photo.read_bytes()[:2000])
    Image.fromarray(np.zeros((1, 1, 3), np.uint8)).save(folder / "d.png")
    Image.fromarray(np.zeros((512, 512, 3), np.uint8)).save(folder / "e.png")
    (folder / "f.png").write_bytes(photo.read_bytes())
    (folder / "notes.txt").write_text("not a picture, and not named so")
    output, report = tmp_path / "out", tmp_path / "report.json"
    missing = tmp_path / "missing.jpg"
    assert run(folder, missing, "--format", "obj", "-o", output, "--json", report) == 2
    assert sorted(path.name for path in output.iterdir()) == ["b.obj", "f.obj"]
    content = json.loads(report.read_text())
    assert [Path(face["output"]).name for face in content["faces"]] == ["b.obj", "f.obj"]
    failed = [Path(entry["file"]).name for entry in content["failed"]]
    assert failed == ["a.jpg", "c.png", "d.png", "e.png", "missing.jpg"]
    assert "No face was found" in content["failed"][3]["error"]
    captured = capsys.readouterr()
    assert "7 photographs, 2 faces, 5 failed." in captured.out
    assert "Traceback" not in captured.err
    # Progress is shown, too, where the machine is slow.
    said = [line for line in captured.err.splitlines() if line.startswith("lineament: ")]
    assert len(said) == 5
    assert [sum(line.count(name) for line in said) for name in failed] == [1] * 5


def test_without_a_face_it_says_so(
    tmp_path: Path, photo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.fromarray(np.zeros((512, 512, 3), np.uint8)).save(photo)
    assert run(photo, "-o", tmp_path / "face.glb") == 2
    assert "No face was found" in capsys.readouterr().err
    assert not (tmp_path / "face.glb").exists()


def test_every_face_or_the_one_of_a_number(setting: Setting, photo: Path, tmp_path: Path) -> None:
    setting.detector.faces = 2
    assert run(photo, "--face", "all", "-o", tmp_path / "all.lineament") == 0
    names = [face.name for face in open_document(tmp_path / "all.lineament").faces]
    assert names == ["ada 1", "ada 2"]
    assert run(photo, "--face", "all", "-o", tmp_path / "mesh.ply") == 0
    assert sorted(path.name for path in tmp_path.glob("*.ply")) == ["mesh-1.ply", "mesh-2.ply"]
    report = tmp_path / "one.json"
    assert run(photo, "--face", "2", "--json", report) == 0
    assert json.loads(report.read_text())["faces"][0]["confidence"] == 0.9
    assert run(photo, "--face", "3", "--json", report) == 2


def test_photographs_of_one_person_are_joined(
    setting: Setting, photo: Path, tmp_path: Path
) -> None:
    other, bad = tmp_path / "bob.png", tmp_path / "bad.png"
    other.write_bytes(photo.read_bytes())
    bad.write_text("nothing")
    output = tmp_path / "one.lineament"
    assert run(photo, other, bad, "--same-person", "-o", output) == 2
    assert setting.codes.joined == 2
    document = open_document(output)
    assert [face.name for face in document.faces] == ["ada"]
    assert [kept.name for kept in document.photos] == ["ada", "bob"]
    for kept in document.photos:
        assert kept.face == 0
        np.testing.assert_array_equal(kept.expression, CODE.expression)
    assert run(photo, other, "--same-person", "-o", tmp_path / "one.ply") == 0
    assert (tmp_path / "one-2.ply").is_file()


def test_the_json_says_how_near_the_camera_was() -> None:
    """By what its docstring says, the model's points land where the camera sees them."""
    turn = Rotation.from_euler("xyz", (10, 30, -5), degrees=True).as_matrix()
    camera = NearCamera(turn, 2.0, np.array([300.0, 400.0]), 1 / 350, np.array([2.0, -9.0, 60.0]))
    points = np.random.default_rng(0).uniform(-80.0, 80.0, (30, 3))
    pose = pose_json(camera)
    rotation, pivot = np.array(pose["rotation"]), np.array(pose["pivot"])
    down = np.array([1.0, -1.0])

    def flat(where: np.ndarray) -> np.ndarray:
        return pose["translation"] + pose["scale"] * down * (where @ rotation.T)[:, :2]

    growth = 1.0 / (1.0 - pose["nearness"] * ((points - pivot) @ rotation.T)[:, 2:])
    seen = flat(pivot[None]) + growth * (flat(points) - flat(pivot[None]))
    np.testing.assert_allclose(seen, camera.project(points), atol=0.01)
    assert np.abs(seen - flat(points)).max() > 20.0


@pytest.mark.parametrize("suffix", ["glb", "obj", "ply", "lineament"])
def test_a_face_wears_its_photograph(photo: Path, tmp_path: Path, suffix: str) -> None:
    Image.new("RGB", (512, 512), (10, 200, 30)).save(photo)
    output = tmp_path / f"face.{suffix}"
    assert run(photo, "--texture", "-o", output) == 0
    if suffix == "lineament":
        texture = open_document(output).face.texture
        assert texture is not None
        colors = texture.pixels.reshape(-1, 3)
    elif suffix == "ply":
        found = read_mesh(output).colors
        assert found is not None
        colors = found
    elif suffix == "obj":
        colors = np.asarray(Image.open(tmp_path / "face_skin.png").convert("RGB")).reshape(-1, 3)
    else:
        assert b"image/png" in output.read_bytes()
        return
    assert np.abs(colors.astype(int) - (10, 200, 30)).max(axis=1).min() < 4


def test_a_mesh_without_the_template_wears_none(
    photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "face.glb"
    assert run(photo, "--method", "pixel2mesh", "--texture", "-o", output) == 2
    assert "--texture" in capsys.readouterr().err
    assert not output.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("-o", "face.txt"),
        ("-o", "nowhere/face.glb"),
        ("--json", "faces.txt"),
        ("--same-person", "--method", "pixel2mesh", "-o", "face.glb"),
        ("--same-person", "--face", "all", "-o", "face.glb"),
    ],
)
def test_what_cannot_end_well_is_refused_before_the_work(
    photo: Path, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(photo.parent)
    monkeypatch.setattr(photo_command, "load_model", lambda device: pytest.fail("loaded"))
    assert run(photo, *arguments) == 2


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no picture"):
        photo_files([str(tmp_path)])


def test_several_photographs_get_a_file_each(tmp_path: Path) -> None:
    files = [tmp_path / "a.jpg", tmp_path / "A.png", tmp_path / "b.jpg"]
    assert distinct_names(files) == ["a", "A-2", "b"]
    groups = plan_groups(files, str(tmp_path / "face.glb"), False, "lineament")
    outputs = [group.output.name for group in groups if group.output is not None]
    assert outputs == ["face-a.glb", "face-A-2.glb", "face-b.glb"]
    (one,) = plan_groups(files, str(tmp_path / "new") + "/", True, "ply")
    assert one.output == tmp_path / "new" / "a.ply"
    assert (tmp_path / "new").is_dir()
