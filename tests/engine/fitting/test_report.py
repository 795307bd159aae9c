"""Reports on surfaces whose distance is known."""

import numpy as np
import pytest

from engine.editing.residual import ResidualLayer
from engine.errors import InputError
from engine.fitting.report import fit_report
from engine.geometry.mesh import Mesh
from engine.geometry.similarity import Similarity
from engine.models.protocol import REGIONS
from tests.engine.fitting.scans import MODEL, face_code

CODE = face_code(6, strength=0.5)
SAME = Mesh(MODEL.template_surface(CODE), MODEL.template.faces)
STILL = Similarity.identity()


def grown(height_mm: float) -> ResidualLayer:
    """The face moved along its normals by `height_mm` everywhere."""
    displacement = np.zeros_like(SAME.vertices)
    displacement[:, 0] = height_mm
    return ResidualLayer(displacement)


def test_a_face_lies_on_its_own_scan() -> None:
    report = fit_report(MODEL, CODE, STILL, SAME)
    assert report.whole.chamfer_mm == pytest.approx(0.0, abs=1e-3)
    assert report.whole.fscore == pytest.approx(100.0)
    assert set(report.regions) == set(REGIONS)
    assert report.covered_share > 0.95
    assert report.with_residual is None


def test_a_surface_half_a_millimetre_off_is_half_a_millimetre_off() -> None:
    report = fit_report(MODEL, CODE, STILL, SAME, grown(0.5))
    assert report.with_residual is not None
    assert report.with_residual.chamfer_mm == pytest.approx(0.5, abs=0.03)
    assert report.with_residual.fscore == pytest.approx(100.0, abs=0.5)
    far = fit_report(MODEL, CODE, STILL, SAME, grown(1.5)).with_residual
    assert far is not None
    assert far.chamfer_mm == pytest.approx(1.5, abs=0.1)
    assert far.fscore is not None
    assert far.fscore < 5.0


def test_the_unit_and_pose_of_the_file_do_not_matter() -> None:
    away = Similarity(np.array([[0.0, 0, 1], [1, 0, 0], [0, 1, 0]]), np.array([0.1, 0, 3.0]), 0.001)
    moved = SAME.with_vertices(away.apply(SAME.vertices))
    report = fit_report(MODEL, CODE, away.inverse(), moved)
    assert report.whole.chamfer_mm == pytest.approx(0.0, abs=2e-3)
    assert report.alignment.scale == pytest.approx(1000.0)


def test_what_the_scan_does_not_cover_is_not_counted() -> None:
    """The missing half of the scan lies 5 mm off the model: none of that is seen."""
    left = SAME.vertices[SAME.faces].mean(axis=1)[:, 0] > 0.0
    report = fit_report(MODEL, CODE, STILL, Mesh(SAME.vertices, SAME.faces[left]))
    assert report.whole.chamfer_mm == pytest.approx(0.0, abs=1e-3)
    assert report.covered_share == pytest.approx(0.48, abs=0.06)


def test_a_region_without_scan_has_no_figures() -> None:
    middle = SAME.vertices[SAME.faces].mean(axis=1)
    upper = Mesh(SAME.vertices, SAME.faces[middle[:, 1] > 0.0])
    report = fit_report(MODEL, CODE, STILL, upper)
    assert report.regions["mouth"].chamfer_mm is None
    assert report.to_json()["regions"]["mouth"] == {"chamfer_mm": None, "fscore": None}


def test_the_plain_form_has_the_promised_keys() -> None:
    plain = fit_report(MODEL, CODE, STILL, SAME, grown(0.2), 3.25, 17).to_json()
    assert {"chamfer_mm", "regions", "seconds", "iterations", "alignment"} <= set(plain)
    assert plain["seconds"] == 3.25
    assert plain["iterations"] == 17
    assert plain["chamfer_with_residual_mm"] == pytest.approx(0.2, abs=0.03)
    assert Similarity.from_json(plain["alignment"]).scale == 1.0


def test_a_scan_elsewhere_covers_nothing() -> None:
    shell = Mesh(1.4 * SAME.vertices, SAME.faces)
    with pytest.raises(InputError, match="covers nothing"):
        fit_report(MODEL, CODE, STILL, shell)
