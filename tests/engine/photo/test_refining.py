"""Codes and cameras from points: known faces are found again, wrong points and locks respected."""

from dataclasses import replace

import numpy as np
import pytest

from engine.errors import InputError
from engine.models.protocol import PARTS
from engine.photo.near_camera import NearCamera
from engine.photo.observations import PhotoState, PointObservations, RefiningSettings
from engine.photo.point_basis import CodePrior, joint_code
from engine.photo.refining import RefinedFace, refine
from engine.photo.shape_axes import ShapeAxes
from tests.engine.photo.known_faces import BASIS, MODEL, SHAPE, Shot, person, shape_error, shoot

PRIOR = CodePrior.of(MODEL)
TRUSTED = RefiningSettings(independent=1e6)
WEAK = replace(TRUSTED, nearness=None)


def refined(shot: Shot, settings: RefiningSettings = WEAK, parts=PARTS) -> RefinedFace:
    return refine(MODEL, shot.seen, MODEL.mean_code(), shot.start, PRIOR, parts, settings)


def distance_px(found: RefinedFace, shot: Shot) -> float:
    """Mean distance of the face found from where its points truly are, px."""
    state = found.state
    camera = NearCamera.of(state.pose, state.nearness, BASIS.rest.mean(axis=0))
    points = BASIS.points(joint_code(found.code))
    return float(np.linalg.norm(camera.project(points) - shot.seen.pixels, axis=1).mean())


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_known_face_is_found_again(seed: int) -> None:
    code = person(seed, expression=0.5)
    shot = shoot(code, yaw=25.0)
    found = refined(shot)
    assert distance_px(found, shot) < 0.1
    assert found.residual_px < 0.1
    assert shape_error(found.code, code) < 0.5 * shape_error(MODEL.mean_code(), code)


def test_perspective_is_told_from_shape() -> None:
    code = person(5)
    shot = shoot(code, yaw=15.0, nearness=1.0 / 450.0)
    near = refined(shot, settings=TRUSTED)
    weak = refined(shot, settings=WEAK)
    assert shape_error(near.code, code) < 0.8 * shape_error(weak.code, code)
    assert near.state.nearness == pytest.approx(1.0 / 450.0, rel=0.35)
    assert weak.state.nearness == 0.0


def test_an_expression_is_told_from_shape() -> None:
    code = person(3)
    smile = np.zeros(len(code.expression), np.float32)
    smile[1] = 0.8
    still, smiling = shoot(code, 10.0), shoot(code.with_part("expression", smile), -10.0)
    assert refined(still).code.expression[1] < 0.1
    found = refined(smiling)
    assert found.code.expression[1] == pytest.approx(0.8, abs=0.15)
    assert np.array_equal(found.state.expression.astype(np.float32), found.code.expression)


def test_axes_that_are_there_already_change_nothing() -> None:
    shot = shoot(person(1), 20.0)
    columns = BASIS.columns(SHAPE)
    axes = ShapeAxes.of(BASIS, columns, PRIOR.deviation[columns])
    again = refine(MODEL, shot.seen, MODEL.mean_code(), shot.start, PRIOR, settings=WEAK, axes=axes)
    assert np.array_equal(joint_code(again.code), joint_code(refined(shot).code))


