import numpy as np
import pytest
import torch
from torch import nn

from engine.errors import WeightsError
from engine.geometry.mesh_hierarchy import build_hierarchy
from engine.geometry.spirals import NOBODY
from engine.networks.fixed_map import FixedMap
from engine.networks.spiral import (
    SpiralConvolution,
    UpsampledSpiralConvolution,
    selection,
    upsampling,
)
from engine.networks.spiral_autoencoder import SpiralAutoencoder, SpiralConfig, config_from_plain
from tests.engine.geometry.shapes import sphere

MESH = sphere(radius=40.0, subdivisions=2)
HIERARCHY = build_hierarchy(MESH, 0, steps=2)


def features(count: int, channels: int, batch: int = 3) -> torch.Tensor:
    return torch.randn(count, channels, batch, generator=torch.Generator().manual_seed(1))


def naive_spiral_convolution(given, spirals, linear: nn.Linear) -> torch.Tensor:
    """`SpiralConvolution` word for word, `(V, C, B)` to `(V, outputs, B)`."""
    padded = torch.cat([given, given.new_zeros(1, *given.shape[1:])])
    rows = padded[torch.from_numpy(spirals)]
    return linear(rows.permute(0, 3, 1, 2).flatten(2)).transpose(1, 2)


def test_one_spiral_by_hand() -> None:
    layer = SpiralConvolution(np.array([[1, 0, NOBODY]]), 2, 1, 1)
    with torch.no_grad():
        layer.linear.weight.copy_(torch.tensor([[2.0, 3.0, 100.0]]))
        layer.linear.bias.fill_(0.5)
    found = layer(torch.tensor([[[10.0]], [[1.0]]]))
    assert found.item() == pytest.approx(2.0 * 1.0 + 3.0 * 10.0 + 0.5)


def test_a_convolution_equals_the_naive_one() -> None:
    spirals, given = HIERARCHY.spirals[0], features(HIERARCHY.sizes[0], 5)
    layer = SpiralConvolution(spirals, len(spirals), 5, 4)
    wanted = naive_spiral_convolution(given, spirals, layer.linear)
    assert torch.allclose(layer(given), wanted, atol=1e-5)


def test_convolving_only_where_vertices_stay_is_convolving_and_choosing() -> None:
    spirals, step = HIERARCHY.spirals[0], HIERARCHY.steps[0]
    given = features(len(spirals), 3)
    layer = SpiralConvolution(spirals[step.kept], len(spirals), 3, 6)
    wanted = naive_spiral_convolution(given, spirals, layer.linear)[torch.from_numpy(step.kept)]
    assert torch.allclose(layer(given), wanted, atol=1e-5)


@pytest.mark.parametrize(("inputs", "outputs"), [(16, 3), (4, 8)])
def test_weighing_on_the_coarse_level_equals_upsampling_first(inputs: int, outputs: int) -> None:
    spirals, step = HIERARCHY.spirals[0], HIERARCHY.steps[0]
    given = features(HIERARCHY.sizes[1], inputs).requires_grad_()
    layer = UpsampledSpiralConvolution(spirals, step, inputs, outputs)
    corners = torch.from_numpy(step.corners)
    fine = (given[corners] * torch.from_numpy(step.weights)[:, :, None, None]).sum(1)
    wanted = naive_spiral_convolution(fine, spirals, layer.linear)
    found = layer(given)
    assert torch.allclose(found, wanted, atol=1e-5)
    probe = torch.randn_like(found)
    (slow,) = torch.autograd.grad((wanted * probe).sum(), given, retain_graph=True)
    (fast,) = torch.autograd.grad((found * probe).sum(), given)
    assert torch.allclose(fast, slow, atol=1e-4)


