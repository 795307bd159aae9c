from dataclasses import asdict, replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from engine.errors import WeightsError
from engine.geometry.mesh_hierarchy import MeshHierarchy, Step
from engine.geometry.normals import vertex_normals
from engine.geometry.subdivided_hierarchy import HOPS, LENGTHS, subdivided_hierarchy
from engine.geometry.subdivision import subdivide
from engine.networks.backbones import BackboneConfig
from engine.networks.coarse_to_fine import CoarseToFine
from engine.networks.coarse_to_fine_config import CoarseToFineConfig, config_from_plain
from engine.networks.coarse_to_fine_stages import AddFeatures, CoarseDecoder, Refiner, sampled
from engine.networks.posed_mean import UNIT_MM, PosedMean
from engine.networks.spiral_layers import SpiralLayer, VertexNormals
from engine.photo.weak_perspective import WeakPerspective
from tests.engine.geometry.shapes import sphere

BALL = sphere(radius=60.0, subdivisions=3)
FINE = subdivide(BALL)
HIERARCHY = subdivided_hierarchy(BALL, 0)
SMALL = CoarseToFineConfig(
    BackboneConfig("mobilenet_v2", 0.25), 32, 24, 0.25, 0.5, grid=4, start=True, frame="head"
)
PUBLISHED_SIZES = (53215, 13304, 3326, 832, 208, 52)


def drawn(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1))


def a_start(count: int = 2) -> PosedMean:
    turn = torch.tensor([[0.8, 0.0, 0.6], [0.0, 1.0, 0.0], [-0.6, 0.0, 0.8]])
    return PosedMean(
        0.2 * drawn(count, 5, 2),
        turn.expand(count, 3, 3),
        torch.full((count,), 0.01),
        0.1 * drawn(count, 2),
    )


def naive_layer(layer: SpiralLayer, given: Tensor, spirals: np.ndarray) -> Tensor:
    """Rows along every spiral, zeros past its end, times the weights."""
    padded = torch.cat([given, torch.zeros_like(given[:, :1])], dim=1)
    rows = padded[:, torch.from_numpy(spirals)]
    return layer.linear(rows.flatten(2))


def unpooled(given: Tensor, step: Step) -> Tensor:
    corners = given[:, torch.from_numpy(step.corners)]
    return (corners * torch.from_numpy(step.weights)[None, :, :, None]).sum(2)


@pytest.mark.parametrize(("inputs", "outputs"), [(16, 3), (3, 16)])
def test_either_order_equals_the_naive_convolution(inputs: int, outputs: int) -> None:
    spirals = HIERARCHY.spirals[1]
    layer = SpiralLayer(spirals, len(spirals), inputs, outputs)
    assert layer.weighs_first == (outputs < inputs)
    given = drawn(2, len(spirals), inputs)
    assert torch.allclose(layer(given), naive_layer(layer, given, spirals), atol=1e-5)


@pytest.mark.parametrize(("inputs", "outputs"), [(16, 4), (2, 16)])
def test_a_layer_with_a_step_unpools_first(inputs: int, outputs: int) -> None:
    spirals, step = HIERARCHY.spirals[0], HIERARCHY.steps[0]
    layer = SpiralLayer(spirals, len(spirals), inputs, outputs, step)
    given = drawn(2, len(step.kept), inputs)
    wanted = naive_layer(layer, unpooled(given, step), spirals)
    assert torch.allclose(layer(given), wanted, atol=1e-5)


def test_gradients_equal_those_of_the_naive_convolution() -> None:
    spirals, step = HIERARCHY.spirals[2], HIERARCHY.steps[2]
    layer = SpiralLayer(spirals, len(spirals), 6, 2, step)
    found = []
    for way in (layer, lambda x: naive_layer(layer, unpooled(x, step), spirals)):
        given = drawn(3, len(step.kept), 6).requires_grad_()
        layer.zero_grad()
        (way(given) * drawn(3, len(spirals), 2)).sum().backward()
        weight = layer.linear.weight.grad
        assert weight is not None
        found.append((given.grad, weight.clone()))
    for fast, naive in zip(*found, strict=True):
        assert torch.allclose(fast, naive, atol=1e-4)


def test_normals_are_those_of_the_geometry() -> None:
    normals = VertexNormals(FINE.faces, len(FINE.vertices))(torch.tensor(FINE.vertices)[None])
    assert np.abs(normals[0].numpy() - vertex_normals(FINE.vertices, FINE.faces)).max() < 1e-4


