"""Graph convolution, unpooling and pooling against naive twins."""

import numpy as np
import pytest
import torch

from engine.errors import InputError
from engine.geometry.topology import is_watertight, unique_edges
from engine.networks.graph_convolution import (
    GraphConvolution,
    GraphResidual,
    Neighbours,
    normalised_adjacency,
    residual_blocks,
)
from engine.networks.graph_unpooling import SPLIT, GraphUnpooling
from engine.networks.mesh_levels import StartMesh, make_level, make_levels, subdivide
from engine.networks.projection_pooling import PooledGraphConvolution, sample_maps, sample_sum

TETRAHEDRON = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]])
STRIP = np.array([[0, 1, 2], [2, 1, 3], [2, 3, 4]])


def test_a_graph_convolution_is_the_sum_that_eq_1_says() -> None:
    torch.manual_seed(0)
    level = make_level(STRIP, 5)
    layer = GraphConvolution(Neighbours(level), 3, 4)
    features = torch.randn(5, 2, 3, requires_grad=True)
    naive = torch.zeros(5, 2, 4)
    degree = np.bincount(level.edges.ravel())
    for p in range(5):
        naive[p] = features[p] @ layer.own.weight.T + layer.own.bias
        for a, b in level.edges.tolist():
            if p in (a, b):
                q = b if p == a else a
                share = 1.0 / np.sqrt(degree[p] * degree[q])
                naive[p] = naive[p] + share * features[q] @ layer.others.weight.T
    found = layer(features)
    torch.testing.assert_close(found, naive)
    wanted = torch.autograd.grad(naive.square().sum(), features)[0]
    torch.testing.assert_close(torch.autograd.grad(found.square().sum(), features)[0], wanted)


def test_both_orders_of_channels_and_neighbours_agree() -> None:
    level = make_level(STRIP, 5)
    layer = GraphConvolution(Neighbours(level), 6, 2)
    features = torch.randn(5, 1, 6)
    dense = torch.from_numpy(normalised_adjacency(level).toarray())
    mixed = torch.einsum("pq,qbc->pbc", dense, features) @ layer.others.weight.T
    torch.testing.assert_close(layer(features), layer.own(features) + mixed)


def test_the_adjacency_does_not_amplify() -> None:
    dense = normalised_adjacency(make_level(STRIP, 5)).toarray()
    np.testing.assert_array_equal(dense, dense.T)
    assert np.abs(np.linalg.eigvalsh(dense)).max() <= 1.0 + 1e-6


def test_fourteen_layers_are_six_shortcuts_between_two_convolutions() -> None:
    blocks = residual_blocks(Neighbours(make_level(STRIP, 5)), 8, 14)
    assert len(blocks) == 6
    features = torch.randn(5, 1, 8)
    first = blocks[0]
    assert isinstance(first, GraphResidual)
    inner = torch.relu(first.second(torch.relu(first.first(features))))
    torch.testing.assert_close(first(features), (features + inner) / 2)
    with pytest.raises(InputError, match="even number of layers"):
        residual_blocks(Neighbours(make_level(STRIP, 5)), 8, 13)


def test_subdivision_keeps_the_surface_closed_and_its_sense() -> None:
    levels = make_levels(TETRAHEDRON, 4, 3)
    assert [level.count for level in levels] == [4, 10, 34]
    assert [len(level.faces) for level in levels] == [4, 16, 64]
    assert all(is_watertight(level.faces) for level in levels)
    np.testing.assert_array_equal(levels[1].edges, unique_edges(levels[1].faces))


def test_the_middle_of_an_edge_lies_between_its_ends() -> None:
    level = make_level(STRIP, 5)
    finer = subdivide(level)
    for edge, (a, b) in enumerate(level.edges):
        around = {tuple(sorted(pair)) for pair in finer.edges.tolist()}
        assert {(a, 5 + edge), (b, 5 + edge)} <= around
        assert (a, b) not in around


def test_unpooling_splits_in_the_middle_or_where_it_learned() -> None:
    level = make_level(STRIP, 5)
    rows = torch.randn(5, 2, 3)
    start, end = torch.from_numpy(level.edges.copy()).T
    plain = GraphUnpooling(level, adaptive=False)
    torch.testing.assert_close(plain(rows)[5:], (rows[start] + rows[end]) / 2)
    assert not list(plain.parameters())
    learned = GraphUnpooling(level, adaptive=True)
    torch.testing.assert_close(learned(rows), plain(rows))
    with torch.no_grad():
        assert learned.split is not None
        learned.split.copy_(torch.linspace(-50.0, 50.0, len(level.edges)))
    shares = learned.shares()
    assert float(shares[0].detach()) == pytest.approx(SPLIT[0])
    assert float(shares[-1].detach()) == pytest.approx(SPLIT[1])
    learned(rows).square().sum().backward()
    assert learned.split.grad is not None
    assert (learned.split.grad[1:-1].abs().sum()) > 0


def test_a_place_on_a_pixels_centre_takes_the_pixel() -> None:
    maps = torch.arange(16.0).view(1, 1, 4, 4)
    # The centre of column 2, row 1 of four: (2.5, 1.5) of 4 pixels.
    places = torch.tensor([[[2 * 2.5 / 4 - 1, 2 * 1.5 / 4 - 1]]])
    assert float(sample_maps(maps, places)) == pytest.approx(6.0)
    assert float(sample_sum([maps], places)) == pytest.approx(6.0)


def test_summing_pixels_equals_sampling_map_by_map_also_backwards() -> None:
    torch.manual_seed(1)
    maps = [torch.randn(2, 5, side, side, requires_grad=True) for side in (8, 3, 1)]
    # Beyond the border as well.
    places = torch.rand(40, 2, 2) * 3.0 - 1.5
    quick, naive = sample_sum(maps, places), sum(sample_maps(m, places) for m in maps)
    torch.testing.assert_close(quick, naive)
    weight = torch.randn_like(quick)
    for a, b in zip(
        torch.autograd.grad(quick, maps, weight),
        torch.autograd.grad(naive, maps, weight),
        strict=True,
    ):
        torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("steers", [True, False])
def test_weighing_maps_before_pooling_changes_nothing(steers: bool) -> None:
    torch.manual_seed(2)
    level = make_levels(TETRAHEDRON, 4, 4)[-1]
    layer = PooledGraphConvolution(Neighbours(level), (5, 7), 4, 6)
    maps = [torch.randn(3, 5, 8, 8), torch.randn(3, 7, 4, 4)]
    places = (torch.rand(level.count, 3, 2) * 2 - 1).requires_grad_(steers)
    features = torch.randn(level.count, 3, 4)
    first = layer.pool_first(maps, places, features)
    torch.testing.assert_close(layer.weigh_first(maps, places, features), first)
    torch.testing.assert_close(layer.pooled(maps, places, features), first)
    grown = torch.autograd.grad(first.square().sum(), layer.own.weight)[0]
    again = layer.weigh_first(maps, places, features).square().sum()
    torch.testing.assert_close(
        torch.autograd.grad(again, layer.own.weight)[0], grown, atol=1e-4, rtol=1e-4
    )


def test_a_start_with_wrong_levels_is_refused() -> None:
    vertices = (np.zeros((4, 3)), np.zeros((9, 3)))
    with pytest.raises(InputError, match=r"\(4, 9\) vertices, expected \(4, 10\)"):
        StartMesh(TETRAHEDRON, vertices, posed=True).levels(2)
    with pytest.raises(InputError, match="needs a face"):
        make_level(TETRAHEDRON, 5)
