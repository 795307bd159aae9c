"""The networks of the parts model, from what their equations say."""

import pytest
import torch

from engine.networks.landmark_warp import LandmarkWarp, WarpConfig
from engine.networks.parts import CASCADE, PartsNetwork
from engine.networks.sine import DeformConfig, DeformNetwork, SineConfig, SineNetwork
from engine.networks.template import DetailConfig, TemplateConfig, TemplateNetwork
from tests.synthetic_faces import synthetic_faces
from training.parts.build import NetworkChoice, build_network


@pytest.fixture
def network() -> PartsNetwork:
    torch.manual_seed(0)
    network = build_network(
        synthetic_faces(), NetworkChoice(template_width=16, wide=12, narrow=8, layers=2)
    )
    assert len(network.expression_details()) == 2
    return network


def fold(network: PartsNetwork, joint: torch.Tensor):
    parts = dict(zip(("nose", "eyes", "mouth", "head"), joint[:, :8].split(2, 1), strict=True))
    return network.fold(parts | {"expression": joint[:, 8:]}, joint)


def warp_between(rest: torch.Tensor, template: torch.Tensor, smoothing: float) -> LandmarkWarp:
    warp = LandmarkWarp(WarpConfig(len(rest), 1, smoothing))
    warp.rest.copy_(rest)
    warp.template.copy_(template)
    return warp


def test_the_warp_carries_its_handles_to_the_template() -> None:
    generator = torch.Generator().manual_seed(1)
    rest = torch.randn(30, 3, generator=generator) * 60
    template = rest + torch.randn(30, 3, generator=generator) * 3
    warp = warp_between(rest, template, smoothing=0.0)
    handles = warp.handles(torch.zeros(1, 1))
    moved = rest + warp.displace(rest[None], handles, warp.solve(handles, template - handles))[0]
    assert (moved - template).norm(dim=-1).max() < 0.05


def test_the_warp_reproduces_a_translation_everywhere() -> None:
    rest = torch.randn(20, 3, generator=torch.Generator().manual_seed(2)) * 50
    warp = warp_between(rest, rest + torch.tensor([1.0, -2.0, 3.0]), smoothing=0.5)
    handles = warp.handles(torch.zeros(1, 1))
    far = torch.tensor([[[300.0, 0.0, 0.0], [0.0, 0.0, 0.0]]])
    motion = warp.displace(far, handles, warp.solve(handles, warp.template - handles))
    assert torch.allclose(motion, torch.tensor([1.0, -2.0, 3.0]).expand_as(motion), atol=1e-2)


def test_generated_weights_act_like_a_plain_sine_network() -> None:
    """A naive loop over points and layers with the generated matrices."""
    torch.manual_seed(3)
    config = DeformConfig(code_size=4, width=7, layers=2, generated="all", corrects=True)
    network = DeformNetwork(config)
    codes, points = torch.randn(2, 4), torch.randn(2, 5, 3) * 40
    generated = network.generate(codes)
    found = network.field(points, generated)
    for face in range(2):
        for index in range(5):
            h = points[face, index] / config.scale
            for weight, bias in generated[:-1]:
                h = torch.sin(
                    weight[min(face, len(weight) - 1)] @ h + bias[min(face, len(bias) - 1), 0]
                )
            weight, bias = generated[-1]
            expected = (weight[face] @ h + bias[face, 0]) * config.output_scale
            assert torch.allclose(found[face, index], expected, atol=1e-4)


def test_edges_share_the_inner_products_and_all_does_not() -> None:
    for generated, shared in (("edges", True), ("all", False)):
        network = DeformNetwork(DeformConfig(code_size=3, layers=3, generated=generated))
        inner = network.generate(torch.randn(2, 3))[1][0]
        assert (inner.shape[0] == 1) is shared


def test_the_code_changes_the_field() -> None:
    network = DeformNetwork(DeformConfig(code_size=3))
    points = torch.randn(1, 6, 3) * 30
    one, other = network(points, torch.zeros(1, 3)), network(points, torch.ones(1, 3) * 2)
    assert (one - other).abs().max() > 1e-4


def test_a_small_part_does_nothing_outside_its_window(network: PartsNetwork) -> None:
    aligned = torch.tensor([[0.0, 90.0, -60.0], [0.0, -5.0, 78.0]])
    window = network.window("nose", aligned)
    assert window[0] == 0.0
    assert window[1] == 1.0


