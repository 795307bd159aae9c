"""The losses of Pixel2Mesh on cases with known answers, and a tiny training run."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.errors import InputError
from engine.models.parts_model import PartsModel
from engine.networks.backbones import BackboneConfig
from engine.networks.mesh_levels import StartMesh, make_level
from engine.networks.pixel2mesh import Pixel2Mesh, Pixel2MeshConfig
from engine.photo.pixel2mesh_file import load_pixel2mesh
from engine.photo.pixel2mesh_method import Pixel2MeshMethod
from engine.photo.reconstruction import FoundFace, PhotoFace
from engine.photo.start_meshes import mean_face_start
from tests.training.photos.tiny_face_model import face_photos, tiny_face_model
from training.photos.batches import CropBatches, PhotoBatch
from training.photos.pixel2mesh.build import make_batches, make_sampler
from training.photos.pixel2mesh.config_file import (
    Pixel2MeshChoice,
    Pixel2MeshConfigFile,
    Pixel2MeshTraining,
    in_steps,
    read_pixel2mesh_config,
)
from training.photos.pixel2mesh.export import export_pixel2mesh
from training.photos.pixel2mesh.losses import (
    LevelTerms,
    MeshLossWeights,
    MeshObjective,
    chamfer_loss,
    nearest_pairs,
)
from training.photos.pixel2mesh.measure import measure_pixel2mesh, place_landmarks, posed_start
from training.photos.pixel2mesh.targets import MeshTargetSampler, shared_areas
from training.photos.pixel2mesh.trainer import blocks_at, rate_at, start_poses, train_pixel2mesh

CONFIGS = Path(__file__).parents[3] / "training" / "configs"
SIDE = 32
CONFIG = Pixel2MeshConfig(
    BackboneConfig("vgg16", 0.125),
    image_size=SIDE,
    crop="box",
    hidden=16,
    layers=4,
    blocks=2,
    adaptive=True,
    deforms=True,
    coordinates=True,
    steers=False,
    start="mean",
)
LOSSES = MeshLossWeights(edge=0.002, colour=0.05, correspondence=0.1, regions=False)
QUICK = Pixel2MeshTraining(
    steps=30, batch=4, learning_rate=3e-3, warm=3, schedule="cosine", points=300
)


@pytest.fixture(scope="module")
def model() -> PartsModel:
    return tiny_face_model()


@pytest.fixture(scope="module")
def start(model: PartsModel) -> StartMesh:
    return mean_face_start(model, CONFIG.blocks)


@pytest.fixture(scope="module")
def sampler(model: PartsModel, start: StartMesh) -> MeshTargetSampler:
    config = Pixel2MeshConfigFile(
        Pixel2MeshChoice(image_size=SIDE), replace(QUICK, near_shares=[3.0, 4.0, 11.0]), LOSSES
    )
    return make_sampler(model, start, "pixel2mesh-face", config)


class MisplacedBatches(CropBatches):
    """Always the same photographs, in which the start lies 4 of 32 pixels too far right."""

    def draw(self, count: int, rng: np.random.Generator) -> PhotoBatch:
        batch = self.take(self.rows[:count], np.random.default_rng(0))
        shift = torch.tensor([4.0, 0.0])
        return replace(batch, start_translations=batch.start_translations + shift)


@pytest.fixture(scope="module")
def batches(model: PartsModel) -> CropBatches:
    made = make_batches(model, face_photos(model, 4), CONFIG, augment=False)
    marks = model.template.vertices[model.landmarks]
    return MisplacedBatches(made.photos, made.rows, marks, SIDE, made.kind, augment=False)


def test_chamfer_distance_is_the_naive_one_with_the_true_points_weights() -> None:
    torch.manual_seed(0)
    vertices, points, weights = torch.randn(7, 2, 3), torch.randn(2, 9, 3), torch.rand(9)
    total = 0.0
    for b in range(2):
        square = torch.cdist(vertices[:, b], points[b]).square()
        there, back = square.min(1), square.min(0)
        total += float((there.values * weights[there.indices]).mean()) / 2
        total += 0.55 * float((back.values * weights).mean()) / 2
    pairs = nearest_pairs(vertices, points)
    assert float(chamfer_loss(vertices, points, weights, pairs, 0.55)) == pytest.approx(total)


def test_moving_a_mesh_as_a_whole_bends_nothing() -> None:
    level = make_level(np.array([[0, 1, 2], [2, 1, 3]]), 4)
    terms = LevelTerms(level)
    before = torch.randn(4, 2, 3)
    shifted = before + torch.tensor([1.0, 2.0, 3.0])
    assert float(terms.laplacian(before, shifted)) == pytest.approx(0.0, abs=1e-10)
    bent = before.clone()
    bent[0] += 1.0
    # Vertex 0 moved by √3 against its neighbours; 1 and 2 see a third of it.
    assert float(terms.laplacian(before, bent)) == pytest.approx((3 + 2 * 3 / 9) / 4, rel=1e-5)


def test_every_term_can_be_switched_off(
    model: PartsModel, start: StartMesh, sampler: MeshTargetSampler, batches: CropBatches
) -> None:
    network = Pixel2Mesh(CONFIG, start)
    batch = batches.take(np.arange(2), np.random.default_rng(0))
    targets = sampler.draw(batch, 200, 492, np.random.default_rng(1))
    meshes = network(batch.images, start_poses(batch))
    none = dict.fromkeys(("normal", "laplacian", "move", "edge", "colour"), 0.0)
    for name in ("chamfer", "normal", "laplacian", "move", "edge", "colour", "correspondence"):
        weights = MeshLossWeights(**{**none, "chamfer": 0.0, "correspondence": 0.0, name: 1.0})
        objective = MeshObjective(network.levels, weights)
        alone = float(objective(meshes, targets).total.detach())
        assert alone > 0
        double = MeshObjective(network.levels, replace(weights, **{name: 2.0}))
        assert float(double(meshes, targets).total.detach()) == pytest.approx(2 * alone, rel=1e-4)
    stiff = MeshLossWeights(**{**none, "chamfer": 0.0, "laplacian": 1.0, "early_laplacian": 10.0})
    objective = MeshObjective(network.levels, stiff)
    totals = [float(objective(meshes, targets, done).total.detach()) for done in (0.0, 0.5, 1.0)]
    assert totals[0] == pytest.approx(10 * totals[2], rel=1e-4)
    assert totals[1] == pytest.approx(totals[2])


def test_edges_in_the_true_plane_cost_nothing_and_along_its_normal_one() -> None:
    level = make_level(np.array([[0, 1, 2]]), 3)
    terms = LevelTerms(level)
    flat = torch.tensor([[0.0, 0, 0], [2, 0, 0], [0, 1, 0]])[:, None]
    up = torch.tensor([0.0, 0, 1]).expand(1, 3, 3)
    vectors = terms.edges(flat)
    assert float(terms.normal(vectors, up)) == pytest.approx(0.0)
    along = torch.tensor([1.0, 0, 0]).expand(1, 3, 3)
    # Edges (2,0), (0,1) and (−2,1): squared cosines 1, 0 and 4/5.
    assert float(terms.normal(vectors, along)) == pytest.approx((1 + 0 + 0.8) / 3)
    assert float(terms.edge(vectors, torch.ones(1, 3))) == pytest.approx((4 + 1 + 5) / 3)
    heavy = torch.tensor([[2.0, 0.0, 0.0]])
    assert float(terms.edge(vectors, heavy)) == pytest.approx((4 + 1) / 3)


def test_zones_about_landmarks_get_their_shares_of_the_points() -> None:
    distances = np.array([5.0, 9.0, 12.0, 30.0, 40.0])
    for shares in ((3000, 4000, 11000), (4, 3, 2)):
        shared = shared_areas(np.ones(5), distances, shares)
        found = np.array([shared[:2].sum(), shared[2], shared[3:].sum()])
        np.testing.assert_allclose(found, np.array(shares) / sum(shares))


@pytest.mark.parametrize("shares", [(1.0, 2.0), (0.0, 0.0, 0.0), (1.0, -1.0, 3.0)])
def test_other_numbers_are_no_shares_of_the_zones(shares: tuple[float, ...]) -> None:
    with pytest.raises(InputError, match="near_shares must be three amounts"):
        shared_areas(np.ones(2), np.array([5.0, 30.0]), shares)


def test_targets_lie_on_the_photographed_face(
    model: PartsModel, sampler: MeshTargetSampler, batches: CropBatches
) -> None:
    batch = batches.take(np.arange(4), np.random.default_rng(0))
    targets = sampler.draw(batch, 400, 141, np.random.default_rng(1))
    # The true landmarks of the photographs' labels, in the network's frame.
    marks = batch.points[:, 17:68] / (SIDE / 2) - 1.0
    nearest = torch.cdist(marks, targets.points[..., :2]).min(2).values
    assert float(nearest.median()) < 0.08
    assert float((targets.normals.norm(dim=2) - 1).abs().max()) < 1e-4
    assert targets.places is not None
    assert targets.places.shape == (141, 4, 3)


def test_training_brings_the_mesh_nearer_and_resumes(
    tmp_path: Path,
    model: PartsModel,
    start: StartMesh,
    sampler: MeshTargetSampler,
    batches: CropBatches,
) -> None:
    def train(folder: Path, steps: int, seconds: float | None = None) -> Pixel2Mesh:
        torch.manual_seed(0)
        network = Pixel2Mesh(CONFIG, start)
        objective = MeshObjective(network.levels, LOSSES)
        settings = replace(QUICK, steps=steps)
        train_pixel2mesh(
            network,
            objective,
            sampler,
            batches,
            settings,
            folder,
            lambda *_: None,
            seconds=seconds,
        )
        return network

    network = train(tmp_path / "a", 30)
    batch = batches.draw(4, np.random.default_rng(0))
    targets = sampler.draw(batch, 600, 0, np.random.default_rng(1))
    with torch.no_grad():
        found = network(batch.images, start_poses(batch)).afters[-1]
    before = posed_start(network, batch).transpose(0, 1)

    def chamfer(vertices: torch.Tensor) -> float:
        pairs = nearest_pairs(vertices, targets.points)
        return float(chamfer_loss(vertices, targets.points, torch.ones(600), pairs, 1.0))

    assert chamfer(found) < 0.6 * chamfer(before)
    # A run that stops at once and goes on draws what an uninterrupted one does.
    whole = train(tmp_path / "b", 2)
    train(tmp_path / "c", 2, seconds=0.0)
    resumed = train(tmp_path / "c", 2)
    for a, b in zip(whole.parameters(), resumed.parameters(), strict=True):
        torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-4)
    _check_weights_and_method(tmp_path, network, model, sampler, batches)


def _check_weights_and_method(
    folder: Path,
    network: Pixel2Mesh,
    model: PartsModel,
    sampler: MeshTargetSampler,
    batches: CropBatches,
) -> None:
    """Exported, loaded and used on a photograph, the network does the same."""
    findings = measure_pixel2mesh(network, model, sampler, batches)
    assert 0 < findings.surface_mm < 100
    np.testing.assert_allclose(findings.landmark_corners.sum(1), 1.0)
    file = folder / "pixel2mesh-face.safetensors"
    export_pixel2mesh(network, "pixel2mesh-face", findings, file, {"steps": 30})
    loaded = load_pixel2mesh(file)
    assert loaded.network.config == CONFIG
    images = torch.randn(1, 3, SIDE, SIDE)
    poses = start_poses(batches.take(np.array([0]), np.random.default_rng(0)))
    with torch.no_grad():
        wanted = network.eval()(images, poses).afters[-1]
        torch.testing.assert_close(
            loaded.network(images, poses).afters[-1], wanted, atol=5e-3, rtol=5e-3
        )
    photos = batches.photos
    landmarks = photos.points[0, :68].astype(float)
    groups = ([*range(36, 42)], [*range(42, 48)], [30], [48], [54])
    five = np.stack([landmarks[g].mean(0) for g in groups])
    box = np.concatenate([landmarks.min(0), landmarks.max(0)])
    face = PhotoFace(np.array(photos.images[0]), FoundFace(box, five, 1.0))
    method = Pixel2MeshMethod(file, model, "cpu")
    result = method.reconstruct(face)
    assert [len(stage.vertices) for stage in result.stages] == [141, 492]
    assert result.mesh.colors is not None
    assert result.landmarks.shape == (68, 2)
    assert np.abs(result.landmarks - landmarks).mean() < 12.0
    # The mesh in the model's frame and the pose put the landmarks where they are said to be.
    corners = findings.landmark_corners
    own = np.einsum("nk,nkd->nd", corners, result.mesh.vertices[findings.landmark_vertices])
    np.testing.assert_allclose(result.pose.project(own), result.landmarks, atol=0.05)
    # In the model's frame it lies on the mean head, not turned or scaled away.
    gap = own - model.template.vertices[model.landmarks]
    assert np.abs(gap[17:, :2]).mean() < 15.0
    average = PhotoFace(face.pixels, FoundFace(np.zeros(4), five, 1.0))
    assert np.isfinite(method.reconstruct(average).mesh.vertices).all()


def test_landmarks_are_placed_where_they_lie_in_every_mesh() -> None:
    rng = np.random.default_rng(0)
    level = make_level(np.array([[0, 1, 2], [2, 1, 3]]), 4)
    meshes = rng.standard_normal((20, 4, 3)) * 0.05 + np.array(
        [[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]]
    )
    wanted = np.array([0.2, 0.5, 0.3])
    marks = np.einsum("k,mkd->md", wanted, meshes[:, [2, 1, 3]])[:, None]
    vertices, corners = place_landmarks(meshes, marks, level)
    assert vertices[0].tolist() == [2, 1, 3]
    np.testing.assert_allclose(corners[0], wanted, atol=1e-6)


def test_schedules_and_depths() -> None:
    drops = read_pixel2mesh_config(CONFIGS / "photos-pixel2mesh-face-published.toml").training
    epochs = replace(drops, steps=80)
    rates = [rate_at(epoch, epochs) for epoch in (0, 24, 25, 40, 60, 79)]
    np.testing.assert_allclose(rates, [1, 1, 0.3, 0.09, 0.027, 0.027])
    cosine = Pixel2MeshTraining(steps=100, schedule="cosine", warm=10)
    assert rate_at(0, cosine) == pytest.approx(0.1)
    assert rate_at(99, cosine) < 0.02
    rng = np.random.default_rng(0)
    shorter = in_steps(Pixel2MeshTraining(steps=90, early_steps=30), 30)
    assert (shorter.steps, shorter.early_steps) == (30, 10)
    with pytest.raises(InputError, match="at least one step"):
        in_steps(shorter, 0)
    with pytest.raises(InputError, match="must be cosine or drops, got 'cosin'"):
        replace(cosine, schedule="cosin")
    phased = Pixel2MeshTraining(early_steps=5, early_blocks=2, whole_share=0.0)
    assert blocks_at(4, phased, 4, rng) == 2
    assert blocks_at(5, phased, 4, rng) == 3
    assert blocks_at(5, Pixel2MeshTraining(), 4, rng) == 4


@pytest.mark.parametrize(
    ("name", "variant", "start"),
    [
        ("photos-pixel2mesh", "pixel2mesh", "mean"),
        ("photos-pixel2mesh-published", "pixel2mesh", "ellipsoid"),
        ("photos-pixel2mesh-face", "pixel2mesh-face", "mean"),
        ("photos-pixel2mesh-face-published", "pixel2mesh-face", "semi-sphere"),
    ],
)
def test_the_configurations_are_read(name: str, variant: str, start: str) -> None:
    config = read_pixel2mesh_config(CONFIGS / f"{name}.toml").network.config(variant)
    assert config.start == start
    assert config.blocks == 4
    assert (config.image_size == 224) == name.endswith("published")
    with pytest.raises(InputError, match="Choose pixel2mesh or pixel2mesh-face"):
        Pixel2MeshChoice().config("pixels")
