"""The shipped spiral autoencoder, and how faces of the editor come onto its topology."""

import statistics
import time

import numpy as np
import pytest

from engine.assets import load_model, load_spiral_model
from engine.errors import InputError
from engine.geometry.mesh import Mesh
from engine.geometry.topology import is_watertight
from engine.models.parted_pose import expression_vector, parted_code
from engine.models.spiral_autoencoder import LatentSpace
from engine.models.template_transfer import TemplateOrigin
from tests.synthetic_model import SyntheticModel

PARTS, SPIRAL = load_model(), load_spiral_model("cpu")


def some_face(seed: int = 3):
    rng = np.random.default_rng(seed)
    code = PARTS.mean_code()
    for part in PARTS.parts[:4]:
        code = code.with_part(part.name, rng.standard_normal(part.size).astype(np.float32))
    return code


def distance(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.linalg.norm(first - second, axis=1).mean())


def test_the_shipped_topology_is_a_closed_head() -> None:
    assert SPIRAL.template.vertices.shape == (6704, 3)
    assert is_watertight(SPIRAL.template.faces)
    assert len(SPIRAL.landmarks) == 68


def test_a_face_of_the_editor_is_reconstructed() -> None:
    transfer = SPIRAL.transfer(PARTS)
    mean = transfer.apply(PARTS.preview(PARTS.mean_code()))
    for seed in (3, 4):
        face = transfer.apply(PARTS.preview(some_face(seed)))
        off = distance(SPIRAL.reconstruct(face), face)
        assert off < 1.0
        assert off < 0.25 * distance(mean, face)


def test_smiles_and_open_jaws_survive() -> None:
    transfer = SPIRAL.transfer(PARTS)
    weights = {"mouth smile left": 0.8, "mouth smile right": 0.8, "jaw open": 0.4}
    smile = PARTS.mean_code().with_part("expression", expression_vector(PARTS, weights))
    rest = transfer.apply(PARTS.preview(PARTS.mean_code()))
    face = transfer.apply(PARTS.preview(smile))
    moved = np.linalg.norm(face - rest, axis=1)
    mouth = moved > 5.0
    off = np.linalg.norm(SPIRAL.reconstruct(face) - face, axis=1)
    assert off[mouth].mean() < 0.2 * moved[mouth].mean()


def test_the_transfer_follows_the_template_where_it_is_the_same() -> None:
    face = PARTS.preview(some_face())
    found = SPIRAL.transfer(PARTS).apply(face)
    chosen = {tuple(row) for row in face.tolist()}
    same = [tuple(row) in chosen for row in found.tolist()]
    hit = Mesh(found, SPIRAL.template.faces)
    assert all(same) or distance(hit.vertices, found) < 0.3
    with pytest.raises(InputError, match="template vertices of shape"):
        SPIRAL.transfer(PARTS).apply(face[:-1])
    assert SPIRAL.transfer(PARTS) is SPIRAL.transfer(PARTS)


class Renumbered:
    """`PARTS` with its template's vertices in another order."""

    def __init__(self) -> None:
        count = len(PARTS.template.vertices)
        self.order = np.random.default_rng(0).permutation(count)
        place = np.argsort(self.order)
        self.template = Mesh(
            PARTS.template.vertices[self.order], place[PARTS.template.faces].astype(np.int32)
        )
        self.parts = PARTS.parts

    def mean_code(self):
        return PARTS.mean_code()

    def preview(self, code):
        return PARTS.preview(code)[self.order]


def test_on_another_template_closest_points_find_the_same_places() -> None:
    rows = np.random.default_rng(1).permutation(len(PARTS.template.vertices))[:900]
    origin = TemplateOrigin.of(PARTS, np.sort(rows))
    other = Renumbered()
    faces = SPIRAL.template.faces % 900
    faces = faces[(np.diff(np.sort(faces, axis=1), axis=1) > 0).all(axis=1)]
    wanted = origin.transfer(PARTS, faces).apply(PARTS.preview(some_face()))
    found = origin.transfer(other, faces).apply(other.preview(some_face()))
    assert np.median(np.linalg.norm(found - wanted, axis=1)) < 1e-3


def test_the_latent_space_draws_and_blends_heads() -> None:
    space = SPIRAL.latent
    assert np.allclose(space.directions @ space.directions.T, np.eye(SPIRAL.size), atol=1e-3)
    mean = SPIRAL.decode(space.mean)
    drawn = SPIRAL.decode(space.random(np.random.default_rng(1)))
    again = SPIRAL.decode(space.random(np.random.default_rng(1)))
    assert np.array_equal(drawn, again)
    assert 1.0 < distance(drawn, mean) < 30.0
    first, second = space.mean, space.random(np.random.default_rng(1))
    assert np.allclose(SPIRAL.interpolate(first, second, 0.0), mean, atol=1e-4)
    middle = SPIRAL.interpolate(first, second, 0.5)
    assert distance(middle, mean) < distance(drawn, mean)
    largest = SPIRAL.decode(space.code(np.array([2.0])))
    smallest = SPIRAL.decode(space.code(np.eye(SPIRAL.size)[-1] * 2.0))
    assert distance(largest, mean) > distance(smallest, mean)


def test_sliders_and_codes_are_each_other_s_inverse() -> None:
    rng = np.random.default_rng(0)
    directions, _ = np.linalg.qr(rng.standard_normal((5, 5)))
    space = LatentSpace(
        *(a.astype(np.float32) for a in (rng.standard_normal(5), directions, np.arange(5, 0, -1)))
    )
    values = rng.standard_normal(5).astype(np.float32)
    assert np.allclose(space.values(space.code(values)), values, atol=1e-5)
    with pytest.raises(InputError, match="at most 5"):
        space.code(np.zeros(6))


def test_a_reconstruction_takes_less_than_a_tenth_of_a_second() -> None:
    face = SPIRAL.transfer(PARTS).apply(PARTS.preview(some_face()))
    SPIRAL.reconstruct(face)
    spent = []
    for _ in range(15):
        started = time.thread_time()
        SPIRAL.reconstruct(face)
        spent.append(time.thread_time() - started)
    assert statistics.median(spent) < 0.1


def test_a_template_without_the_named_expressions_is_refused() -> None:
    with pytest.raises(InputError, match="no expression 'eye wide left'"):
        parted_code(SyntheticModel())
