"""The commands end to end, on tiny data."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from engine.errors import InputError
from engine.models.protocol import PARTS
from engine.progress import CancelToken, ignore_progress
from tests.synthetic_faces import synthetic_faces
from tests.synthetic_model import SyntheticModel
from tests.tiny_parts_model import make_tiny_model
from training.cli import main
from training.experiments.figures import FigureSettings, make_figure
from training.experiments.measure import COLUMNS, HeadFigures, RegionFigures
from training.experiments.part_steps import summarise_motions, take_part_steps
from training.experiments.records import RecordKey, Records
from training.experiments.table_files import Table, mean_row, write_table
from training.parts.true_distance import make_distance_pool


def figures_of(value: float) -> HeadFigures:
    return HeadFigures({name: RegionFigures(value, value / 2, 90.0, 80.0) for name in COLUMNS})


def test_a_table_holds_means_in_both_files(tmp_path: Path) -> None:
    row = mean_row("A method", 7, [figures_of(1.0), figures_of(2.0)], [3.0, 5.0], {"extra": 1.5})
    other = mean_row("Another", 0, [figures_of(float("inf"))], [1.0])
    file = write_table(Table(1, "title", [row, other], ["A note."], 1.65), tmp_path)
    text = file.read_text("utf-8")
    assert "| A method | 1.500 | 1.500 |" in text
    assert "| A method | 0.750 |" in text
    assert "| Another | ∞ |" in text
    assert "| A method | 7 | 2 | 4.0 | 1.500 |" in text
    assert "1.65 mm" in text
    assert "- A note." in text
    with (tmp_path / "table-1.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 2 * len(COLUMNS)
    assert float(rows[0]["scd_points_mm"]) == 1.5
    assert [r["region"] for r in rows[: len(COLUMNS)]] == ["full", "nose", "eyes", "mouth", "rem"]


def test_records_are_found_again_and_damage_is_reported(tmp_path: Path) -> None:
    file, key = tmp_path / "deep" / "records.jsonl", RecordKey("own 0/ab", "mean", "100")
    Records(file).add(key, figures_of(1.25), 3.5)
    found = Records(file).find(key)
    assert found == (figures_of(1.25), 3.5)
    assert Records(file).find(RecordKey("own 1/cd", "mean", "100")) is None
    file.write_text(file.read_text() + '{"key": 3}\n')
    with pytest.raises(InputError, match="measure anew"):
        Records(file)


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    faces = synthetic_faces()
    faces.save(folder / "faces.npz")
    make_distance_pool(faces, 4, 300, np.random.default_rng(0)).save(folder / "distances.npz")
    return folder


@pytest.fixture(scope="module")
def weights(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    make_tiny_model(folder, 60)
    return folder


SMALL = ["--count", "1", "--samples", "800", "--part-samples", "200", "--resolution", "24"]
SMALL += ["--deep-sdf-steps", "20", "--deep-sdf-fit-steps", "3", "--field-steps", "3"]


def test_tables_come_from_the_command_and_resume(
    data: Path, weights: Path, tmp_path: Path, capsys
) -> None:
    command = ["experiments", "tables", "--data", str(data), "--weights", str(weights)]
    command += ["-o", str(tmp_path), *SMALL]
    assert main(command) == 0, capsys.readouterr().err
    for number, methods in ((1, 8), (2, 7), (3, 6), (4, 6)):
        with (tmp_path / f"table-{number}.csv").open(encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        assert len(rows) == methods * len(COLUMNS)
        full = {row["method"]: float(row["scd_mm"]) for row in rows if row["region"] == "full"}
        if number < 3:
            assert full["(the true surface itself)"] < 1e-5
            assert (tmp_path / f"table-{number}.md").read_text("utf-8").count("| SCD Full |") == 2
        if number == 1:
            exact = [name for name in full if name.endswith("true vertices given")]
            assert full[exact[0]] < 1e-3
    lines = (tmp_path / "measurements.jsonl").read_text().splitlines()
    assert len(lines) == 8 + 7 + 6 + 6
    before = (tmp_path / "table-1.md").read_text("utf-8")
    assert main(command) == 0
    assert (tmp_path / "measurements.jsonl").read_text().splitlines() == lines
    assert (tmp_path / "table-1.md").read_text("utf-8") == before
    assert all(json.loads(line)["seconds"] >= 0 for line in lines)


def test_bad_options_end_with_a_message_and_2(data: Path, tmp_path: Path, capsys) -> None:
    start = ["experiments", "tables", "-o", str(tmp_path)]
    assert main(start) == 2
    assert "--data" in capsys.readouterr().err
    assert main([*start, "--data", str(data), "--only", "9"]) == 2
    assert "no table 9" in capsys.readouterr().err
    assert main([*start, "--data", str(data), "--count", "0"]) == 2
    assert "--count" in capsys.readouterr().err
    assert main([*start, "--data", str(tmp_path / "nowhere")]) == 2
    assert "lineament-train prepare" in capsys.readouterr().err
    wrong = ["experiments", "figures", "-o", str(tmp_path), "--only", "2", "--order", "ear"]
    assert main(wrong) == 2
    assert "ear" in capsys.readouterr().err


@pytest.fixture(scope="module")
def model() -> SyntheticModel:
    return SyntheticModel()


@pytest.mark.parametrize(("number", "files"), [(1, 4), (2, 1), (7, 1), (8, 2)])
def test_figures_are_written(model, tmp_path: Path, number: int, files: int) -> None:
    settings = FigureSettings(steps=2, size=48)
    made = make_figure(number, model, settings, tmp_path, ignore_progress, CancelToken())
    assert len(made) == files
    assert all(file.stat().st_size > 200 for file in made)
    again = make_figure(number, model, settings, tmp_path / "b", ignore_progress, CancelToken())
    for first, second in zip(made, again, strict=True):
        assert first.read_bytes() == second.read_bytes()


def test_steps_change_one_part_after_the_other_in_any_order(model) -> None:
    rng = np.random.default_rng(3)
    ends = tuple(
        model.mean_code().with_part(
            "nose", rng.standard_normal(model.mean_code().nose.size).astype(np.float32)
        )
        for _ in range(2)
    )
    order = ("mouth", "nose", *(p for p in PARTS if p not in ("mouth", "nose")))
    taken = take_part_steps(model, ends, order, 2, ignore_progress, CancelToken())
    assert [group.part for group in taken.groups] == list(order)
    for first, second in zip(taken.groups, taken.groups[1:], strict=False):
        np.testing.assert_array_equal(first.shapes[-1], second.shapes[0])
    # The ends differ in the nose alone.
    moved = [group.motions()[-1].max() for group in taken.groups]
    assert moved[1] > 0.1
    assert max(moved[:1] + moved[2:]) < 1e-4
    summaries = summarise_motions(taken, model)
    assert summaries[1].inside_max_mm == pytest.approx(moved[1])
    assert summaries[-1].outside_max_mm is None
