"""`lineament fit` with the synthetic model, from file to file."""

import json
from pathlib import Path

import numpy as np
import pytest
import trimesh

from app.cli import fit
from app.cli.main import main
from engine.errors import InputError
from engine.geometry.distance import SurfaceIndex
from engine.geometry.formats import read_mesh, write_mesh
from engine.geometry.mesh import Mesh
from engine.geometry.similarity import Similarity
from engine.models.protocol import FaceModel
from engine.project.archive import open_document, save_document
from engine.project.document import Document, NamedFace
from engine.scans import ScanAlignmentStep
from tests.engine.fitting.scans import MODEL, face_code, scan_of

CODE = face_code(8, strength=0.6)
SCAN = scan_of(CODE)


@pytest.fixture(autouse=True)
def synthetic(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(device: str) -> FaceModel:
        assert device == "auto"
        return MODEL

    monkeypatch.setattr(fit, "load_model", load)


@pytest.fixture
def scan_file(tmp_path: Path) -> Path:
    path = tmp_path / "scan.ply"
    write_mesh(path, SCAN)
    return path


def test_a_scan_becomes_a_document_and_a_report(
    scan_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document, report = tmp_path / "face.lineament", tmp_path / "report.json"
    assert main(["fit", str(scan_file), "-o", str(document), "--json", str(report)]) == 0
    opened = open_document(document)
    plain = json.loads(report.read_text())
    assert opened.face.residual is not None
    assert opened.scans[0].accepted
    assert len(opened.scans[0].mesh.vertices) == len(SCAN.vertices)
    assert plain["chamfer_mm"] < 0.3
    assert plain["chamfer_with_residual_mm"] < plain["chamfer_mm"] + 0.02
    assert set(plain["regions"]) == {"nose", "eyes", "mouth", "head"}
    assert plain["seconds"] > 0.0
    assert plain["unit"] == "mm"
    assert opened.scans[0].alignment.scale == pytest.approx(plain["alignment"]["scale"])
    assert "chamfer" in capsys.readouterr().out


@pytest.fixture
def aligned(monkeypatch: pytest.MonkeyPatch) -> None:
    """An alignment that takes no time."""
    still = ScanAlignmentStep(Similarity.identity(), 1.0, 1.0, 1.0, "mm", 1.0, True)
    monkeypatch.setattr(fit, "align_scan", lambda *_: iter([still]))


@pytest.mark.usefixtures("aligned")
def test_a_mesh_lies_in_the_frame_that_is_asked_for(scan_file: Path, tmp_path: Path) -> None:
    mesh, report = tmp_path / "face.obj", tmp_path / "report.json"
    arguments = ["fit", str(scan_file), "-o", str(mesh), "--json", str(report)]
    arguments += ["--unit", "mm", "--no-residual"]
    assert main(arguments) == 0
    alignment = Similarity.from_json(json.loads(report.read_text())["alignment"])
    placed = Mesh(alignment.apply(SCAN.vertices), SCAN.faces)
    fitted = read_mesh(mesh)
    assert len(fitted.vertices) == len(MODEL.template.vertices)
    front = fitted.vertices[:, 2] > 20.0
    assert SurfaceIndex(placed).closest_points(fitted.vertices[front]).distances.mean() < 0.3
    assert main([*arguments, "--scan-frame"]) == 0
    there = read_mesh(mesh).vertices[front]
    assert SurfaceIndex(SCAN).closest_points(there).distances.mean() < 0.3
    # An STL of the model's frame has z up; the scan's frame is nobody's to turn.
    arguments[arguments.index(str(mesh))] = str(tmp_path / "face.stl")
    assert main([*arguments, "--scan-frame"]) == 0
    stored = trimesh.load_mesh(tmp_path / "face.stl").bounds
    whole = read_mesh(mesh).vertices
    np.testing.assert_allclose(stored, [whole.min(axis=0), whole.max(axis=0)], atol=1.0)


@pytest.mark.usefixtures("aligned")
def test_one_part_can_be_fitted_onto_a_face_of_a_document(scan_file: Path, tmp_path: Path) -> None:
    start, result = tmp_path / "start.lineament", tmp_path / "result.lineament"
    face = NamedFace("Ada", CODE.with_part("nose", np.zeros(12, np.float32)))
    save_document(start, Document((face,), MODEL.info.identifier))
    arguments = ["fit", str(scan_file), "-o", str(result), "--start", str(start)]
    assert main([*arguments, "--part", "nose", "--no-residual"]) == 0
    found = open_document(result).face
    assert found.residual is None
    np.testing.assert_array_equal(found.code.head, CODE.head)
    assert np.abs(found.code.nose).max() > 0.1


def cube() -> Mesh:
    side = np.linspace(-80.0, 80.0, 15)
    x, y = (grid.ravel() for grid in np.meshgrid(side, side))
    plane = np.stack([x, y, np.full_like(x, 80.0)], axis=1)
    k = np.arange(14 * 15).reshape(14, 15)[:, :14].ravel()
    quads = np.concatenate(
        [np.stack([k, k + 1, k + 16], axis=1), np.stack([k, k + 16, k + 15], axis=1)]
    )
    turns = [(0, 1, 2), (2, 0, 1), (1, 2, 0)]
    vertices = [plane[:, turn] for turn in turns]
    faces = [quads + i * len(plane) for i in range(3)]
    vertices += [-v for v in vertices]
    faces += [(quads + (3 + i) * len(plane))[:, ::-1] for i in range(3)]
    return Mesh(np.concatenate(vertices).astype(np.float32), np.concatenate(faces))


@pytest.mark.parametrize("kind", ["empty", "triangle", "nan", "cube", "missing"])
def test_hostile_input_ends_with_a_message(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "scan.obj"
    if kind == "empty":
        path.write_bytes(b"")
    elif kind == "triangle":
        path.write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    elif kind == "nan":
        path.write_text("v nan nan nan\nv nan 0 0\nv 0 nan 0\nf 1 2 3\n")
    elif kind == "cube":
        write_mesh(path, cube())
    output = tmp_path / "face.lineament"
    assert main(["fit", str(path), "-o", str(output)]) == 2
    captured = capsys.readouterr()
    assert captured.err.splitlines()[-1].startswith("lineament: ")
    assert "Traceback" not in captured.err
    assert not output.exists()


@pytest.mark.parametrize(
    ("text", "expected"), [(None, None), ("mm", 1.0), ("M", 1000.0), ("inch", 25.4), ("2.5", 2.5)]
)
def test_units_are_names_or_numbers(text: str | None, expected: float | None) -> None:
    assert fit.unit_of(text) == expected


@pytest.mark.parametrize("text", ["ell", "-1", "0", "nan", "inf"])
def test_other_units_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="no unit"):
        fit.unit_of(text)


def test_the_output_is_checked_before_the_work(scan_file: Path, tmp_path: Path) -> None:
    assert main(["fit", str(scan_file), "-o", str(tmp_path / "face.txt")]) == 2
    assert main(["fit", str(scan_file), "-o", str(tmp_path / "no" / "face.obj")]) == 2
