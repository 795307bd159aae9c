"""The evaluation of photo methods, on a few pictures whose truth is the synthetic head."""

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from engine.errors import InputError
from engine.geometry.mesh import Mesh
from engine.geometry.subdivision import subdivide
from engine.models.protocol import PARTS, FaceCode
from engine.photo.methods import METHODS
from engine.photo.near_camera import NearCamera
from engine.photo.reconstruction import FoundFace, PhotoFace, Reconstruction
from engine.photo.weak_perspective import WeakPerspective, fit_weak_perspective, five_points
from engine.progress import CancelToken, Progress, ignore_progress
from tests.synthetic_model import SyntheticModel
from training.photos.detections import detect_faces, landmark_box
from training.photos.evaluation import (
    EvaluationSettings,
    MethodFigures,
    evaluate_method,
    mean_figures,
    sampling_floor,
)
from training.photos.evaluation_command import Evaluation, SizedMethod, spread_rows, weight_files
from training.photos.evaluation_files import write_evaluation
from training.photos.evaluation_options import METHOD_NAMES
from training.photos.face_truth import FaceTruth, true_pose
from training.photos.identity import Gallery, IdentityCase, joint_cases, single_cases
from training.photos.photo_set import PhotoSet

MODEL = SyntheticModel()
TRUTH = FaceTruth(MODEL)
PEOPLE, EACH, SIZE = 6, 3, 96
SETTINGS = EvaluationSettings(samples=2_000, mover_samples=200)


def random_code(rng: np.random.Generator) -> FaceCode:
    mean = MODEL.mean_code()
    return FaceCode(**{part: rng.normal(size=mean.part(part).shape) for part in PARTS})


def photo_set() -> PhotoSet:
    rng = np.random.default_rng(3)
    codes, poses, points, people = [], [], [], []
    for person in range(PEOPLE):
        own = random_code(rng)
        for _ in range(EACH):
            weights = np.abs(rng.normal(0.0, 0.3, len(own.expression)))
            code = own.with_part("expression", weights)
            turn = Rotation.from_euler("yxz", rng.uniform(-35, 35, 3), degrees=True).as_matrix()
            pose = WeakPerspective(turn, rng.uniform(0.4, 0.5), np.array([48.0, 48.0]))
            codes.append(np.concatenate([code.part(part) for part in PARTS]))
            poses.append(pose)
            points.append(pose.project(MODEL.preview(code)[MODEL.landmarks]))
            people.append(person)
    count = len(codes)
    numbers = np.arange(count, dtype=np.uint8)[:, None, None, None]
    return PhotoSet(
        np.broadcast_to(numbers, (count, SIZE, SIZE, 3)),  # a picture's colour is its number
        np.array(codes, np.float32),
        np.array([pose.rotation for pose in poses]),
        np.array([pose.scale for pose in poses]),
        np.array([pose.translation for pose in poses]),
        np.array(points, np.float32),
        np.ones((count, 68), np.bool_),
        np.array(people),
        np.asarray(MODEL.landmarks, np.int64),
        {},
    )


PHOTOS = photo_set()
ROWS = tuple(range(len(PHOTOS)))
DETECTIONS = detect_faces(PHOTOS, ROWS, None, 0)


def reconstruction(code: FaceCode, pose: WeakPerspective, known: bool) -> Reconstruction:
    vertices = MODEL.preview(code)
    places = pose.project(vertices[MODEL.landmarks])
    mesh = Mesh(vertices, MODEL.template.faces)
    known_code = code if known else None
    camera = NearCamera.of(pose)
    return Reconstruction("test", camera, (mesh,), known_code, places, np.ones(68), 0.02)


@dataclass
class MeanHead:
    """The baseline."""

    name: str = "mean"
    title: str = "Mean head"

    def reconstruct(
        self,
        face: PhotoFace,
        cancel: CancelToken | None = None,
        progress: Progress = ignore_progress,
    ) -> Reconstruction:
        del cancel, progress
        five = five_points(MODEL.template.vertices[MODEL.landmarks])
        pose = fit_weak_perspective(five, face.found.points)
        return reconstruction(MODEL.mean_code(), pose, True)


@dataclass
class Oracle(MeanHead):
    """Knows the picture's truth but for a share of the shape; refuses picture 2."""

    name: str = "codes"
    title: str = "Oracle"
    share: float = 1.0

    def reconstruct(
        self,
        face: PhotoFace,
        cancel: CancelToken | None = None,
        progress: Progress = ignore_progress,
    ) -> Reconstruction:
        row = int(face.pixels[0, 0, 0])
        if row == 2:
            raise InputError("Picture 2 is too dark.")
        return self.recall(row)

    def recall(self, row: int) -> Reconstruction:
        truth = TRUTH.code(PHOTOS, row)
        assert truth is not None
        parts = {part: self.share * truth.part(part) for part in PARTS}
        return reconstruction(FaceCode(**parts), true_pose(PHOTOS, row), True)

    def reconstruct_person(self, faces: Sequence[PhotoFace]) -> Sequence[Reconstruction]:
        return [self.recall(int(face.pixels[0, 0, 0])) for face in faces]


