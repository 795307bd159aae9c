"""The papers' tables from figures that are known."""

from dataclasses import asdict, replace
from pathlib import Path

import pytest

from engine.errors import InputError
from engine.evaluation.photo_metrics import LandmarkErrors, PaperUnits, SurfaceFigures
from training.cli import main
from training.photos.ablation_tables import ablation_tables
from training.photos.ablations import (
    FEW_UNPOOLINGS,
    FULL,
    SAMPLINGS,
    TrialResult,
    add_to_curve,
    all_variants,
    read_curve,
    read_result,
    repeated,
    steps_to_criterion,
    write_result,
)
from training.photos.evaluation import MethodFigures, PhotoFigures
from training.photos.evaluation_files import SetFigures, write_evaluation
from training.photos.figures_csv import figures_to_csv, read_figures
from training.photos.pixel2mesh.config_file import Pixel2MeshConfigFile, read_pixel2mesh_config
from training.photos.tables import cost_table, nme_table, surface_tables
from training.photos.tables_command import (
    ABLATIONS,
    chosen_variants,
    evaluated_tables,
    tables_of_runs,
    write_tables,
)


def surface(value: float) -> SurfaceFigures:
    return SurfaceFigures(value, 10.0 * value, 20.0 * value, 30.0 * value, 40.0 * value, 2 * value)


def photo(row: int, yaw: float, expression: float | None, value: float) -> PhotoFigures:
    errors = LandmarkErrors(0.01 * value, 0.005 * value)
    known = None if expression is None else surface(value)
    return PhotoFigures(row, yaw, expression, row != 1, errors, known, 0.004 * value)


def method(name: str, factor: float) -> MethodFigures:
    photos = (
        photo(0, 10.0, 0.0, factor),
        photo(1, -45.0, 0.9, 2 * factor),
        photo(3, 80.0, 0.5, 3 * factor),
    )
    return MethodFigures(name, name, 2.5, photos, {}, {2: "Too dark, and so on."})


METHODS = (method("mean", 2.0), method("pixel2mesh", 1.0), method("pixel2mesh-face", 0.5))


def test_figures_come_back_from_csv(tmp_path: Path) -> None:
    file = tmp_path / "figures.csv"
    file.write_text(figures_to_csv(METHODS), encoding="utf-8")
    found = read_figures(file)
    assert [entry.name for entry in found] == ["mean", "pixel2mesh", "pixel2mesh-face"]
    assert found[1].title == "Pixel2Mesh"
    assert found[0].photos == METHODS[0].photos
    assert found[0].failures == METHODS[0].failures
    assert found[0].megabytes == 2.5
    unknown = MethodFigures("mean", "mean", 0.0, (photo(0, 1.0, None, 1.0),))
    file.write_text(figures_to_csv([unknown]), encoding="utf-8")
    assert read_figures(file)[0].photos == unknown.photos


