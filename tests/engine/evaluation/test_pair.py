import csv
import io
import json

import numpy as np
import pytest

from engine.errors import InputError
from engine.evaluation.alignment import AlignmentRequest
from engine.evaluation.fields import Reference
from engine.evaluation.pair import PairSettings, compare_pair
from engine.evaluation.surface_report import ReportSettings
from engine.evaluation.tables import pairs_table, to_csv, to_latex, to_markdown, write_table
from engine.evaluation.tables import to_json as table_to_json
from engine.geometry.mesh import Mesh
from engine.geometry.similarity import Similarity
from engine.models.protocol import REGIONS
from tests.engine.geometry.shapes import mesh_of, sphere
from tests.synthetic_model import SyntheticModel

QUICK = ReportSettings(samples=4000, region_samples=800, points=False)
SETTINGS = PairSettings(report=QUICK, earth_mover_samples=100)
KEYS = "mean_mm median_mm rms_mm p90_mm p95_mm p99_mm max_mm chamfer_mm fscore regions"


@pytest.fixture(scope="module")
def pair():
    model = SyntheticModel(30, 40)
    code = model.mean_code().with_value("nose", 0, 3.0)
    surface = Mesh(model.template_surface(code), model.template.faces)
    return compare_pair(surface, Reference(model.template), SETTINGS, REGIONS, ("a|b_1", "R&D"))


def test_concentric_spheres_are_the_difference_of_the_radii_apart():
    found = compare_pair(sphere(51.0, 4), Reference(sphere(50.0, 4)), SETTINGS).to_json()
    for key in ("mean_mm", "median_mm", "rms_mm", "p90_mm", "p99_mm", "max_mm", "hausdorff_mm"):
        assert found[key] == pytest.approx(1.0, abs=0.15), key
    assert found["fscore"]["2"] == 100.0
    assert found["fscore"]["0.5"] == 0.0
    # The same topology: the mean distance of vertices over the box, 100 mm.
    assert found["nme"] == pytest.approx(0.01, rel=0.01)


def test_the_json_has_the_keys_that_were_promised(pair):
    found = json.loads(json.dumps(pair.to_json()))
    assert set(KEYS.split()) <= set(found)
    assert set(found["regions"]) == set(REGIONS)
    assert set(KEYS.split()) - {"regions"} <= set(found["regions"]["nose"])


def test_only_the_nose_that_was_changed_has_errors(pair):
    regions = {errors.name: errors.forward.mean for errors in pair.report.regions}
    assert regions["nose"] > 0.3
    assert regions["nose"] > 5 * max(regions["eyes"], regions["head"])


def test_the_largest_distance_is_looked_for_at_vertices_too():
    spike = sphere(50.0, 2)
    vertices = spike.vertices.copy()
    vertices[0] *= 1.4
    found = compare_pair(Mesh(vertices, spike.faces), Reference(spike), SETTINGS)
    assert found.report.whole.forward.maximum == pytest.approx(20.0, abs=1e-3)


def test_the_same_seed_gives_the_same_figures(pair):
    settings = PairSettings(report=QUICK, earth_mover_samples=50, seed=4)
    first, again = (
        compare_pair(sphere(9.0, 2), Reference(sphere(10.0, 2)), settings).to_json()
        for _ in range(2)
    )
    assert first == again


def test_surfaces_far_apart_have_their_true_distance():
    far = compare_pair(sphere(10.0, 2, centre=(500.0, 0, 0)), Reference(sphere(10.0, 2)), SETTINGS)
    assert far.report.whole.forward.mean == pytest.approx(490.0, abs=8.0)
    assert far.report.whole.f_scores[-1].score == 0.0


def test_other_units_are_noticed():
    metres = sphere(0.05, 2)
    found = compare_pair(metres, Reference(sphere(50.0, 2)), SETTINGS, names=("scan", "truth"))
    assert "not in millimetres" in found.notes[0]
    request = AlignmentRequest("similarity", "icp")
    settings = PairSettings(request, QUICK, 0)
    aligned = compare_pair(metres, Reference(sphere(50.0, 2)), settings)
    assert aligned.report.whole.forward.mean < 0.5
    assert aligned.earth_mover is None


def test_a_surface_without_extent_is_refused():
    point = mesh_of(np.zeros((3, 3)), [[0, 1, 2]])
    with pytest.raises(InputError, match="no extent"):
        compare_pair(point, Reference(sphere(1.0, 1)), SETTINGS)


def test_the_alignment_is_part_of_the_answer():
    request = AlignmentRequest("rigid")
    reference = sphere(50.0, 3)
    moved = reference.with_vertices(reference.vertices + np.array([5, 0, 0], np.float32))
    found = compare_pair(moved, Reference(reference), PairSettings(request, QUICK, 0)).to_json()
    assert found["align_method"] == "corresponding"
    back = Similarity.from_json(found["alignment"])
    np.testing.assert_allclose(back.translation, [-5, 0, 0], atol=1e-3)


def test_tables_in_every_format_hold_the_figures(pair, tmp_path):
    table = pairs_table([pair], by_region=True)
    assert len(table.rows) == 1 + len(REGIONS)
    mean = table.header.index("Mean (mm)")
    rows = list(csv.reader(io.StringIO(to_csv(table))))
    assert float(rows[1][mean]) == pair.report.whole.forward.mean
    assert json.loads(table_to_json(table))[0]["Mean (mm)"] == pair.report.whole.forward.mean
    lines = to_markdown(table).splitlines()
    assert len({line.replace(r"\|", "").count("|") for line in lines}) == 1
    assert f"{pair.report.whole.forward.mean:.3f}" in lines[2]
    latex = to_latex(table)
    assert r"a|b\_1 & R\&D" in latex
    assert latex.count(r" \\") == len(rows)
    for suffix in (".csv", ".md", ".tex", ".json"):
        write_table(table, tmp_path / f"table{suffix}")
    with pytest.raises(InputError, match=r"\.csv, \.md"):
        write_table(table, tmp_path / "table.xls")
    with pytest.raises(InputError, match="Cannot write"):
        write_table(table, tmp_path / "nowhere" / "table.csv")
