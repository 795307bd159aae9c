"""Masks, whitening, samplers and states of the parts training set."""

import numpy as np
import pytest
import torch

from engine.errors import InputError
from tests.synthetic_faces import synthetic_faces
from training.parts.masks import rim_motion, split_displacement
from training.parts.prepare_ict import boundary_loops, fan, whiten
from training.parts.registered import RegisteredFaces
from training.parts.sampler import CodeSampler, paired_names
from training.parts.states import STATES, FaceStates
from training.parts.surface_batches import SurfaceSampler
from training.parts.true_distance import scatter_points, true_signed_distance


def test_shares_of_a_displacement_add_up_to_it() -> None:
    rng = np.random.default_rng(0)
    vertices = rng.uniform(-50, 50, (400, 3))
    weight = np.clip(1.5 - np.linalg.norm(vertices, axis=1) / 30, 0, 1)
    displacement = rng.standard_normal((400, 3))
    shares = split_displacement(displacement, vertices, {"nose": weight[None]})
    assert np.allclose(sum(shares.values()), displacement)


def test_a_similarity_belongs_to_the_head_alone() -> None:
    """Moving, turning and scaling the whole face leaves no part a shape of its own."""
    rng = np.random.default_rng(1)
    vertices = rng.uniform(-50, 50, (400, 3))
    weight = np.clip(1.5 - np.linalg.norm(vertices, axis=1) / 30, 0, 1)
    motion = np.array([1.0, 2.0, 3.0]) + np.cross([0.01, 0.02, -0.01], vertices) + 0.03 * vertices
    assert np.allclose(rim_motion(motion, vertices, weight), motion)
    assert np.allclose(split_displacement(motion, vertices, {"nose": weight[None]})["nose"], 0)


def test_whitened_codes_rebuild_the_displacement() -> None:
    rng = np.random.default_rng(2)
    modes = rng.standard_normal((5, 12, 3))
    basis, mixing = whiten(modes, 5)
    coefficients = rng.standard_normal(5)
    code = mixing @ coefficients
    assert np.allclose(basis @ code, np.tensordot(coefficients, modes, 1))
    assert np.allclose(mixing @ mixing.T, np.eye(5))


def test_open_edges_become_loops_that_a_fan_closes() -> None:
    pyramid = np.array([[0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]])
    (loop,) = boundary_loops(pyramid)
    closed = np.concatenate([pyramid, fan(loop, 5)])
    edges = {(a, b) for f in closed.tolist() for a, b in zip(f, f[1:] + f[:1], strict=True)}
    assert all((b, a) in edges for a, b in edges)


def test_the_last_state_is_the_template_and_the_first_the_face() -> None:
    faces = synthetic_faces()
    states = FaceStates(faces, torch.device("cpu"))
    codes = torch.from_numpy(CodeSampler(faces).draw(3, np.random.default_rng(3)))
    batch = states.compute(codes)
    assert batch.vertices.shape == (STATES, 3, len(faces.rest), 3)
    template = faces.vertices(faces.canonical_code())
    for index, code in enumerate(codes.numpy()):
        assert np.allclose(batch.vertices[0, index], faces.vertices(code), atol=1e-4)
        assert np.allclose(batch.vertices[-1, index], template, atol=1e-4)


def test_drawn_points_lie_where_their_offset_says() -> None:
    faces = synthetic_faces()
    states = FaceStates(faces, torch.device("cpu"))
    codes = torch.from_numpy(CodeSampler(faces).draw(1, np.random.default_rng(4)))
    batch = states.compute(codes)
    generator = torch.Generator().manual_seed(5)
    drawn = SurfaceSampler(states, 300, 20).draw(batch, generator)
    truth = true_signed_distance(
        faces, faces.vertices(codes[0].numpy()), drawn.points[0, 0].numpy()
    )
    close = np.abs(drawn.offsets.numpy()) < 1.0
    assert np.abs(truth - drawn.offsets.numpy())[close].max() < 0.15


def test_left_and_right_shapes_are_paired() -> None:
    assert paired_names(["jawOpen", "smile_L", "smile_R"]) == [(0,), (1, 2)]


def test_swapped_parts_stay_standard_normal() -> None:
    faces = synthetic_faces()
    codes = CodeSampler(faces).draw_identities(4000, np.random.default_rng(6))
    # Six orthonormal coefficients feed eight coordinates: together they keep a variance of 6.
    assert codes[:, :8].var(0).sum() == pytest.approx(6.0, rel=0.05)


def test_scattered_points_surround_the_face() -> None:
    faces = synthetic_faces()
    points = scatter_points(faces, faces.rest, 2000, np.random.default_rng(7))
    distance = true_signed_distance(faces, faces.rest, points)
    assert len(points) == 2000
    assert (distance < 0).mean() > 0.1
    assert (distance > 20).mean() > 0.1


def test_true_distance_of_an_ellipsoid_vanishes_at_its_vertices_and_knows_its_inside() -> None:
    faces = synthetic_faces()
    at = true_signed_distance(faces, faces.rest, faces.rest[:50])
    inside = true_signed_distance(faces, faces.rest, np.zeros((1, 3), np.float32))
    assert np.abs(at).max() < 1e-3
    assert -70.5 < inside[0] < -68.0


def test_a_file_that_is_no_data_set_is_named(tmp_path) -> None:
    broken = tmp_path / "faces.npz"
    broken.write_bytes(b"nothing")
    with pytest.raises(InputError, match="lineament-train prepare"):
        RegisteredFaces.load(broken)


def test_a_data_set_survives_saving(tmp_path) -> None:
    faces = synthetic_faces()
    faces.save(tmp_path / "faces.npz")
    again = RegisteredFaces.load(tmp_path / "faces.npz")
    assert np.array_equal(again.basis, faces.basis)
    assert again.expression_names == faces.expression_names