def test_other_files_are_no_figures(tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    for name in ("other.csv", "missing.csv"):
        with pytest.raises(InputError, match="photos evaluate"):
            read_figures(tmp_path / name)


def test_categories_have_their_own_photographs() -> None:
    scores, distances, meshes, faces = (entry.table for entry in surface_tables(METHODS))
    assert [row[1] for row in scores.rows] == [1.0, 1.0, 1.0, 1.0, 2.0, 3.0]
    frontal, half, profile, rest, moved, mean = distances.rows
    column = distances.header.index("CD mean")
    assert [row[column] for row in (frontal, half, profile)] == [2.0, 4.0, 6.0]
    assert rest[column] == 2.0
    assert moved[column] == 5.0
    assert mean[column] == pytest.approx(4.0)
    assert [row[1:] for row in meshes.rows][1] == (10.0, 20.0, 1.0, 30.0)
    assert faces.rows[0] == ("original, published", "ShapeNet", 0.482, 65.22, 78.80)
    assert faces.rows[-1] == ("pixel2mesh-face", "held-out renders", 1.0, 10.0, 20.0)


def test_nme_and_costs_stand_beside_the_published() -> None:
    nme = nme_table(METHODS, "aflw").table
    assert nme.rows[0][0] == "mean"
    assert nme.rows[0][1:] == pytest.approx((0.04, 0.02))
    assert nme.rows[-1][1] == 0.0656
    cost = cost_table(METHODS, "cpu").table
    assert cost.rows[1][:2] == ("pixel2mesh", "End-to-end")
    assert cost.rows[1][2:] == pytest.approx((8.0, 2.5))
    assert cost.rows[3][2:] == (10.8, 209.0)


def test_an_evaluation_becomes_tables(tmp_path: Path) -> None:
    figures = SetFigures("renders", 3, 0, "mtcnn", METHODS, None, {})
    write_evaluation([figures], PaperUnits(500.0), {"device": "cpu"}, tmp_path)
    write_tables(evaluated_tables(tmp_path), tmp_path)
    names = {path.stem.removeprefix("table-") for path in tmp_path.glob("table-*.md")}
    expected = {f"pixel2mesh-{number}" for number in (1, 2, 3, 5)}
    assert names == expected | {"pixel2mesh-face-1", "coarse-to-fine-1"}
    with pytest.raises(InputError, match="photos evaluate"):
        evaluated_tables(tmp_path / "nothing")


def test_the_criterion_is_what_both_meet() -> None:
    curves = {"slow": {50: 3.0, 100: 2.0, 150: 1.0}, "quick": {50: 2.0, 100: 0.9, 150: 0.5}}
    assert steps_to_criterion(curves) == {"slow": 150, "quick": 100}
    assert steps_to_criterion({"slow": {50: 1.0}, "quick": {}}) == {}


def test_each_variant_differs_in_one_thing_from_the_reduced_model() -> None:
    base = read_pixel2mesh_config(ABLATIONS)
    variants = all_variants()
    assert len({variant.key for variant in variants}) == len(variants)
    by_key = {variant.key: variant.change(base) for variant in variants}
    assert by_key["full"] == base
    assert not by_key["no-resnet"].network.shortcut
    assert by_key["no-laplacian"].losses.laplacian == 0.0 < base.losses.laplacian
    assert by_key["no-normal"].losses.normal == 0.0 < base.losses.normal
    assert by_key["no-edge"].losses.edge == 0.0 < base.losses.edge
    assert [by_key[f"blocks-{count}"].network.blocks for count in (1, 2, 4)] == [1, 2, 4]
    assert base.network.blocks == 3
    assert by_key["ellipsoid"].network.start == "published"
    assert base.network.start == "mean"
    assert by_key["face-adaptive"].network.adaptive
    assert not by_key["face-plain"].network.adaptive
    assert base.network.unpools
    assert not by_key["no-unpooling"].network.unpools


def test_a_repeated_training_differs_in_its_random_numbers_alone() -> None:
    base = read_pixel2mesh_config(ABLATIONS)
    variant = all_variants()[1]
    assert repeated(variant, 1) is variant
    third = repeated(variant, 3)
    assert third.key == f"{variant.key}-3"
    once, again = variant.change(base), third.change(base)
    assert again.training.seed == once.training.seed + 2
    assert replace(again, training=once.training) == once
    keys = [repeated(one, number).key for one in all_variants() for number in (1, 2, 3)]
    assert len(set(keys)) == len(keys)


def test_the_papers_components_are_taken_from_its_own_start_too() -> None:
    base = read_pixel2mesh_config(ABLATIONS)
    found = {variant.key: variant.change(base) for variant in all_variants()}
    full = found["published-full"]
    assert (full.network.start, full.losses.edge) == ("published", 0.1)
    assert found["published-no-edge"].losses == replace(full.losses, edge=0.0)
    assert not found["published-no-unpooling"].network.unpools


def test_target_points_are_drawn_in_the_papers_three_ways() -> None:
    base = read_pixel2mesh_config(ABLATIONS)
    points = base.training.points
    found = [variant.change(base).training for variant in SAMPLINGS]
    assert [(entry.near_shares, entry.points) for entry in found] == [
        ([3000.0, 4000.0, 11000.0], 2 * points),
        ([3000.0, 4000.0, 11000.0], points),
        ([4000.0, 3000.0, 2000.0], points),
        ([], points),
    ]
    assert {variant.network for variant in SAMPLINGS} == {"pixel2mesh-face"}


def result(steps: int, value: float) -> TrialResult:
    config = asdict(read_pixel2mesh_config(ABLATIONS))
    return TrialResult(steps, config, surface(value), "codes.safetensors", 40, 5.0 * value)


def test_what_was_trained_is_tabled(tmp_path: Path) -> None:
    write_result(tmp_path / "full", result(2000, 1.0))
    write_result(tmp_path / "full-2", result(2000, 3.0))
    write_result(tmp_path / "no-normal", result(900, 2.0))
    for variant, losses in zip(FEW_UNPOOLINGS, ((3.0, 1.0), (1.0, 0.5)), strict=True):
        for step, loss in zip((50, 100), losses, strict=True):
            add_to_curve(tmp_path / variant.key, step, loss)
    found = tables_of_runs(tmp_path)
    notes = found[0].notes
    assert "measured on 40 held-out renders. Image layers begin with those of codes" in notes[0]
    tables = {entry.key: entry.table for entry in found}
    terms = tables["pixel2mesh-4-mean"]
    assert [row[0] for row in terms.rows] == ["-Normal", "Full model"]
    assert terms.rows[0][1:] == (20.0, 40.0, 2.0, 60.0, 4.0, 10.0, "2.000", 900.0)
    # Only the first training is one that both rows have.
    assert terms.rows[1][1:] == (10.0, 20.0, 1.0, 30.0, 2.0, 5.0, "1.000 / 3.000", 2000.0)
    blocks = tables["pixel2mesh-blocks"]
    assert blocks.rows[0][1:] == (20.0, 40.0, 2.0, 60.0, 4.0, 10.0, "1.000 / 3.000", 2000.0)
    assert [row[0] for row in tables["pixel2mesh-start"].rows] == ["The posed mean head (ours)"]
    assert tables["pixel2mesh-face-2"].rows == (("Steps", 100.0, 50.0),)
    assert "pixel2mesh-face-3" not in tables


def test_results_and_curves_are_kept(tmp_path: Path) -> None:
    assert read_result(tmp_path) is None
    assert read_curve(tmp_path) == {}
    write_result(tmp_path, result(5, 1.5))
    assert read_result(tmp_path) == result(5, 1.5)
    add_to_curve(tmp_path, 50, 2.0)
    add_to_curve(tmp_path, 50, 1.0)  # a resumed run repeats what no checkpoint held
    assert read_curve(tmp_path) == {50: 1.0}
    (tmp_path / "result.json").write_text("{}")
    with pytest.raises(InputError, match="Remove it"):
        read_result(tmp_path)
    with pytest.raises(InputError, match="no finished"):
        tables_of_runs(tmp_path / "empty")
    assert ablation_tables({}, {}) == []


def test_variants_are_named() -> None:
    assert chosen_variants(["full"]) == [FULL]
    assert len(chosen_variants(None)) == len(all_variants())
    with pytest.raises(InputError, match="no variant"):
        chosen_variants(["half"])
    assert isinstance(FULL.change(Pixel2MeshConfigFile()), Pixel2MeshConfigFile)


@pytest.mark.parametrize(
    ("option", "words"),
    [
        (["--seeds", "0"], "--seeds must be at least 1"),
        (["--init", "codes=file"], "'codes=file' is not METHOD=FILE with a method of pixel2mesh"),
        (["--only", "half"], "no variant 'half'"),
    ],
)
def test_options_that_do_not_fit_are_refused_at_once(
    option: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["photos", "tables", "--run", str(tmp_path / "runs"), "-o", str(tmp_path / "out")]
    arguments += ["--data", str(tmp_path), "--held-out", str(tmp_path)]
    assert main([*arguments, *option]) == 2
    assert words in capsys.readouterr().err
