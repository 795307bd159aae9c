"""Splits, losses, PCA, mixing of people, and the sampled set."""

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from engine.assets import load_model
from engine.errors import InputError
from engine.models.parted_pose import expression_vector
from training.spiral.articulation import ArticulatedHead, fit_hinge
from training.spiral.evaluate import cumulative_curve, vertex_errors
from training.spiral.head_topology import HeadTopology, make_head_topology
from training.spiral.losses import l1_loss, landmark_weights
from training.spiral.mixing import IdentityMixer
from training.spiral.pca import fit_pca
from training.spiral.sampled_set import SampledSetting, sample_set
from training.spiral.splits import make_split

PEOPLE = tuple(f"P{k // 18:03d}" for k in range(1800))


def test_the_percentage_split_takes_a_tenth_of_every_person() -> None:
    split = make_split("percentage", PEOPLE, seed=1)
    assert len(split.test) == 200
    assert len(np.union1d(split.train, split.test)) == 1800
    tested = [PEOPLE[k] for k in split.test]
    assert all(tested.count(name) == 2 for name in set(PEOPLE))


def test_the_identity_split_trains_on_92_of_100() -> None:
    split = make_split("identity", PEOPLE, seed=1)
    trained = {PEOPLE[k] for k in split.train}
    assert len(trained) == 92
    assert not trained & {PEOPLE[k] for k in split.test}
    assert len(split.train) + len(split.test) == 1800


def test_a_seed_repeats_and_another_differs() -> None:
    first, again, other = (make_split("identity", PEOPLE, seed) for seed in (1, 1, 2))
    assert np.array_equal(first.test, again.test)
    assert not np.array_equal(first.test, other.test)


def test_sets_that_cannot_be_split_are_refused() -> None:
    with pytest.raises(InputError, match="two people"):
        make_split("identity", ["a", "a"], 1)
    with pytest.raises(InputError, match="two meshes"):
        make_split("percentage", ["a", "b"], 1)
    with pytest.raises(InputError, match="no split 'half'"):
        make_split("half", ["a", "b"], 1)


def test_landmark_weights_fall_with_the_inverse_of_distance() -> None:
    template = np.array([(0.0, 0, 0), (2.0, 0, 0), (4.0, 0, 0), (8.0, 0, 0)])
    # Eq. 6, divided by the largest: 1/2 at distance 2 is the largest finite one.
    assert landmark_weights(template, np.array([0])) == pytest.approx([1.0, 1.0, 0.5, 0.25])
    with pytest.raises(InputError, match="landmarks"):
        landmark_weights(template, np.zeros(0, np.int64))


def test_the_weighted_loss_by_hand() -> None:
    found = torch.tensor([[[1.0, 0.0, 0.0], [0.0, 2.0, 0.0]]])
    wanted = torch.zeros(1, 2, 3)
    assert l1_loss(found, wanted).item() == pytest.approx(3.0 / 6.0)
    weights = torch.tensor([1.0, 0.25])
    assert l1_loss(found, wanted, weights).item() == pytest.approx(1.5 / 6.0)


def test_pca_is_exact_on_data_of_its_rank_and_ordered() -> None:
    rng = np.random.default_rng(0)
    shapes = rng.standard_normal((3, 20, 3)) * np.array([5.0, 2.0, 1.0]).reshape(3, 1, 1)
    meshes = np.tensordot(rng.standard_normal((40, 3)), shapes, 1).astype(np.float32)
    pca = fit_pca(meshes, 10)
    assert len(pca.basis) == 3
    assert (np.diff(pca.deviations) < 0).all()
    assert np.allclose(pca.basis @ pca.basis.T, np.eye(3), atol=1e-4)
    assert np.allclose(pca.reconstruct(meshes, 3), meshes, atol=1e-3)
    left = pca.reconstruct(meshes, 2) - meshes
    wanted = np.sqrt((left.reshape(40, -1) ** 2).sum(1).mean())
    assert wanted == pytest.approx(pca.deviations[2], rel=1e-3)


def test_errors_are_distances_of_vertices() -> None:
    meshes = np.zeros((3, 4, 3), np.float32)
    errors = vertex_errors(
        lambda rows: rows + np.array([3.0, 4.0, 0.0], np.float32), meshes, batch=2
    )
    assert errors.shape == (3, 4)
    assert np.allclose(errors, 5.0)
    curve = cumulative_curve(np.array([[0.5, 1.5], [2.5, 3.5]]), np.array([0.0, 1.0, 3.0, 4.0]))
    assert curve.tolist() == [0.0, 25.0, 75.0, 100.0]


def test_mixing_keeps_expressions_and_the_people_s_covariance() -> None:
    rng = np.random.default_rng(0)
    people = rng.standard_normal((6, 2)) * np.array([3.0, 1.0])
    moods = np.array([0.0, 10.0, 20.0])
    data = np.array([[*person, mood] for person in people for mood in moods], np.float32)
    names = [f"p{k}" for k in range(6) for _ in moods]
    mixer = IdentityMixer(data, names, 1.0)
    drawn = np.concatenate([mixer.draw(np.arange(18), rng) for _ in range(400)])
    assert np.allclose(drawn[:, 2], np.tile(data[:, 2], 400), atol=1e-4)
    assert np.allclose(np.cov(drawn[:, :2].T), np.cov(people.T), rtol=0.15, atol=0.15)
    assert np.array_equal(IdentityMixer(data, names, 0.0).draw(np.arange(18), rng), data)