def evaluated(method: MeanHead) -> MethodFigures:
    return evaluate_method(method, 1.5, PHOTOS, DETECTIONS, TRUTH, SETTINGS)


ORACLE, MEAN = evaluated(Oracle()), evaluated(MeanHead())


def test_the_truth_measures_as_well_as_the_floor() -> None:
    found = mean_figures(ORACLE, ORACLE.photos)
    rows = tuple(row for row in ROWS if row != 2)
    floor = sampling_floor(PHOTOS, rows, TRUTH, SETTINGS)
    assert found.nme == pytest.approx(0.0, abs=1e-4)
    assert found.surface is not None
    assert floor is not None
    assert found.surface.chamfer == pytest.approx(floor.chamfer, rel=1e-6)
    assert found.surface.f_tau == pytest.approx(floor.f_tau)
    assert found.milliseconds == pytest.approx(20.0)


def test_the_mean_head_is_worse_in_everything() -> None:
    best, plain = mean_figures(ORACLE, ORACLE.photos), mean_figures(MEAN, MEAN.photos)
    assert best.surface is not None
    assert plain.surface is not None
    assert plain.nme is not None
    assert plain.nme > 1.0
    assert plain.surface.chamfer > 1.5 * best.surface.chamfer
    assert plain.surface.f_tau < best.surface.f_tau
    assert plain.surface.chamfer_mm > best.surface.chamfer_mm + 0.5


def test_a_picture_that_a_method_refuses_is_a_failure_and_no_figure() -> None:
    assert ORACLE.failures == {2: "Picture 2 is too dark."}
    assert mean_figures(ORACLE, ORACLE.photos).failed == 1
    assert len(ORACLE.photos) == len(ROWS) - 1


def test_a_wrong_depth_or_size_counts() -> None:
    """Nothing is aligned: a head 10 % too large is as wrong as it is."""
    code, pose = TRUTH.code(PHOTOS, 0), true_pose(PHOTOS, 0)
    assert code is not None
    larger = WeakPerspective(pose.rotation, 1.1 * pose.scale, pose.translation)
    compared = TRUTH.compared(reconstruction(code, larger, True), code, pose)
    truth = TRUTH.surface(code, pose)
    used = np.unique(compared.faces)
    spread = np.ptp(compared.vertices[used], axis=0)
    np.testing.assert_allclose(spread, 1.1 * np.ptp(truth.vertices, axis=0), rtol=1e-4)


def test_only_the_face_region_of_any_topology_is_compared() -> None:
    code, pose = TRUTH.code(PHOTOS, 1), true_pose(PHOTOS, 1)
    assert code is not None
    whole = Mesh(MODEL.preview(code), MODEL.template.faces)
    turned = whole.faces[np.random.default_rng(0).permutation(len(whole.faces))]
    expected = float(len(TRUTH.region.faces))
    for mesh, count, slack in (
        (whole, expected, 0.0),
        (subdivide(whole), 4 * expected, 0.0),
        (Mesh(whole.vertices, turned), expected, 0.15),  # another topology: by place
    ):
        camera = NearCamera.of(pose)
        result = Reconstruction("test", camera, (mesh,), None, np.zeros((68, 2)), np.ones(68), 0.0)
        found = TRUTH.compared(result, code, pose)
        assert len(found.faces) == pytest.approx(count, rel=slack)


def test_identity_is_measured_without_pose_and_expression() -> None:
    gallery = Gallery(PHOTOS, ROWS, TRUTH, 0)
    right = gallery.figures(single_cases(PHOTOS, ORACLE.codes, TRUTH), 1)
    assert right is not None
    assert right.cases == len(ROWS) - 1
    assert right.people == PEOPLE
    assert right.error_mm == pytest.approx(0.0, abs=1e-4)
    assert right.reduction == pytest.approx(100.0, abs=0.01)
    assert right.first_by_distance == right.first_by_likeness == 100.0
    assert right.gallery == PEOPLE
    plain = gallery.figures(single_cases(PHOTOS, MEAN.codes, TRUTH), 1)
    assert plain is not None
    assert plain.reduction == pytest.approx(0.0, abs=1e-4)
    assert plain.first_by_likeness == 0.0


