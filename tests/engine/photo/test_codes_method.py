"""The mean head, and codes from a photograph: an untrained network is the mean head."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.errors import Cancelled, InputError, WeightsError
from engine.models.protocol import PARTS
from engine.photo.codes_method import CodesMethod, MeanHeadMethod
from engine.photo.codes_network import KIND
from engine.photo.near_camera import NearCamera
from engine.photo.person_shape import PersonShape
from engine.photo.point_basis import joint_code
from engine.photo.reconstruction import FoundFace, PhotoFace
from engine.photo.refitting import refit
from engine.photo.weak_perspective import WeakPerspective, five_points
from engine.progress import CancelToken
from engine.weights import load_weights, save_weights
from tests.engine.photo.known_faces import BASIS, MODEL, person, shoot
from tests.engine.photo.tiny_codes_network import save_tiny_network

SHAPE = sum(len(MODEL.mean_code().part(part)) for part in PARTS[:-1])


def photo(yaw: float = 0.0) -> PhotoFace:
    """Noise with the mean head's five points in it."""
    pixels = np.random.default_rng(0).integers(0, 256, (400, 500, 3)).astype(np.uint8)
    shot = shoot(MODEL.mean_code(), yaw)
    points = five_points(shot.seen.pixels[:68])
    box = np.concatenate([points.min(0) - 40, points.max(0) + 40])
    return PhotoFace(pixels, FoundFace(box, points, 0.9))


@pytest.fixture(scope="module")
def method(tmp_path_factory: pytest.TempPathFactory) -> CodesMethod:
    file = tmp_path_factory.mktemp("weights") / "codes.safetensors"
    save_tiny_network(file)
    return CodesMethod(file, MODEL, "cpu")


def test_the_mean_head_stands_on_the_five_points() -> None:
    face = photo(20.0)
    found = MeanHeadMethod(MODEL).reconstruct(face)
    assert found.method == "mean"
    assert found.code == MODEL.mean_code()
    # Five points say little of pitch, so a pose is drawn a little to upright.
    assert np.abs(five_points(found.landmarks) - face.found.points).max() < 2.5
    assert found.pose.angles()[0] == pytest.approx(20.0, abs=5.0)
    assert np.allclose(found.confidences, 0.9)
    assert np.array_equal(found.mesh.vertices, MODEL.template.vertices)


def test_an_untrained_network_gives_the_mean_head(method: CodesMethod) -> None:
    face = photo(15.0)
    found = method.reconstruct(face)
    mean = MeanHeadMethod(MODEL).reconstruct(face)
    assert found.code is not None
    assert np.abs(joint_code(found.code)).max() < 0.3
    assert np.linalg.norm(found.landmarks - mean.landmarks, axis=1).max() < 6.0
    assert np.abs(np.subtract(found.pose.angles(), mean.pose.angles())).max() < 3.0
    assert len(found.stages) == 3
    assert np.array_equal(found.mesh.vertices, MODEL.preview(found.code))
    assert found.landmarks.shape == (68, 2)
    assert found.camera.nearness > 0.0
    seen = found.camera.project(found.mesh.vertices[MODEL.landmarks])
    assert np.abs(seen - found.landmarks).max() < 0.1, "the camera is the one of the fit"
    assert (found.confidences > 0).all()
    assert (found.confidences <= 1).all()
    assert found.seconds > 0


def test_photographs_of_one_person_share_the_shape(method: CodesMethod) -> None:
    found = method.reconstruct_person([photo(0.0), photo(30.0)])
    first, second = (face.code for face in found)
    assert first is not None
    assert second is not None
    for part in PARTS[:4]:
        assert np.array_equal(first.part(part), second.part(part))
    assert found[1].pose.angles()[0] - found[0].pose.angles()[0] == pytest.approx(30.0, abs=6.0)


def test_a_cancelled_reconstruction_stops(method: CodesMethod) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        method.reconstruct(photo(), cancel)


