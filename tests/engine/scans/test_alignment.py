import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from engine.errors import Cancelled, InputError, NotAHead
from engine.geometry.mesh import Mesh
from engine.geometry.similarity import Similarity
from engine.progress import CancelToken
from engine.scans import align_by_pairs, align_scan, refine_alignment
from engine.scans.degrade import Degradation, degrade
from tests.engine.geometry.shapes import grid, mesh_of, sphere, torus
from tests.engine.scans.heads import free_head, joined, mask_of
from tests.synthetic_model import SyntheticModel

FACE_MM = 9.0
"""A face may lie so far off: heads differ, so there is no one right place."""


@pytest.fixture(scope="module")
def model() -> SyntheticModel:
    return SyntheticModel()


@pytest.fixture(scope="module")
def head(model) -> Mesh:
    return free_head(model, seed=1)


def turned(mesh: Mesh, rotation: Rotation, unit_mm: float = 1.0) -> tuple[Mesh, Similarity]:
    """`mesh` in another frame and unit, and the way back."""
    away = Similarity(rotation.as_matrix(), np.array([300.0, -80.0, 45.0]) / unit_mm, 1 / unit_mm)
    return mesh.with_vertices(away.apply(mesh.vertices)), away.inverse()


def last_of(steps):
    *_, last = steps
    assert last.done
    return last


def face_error_mm(found: Similarity, truth: Similarity, scan: Mesh) -> float:
    """Mean distance over the face between where two similarities put it."""
    right = truth.apply(scan.vertices)
    face = np.linalg.norm(right - np.array([0, 0, 90], np.float32), axis=1) < 75
    return float(np.linalg.norm(found.apply(scan.vertices) - right, axis=1)[face].mean())


@pytest.mark.parametrize(
    ("angles", "unit_mm", "unit"),
    [((0, 0, 0), 1.0, "mm"), ((90, 0, 0), 10.0, "cm"), ((10, 180, 20), 1000.0, "m"),
     ((0, 15, 180), 25.4, "inch")],
)  # fmt: skip
def test_a_head_of_any_pose_and_unit(model, head, angles, unit_mm, unit):
    scan, truth = turned(head, Rotation.from_euler("xyz", angles, degrees=True), unit_mm)
    last = last_of(align_scan(scan, model))
    assert last.unit_name == unit
    assert last.similarity.scale == pytest.approx(unit_mm, rel=1e-6)
    assert face_error_mm(last.similarity, truth, scan) < FACE_MM
    assert last.likeness > 0.6
    assert last.covered_share > 0.8


def test_a_degraded_mask_of_a_face(model, head):
    bad = degrade(mask_of(head), Degradation(unit_mm=10.0), np.random.default_rng(3))
    last = last_of(align_scan(bad.mesh, model))
    assert last.unit_name == "cm"
    assert face_error_mm(last.similarity, bad.truth, bad.mesh) < FACE_MM


def test_shoulders_do_no_harm(model, head):
    body = sphere(radius=1.0, subdivisions=4)
    body = body.with_vertices(body.vertices * (210, 110, 90) + np.array([0, -230, 0], np.float32))
    scan, truth = turned(joined(head, body), Rotation.from_euler("x", -90, degrees=True))
    last = last_of(align_scan(scan, model))
    assert face_error_mm(last.similarity, truth, scan) < FACE_MM


def test_a_scan_without_a_unit_is_scaled_to_the_head(model, head):
    radius = float(np.linalg.norm(head.vertices - head.vertices.mean(axis=0), axis=1).max())
    scan, truth = turned(head, Rotation.from_euler("y", 40, degrees=True), radius)
    last = last_of(align_scan(scan, model))
    assert last.unit_name == "unknown"
    assert last.similarity.scale == pytest.approx(truth.scale, rel=0.12)


