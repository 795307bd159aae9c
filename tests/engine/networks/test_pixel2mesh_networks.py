"""Pixel2Mesh has the published sizes, and deforms the start that it is given."""

from dataclasses import replace

import numpy as np
import torch

from engine.networks import pixel2mesh_face
from engine.networks.backbones import BackboneConfig, build_backbone
from engine.networks.mesh_levels import StartMesh, make_levels
from engine.networks.pixel2mesh import (
    CameraPoses,
    DeformationBlock,
    Pixel2Mesh,
    Pixel2MeshConfig,
    published,
    published_for_heads,
)
from engine.photo.start_meshes import ellipsoid_start, semi_sphere_start


def size_of(module: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def blocks_of(network: Pixel2Mesh) -> list[DeformationBlock]:
    return [block for block in network.blocks if isinstance(block, DeformationBlock)]


def convolution_size(inputs: int, outputs: int) -> int:
    """Of a graph convolution: two matrices and a bias."""
    return 2 * inputs * outputs + outputs


def block_size(inputs: int, hidden: int) -> int:
    """Of fourteen graph convolutions."""
    inner = 12 * convolution_size(hidden, hidden)
    return convolution_size(inputs, hidden) + inner + convolution_size(hidden, 3)


def test_pixel2mesh_has_the_papers_sizes() -> None:
    with torch.device("meta"):
        backbone = size_of(build_backbone(BackboneConfig("vgg16")))
    network = Pixel2Mesh(published(), ellipsoid_start())
    assert [level.count for level in network.levels] == [156, 618, 2466]
    first = network.levels[0]
    assert (len(first.edges), len(first.faces)) == (462, 308)
    assert sum(blocks_of(network)[0].entry.channels) == 1280
    assert blocks_of(network)[1].entry.own.in_features == 1408
    graph = block_size(1283, 128) + 2 * block_size(1408, 128)
    assert size_of(network) == backbone + graph + convolution_size(128, 3)


def test_for_heads_there_are_four_blocks() -> None:
    config = replace(published_for_heads(), backbone=BackboneConfig("vgg16", 0.125))
    levels = Pixel2Mesh(config, ellipsoid_start()).levels
    assert [level.count for level in levels] == [156, 618, 2466, 9858]


def test_pixel2mesh_for_faces_has_the_papers_sizes() -> None:
    config = pixel2mesh_face.published()
    network = Pixel2Mesh(config, semi_sphere_start())
    assert [level.count for level in network.levels] == [141, 492, 1824, 7008]
    assert [len(level.edges) for level in network.levels[:-1]] == [351, 1332, 5184]
    assert blocks_of(network)[0].entry.own.in_features == 3840 + 3
    assert blocks_of(network)[1].entry.own.in_features == 3840 + 3 + 192
    graph = block_size(3843, 192) + 3 * block_size(4035, 192)
    splits = 351 + 1332 + 5184
    assert size_of(network) == size_of(network.backbone) + graph + splits


def posed_start() -> StartMesh:
    """A bent square on two levels; the finer one bulges."""
    faces = np.array([[0, 2, 1], [1, 2, 3]])
    coarse = np.array([[-50, -50, 0], [50, -50, 0], [-50, 50, 0], [50, 50, 20]], float)
    pairs = [(0, 1), (0, 2), (1, 2), (1, 3), (2, 3)]
    middle = np.array([(coarse[a] + coarse[b]) / 2 for a, b in pairs])
    finest = np.concatenate([coarse, middle + np.array([0, 0, 7])])
    return StartMesh(faces, (coarse, finest), posed=True)


def small(**changes: object) -> Pixel2MeshConfig:
    base = Pixel2MeshConfig(
        BackboneConfig("vgg16", 0.125),
        image_size=32,
        hidden=8,
        layers=4,
        blocks=2,
        deforms=True,
        coordinates=True,
        start="mean",
    )
    return replace(base, **changes)


def test_without_deformation_the_finest_mesh_is_the_posed_start() -> None:
    start = posed_start()
    network = Pixel2Mesh(small(), start).eval()
    with torch.no_grad():
        for block in blocks_of(network):
            for layer in (block.exit.own, block.exit.others):
                layer.weight.zero_()
    turn = torch.tensor([[[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]])
    poses = CameraPoses(turn, torch.tensor([0.2]), torch.tensor([[20.0, 12.0]]))
    meshes = network(torch.randn(1, 3, 32, 32), poses)
    turned = start.vertices[-1] @ turn[0].numpy().T * (0.2 / 16) * (1, -1, 1)
    wanted = turned + np.array([20.0 / 16 - 1, 12.0 / 16 - 1, 0.0])
    np.testing.assert_allclose(meshes.afters[-1][:, 0].detach(), wanted, atol=1e-5)
    assert meshes.colours is not None
    assert meshes.colours.shape == (9, 1, 3)


def test_without_unpooling_every_block_has_the_finest_mesh() -> None:
    start = posed_start()
    network = Pixel2Mesh(small(unpools=False), start).eval()
    assert [level.count for level in network.levels] == [9, 9]
    assert not list(network.unpoolings)
    poses = CameraPoses(torch.eye(3)[None], torch.tensor([0.2]), torch.tensor([[16.0, 16.0]]))
    meshes = network(torch.randn(1, 3, 32, 32), poses)
    wanted = start.vertices[-1] * (0.2 / 16) * (1, -1, 1)
    np.testing.assert_allclose(meshes.befores[0][:, 0].detach(), wanted, atol=1e-6)
    torch.testing.assert_close(meshes.befores[1], meshes.afters[0])


def test_a_fixed_start_without_unpooling_has_vertices_at_the_middles_of_edges() -> None:
    config = small(unpools=False, start="ellipsoid", blocks=3)
    network = Pixel2Mesh(config, ellipsoid_start())
    assert [level.count for level in network.levels] == [2466] * 3
    edges = make_levels(ellipsoid_start().faces, 156, 1)[0].edges
    middles = network.coarse[torch.from_numpy(edges.copy())].mean(1)
    torch.testing.assert_close(network.coarse[156 : 156 + len(edges)], middles)


def test_fewer_blocks_end_earlier_and_have_no_colours() -> None:
    network = Pixel2Mesh(small(colours=True), posed_start()).eval()
    poses = CameraPoses(torch.eye(3)[None], torch.ones(1), torch.zeros(1, 2))
    meshes = network(torch.randn(1, 3, 32, 32), poses, blocks=1)
    assert [len(after) for after in meshes.afters] == [4]
    assert meshes.colours is None


def test_a_batch_is_its_images_one_by_one() -> None:
    torch.manual_seed(0)
    network = Pixel2Mesh(small(steers=False), posed_start()).eval()
    images = torch.randn(3, 3, 32, 32)
    turns = torch.linalg.qr(torch.randn(3, 3, 3)).Q
    poses = CameraPoses(turns, torch.tensor([0.1, 0.2, 0.3]), torch.rand(3, 2) * 32)
    together = network(images, poses).afters[-1]
    for row in range(3):
        own = CameraPoses(
            poses.rotations[row : row + 1],
            poses.scales[row : row + 1],
            poses.translations[row : row + 1],
        )
        alone = network(images[row : row + 1], own).afters[-1]
        torch.testing.assert_close(alone[:, 0], together[:, row], atol=1e-5, rtol=1e-4)


def test_absolute_coordinates_do_not_depend_on_where_the_start_is_placed_by_addition() -> None:
    torch.manual_seed(0)
    network = Pixel2Mesh(small(deforms=False), posed_start()).eval()
    poses = CameraPoses(torch.eye(3)[None], torch.ones(1), torch.zeros(1, 2))
    meshes = network(torch.zeros(1, 3, 32, 32), poses)
    with torch.no_grad():
        for block in blocks_of(network):
            block.exit.own.weight.zero_()
            block.exit.others.weight.zero_()
            block.exit.own.bias.fill_(0.25)
    fixed = network(torch.zeros(1, 3, 32, 32), poses)
    assert float(fixed.afters[0].detach().sub(0.25).abs().max()) < 1e-6
    assert float(meshes.afters[0].detach().sub(0.25).abs().max()) > 1e-3
