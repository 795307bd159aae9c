"""Heads that are a small part of what is in the file."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from engine.errors import NotAHead
from engine.geometry.mesh import Mesh
from engine.geometry.similarity import Similarity
from engine.scans import align_scan
from engine.scans.head_target import head_target
from engine.scans.placing import Subject, about_head
from tests.engine.geometry.shapes import sphere
from tests.engine.scans.heads import free_head, joined
from tests.synthetic_model import SyntheticModel

FACE_MM = 9.0
Z_UP = Rotation.from_euler("x", 90, degrees=True)


@pytest.fixture(scope="module")
def model() -> SyntheticModel:
    return SyntheticModel()


def limb(radii: tuple[float, float, float], centre: tuple[float, float, float]) -> Mesh:
    ball = sphere(radius=1.0, subdivisions=3)
    stretch, shift = np.array(radii, np.float32), np.array(centre, np.float32)
    return ball.with_vertices(ball.vertices * stretch + shift)


def body_under(head: Mesh | None) -> Mesh:
    """A standing figure in mm, whose head is where the model's is."""
    limbs = [limb((190, 300, 110), (0, -420, -20))]
    for side in (-1.0, 1.0):
        limbs.append(limb((60, 330, 60), (240 * side, -480, -20)))
        limbs.append(limb((85, 430, 85), (95 * side, -1050, -20)))
    return joined(*limbs, *([] if head is None else [head]))


def placed(mesh: Mesh, turn: Rotation, unit_mm: float) -> tuple[Mesh, Similarity]:
    away = Similarity(turn.as_matrix(), np.array([30.0, -8.0, 450.0]) / unit_mm, 1.0 / unit_mm)
    return mesh.with_vertices(away.apply(mesh.vertices)), away.inverse()


@pytest.mark.parametrize(
    ("turn", "unit_mm", "unit"),
    [(Z_UP, 1000.0, "m"), (Rotation.from_euler("y", 70, degrees=True), 370.0, "unknown")],
)
def test_the_head_of_a_body_is_found(model, turn, unit_mm, unit):
    head = free_head(model, seed=1, resolution=96)
    body, truth = placed(body_under(head), turn, unit_mm)
    *_, last = align_scan(body, model)
    assert last.unit_name == unit
    assert last.similarity.scale == pytest.approx(unit_mm, rel=0.1)
    face = np.linalg.norm(truth.apply(body.vertices) - np.array([0.0, 0.0, 90.0]), axis=1) < 75
    gaps = last.similarity.apply(body.vertices) - truth.apply(body.vertices)
    assert np.linalg.norm(gaps[face], axis=1).mean() < FACE_MM


def test_a_body_without_a_head_is_refused(model):
    with pytest.raises(NotAHead, match="slopes"):
        list(align_scan(body_under(None), model))


def test_the_end_of_the_search_looks_at_the_head_alone(model):
    body = body_under(free_head(model, seed=1))
    target = head_target(model)
    narrowed = about_head(body, Subject(body), target, Similarity.identity())
    lowest = target.mesh.vertices[:, 1].min()
    assert Subject(body).surface.points[:, 1].min() < lowest - 500.0
    assert narrowed.surface.points[:, 1].min() > lowest - 60.0
    alone = free_head(model, seed=1)
    subject = Subject(alone)
    assert about_head(alone, subject, target, Similarity.identity()) is subject