def test_size_is_kept_or_thrown_away_as_asked(model, head):
    large = head.with_vertices(head.vertices * 1.1)
    kept = last_of(align_scan(large, model, unit_mm=1.0))
    free = last_of(align_scan(large, model, unit_mm=1.0, size="free"))
    assert kept.similarity.scale == pytest.approx(1.0)
    assert free.similarity.scale == pytest.approx(1 / 1.1, rel=0.05)


def cube() -> Mesh:
    side = grid(20, 20, 9.0)
    front = side.with_vertices(side.vertices - np.array([90, 90, -90], np.float32))
    turns = [Rotation.from_euler("y", 90 * k, degrees=True) for k in range(4)]
    turns += [Rotation.from_euler("x", angle, degrees=True) for angle in (90, -90)]
    return joined(*(front.with_vertices(turn.apply(front.vertices)) for turn in turns))


@pytest.mark.parametrize(
    "mesh",
    [
        pytest.param(cube(), id="cube"),
        pytest.param(sphere(radius=1.0, subdivisions=4), id="ball without a unit"),
        pytest.param(grid(30, 30, 8.0), id="plane"),
        pytest.param(torus(60, 40, 80.0, 35.0), id="torus"),
    ],
)
def test_what_is_no_head_is_refused_with_the_residual(model, mesh):
    with pytest.raises(NotAHead, match="does not look like a head"):
        last_of(align_scan(mesh, model))


def test_one_triangle_and_no_triangle_are_no_head(model):
    triangle = mesh_of([[0, 0, 0], [100, 0, 0], [0, 100, 0]], [[0, 1, 2]])
    with pytest.raises(NotAHead, match="1 triangle"):
        last_of(align_scan(triangle, model))
    with pytest.raises(NotAHead, match="0 triangles"):
        last_of(align_scan(mesh_of(np.zeros((4, 3)), []), model))


def test_the_answer_is_the_same_for_another_order_of_vertices(model, head):
    order = np.random.default_rng(5).permutation(len(head.vertices))
    places = np.argsort(order)
    shuffled = Mesh(head.vertices[order], places[head.faces].astype(np.int32))
    first = last_of(align_scan(head, model)).similarity
    second = last_of(align_scan(shuffled, model)).similarity
    gap = first.apply(head.vertices) - second.apply(head.vertices)
    assert np.abs(gap).max() < 1.0


def test_steps_come_in_order_and_cancel_stops_them(model, head):
    fractions = [step.fraction for step in align_scan(head, model)]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        next(align_scan(head, model, cancel=token))
    with pytest.raises(InputError, match="unit"):
        next(align_scan(head, model, unit_mm=0.0))


def test_picked_pairs_place_a_scan_and_refining_improves_it(model, head):
    scan, truth = turned(head, Rotation.from_euler("xyz", (80, 40, 10), degrees=True), 10.0)
    from_nose = np.linalg.norm(head.vertices - np.array([0, 0, 100], np.float32), axis=1)
    picked = np.argsort(from_nose)[::60][:5]
    sloppy = head.vertices[picked] + np.random.default_rng(0).normal(scale=5.0, size=(5, 3))
    placed = align_by_pairs(scan.vertices[picked], sloppy)
    assert placed.rms_mm == pytest.approx(np.sqrt(np.mean(np.square(placed.distances_mm))))
    assert 1.0 < placed.rms_mm < 10.0
    exact = align_by_pairs(scan.vertices[picked], head.vertices[picked])
    assert exact.rms_mm < 1e-3
    assert exact.similarity.scale == pytest.approx(10.0, rel=1e-5)
    start = Similarity(placed.similarity.rotation, placed.similarity.translation, 10.0)
    last = last_of(refine_alignment(scan, model, start))
    assert face_error_mm(last.similarity, truth, scan) < FACE_MM


def test_refining_by_hand_refuses_nothing(model):
    ball = sphere(radius=100.0, subdivisions=4)
    assert last_of(refine_alignment(ball, model, Similarity.identity())).likeness < 0.3
