"""Packed convolutions say what the network's own said."""

import pytest
import torch
from torch import nn

from engine.networks.backbones import BackboneConfig, build_backbone
from engine.networks.inference.folded_norms import fold_batch_norms
from engine.networks.inference.packed_convolutions import (
    PackedConvolution,
    has_onednn_convolutions,
    pack_convolutions,
)

needs_onednn = pytest.mark.skipif(
    not has_onednn_convolutions(), reason="this build of torch has no oneDNN"
)


@pytest.mark.parametrize("name", ["resnet50", "mobilenet_v2", "vgg16"])
@pytest.mark.parametrize("batch", [1, 3])
def test_a_packed_network_says_the_same(name, batch: int) -> None:
    torch.manual_seed(0)
    network = build_backbone(BackboneConfig(name, 0.25)).eval()
    fold_batch_norms(network)
    images = torch.randn(batch, 3, 64, 64)
    with torch.inference_mode():
        before = network(images)
        pack_convolutions(network, torch.zeros(3, 3, 64, 64))
        after = network(images)
    for first, second in zip(before, after, strict=True):
        assert torch.allclose(first, second, atol=1e-4 * float(first.abs().max()))


@needs_onednn
def test_only_a_relu_that_follows_is_taken_in() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.Identity(), nn.ReLU(), nn.Conv2d(8, 8, 3), nn.Sigmoid(), nn.ReLU()
    )
    images = torch.randn(2, 3, 16, 16)
    with torch.inference_mode():
        before = network(images)
        pack_convolutions(network, images)
        assert torch.allclose(network(images), before, atol=1e-5)
    kinds = [type(module) for module in network]
    packed = PackedConvolution
    assert kinds == [packed, nn.Identity, nn.Identity, packed, nn.Sigmoid, nn.ReLU]
