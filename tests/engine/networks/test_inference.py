"""The networks of one face against the same networks as they are trained."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from engine.networks.inference import sine_layers
from engine.networks.inference.cascade import Cascade
from engine.networks.inference.dense import BLOCK, NARROWEST, dense, has_onednn
from engine.networks.inference.ellipsoids import Ellipsoids
from engine.networks.inference.one_thread import alone_if_few
from engine.networks.inference.sine_layers import SineLayers, take_sine
from engine.networks.inference.spline import ROWS, Spline
from engine.networks.inference.template import Guide, Template
from engine.networks.landmark_warp import LandmarkWarp, WarpConfig
from engine.networks.parts import Folded, PartsNetwork
from engine.networks.sine import DeformConfig, DeformNetwork, SineConfig, SineNetwork
from engine.networks.template import DetailConfig, TemplateConfig, TemplateNetwork
from tests.synthetic_faces import synthetic_faces
from training.parts.build import NetworkChoice, build_network

CLOSE_MM = 1e-3


@pytest.fixture(scope="module")
def network() -> PartsNetwork:
    torch.manual_seed(0)
    network = build_network(
        synthetic_faces(), NetworkChoice(template_width=16, wide=12, narrow=8, layers=2)
    )
    network.template.guide.copy_(network.template.guide_nodes().norm(dim=-1) - 80.0)
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    return network


@pytest.fixture(scope="module")
def folded(network: PartsNetwork) -> Folded:
    joint = torch.randn(1, 11, generator=torch.Generator().manual_seed(4))
    parts = dict(zip(("nose", "eyes", "mouth", "head"), joint[:, :8].split(2, 1), strict=True))
    return network.fold(parts | {"expression": joint[:, 8:]}, joint)


def scattered(count: int, spread: float = 60.0, seed: int = 5) -> torch.Tensor:
    return torch.randn(count, 3, generator=torch.Generator().manual_seed(seed)) * spread


def test_the_cascade_is_the_networks(network: PartsNetwork, folded: Folded) -> None:
    points = scattered(3000)
    found, correction = Cascade(network, folded)(points)
    place, expected = network.to_template(network.align(points[None], folded), folded)
    assert (found - place[0]).abs().max() < CLOSE_MM
    assert (correction - expected[0]).abs().max() < CLOSE_MM
    assert (place[0] - points).norm(dim=1).max() > 1.0


def test_every_window_was_entered(network: PartsNetwork) -> None:
    """The comparison above would not see a part that no point lies in."""
    points = scattered(3000)
    for part in ("nose", "eyes", "mouth"):
        assert (network.window(part, points) > 0.5).sum() > 3
    for detail in network.expression_details():
        for side in range(1 + detail.config.mirrored):
            assert (detail.window(points, side) > 0.2).sum() > 3


def test_distances_are_the_networks(network: PartsNetwork, folded: Folded) -> None:
    points = scattered(3000)
    found = Template(network.template)(*Cascade(network, folded)(points))
    expected = network(points[None], folded)[0]
    assert (found - expected).abs().max() < CLOSE_MM
    assert expected.min() < -5.0
    assert expected.max() > 20.0


def test_the_template_has_its_details_on_both_sides() -> None:
    torch.manual_seed(6)
    config = TemplateConfig(
        SineConfig(width=8, layers=2),
        (
            DetailConfig((30.0, 0.0, 0.0), (20.0, 10.0, 15.0), mirrored=True, width=8, layers=1),
            DetailConfig((0.0, 20.0, 0.0), (15.0, 15.0, 15.0), mirrored=False, width=8, layers=1),
        ),
    )
    network = TemplateNetwork(config).requires_grad_(False)
    points, correction = scattered(2000, 25.0), torch.linspace(-1.0, 1.0, 2000)
    assert torch.allclose(
        Template(network)(points, correction), network(points, correction), atol=1e-4
    )
    assert (network.detailed(points) - network.base(points)).abs().max() > 1e-3


def test_the_guide_is_that_of_the_template() -> None:
    config = TemplateConfig(SineConfig(width=4, layers=1), (), (3, 4, 5), (-10.0, -20.0, 0.0), 10.0)
    network = TemplateNetwork(config)
    network.guide.copy_(torch.randn(3, 4, 5, generator=torch.Generator().manual_seed(1)))
    points = scattered(500, 40.0)
    found = Guide(config, network.guide)(points)
    assert torch.allclose(found, network.guided(points), atol=1e-4)


@pytest.mark.parametrize("count", [0, 1, ROWS, 2 * ROWS + 7])
def test_the_spline_is_that_of_the_warp(count: int) -> None:
    warp = LandmarkWarp(WarpConfig(20, 1))
    handles, points = scattered(20, seed=1), scattered(count, seed=2)
    coefficients = warp.solve(handles[None], scattered(20, 3.0, seed=3)[None])
    found = Spline(handles, coefficients[0])(points)
    expected = warp.displace(points[None], handles[None], coefficients)[0]
    assert found.shape == (count, 3)
    assert torch.allclose(found, expected, atol=1e-4)


def test_mirrored_layers_mirror_the_point_and_the_motion() -> None:
    torch.manual_seed(2)
    config = DeformConfig(3, width=8, layers=2, corrects=True, centre=(4.0, 5.0, 6.0), scale=30.0)
    network = DeformNetwork(config).requires_grad_(False)
    layers = SineLayers.of_face(network, network.generate(torch.randn(1, 3)))
    sign, points = torch.tensor([-1.0, 1.0, 1.0, 1.0]), scattered(50, 20.0)
    expected = layers(points * sign[:3]) * sign
    assert torch.allclose(layers.mirrored(sign)(points), expected, atol=1e-5)


def test_layers_of_a_siren_leave_their_input_as_it_is() -> None:
    torch.manual_seed(3)
    network = SineNetwork(SineConfig(width=16, layers=3, centre=(1.0, 2.0, 3.0))).requires_grad_(
        False
    )
    points = scattered(50)
    kept = points.clone()
    assert torch.allclose(SineLayers.of_siren(network)(points)[:, 0], network(points), atol=1e-3)
    assert torch.equal(points, kept)


@pytest.mark.parametrize("count", [1, BLOCK, 2 * BLOCK, 2 * BLOCK + 3])
def test_wide_layers_are_the_same_in_blocks(count: int) -> None:
    torch.manual_seed(9)
    network = SineNetwork(SineConfig(width=NARROWEST, layers=3)).requires_grad_(False)
    points = scattered(count)
    found = SineLayers.of_siren(network)(points)
    assert found.shape == (count, 1)
    assert torch.allclose(found[:, 0], network(points), atol=1e-3)


@pytest.mark.parametrize("onednn", [True, False])
def test_both_ways_to_a_dense_layer(monkeypatch: pytest.MonkeyPatch, onednn: bool) -> None:
    monkeypatch.setattr("engine.networks.inference.dense.has_onednn", lambda: onednn)
    if onednn and not has_onednn():
        pytest.skip("this build of torch lacks oneDNN")
    generator = torch.Generator().manual_seed(3)
    rows, weight = (torch.randn(n, 48, generator=generator) for n in (BLOCK, 40))
    bias = torch.randn(40, generator=generator)
    expected = rows.double() @ weight.double().t() + bias
    assert torch.allclose(dense(rows, weight, bias).double(), expected, atol=1e-4)


def test_squared_distances_from_ellipsoids() -> None:
    centres, radii = scattered(4, seed=7), 10.0 + scattered(4, 2.0, seed=8).abs()
    points = scattered(100)
    naive = (((points[:, None] - centres) / radii) ** 2).sum(-1)
    assert torch.allclose(Ellipsoids(centres, radii).squared(points), naive, rtol=1e-4, atol=1e-4)
    assert (Ellipsoids(centres, radii).squared(centres).diagonal() >= 0.0).all()


@pytest.fixture
def threads_of_torch() -> Iterator[None]:
    """Restores them afterwards."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize(("count", "within"), [(1, 1), (2, 1), (4, 4)])
def test_two_threads_are_one_meanwhile(threads_of_torch: None, count: int, within: int) -> None:
    torch.set_num_threads(count)
    with alone_if_few():
        assert torch.get_num_threads() == within
    assert torch.get_num_threads() == count


def test_threads_come_back_after_an_error(threads_of_torch: None) -> None:
    def fail() -> None:
        with alone_if_few():
            raise KeyError

    torch.set_num_threads(2)
    with pytest.raises(KeyError):
        fail()
    assert torch.get_num_threads() == 2


@pytest.mark.parametrize("few_threads", [0, 1000])
def test_both_ways_to_take_a_sine(monkeypatch: pytest.MonkeyPatch, few_threads: int) -> None:
    monkeypatch.setattr(sine_layers, "FEW_THREADS", few_threads)
    values = torch.linspace(-60.0, 60.0, 4001)
    exact = np.sin(values.double().numpy())
    assert take_sine(values) is values
    assert np.abs(values.numpy() - exact).max() < 1e-6
