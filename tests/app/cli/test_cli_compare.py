"""`lineament compare` and `lineament render`, on small spheres and without a display."""

import csv
import json
import re

import numpy as np
import pytest

from app.cli.main import main
from engine.geometry.formats import write_mesh
from engine.geometry.mesh import Mesh
from engine.models.protocol import REGIONS
from tests.engine.geometry.shapes import sphere
from tests.synthetic_model import SyntheticModel

KEYS = [
    "mean_mm",
    "median_mm",
    "rms_mm",
    "p90_mm",
    "p95_mm",
    "p99_mm",
    "max_mm",
    "chamfer_mm",
    "fscore",
    "regions",
]
QUICK = ["--samples", "2000", "--no-emd"]


@pytest.fixture
def spheres(tmp_path):
    """Spheres of radius 50, 51 and 52 as files."""
    paths = []
    for radius in (50, 51, 52):
        path = tmp_path / f"r{radius}.ply"
        write_mesh(path, sphere(float(radius), 4))
        paths.append(str(path))
    return paths


def test_a_pair_as_json(spheres, tmp_path, capsys):
    out = tmp_path / "out.json"
    assert main(["compare", spheres[1], spheres[0], *QUICK, "--json", str(out)]) == 0
    found = json.loads(out.read_text())
    assert set(KEYS) <= set(found)
    assert found["mean_mm"] == pytest.approx(1.0, abs=0.1)
    assert found["fscore"]["2"] == 100.0
    assert f"r51 to r50: mean {found['mean_mm']:.3f}" in capsys.readouterr().out


def test_json_to_the_standard_output_is_nothing_but_json(spheres, capsys):
    assert main(["compare", spheres[1], spheres[0], *QUICK, "--json", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["surface"] == "r51"


def test_several_against_one_in_every_format(spheres, tmp_path, monkeypatch):
    monkeypatch.setattr("app.comparison.html_report.PIXELS", 40)
    names = {suffix: tmp_path / f"out.{suffix}" for suffix in ("json", "csv", "md", "tex", "html")}
    written = [part for suffix, path in names.items() for part in (f"--{suffix}", str(path))]
    curves = tmp_path / "curves.svg"
    command = ["compare", *spheres[1:], "--against", spheres[0], *QUICK, "--jobs", "1", *written]
    assert main([*command, "--curves", str(curves), "--threshold", "1.5"]) == 0
    found = json.loads(names["json"].read_text())
    assert [round(entry["mean_mm"]) for entry in found] == [1, 2]
    assert [entry["fscore"]["1.5"] for entry in found] == [100.0, 0.0]
    rows = list(csv.DictReader(names["csv"].read_text().splitlines()))
    assert float(rows[0]["Mean (mm)"]) == found[0]["mean_mm"]
    assert names["md"].read_text().count("\n") == 4
    assert r"\toprule" in names["tex"].read_text()
    assert curves.read_text().startswith("<?xml")
    page = names["html"].read_text()
    assert page.count("data:image/png;base64,") == 4
    assert "<svg" in page
    assert not re.search(r"""(src|href)=["']https?:""", page.replace("xlink:href", ""))


def test_pairs_run_in_processes(spheres, tmp_path):
    out = tmp_path / "out.json"
    files = [spheres[1], spheres[0], spheres[2], spheres[1]]
    assert main(["compare", *files, *QUICK, "--jobs", "2", "--json", str(out)]) == 0
    found = json.loads(out.read_text())
    assert [(entry["surface"], entry["reference"]) for entry in found] == [
        ("r51", "r50"),
        ("r52", "r51"),
    ]


def test_alignment_and_regions(tmp_path, monkeypatch, capsys):
    model = SyntheticModel(30, 40)
    monkeypatch.setattr("app.comparison.surface_files.load_model", lambda device: model)
    code = model.mean_code().with_value("nose", 0, 3.0)
    truth, moved = tmp_path / "truth.ply", tmp_path / "moved.ply"
    write_mesh(truth, model.template)
    surface = model.template_surface(code) + np.array([0, 0, 15], np.float32)
    write_mesh(moved, Mesh(surface, model.template.faces))
    out = tmp_path / "out.json"
    command = ["compare", str(moved), str(truth), *QUICK, "--regions", "--json", str(out)]
    assert main(command) == 0
    assert json.loads(out.read_text())["mean_mm"] > 5
    assert main([*command, "--align", "rigid"]) == 0
    found = json.loads(out.read_text())
    assert set(found["regions"]) == set(REGIONS)
    assert found["regions"]["nose"]["mean_mm"] > 3 * found["regions"]["eyes"]["mean_mm"]
    assert "nose: mean" in capsys.readouterr().out


def test_folders_pair_by_name(tmp_path):
    for folder, radius in (("results", 51.0), ("truths", 50.0)):
        (tmp_path / folder).mkdir()
        for name in ("one", "two"):
            write_mesh(tmp_path / folder / f"{name}.obj", sphere(radius, 2))
    out = tmp_path / "out.json"
    folders = [str(tmp_path / "results"), "--against", str(tmp_path / "truths")]
    assert main(["compare", *folders, *QUICK, "--jobs", "1", "--json", str(out)]) == 0
    assert [entry["surface"] for entry in json.loads(out.read_text())] == ["one", "two"]
    (tmp_path / "truths" / "two.obj").unlink()
    assert main(["compare", *folders, *QUICK]) == 2


def test_what_is_wrong_with_one_pair_spares_the_others(spheres, tmp_path, capsys):
    point = tmp_path / "point.ply"
    write_mesh(point, Mesh(np.zeros((3, 3)), np.array([[0, 1, 2]])))
    out = tmp_path / "out.json"
    files = [str(point), spheres[0], spheres[1], spheres[0]]
    status = main(["compare", *files, *QUICK, "--jobs", "1", "--json", str(out)])
    assert status == 2
    told = capsys.readouterr()
    found = json.loads(out.read_text()) if out.exists() else []
    # A point may already be refused while it is read; then nothing is compared.
    assert "point" in told.err
    assert "Traceback" not in told.err
    assert not found or found[1]["mean_mm"] == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["compare", "r50.ply"], "come in pairs"),
        (["compare", "nothing.ply", "r50.ply"], "no file"),
        (["compare", "r50.ply", "r51.ply", "--json", "out.txt"], r"\.json"),
        (["compare", "notes.txt", "r50.ply"], "format"),
        (["compare", "broken.ply", "r50.ply"], "broken.ply"),
        (["compare", "cloud.ply", "r50.ply"], "cloud of points"),
        (["render", "r50.ply", "-o", "out.jpg"], r"\.png"),
        (
            ["render", "r50.ply", "--against", "r51.ply", "--range", "2", "1", "-o", "o.png"],
            "lower",
        ),
        (
            ["render", "r50.ply", "--against", "r51.ply", "--range", "0", "inf", "-o", "o.png"],
            "lower",
        ),
        (["render", "r50.ply", "--range", "0", "3", "-o", "o.png"], "--against"),
    ],
)
def test_wrong_input_is_told_in_one_line(
    spheres, tmp_path, monkeypatch, capsys, arguments, message
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "broken.ply").write_text("ply\nnonsense")
    header = "element vertex 3\nproperty float x\nproperty float y\nproperty float z"
    (tmp_path / "cloud.ply").write_text(
        f"ply\nformat ascii 1.0\n{header}\nend_header\n0 0 0\n1 0 0\n0 1 0\n"
    )
    assert main(arguments) == 2
    told = capsys.readouterr().err
    assert re.search(message, told)
    assert "Traceback" not in told