def test_one_in_five_points_may_be_wrong() -> None:
    code = person(4)
    shot = shoot(code, 10.0, noise=0.5)
    clean = refined(shot)
    pixels = shot.seen.pixels.copy()
    rng = np.random.default_rng(0)
    wrong = rng.choice(len(pixels), len(pixels) // 5, replace=False)
    pixels[wrong] += rng.normal(size=(len(wrong), 2)) * 40.0
    spoilt = replace(shot, seen=PointObservations(BASIS, pixels, shot.seen.deviations))
    found = refined(spoilt)
    right = np.setdiff1d(np.arange(len(pixels)), wrong)
    gap = distance_px(found, shot)
    assert gap < distance_px(clean, shot) + 0.15
    assert len(right) > 0.79 * len(pixels)
    assert shape_error(found.code, code) < 1.25 * shape_error(clean.code, code) + 0.1


def test_parts_that_are_not_free_stay() -> None:
    start = person(7)
    shot = shoot(person(8), 5.0)
    found = refine(MODEL, shot.seen, start, shot.start, PRIOR, ["nose", "expression"], WEAK).code
    for part in ("eyes", "mouth", "head"):
        assert np.array_equal(found.part(part), start.part(part))
    assert not np.allclose(found.nose, start.nose)
    assert found.expression.any()


@pytest.mark.parametrize("parts", [("expression",), ()])
def test_a_shape_may_be_locked_whole(parts: tuple[str, ...]) -> None:
    start = person(7)
    shot = shoot(person(7, expression=0.6), 5.0)
    found = refine(MODEL, shot.seen, start, shot.start, PRIOR, parts, WEAK).code
    for part in SHAPE:
        assert np.array_equal(found.part(part), start.part(part))
    assert found.expression.any() == bool(parts)


def test_a_locked_expression_and_pose_stay() -> None:
    code = person(6, expression=0.4)
    shot = shoot(code, 5.0)
    expression = np.linspace(0.0, 0.5, len(code.expression))
    held = PhotoState(expression, shot.start.pose, 1e-3)
    settings = RefiningSettings(pose_free=False)
    found = refine(MODEL, shot.seen, MODEL.mean_code(), held, PRIOR, SHAPE, settings)
    assert np.allclose(found.state.expression, expression)
    assert found.state.nearness == 1e-3
    assert np.allclose(found.state.pose.rotation, held.pose.rotation, atol=1e-9)
    assert found.state.pose.scale == pytest.approx(held.pose.scale)
    assert np.allclose(found.state.pose.translation, held.pose.translation)


def test_codes_stay_inside_their_ends() -> None:
    code = person(2, expression=0.9)
    far = np.full(len(joint_code(code)), 30.0)
    prior = CodePrior(np.zeros_like(far), far, PRIOR.lower, PRIOR.upper)
    shot = shoot(code, noise=6.0)
    found = refine(MODEL, shot.seen, MODEL.mean_code(), shot.start, prior, PARTS, TRUSTED)
    joint = joint_code(found.code)
    assert (joint >= PRIOR.lower - 1e-6).all()
    assert (joint <= PRIOR.upper + 1e-6).all()
    assert (np.isclose(joint, PRIOR.lower) | np.isclose(joint, PRIOR.upper)).any()


def test_a_confident_prior_is_kept_where_points_say_little() -> None:
    code = person(11)
    known = CodePrior.of(MODEL, joint_code(code), np.full(len(PRIOR.mean), 0.05))
    shot = shoot(code, noise=3.0)
    found = refine(MODEL, shot.seen, code, shot.start, known).code
    assert shape_error(found, code) < 0.2 * shape_error(MODEL.mean_code(), code)


def test_size_is_not_lost_to_the_camera() -> None:
    """Without the volume term of its posterior a fit makes every face smaller.

    Faces of fifty patterns without meaning, of which one is the face's size.
    """
    rng = np.random.default_rng(0)
    rest = BASIS.rest - BASIS.rest.mean(axis=0)
    motion = np.zeros_like(BASIS.motion)
    shape = BASIS.columns(SHAPE)
    motion[:, :, shape] = rng.normal(size=(len(rest), 3, len(shape)))
    size = shape[-1]
    motion[:, :, size] = 0.05 * rest
    basis = replace(BASIS, rest=rest, motion=motion)
    camera = NearCamera(np.eye(3), 1.6, np.zeros(2), 0.0, rest.mean(axis=0))
    gaps = []
    for _ in range(10):
        truth = np.zeros(motion.shape[2])
        truth[shape] = rng.normal(size=len(shape))
        pixels = camera.project(basis.points(truth))
        seen = PointObservations(basis, pixels, np.ones(len(rest)))
        start = PhotoState(np.zeros(BASIS.sizes[-1]), camera.weak())
        found = refine(MODEL, seen, MODEL.mean_code(), start, PRIOR, SHAPE, WEAK)
        gaps.append(joint_code(found.code)[size] - truth[size])
    assert abs(np.mean(gaps)) < 0.6


def test_what_cannot_be_refined_is_refused() -> None:
    shot = shoot(person(0))
    with pytest.raises(InputError, match="chin"):
        refined(shot, parts=["chin"])
    with pytest.raises(InputError, match="above 0 px"):
        PointObservations(BASIS, shot.seen.pixels, np.zeros(len(BASIS.rows)))
    with pytest.raises(InputError, match="finite"):
        PointObservations(BASIS, shot.seen.pixels * np.nan, np.ones(len(BASIS.rows)))
