"""Local fields driven by landmarks: what eq. 7 promises, and that every variant learns."""

import numpy as np
import pytest
import torch

from engine.networks.parts import CASCADE
from tests.synthetic_faces import synthetic_faces
from training.experiments.heads import HeadMaker
from training.experiments.landmark_sets import VARIANTS, landmark_vertices, rows_of_part
from training.experiments.local_fields import BlendedFields, LandmarkCascade
from training.experiments.local_fields_data import FaceSampler, Moving, face_triangles
from training.experiments.local_fields_method import FieldsMethod, correspondence_mm, face_only
from training.experiments.local_fields_training import (
    FieldsTraining,
    align_states,
    fields_config,
    train_fields,
)
from training.parts.registered import RegisteredFaces
from training.parts.sampler import CodeSampler

SHORT = FieldsTraining(steps=60, faces=3, points=80, learning_rate=3e-3)
BY_KEY = {variant.key: variant for variant in VARIANTS}


@pytest.fixture(scope="module")
def faces() -> RegisteredFaces:
    return synthetic_faces()


@pytest.fixture(scope="module")
def codes(faces: RegisteredFaces) -> np.ndarray:
    return CodeSampler(faces).draw(2, np.random.default_rng(4))


def test_states_go_from_the_face_to_the_template_one_part_at_a_time(faces, codes) -> None:
    rows = np.arange(0, len(faces.rest), 7)
    states = Moving(faces).positions(rows, codes).numpy()
    assert states.shape == (len(CASCADE) + 1, 2, len(rows), 3)
    for index, code in enumerate(codes):
        expected = code.copy()
        for state, part in enumerate((*CASCADE, None)):
            np.testing.assert_allclose(
                states[state, index], faces.vertices(expected)[rows], atol=1e-4
            )
            if part is not None:
                expected[faces.slices[part]] = faces.canonical_code()[faces.slices[part]]


def test_sampled_points_move_with_the_surface(faces, codes) -> None:
    points = FaceSampler(faces).draw(codes, 200, np.random.default_rng(0))
    assert points.shape == (len(CASCADE) + 1, 2, 200, 3)
    # On the template all faces are one: the same points in the same places.
    torch.testing.assert_close(points[-1, 0], points[-1, 1])
    assert (points[0, 0] - points[0, 1]).norm(dim=-1).max() > 0.5


def test_the_blend_is_a_partition_and_follows_the_landmarks() -> None:
    torch.manual_seed(0)
    faces = synthetic_faces()
    fields = BlendedFields(fields_config(faces, BY_KEY["blended-five"]), 2, 3)
    landmarks = torch.tensor([[[0.0, 0, 0], [60, 0, 0], [0, 60, 0]]])
    points = torch.tensor([[[1.0, 0, 0], [59, 1, 0], [0, 61, 1], [30, 0, 0]]])
    weights = fields.weights(points, landmarks).detach()
    torch.testing.assert_close(weights.sum(-1), torch.ones(1, 4))
    assert weights[0, :3].diagonal().min() > 0.95
    assert weights[0, 3, 0] == pytest.approx(float(weights[0, 3, 1]), abs=1e-5)
    # A face that is elsewhere has its fields there.
    shift = torch.tensor([5.0, -3.0, 2.0])
    code = torch.randn(1, 2)
    here = fields(points, code, landmarks)
    there = fields(points + shift, code, landmarks + shift)
    torch.testing.assert_close(here, there, atol=1e-4, rtol=1e-4)


def test_the_spline_takes_landmarks_to_the_template(faces, codes) -> None:
    variant = BY_KEY["spline-parts"]
    network = LandmarkCascade(fields_config(faces, variant))
    landmarks = Moving(faces).positions(landmark_vertices(faces, variant), codes)
    carried = network.carry(landmarks[0], landmarks[0], landmarks[-1])
    before = (landmarks[0] - landmarks[-1]).norm(dim=-1)
    assert (carried - landmarks[-1]).norm(dim=-1).max() < 0.25 * before.max()
    aligned = align_states(network, landmarks, landmarks)
    torch.testing.assert_close(aligned[0], carried, atol=1e-3, rtol=1e-3)
    still = LandmarkCascade(fields_config(faces, BY_KEY["none"]))
    assert torch.equal(still.carry(landmarks[0], landmarks[0], landmarks[-1]), landmarks[0])


def test_every_part_has_five_landmarks_of_its_own(faces) -> None:
    variant = BY_KEY["blended-parts"]
    vertices, rows = landmark_vertices(faces, variant), rows_of_part(faces, variant)
    assert len(set(vertices.tolist())) <= len(vertices)
    assert all(len(rows[part]) == 5 for part in CASCADE)
    assert max(max(r) for r in rows.values()) == len(vertices) - 1
    assert rows_of_part(faces, BY_KEY["none"])["nose"] == []


@pytest.mark.parametrize("key", ["none", "blended-parts", "spline-handles"])
def test_a_variant_brings_faces_closer_to_the_template(faces, tmp_path, key: str) -> None:
    maker = HeadMaker(faces)
    heads = face_only(faces, maker.composite(3, 11))
    fresh = train_fields(faces, BY_KEY[key], FieldsTraining(steps=1), tmp_path / "fresh")
    trained = train_fields(faces, BY_KEY[key], SHORT, tmp_path / "trained")
    before, after = (
        np.mean([correspondence_mm(FieldsMethod(run, faces, 32), head) for head in heads])
        for run in (fresh, trained)
    )
    assert after < 0.8 * before
    assert trained.step_ms > 0
    found = FieldsMethod(trained, faces, 32).reconstruct(
        heads[0], heads[0].surface, np.random.default_rng(0)
    )
    used = np.unique(heads[0].surface.faces[heads[0].counted])
    from engine.geometry.distance import SurfaceIndex

    gaps = SurfaceIndex(found).closest_points(heads[0].vertices[used]).distances
    assert gaps.mean() < 1.5


def test_only_triangles_of_the_face_are_counted(faces) -> None:
    head = HeadMaker(faces).own(1, 3)[0]
    only = face_only(faces, [head])[0]
    assert 0 < only.counted.sum() < head.counted.sum()
    assert only.counted.sum() <= len(face_triangles(faces))