def published_hierarchy() -> MeshHierarchy:
    """The paper's numbers of vertices, with neighbours from nowhere."""
    rng = np.random.default_rng(0)
    levels = tuple(
        rng.integers(0, n, (n, length)) for n, length in zip(PUBLISHED_SIZES, LENGTHS, strict=True)
    )
    steps = tuple(
        Step(
            np.arange(small),
            np.minimum(np.arange(large) // 4, small - 1)[:, None].repeat(3, axis=1),
            np.tile(np.array([1, 0, 0], np.float32), (large, 1)),
        )
        for large, small in pairwise(PUBLISHED_SIZES)
    )
    return MeshHierarchy(levels, steps)


def test_the_published_sizes() -> None:
    """Section 1 of the supplement, and the 35 K parameters of the paper's abstract."""
    hierarchy, config = published_hierarchy(), CoarseToFineConfig()
    assert HOPS == (2, 2, 2, 1, 1, 1)
    assert (config.backbone, config.size) == (BackboneConfig("resnet50", 1.0), 256)
    assert not config.start
    assert config.grid == 0
    decoder = CoarseDecoder(hierarchy, config)
    assert (decoder.fc.in_features, decoder.fc.out_features) == (256, 52 * 128)
    layers = [*decoder.layers, decoder.output]
    assert [(layer.length, layer.outputs, layer.count) for layer in layers] == [
        (7, 128, 208),
        (7, 64, 832),
        (19, 32, 3326),
        (19, 16, 13304),
        (19, 8, 53215),
        (19, 3, 53215),
    ]
    assert [layer.inputs for layer in layers] == [128, 128, 64, 32, 16, 8]
    refiner = Refiner(hierarchy, config, (64, 256))
    assert sum(parameter.numel() for parameter in refiner.parameters()) == 35_035


def test_an_untrained_network_is_the_posed_mean() -> None:
    torch.manual_seed(0)
    network = CoarseToFine(HIERARCHY, FINE, SMALL).eval()
    start = a_start()
    output = network(drawn(2, 3, 32, 32), start)
    assert torch.allclose(output.coarse, output.mean)
    assert torch.allclose(output.refined, output.mean)
    pose = WeakPerspective(
        start.rotations[0].double().numpy(), 1.0, 100 * start.translations[0].double().numpy()
    )
    wanted = pose.to_camera(FINE.vertices) / 100
    assert np.abs(output.mean[0].detach().numpy() - wanted).max() < 1e-4


def test_the_encoder_hears_of_the_start_only_if_told() -> None:
    images, one, other = drawn(1, 3, 32, 32), a_start(1), a_start(1)
    object.__setattr__(other, "five", other.five + 0.3)
    for told in (True, False):
        torch.manual_seed(0)
        config = replace(SMALL, start=told)
        encoder = CoarseToFine(HIERARCHY, FINE, config).eval().encoder
        same = torch.allclose(encoder(images, one)[0], encoder(images, other)[0])
        assert same is not told


@pytest.mark.parametrize("frame", ["camera", "head"])
def test_displacements_are_measured_as_they_move(frame: str) -> None:
    start, moved = a_start(), drawn(2, 7, 3)
    assert torch.allclose(start.measure(start.move(moved, frame), frame), moved, atol=1e-5)
    length = start.move(moved, frame).norm(dim=2)
    assert torch.allclose(length, 0.01 * UNIT_MM * moved.norm(dim=2), atol=1e-5)
    if frame == "head":
        points = drawn(7, 3)
        there = start.place(points + UNIT_MM * moved)
        assert torch.allclose(start.place(points) + start.move(moved, frame), there, atol=1e-5)


def test_sampling_places_a_pixels_centre_where_it_is() -> None:
    maps = torch.arange(16.0).view(1, 1, 4, 4)
    places = torch.tensor([[[-0.75, -0.75], [0.75, -0.25], [-5.0, 5.0]]])
    assert sampled(maps, places)[0, :, 0].tolist() == [0.0, 7.0, 12.0]


def test_adapting_before_sampling_is_adapting_after() -> None:
    layer, taps, places = AddFeatures(6, 4), drawn(2, 6, 8, 8), drawn(2, 20, 2)
    features = drawn(2, 20, 4)
    after = nn.functional.linear(
        sampled(taps, places), layer.adapt.weight[:, :, 0, 0], layer.adapt.bias
    )
    assert torch.allclose(layer(features, taps, places), features + after, atol=1e-5)


def test_a_configuration_is_stored_and_read_again() -> None:
    assert config_from_plain(asdict(SMALL)) == SMALL
    with pytest.raises(WeightsError, match="not whole"):
        config_from_plain({"size": 3, "surprise": 1})
    with pytest.raises(WeightsError, match="frame"):
        replace(SMALL, frame="room")


def test_a_hierarchy_of_another_mesh_is_refused() -> None:
    with pytest.raises(WeightsError, match="levels"):
        CoarseToFine(HIERARCHY, BALL, SMALL)
