"""Cutting the template's neck: the plane, the loop and the disc, and the truth it is held to."""

from pathlib import Path

import numpy as np
import pytest

from engine.errors import InputError
from engine.geometry.topology import is_watertight
from engine.models.parts_model import TEMPLATE_FILE
from engine.weights import load_weights
from tests.synthetic_faces import synthetic_faces
from tests.tiny_parts_model import make_tiny_model, tiny_template
from training.parts.cut_faces import cut_like
from training.parts.export import cut_exported
from training.parts.template.neck import CLEARANCE_MM, ROUNDING_MM, NeckLayout, lay_neck
from training.parts.template.template_mesh import Kind, TemplateMesh


@pytest.fixture(scope="module")
def template() -> TemplateMesh:
    return tiny_template(synthetic_faces(), capped=True)


@pytest.fixture(scope="module")
def layout(template: TemplateMesh) -> NeckLayout:
    return lay_neck(*arguments(template))


def arguments(template: TemplateMesh) -> tuple:
    return (
        template.vertices.astype(np.float64),
        template.faces.astype(np.int64),
        template.kinds,
        template.mirror.astype(np.int64),
    )


def test_the_plane_clears_the_rim(template: TemplateMesh, layout: NeckLayout) -> None:
    cap = template.kinds == Kind.CAP
    rim = np.unique(template.faces[cap[template.faces].any(1)])
    heights = template.vertices[rim[~cap[rim]]] @ layout.normal - layout.offset
    assert heights.min() == pytest.approx(CLEARANCE_MM, abs=1e-3)
    assert np.linalg.norm(layout.normal) == pytest.approx(1.0)


def test_the_disc_is_flat_and_no_triangle_is_turned_over(
    template: TemplateMesh, layout: NeckLayout
) -> None:
    beyond = layout.vertices @ layout.normal - layout.offset
    assert np.abs(beyond[layout.disc]).max() < 1e-6
    assert np.abs(beyond[layout.loop] + 0.25 * ROUNDING_MM).max() < 1e-6
    inside = np.zeros(len(beyond), bool)
    inside[np.concatenate([layout.loop, layout.disc])] = True
    corners = layout.vertices[template.faces[inside[template.faces].all(1)]]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert (normals @ layout.normal > 0.0).all()


def test_vertices_above_the_cut_stay(template: TemplateMesh, layout: NeckLayout) -> None:
    moved = np.concatenate([layout.loop, layout.disc])
    rest = np.setdiff1d(np.arange(len(template.vertices)), moved)
    assert np.array_equal(layout.vertices[rest], template.vertices[rest].astype(np.float64))
    assert (layout.vertices @ layout.normal < layout.offset + 1e-6).all()


def test_a_slide_leads_across_the_plane(layout: NeckLayout) -> None:
    across = layout.slide @ layout.normal
    assert across[: len(layout.loop)] == pytest.approx(1.0, abs=1e-6)
    assert ((across > 0.0) & (across < 1.0 + 1e-6)).all()


def test_a_template_without_a_cap_cannot_be_cut() -> None:
    with pytest.raises(InputError, match="no cap"):
        lay_neck(*arguments(tiny_template(synthetic_faces())))


def test_weights_are_cut_once_and_the_truth_with_them(tmp_path: Path) -> None:
    model = make_tiny_model(tmp_path, steps=2, capped=True)
    before = load_weights(tmp_path / TEMPLATE_FILE, "parts-template").identifier
    assert not cut_exported(tmp_path)  # the export did it
    assert load_weights(tmp_path / TEMPLATE_FILE, "parts-template").identifier == before
    faces = synthetic_faces()
    cut = cut_like(faces, model)
    plane = model.canonical_plane()
    assert plane is not None
    assert is_watertight(cut.faces)
    used = cut.vertices(cut.canonical_code())[np.unique(cut.faces)]
    assert plane.beyond(used).max() < 1e-3
    code = np.linspace(-1.0, 1.0, int(faces.sizes.sum())).astype(np.float32)
    assert np.allclose(cut.vertices(code)[: len(faces.rest)], faces.vertices(code), atol=1e-5)
    # Old triangles above the plane are the same; the cap does not count.
    assert (cut.groups == 3).sum() == (cut.faces == len(cut.rest) - 1).any(1).sum()