def test_a_hinge_is_found_from_what_it_does() -> None:
    rng = np.random.default_rng(0)
    vertices = rng.uniform(-50, 50, (400, 3))
    vector, centre = np.array([0.3, 0.05, -0.02]), np.array([0.0, 20.0, -30.0])
    turned = Rotation.from_rotvec(vector).apply(vertices - centre) + centre
    hinge = fit_hinge(vertices, turned - vertices)
    assert np.allclose(hinge.rotation, vector, atol=1e-6)
    # Any point of the axis will do: the true one moves nowhere.
    assert np.linalg.norm(hinge.move(centre[None].repeat(400, 0), 1.0), axis=1).max() < 1e-6
    half = Rotation.from_rotvec(0.5 * vector).apply(vertices - centre) + centre
    assert np.allclose(vertices + hinge.move(vertices, 0.5), half, atol=1e-6)


MODEL = load_model()


@pytest.fixture(scope="module")
def topology() -> HeadTopology:
    return make_head_topology(MODEL)


def test_our_topology_is_the_size_of_bu3dfe_s(topology: HeadTopology) -> None:
    assert len(topology.kept) == 6704
    kept = MODEL.template.vertices[topology.kept]
    assert np.array_equal(kept[topology.landmarks], MODEL.template.vertices[MODEL.landmarks])


def test_single_shapes_end_where_the_model_has_them(topology: HeadTopology) -> None:
    head = ArticulatedHead(MODEL, topology)
    rest = head.linear(MODEL.mean_code())
    assert np.allclose(head.articulated(MODEL.mean_code()), rest, atol=1e-4)
    for name in ("jaw open", "jaw left", "eye blink right"):
        code = MODEL.mean_code().with_part("expression", expression_vector(MODEL, {name: 1.0}))
        assert np.allclose(head.articulated(code), head.linear(code), atol=1e-3), name
        code = MODEL.mean_code().with_part("expression", expression_vector(MODEL, {name: 0.5}))
        off = np.linalg.norm(head.articulated(code) - head.linear(code), axis=1).max()
        far = np.linalg.norm(head.linear(code) - rest, axis=1).max()
        assert 0.0 < off < 0.3 * far, name


def test_a_turning_jaw_keeps_its_distance_from_the_hinge(topology: HeadTopology) -> None:
    head = ArticulatedHead(MODEL, topology)
    index, hinge = head._hinges[2]
    assert MODEL.parts[-1].directions[index].name == "Jaw open"
    chin = int(topology.landmarks[8])
    axis = hinge.rotation / np.linalg.norm(hinge.rotation)

    def arm(weight: float) -> float:
        code = MODEL.mean_code().with_part(
            "expression", expression_vector(MODEL, {"jaw open": weight})
        )
        away = head.articulated(code)[chin] - hinge.centre
        return float(np.linalg.norm(away - (away @ axis) * axis))

    straight = MODEL.mean_code().with_part(
        "expression", expression_vector(MODEL, {"jaw open": 0.5})
    )
    away = head.linear(straight)[chin] - hinge.centre
    chord = float(np.linalg.norm(away - (away @ axis) * axis))
    middle = 0.5 * (arm(0.0) + arm(1.0))
    assert abs(arm(0.5) - middle) < 0.2 * abs(chord - middle)


def test_eyeballs_turn_about_the_eye(topology: HeadTopology) -> None:
    head = ArticulatedHead(MODEL, topology)
    looks = {"eye look out left": 0.8, "eye look in right": 0.8}
    code = MODEL.mean_code().with_part("expression", expression_vector(MODEL, looks))
    rest = head.articulated(MODEL.mean_code())
    for balls, eye in zip(topology.eyeballs, MODEL.eyes(code), strict=True):
        before = np.linalg.norm(rest[balls] - eye.centre, axis=1)
        after = np.linalg.norm(head.articulated(code)[balls] - eye.centre, axis=1)
        assert np.allclose(before, after, atol=0.3)
        assert np.linalg.norm(head.articulated(code)[balls] - rest[balls], axis=1).max() > 2.0


def test_a_sampled_set_repeats_with_its_seed(topology: HeadTopology) -> None:
    setting = SampledSetting(identities=2, meshes=3, seed=4)
    first, again = (sample_set(MODEL, setting, topology) for _ in range(2))
    straight = sample_set(MODEL, SampledSetting(2, 3, "linear", 4), topology)
    assert np.array_equal(first.vertices, again.vertices)
    assert first.expressions == straight.expressions
    apart = np.linalg.norm(first.vertices - straight.vertices, axis=2)
    assert 0.0 < apart.mean() < 2.0
    assert first.origin is not None
    with pytest.raises(InputError, match="kind of linear, articulated"):
        sample_set(MODEL, SampledSetting(kind="wild"), topology)