def test_a_shape_known_to_be_drawn_to_the_mean_is_brought_back(
    method: CodesMethod, tmp_path: Path
) -> None:
    """With weights that say the truth is twice what is found, twice of it is found, and the
    landmarks stay where the image has them."""
    file = tmp_path / "codes.safetensors"
    save_tiny_network(file)
    weights = load_weights(file, KIND)
    eye = np.eye(SHAPE)
    doubled = PersonShape(2.0 * eye, eye, 0.0 * eye)
    save_weights(file, {**weights.tensors, **doubled.tensors()}, weights.header)
    face = photo(15.0)
    plain, found = method.reconstruct(face), CodesMethod(file, MODEL, "cpu").reconstruct(face)
    assert plain.code is not None
    assert found.code is not None
    for part in PARTS[:4]:
        assert np.allclose(found.code.part(part), 2.0 * plain.code.part(part), atol=1e-3)
    assert np.linalg.norm(found.landmarks - plain.landmarks, axis=1).max() < 6.0


def test_weights_of_another_model_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "codes.safetensors"
    with pytest.raises(WeightsError, match="missing"):
        CodesMethod(file, MODEL, "cpu").prepare()
    save_tiny_network(file, codes=40)
    with pytest.raises(WeightsError, match="another face model"):
        CodesMethod(file, MODEL, "cpu").prepare()
    save_tiny_network(file, rows=BASIS.rows + 10_000)
    with pytest.raises(WeightsError, match="another face model"):
        CodesMethod(file, MODEL, "cpu").prepare()


def test_no_photographs_are_refused(method: CodesMethod) -> None:
    with pytest.raises(InputError, match="at least one"):
        method.reconstruct_person([])


def test_a_dragged_landmark_moves_its_part_only() -> None:
    before = MeanHeadMethod(MODEL).reconstruct(photo())
    landmarks, pinned = before.landmarks.copy(), np.zeros(68, np.bool_)
    pinned[30] = True
    landmarks[30] += (0.0, 8.0)
    after = refit(MODEL, before, landmarks, pinned, ["nose"])
    assert after.code is not None
    assert before.code is not None
    for part in PARTS[1:]:
        assert np.array_equal(after.code.part(part), before.code.part(part))
    shown = after.pose.project(after.mesh.vertices[MODEL.landmarks])
    start = before.pose.project(before.mesh.vertices[MODEL.landmarks])
    assert np.linalg.norm(shown[30] - landmarks[30]) < 0.6 * 8.0
    assert np.linalg.norm(shown[36:48] - start[36:48], axis=1).max() < 1.0
    assert np.allclose(after.pose.rotation, before.pose.rotation)
    assert after.confidences[30] == 1.0
    assert np.array_equal(after.landmarks[30], landmarks[30])


def test_a_close_up_keeps_its_camera_while_landmarks_move() -> None:
    """The other landmarks stay where the near camera sees them, and the dragged one is met."""
    start = MeanHeadMethod(MODEL).reconstruct(photo())
    camera = NearCamera.of(start.pose, 1 / 300, np.array([1.0, -6.0, 70.0]))
    seen = camera.project(start.mesh.vertices[MODEL.landmarks])
    before = replace(start, camera=camera, landmarks=seen)
    pinned = np.zeros(68, np.bool_)
    pinned[30] = True
    landmarks = seen.copy()
    landmarks[30] += (0.0, 4.0)
    after = refit(MODEL, before, landmarks, pinned, ["nose"])
    assert after.camera.nearness == camera.nearness
    shown = after.camera.project(after.mesh.vertices[MODEL.landmarks])
    assert np.abs(shown[36:48] - seen[36:48]).max() < 1.0
    assert np.abs(after.landmarks[36:48] - seen[36:48]).max() < 1.0
    assert np.linalg.norm(shown[30] - landmarks[30]) < 0.6 * 4.0


def test_with_all_parts_free_the_pose_follows() -> None:
    before = MeanHeadMethod(MODEL).reconstruct(photo())
    truth = person(1)
    pose = WeakPerspective(before.pose.rotation, 1.7, before.pose.translation + 15.0)
    landmarks = pose.project(MODEL.preview(truth)[MODEL.landmarks])
    after = refit(MODEL, before, landmarks, np.ones(68, np.bool_), PARTS)
    shown = after.pose.project(after.mesh.vertices[MODEL.landmarks])
    assert np.linalg.norm(shown - landmarks, axis=1).mean() < 1.0
    assert np.linalg.norm(after.pose.translation - before.pose.translation) > 5.0


def test_a_face_without_codes_cannot_be_refitted() -> None:
    before = replace(MeanHeadMethod(MODEL).reconstruct(photo()), code=None)
    with pytest.raises(InputError, match="no codes"):
        refit(MODEL, before, before.landmarks, np.ones(68, np.bool_), PARTS)