def test_a_fixed_map_and_its_gradient_are_those_of_the_matrix() -> None:
    matrix = selection(HIERARCHY.spirals[1], HIERARCHY.sizes[1])
    given = features(matrix.shape[1], 2).double().float().requires_grad_()
    dense = torch.from_numpy(matrix.toarray())
    found = FixedMap(matrix)(given)
    assert torch.allclose(found, torch.einsum("nv,vcb->ncb", dense, given), atol=1e-6)
    probe = torch.randn_like(found)
    (gradient,) = torch.autograd.grad((found * probe).sum(), given)
    assert torch.allclose(gradient, torch.einsum("nv,ncb->vcb", dense, probe), atol=1e-5)


def test_upsampling_rows_are_a_partition_of_unity() -> None:
    for step in HIERARCHY.steps:
        assert np.allclose(upsampling(step).sum(axis=1), 1.0, atol=1e-6)


def outputs(layer: nn.Module) -> int:
    assert isinstance(layer, SpiralConvolution | UpsampledSpiralConvolution)
    return layer.linear.out_features


def test_the_paper_s_layers() -> None:
    hierarchy = build_hierarchy(sphere(subdivisions=3), 0, factor=2)
    network = SpiralAutoencoder(hierarchy, SpiralConfig(latent=16))
    assert [outputs(layer) for layer in network.encoder] == [16, 16, 16, 32]
    assert [outputs(layer) for layer in network.decoder] == [32, 16, 16, 3]
    assert network.to_code.in_features == 32 * hierarchy.sizes[-1]
    assert network.from_code.out_features == 32 * hierarchy.sizes[-1]
    assert network.encode(torch.zeros(2, 642, 3)).shape == (2, 16)
    assert network.decode(torch.zeros(2, 16)).shape == (2, 642, 3)


def config(components: int = 0) -> SpiralConfig:
    return SpiralConfig(4, (8, 8), (8,), components, hidden=16)


def test_with_a_skip_the_network_starts_as_pca() -> None:
    torch.manual_seed(0)
    network = SpiralAutoencoder(HIERARCHY, config(components=6))
    size = 3 * HIERARCHY.sizes[0]
    basis, _ = torch.linalg.qr(torch.randn(size, 6))
    network.skip.start(basis.T, torch.tensor([6.0, 5.0, 4.0, 3.0, 2.0, 1.0]))
    given = torch.randn(5, HIERARCHY.sizes[0], 3)
    flat = given.flatten(1)
    wanted = (flat @ basis[:, :4]) @ basis[:, :4].T
    assert torch.allclose(network(given).flatten(1), wanted, atol=1e-4)
    codes = network.encode(given)
    assert torch.allclose(codes[:, 0], flat @ basis[:, 0] / 6.0, atol=1e-5)


def test_meshes_of_another_size_do_not_fit() -> None:
    network = SpiralAutoencoder(HIERARCHY, config())
    with pytest.raises(RuntimeError):
        network.encode(torch.zeros(1, 12, 3))


def test_a_handful_of_meshes_is_learned_by_heart() -> None:
    torch.manual_seed(0)
    network = SpiralAutoencoder(HIERARCHY, config())
    rng = np.random.default_rng(0)
    waves = rng.standard_normal((5, 3, 3)) / 40.0
    base = MESH.vertices.astype(np.float64)
    meshes = np.stack([base + 4.0 * np.sin(base @ wave) for wave in waves])
    given = torch.from_numpy(meshes.astype(np.float32))
    with torch.no_grad():
        network.mean.copy_(given.mean(0))
        network.deviation.copy_(given.std(0))
    wanted = (given - network.mean) / network.deviation
    optimiser = torch.optim.Adam(network.parameters(), lr=8e-3)

    def distance() -> float:
        with torch.no_grad():
            found = network.decode(network.encode(given))
        return float((found - given).norm(dim=2).mean())

    before = distance()
    for _ in range(150):
        loss = nn.functional.l1_loss(network(wanted), wanted)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    after = distance()
    assert after < 0.25 * before


def test_a_configuration_survives_its_header() -> None:
    plain = {"latent": 4, "encoder": [8, 8], "decoder": [8], "components": 0, "hidden": 16}
    assert config_from_plain(plain) == config()
    with pytest.raises(WeightsError, match="not whole"):
        config_from_plain({"latent": 4})