def test_the_gradient_of_the_distance_is_that_of_finite_differences(network: PartsNetwork) -> None:
    network = network.double()
    joint = torch.randn(1, 11, dtype=torch.float64, generator=torch.Generator().manual_seed(4))
    folded = fold(network, joint)
    points = torch.tensor([[[10.0, 5.0, 70.0], [-30.0, 60.0, 20.0]]], dtype=torch.float64)
    points.requires_grad_(True)
    (gradient,) = torch.autograd.grad(network(points, folded).sum(), points)
    step = 1e-4
    for axis in range(3):
        shift = torch.zeros(3, dtype=torch.float64)
        shift[axis] = step
        with torch.no_grad():
            slope = (network(points + shift, folded) - network(points - shift, folded)) / (2 * step)
        assert torch.allclose(gradient[..., axis], slope, atol=1e-5)


def test_cascade_adds_every_part_once(network: PartsNetwork) -> None:
    """A naive twin: the parts one after the other, each on what the last one left."""
    joint = torch.randn(2, 11, generator=torch.Generator().manual_seed(5))
    points = torch.randn(2, 9, 3) * 60
    folded = fold(network, joint)
    q = network.align(points, folded)
    aligned, epsilon = q, torch.zeros(2, 9)
    for part, stage in zip(CASCADE, folded.stages, strict=True):
        motion = network.field_of(part).field(q, stage)
        if network.field_of(part).config.corrects:
            epsilon = epsilon + motion[..., 3]
        window = network.window(part, aligned) if part in ("nose", "eyes", "mouth") else 1.0
        q = q + motion[..., :3] * window
    assert torch.allclose(network(points, folded), network.template(q, epsilon), atol=1e-4)


def test_a_detail_is_mirrored_and_local() -> None:
    torch.manual_seed(6)
    config = TemplateConfig(
        SineConfig(width=8, layers=1),
        (DetailConfig((30.0, 0.0, 0.0), (10.0, 10.0, 10.0), mirrored=True, width=8, layers=1),),
    )
    network = TemplateNetwork(config)
    points = torch.tensor([[30.0, 2.0, 1.0], [-30.0, 2.0, 1.0], [0.0, 2.0, 1.0]])
    added = network(points) - network.base(points)
    assert added[0].abs() > 1e-6
    assert torch.isclose(added[0], added[1], atol=1e-6)
    assert added[2] == 0.0


def test_the_guide_is_trilinear_and_alone_far_from_the_surface() -> None:
    config = TemplateConfig(SineConfig(width=4, layers=1), (), (3, 4, 5), (-10.0, -20.0, 0.0), 10.0)
    network = TemplateNetwork(config)
    nodes = network.guide_nodes()
    network.guide.copy_(nodes @ torch.tensor([1.0, 2.0, 3.0]) + 4.0)
    inside = torch.tensor([[3.0, -4.0, 21.0], [10.0, 10.0, 40.0], [-10.0, -20.0, 0.0]])
    linear = inside @ torch.tensor([1.0, 2.0, 3.0]) + 4.0
    assert torch.allclose(network.guided(inside), linear, atol=1e-3)
    assert torch.allclose(network(inside[:1], torch.tensor([9.0])), linear[:1], atol=1e-3)
    network.guide.zero_()
    assert torch.allclose(network(inside), network.detailed(inside))


def test_sine_layers_start_with_unit_like_variance() -> None:
    torch.manual_seed(7)
    network = SineNetwork(SineConfig(width=256, layers=3))
    h = torch.rand(2000, 3) * 2 - 1
    for layer in network.hidden:
        h = torch.sin(layer(h))
        assert 0.35 < float(h.detach().var()) < 0.65


def test_a_mirrored_detail_mirrors_the_motion_of_the_mirrored_expression(
    network: PartsNetwork,
) -> None:
    detail = network.expression_details()[0]
    generator = torch.Generator().manual_seed(8)
    points = torch.tensor(detail.config.deform.centre) + torch.randn(1, 9, 3, generator=generator)
    code = torch.tensor([[0.3, 0.9, 0.1]])  # jaw, smile left, smile right
    mirrored = torch.tensor([[0.3, 0.1, 0.9]])
    flip = torch.tensor([-1.0, 1.0, 1.0])
    one = detail(points, detail.generate(code))
    other = detail(points * flip, detail.generate(mirrored))
    assert one.abs().max() > 1e-4
    assert torch.allclose(other[..., :3] * flip, one[..., :3], atol=1e-6)
    assert torch.allclose(other[..., 3], one[..., 3], atol=1e-6)


def test_a_detail_vanishes_outside_its_window(network: PartsNetwork) -> None:
    code = torch.ones(1, 3)
    for detail in network.expression_details():
        centre = torch.tensor(detail.config.deform.centre)
        edge = centre + torch.tensor([0.0, detail.config.radii[1] * 1.001, 0.0])
        motion = detail(torch.stack([centre, edge])[None], detail.generate(code))
        assert motion[0, 0].abs().max() > 1e-4
        assert motion[0, 1].abs().max() == 0.0
