import csv
import io
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from engine.errors import InputError
from engine.evaluation.curves import cumulative_curve
from engine.evaluation.fields import Reference, measure_field
from engine.evaluation.plots import curve_limit, curves_plot, round_up, save_curves
from engine.evaluation.values_file import write_values
from engine.geometry.formats import read_mesh
from engine.geometry.formats.ply_tables import read_tables
from tests.engine.geometry.shapes import sphere


@pytest.fixture(scope="module")
def measured():
    surface, reference = sphere(11.0, 2), Reference(sphere(10.0, 3))
    kinds = ("signed", "nearest")
    return surface, {kind: measure_field(kind, surface, reference) for kind in kinds}


def test_values_in_ply(measured, tmp_path):
    surface, fields = measured
    colors = np.full((len(surface.vertices), 3), 7, np.uint8)
    write_values(tmp_path / "values.ply", surface, fields, colors)
    columns = read_tables((tmp_path / "values.ply").read_bytes())["vertex"].columns
    np.testing.assert_array_equal(columns["quality"], fields["signed"].values)
    np.testing.assert_array_equal(columns["nearest_mm"], fields["nearest"].values)
    again = read_mesh(tmp_path / "values.ply")
    np.testing.assert_array_equal(again.faces, surface.faces)
    np.testing.assert_array_equal(again.colors, colors)


def test_values_in_csv_and_npz(measured, tmp_path):
    surface, fields = measured
    write_values(tmp_path / "values.csv", surface, fields)
    rows = list(csv.DictReader(io.StringIO((tmp_path / "values.csv").read_text())))
    assert len(rows) == len(surface.vertices)
    assert float(rows[5]["signed_mm"]) == pytest.approx(float(fields["signed"].values[5]), rel=1e-5)
    write_values(tmp_path / "values.npz", surface, fields)
    with np.load(tmp_path / "values.npz", allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["nearest_mm"], fields["nearest"].values)
        np.testing.assert_array_equal(arrays["vertices"], surface.vertices)


def test_values_that_do_not_fit_are_refused(measured, tmp_path):
    surface, fields = measured
    for path, mesh, given, message in (
        ("values.txt", surface, fields, "ends in .ply"),
        ("values.ply", surface, {}, "no values"),
        ("values.csv", sphere(1.0, 1), fields, "has values of shape"),
    ):
        with pytest.raises(InputError, match=message):
            write_values(tmp_path / path, mesh, given)


def test_plots_in_every_format(tmp_path):
    rng = np.random.default_rng(0)
    curves = {f"_Method {k} & <co>": cumulative_curve(rng.gamma(2, 0.2, 500)) for k in range(9)}
    text = curves_plot(curves, ".svg").decode()
    ElementTree.fromstring(text)
    assert "Method 8 &amp; &lt;co&gt;" in text
    assert curves_plot(curves, ".svg") == text.encode()
    for suffix, start in ((".pdf", b"%PDF"), (".png", b"\x89PNG")):
        save_curves(curves, tmp_path / f"curves{suffix}", limit_mm=2.0)
        assert (tmp_path / f"curves{suffix}").read_bytes().startswith(start)
    for given, suffix, limit in (
        ({}, ".svg", None),
        (curves, ".bmp", None),
        (curves, ".svg", -1.0),
    ):
        with pytest.raises(InputError):
            curves_plot(given, suffix, limit)


def test_the_axis_ends_at_a_round_number():
    assert [round_up(value) for value in (0.011, 1.0, 1.2, 7.0, 99.0)] == [0.015, 1, 1.5, 8, 100]
    assert curve_limit({"perfect": cumulative_curve(np.zeros(9))}) == 0.01
    assert curve_limit({"a": cumulative_curve(np.linspace(0, 2, 101))}) == 2.0
