import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from engine.geometry.mesh import Mesh
from engine.geometry.similarity import Similarity
from engine.scans.head_target import head_target
from engine.scans.likeness import compare_faces
from engine.scans.placing import Subject, is_head
from tests.engine.scans.heads import free_head
from tests.synthetic_model import SyntheticModel


@pytest.fixture(scope="module")
def model() -> SyntheticModel:
    return SyntheticModel()


def likeness_of(model: SyntheticModel, mesh: Mesh, turn: Rotation):
    """Of `mesh`, turned about the middle of the face."""
    target = head_target(model)
    centre = target.face_centre
    rotation = turn.as_matrix()
    similarity = Similarity(rotation, centre - rotation @ centre, 1.0)
    return compare_faces(target, Subject(mesh).surface, similarity)


def test_a_face_faces_the_way_it_should(model):
    found = likeness_of(model, free_head(model, seed=1), Rotation.identity())
    assert found.facing > 0.9
    assert is_head(found)


def test_upside_down_the_slopes_are_wrong(model):
    found = likeness_of(
        model, free_head(model, seed=1), Rotation.from_euler("z", 180, degrees=True)
    )
    upright = likeness_of(model, free_head(model, seed=1), Rotation.identity())
    assert found.facing < upright.facing - 0.03
    assert not is_head(found)


def test_noise_does_little_to_the_slopes(model):
    head = free_head(model, seed=1, resolution=128)
    noise = np.random.default_rng(0).normal(scale=0.6, size=head.vertices.shape)
    noisy = head.with_vertices(head.vertices + noise.astype(np.float32))
    clean = likeness_of(model, head, Rotation.identity())
    assert likeness_of(model, noisy, Rotation.identity()).facing > clean.facing - 0.06