def test_a_cautious_estimate_is_still_alike() -> None:
    """A tenth of the way from the mean: hardly nearer, but in the right direction."""
    timid = evaluated(Oracle(share=0.1))
    gallery = Gallery(PHOTOS, ROWS, TRUTH, 0)
    figures = gallery.figures(single_cases(PHOTOS, timid.codes, TRUTH), 1)
    assert figures is not None
    assert 5.0 < figures.reduction < 15.0
    assert figures.first_by_likeness > 90.0
    assert figures.first_by_distance < figures.first_by_likeness


def test_a_stranger_is_not_ranked() -> None:
    gallery = Gallery(PHOTOS, ROWS[:EACH], TRUTH, 0)
    assert len(gallery) == 1
    assert gallery.figures([IdentityCase(99, TRUTH.mean)], 1) is None


def test_three_photographs_of_a_person_go_together() -> None:
    cases = joint_cases(Oracle(), PHOTOS, DETECTIONS, TRUTH)
    assert [case.person for case in cases] == list(range(PEOPLE))
    assert joint_cases(MeanHead(), PHOTOS, DETECTIONS, TRUTH) == []


class HalfBlind:
    """Finds the face of even pictures, beside a wrong one."""

    def find(self, pixels: np.ndarray, cancel: CancelToken | None = None) -> tuple[FoundFace, ...]:
        del cancel
        row = int(pixels[0, 0, 0])
        landmarks = PHOTOS.points[row, :68]
        right = FoundFace(landmark_box(landmarks), five_points(landmarks), 0.9)
        wrong = FoundFace(np.array([0.0, 0.0, 8.0, 8.0]), np.ones((5, 2)), 0.99)
        return (wrong, right) if row % 2 == 0 else (wrong,)


def test_the_labelled_face_is_chosen_and_misses_are_counted() -> None:
    found = detect_faces(PHOTOS, ROWS, HalfBlind(), 0)
    assert found.missed == len(ROWS) // 2
    assert found.found[:3] == (True, False, True)
    np.testing.assert_allclose(found.faces[0].points, five_points(PHOTOS.points[0, :68]))
    # Missed faces get their true place but for the jitter, which is the same each time.
    off = np.abs(found.faces[1].points - five_points(PHOTOS.points[1, :68]))
    assert 0.0 < off.max() < 5.0
    np.testing.assert_array_equal(found.faces[1].points, DETECTIONS.faces[1].points)


def test_a_run_writes_every_figure_beside_the_baseline(tmp_path: Path) -> None:
    methods = (SizedMethod(MeanHead(), 0.0), SizedMethod(Oracle(), 1.5))
    run = Evaluation(methods, None, TRUTH, SETTINGS, ignore_progress, CancelToken())
    figures = run.run("renders", PHOTOS, ROWS[:9])
    file = write_evaluation([figures], TRUTH.units, {"seed": 0}, tmp_path)
    text = file.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    names = [line.split(" | ")[0].removeprefix("| ") for line in lines]
    assert names[:4] == ["Method", ":--", "Mean head", "Oracle"]
    assert "The true faces, drawn again" in names
    content = json.loads((tmp_path / "photo-evaluation.json").read_text())
    (plain,) = content["sets"]
    assert plain["methods"]["codes"]["nme"] < plain["methods"]["mean"]["nme"]
    assert [entry["photos_each"] for entry in plain["identity"]["codes"]] == [1, 3]
    with (tmp_path / "photo-evaluation-renders.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 18
    assert [row["photo"] for row in rows if row["error"]] == ["2"]


def test_landmarks_alone_can_be_measured() -> None:
    """Real photographs have no codes of the model."""
    unknown = PhotoSet(
        **{name: getattr(PHOTOS, name) for name in PHOTOS.__slots__ if name != "codes"},
        codes=np.full_like(PHOTOS.codes, np.nan),
    )
    found = evaluate_method(MeanHead(), 0.0, unknown, DETECTIONS, TRUTH, SETTINGS)
    mean = mean_figures(found, found.photos)
    assert mean.nme is not None
    assert mean.surface is None
    assert len(Gallery(unknown, ROWS, TRUTH, 0)) == 0


def test_some_people_are_taken_whole() -> None:
    rows = spread_rows(PHOTOS.people, 7)
    assert len(rows) == 6
    assert rows[0] == 0
    assert set(np.bincount(PHOTOS.people[list(rows)])) <= {0, EACH}
    assert spread_rows(PHOTOS.people, None) == ROWS


def test_weights_are_named_by_method() -> None:
    assert weight_files(["codes=a/b.safetensors"]) == {"codes": Path("a/b.safetensors")}
    with pytest.raises(InputError, match="METHOD=FILE"):
        weight_files(["nothing=x"])
    assert METHOD_NAMES == METHODS
