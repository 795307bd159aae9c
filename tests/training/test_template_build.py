"""The whole pipeline on an analytic head."""

import numpy as np
import pytest

from engine.errors import InputError
from tests.training.synthetic_head import head_distance, landmark_points, registered_head
from training.parts.template.build import TemplateChoice, build_template
from training.parts.template.remesh import RemeshChoice
from training.parts.template.sizing import SizingChoice
from training.parts.template.template_mesh import Kind, TemplateMesh
from training.parts.template.transfer import MIDLINE, PAIRS
from training.parts.template.uv import UvChoice

QUICK = TemplateChoice(
    spacing=4.0,
    sizing=SizingChoice(vertex_count=2200),
    remeshing=RemeshChoice(rounds=7, polish=2),
    unfolding=UvChoice(rounds=30),
)


@pytest.fixture(scope="module")
def faces():
    return registered_head()


@pytest.fixture(scope="module")
def built(faces):
    return build_template(head_distance, faces, QUICK)


def test_the_mesh_is_closed_even_and_on_the_surface(built):
    quality = built.quality
    assert quality.euler == 2
    assert quality.open_edges == 0
    assert 1700 < quality.vertices < 2900
    assert quality.distance_p99 < 0.01
    assert quality.angle_p5 > 28.0
    assert quality.sharp_share < 0.02


def test_the_mesh_is_exactly_symmetric(built):
    template = built.template
    image = template.vertices[template.mirror] * np.float32([-1, 1, 1])
    np.testing.assert_array_equal(image, template.vertices)
    np.testing.assert_array_equal(template.mirror[template.mirror], np.arange(len(image)))
    np.testing.assert_allclose(
        template.uv[template.mirror] * [-1, 1] + [1, 0], template.uv, atol=1e-6
    )
    np.testing.assert_array_equal(template.colors[template.mirror], template.colors)
    faces = {tuple(sorted(f)) for f in template.faces.tolist()}
    assert {tuple(sorted(f)) for f in template.mirror[template.faces].tolist()} == faces


def test_faces_look_outwards(built):
    corners = built.template.vertices.astype(np.float64)[built.template.faces]
    volume = np.einsum("fi,fi->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6.0
    # The head's ellipsoid without the part below the neck and the mouth.
    assert 1.9e6 < volume < 2.5e6


def test_the_map_is_inside_the_square_without_folds_and_upright(built):
    template = built.template
    assert built.quality.uv_folds == 0
    assert template.uv.min() >= 0.0
    assert template.uv.max() <= 1.0
    u, v = template.uv[template.landmarks].T
    assert u[36] < u[45]  # the subject's right eye lies left
    assert v[27] > v[33] > v[57] > v[8]


def test_kinds_lie_where_they_belong(built):
    template = built.template
    points, kinds = template.vertices, template.kinds
    assert (points[kinds == Kind.RIGHT_EYE, 0] < -10).all()
    assert (points[kinds == Kind.LEFT_EYE, 0] > 10).all()
    assert (kinds == Kind.RIGHT_EYE).sum() == (kinds == Kind.LEFT_EYE).sum() > 20
    assert points[kinds == Kind.MOUTH, 2].max() < 82.0
    assert (points[kinds == Kind.CAP, 1] < -77.0).all()
    assert (kinds == Kind.LIPS).sum() > 20


def test_landmarks_are_distinct_symmetric_and_near(built):
    template = built.template
    assert len(set(template.landmarks.tolist())) == 68
    first, second = np.array(PAIRS).T
    np.testing.assert_array_equal(
        template.mirror[template.landmarks[first]], template.landmarks[second]
    )
    assert (template.vertices[template.landmarks[list(MIDLINE)], 0] == 0.0).all()
    off = np.linalg.norm(template.vertices[template.landmarks] - landmark_points(), axis=1)
    assert np.median(off) < 3.0
    assert off.max() < 9.0


def test_region_weights_add_up_and_follow_the_registered_faces(built):
    template = built.template
    np.testing.assert_allclose(template.region_weights.sum(1), 1.0, atol=1e-6)
    back = template.vertices[:, 2] < -60.0
    assert (template.region_weights[back, 3] > 0.98).all()
    assert template.region_weights[template.landmarks[57], 2] > 0.3


def test_colours_tell_eyes_lips_and_mouth_from_skin(built):
    template = built.template
    colors, kinds = template.colors.astype(int), template.kinds
    eyes = np.isin(kinds, (Kind.RIGHT_EYE, Kind.LEFT_EYE))
    assert colors[eyes].min() > 190
    redness = colors[:, 0] - colors[:, 1]
    assert np.median(redness[kinds == Kind.LIPS]) > np.median(redness[kinds == Kind.SKIN]) + 15
    assert colors[kinds == Kind.MOUTH].sum(1).mean() < colors[kinds == Kind.SKIN].sum(1).mean() / 2


def test_a_template_is_read_back_as_it_was_written(built, tmp_path):
    file = tmp_path / "deep" / "template.npz"
    built.template.save(file)
    loaded = TemplateMesh.load(file)
    np.testing.assert_array_equal(loaded.vertices, built.template.vertices)
    np.testing.assert_array_equal(loaded.face_kinds, built.template.face_kinds)
    mesh = loaded.to_mesh()
    assert mesh.region_weights is not None
    assert mesh.region_weights.shape == (len(mesh.vertices), 4)


def test_what_is_not_a_template_is_refused(tmp_path):
    file = tmp_path / "notes.npz"
    file.write_text("not a template")
    with pytest.raises(InputError, match="not a template mesh"):
        TemplateMesh.load(file)


def test_a_network_without_a_surface_is_refused(faces):
    with pytest.raises(InputError, match="no zero"):
        build_template(lambda points: np.ones(len(points), np.float32), faces, QUICK)