def test_a_mesh_with_nan_is_repaired_or_refused_in_words(spheres, tmp_path, capsys):
    path = tmp_path / "nan.obj"
    write_mesh(path, sphere(51.0, 3))
    lines = path.read_text().splitlines()
    first = next(k for k, line in enumerate(lines) if line.startswith("v "))
    lines[first] = "v nan 0 0"
    path.write_text("\n".join(lines))
    status = main(["compare", str(path), spheres[0], *QUICK])
    told = capsys.readouterr()
    assert (status == 0 and re.search(r"mean (0\.8|1\.0)", told.out)) or (
        status == 2 and "nan.obj" in told.err
    )


def test_heatmaps_are_drawn_without_a_display(spheres, tmp_path, monkeypatch):
    from PIL import Image

    monkeypatch.delenv("DISPLAY", raising=False)
    out = tmp_path / "out.png"
    command = ["render", *spheres[1:], "--against", spheres[0], "-o", str(out), "--size", "120x100"]
    assert main([*command, "--range", "0", "2"]) == 0
    picture = np.asarray(Image.open(out).convert("RGB")).astype(int)
    assert picture.shape == (100, 240, 3)
    left, right = picture[45, 55], picture[45, 175]
    # One is at the middle of the range and one at its end, which is darker.
    assert right.sum() < left.sum() - 60
    assert main(["render", spheres[0], "-o", str(out), "--size", "64x64", "--dark"]) == 0
    assert Image.open(out).size == (64, 64)


def test_many_pairs_share_a_curve_for_each_folder(spheres, tmp_path):
    files = []
    for folder, radius in (("ours", 50.5), ("theirs", 52.0)):
        (tmp_path / folder).mkdir()
        for k in range(5):
            files.append(str(tmp_path / folder / f"{k}.ply"))
            write_mesh(files[-1], sphere(radius, 2))
    curves = tmp_path / "curves.svg"
    command = ["compare", *files, "--against", spheres[0], *QUICK, "--jobs", "1"]
    assert main([*command, "--curves", str(curves)]) == 0
    text = curves.read_text()
    assert "ours (5 pairs)" in text
    assert "theirs (5 pairs)" in text


def test_a_piece_of_a_face_is_measured_without_the_regions_it_lacks(tmp_path, monkeypatch, capsys):
    model = SyntheticModel(30, 40)
    monkeypatch.setattr("app.comparison.surface_files.load_model", lambda device: model)
    vertices, faces = model.template.vertices, model.template.faces
    lower = (vertices[faces][:, :, 1] < -20).all(axis=1)
    truth, piece, out = tmp_path / "truth.ply", tmp_path / "piece.ply", tmp_path / "out.json"
    write_mesh(truth, model.template)
    write_mesh(piece, Mesh(vertices, faces[lower]))
    command = ["compare", str(piece), str(truth), *QUICK, "--regions", "--json", str(out)]
    assert main(command) == 0
    found = json.loads(out.read_text())
    assert found["mean_mm"] < 1e-3
    assert found["regions"] == {}
    assert "Without regions" in found["notes"][0]
    assert "Without regions" in capsys.readouterr().err
