"""Batch normalisation worked into convolutions says the same."""

import torch
from torch import nn

from engine.networks.backbones import BackboneConfig, build_backbone
from engine.networks.inference.folded_norms import fold_batch_norms


def norms(network: nn.Module) -> int:
    return sum(isinstance(module, nn.BatchNorm2d) for module in network.modules())


def test_a_folded_backbone_says_the_same() -> None:
    torch.manual_seed(0)
    backbone = build_backbone(BackboneConfig("resnet50", 0.125)).eval()
    for module in backbone.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.running_mean, -0.5, 0.5)
            nn.init.uniform_(module.running_var, 0.5, 2.0)
            nn.init.uniform_(module.weight, 0.5, 1.5)
    images = torch.randn(2, 3, 64, 64)
    with torch.inference_mode():
        before = [tap.clone() for tap in backbone(images)]
        assert norms(backbone) > 50
        fold_batch_norms(backbone)
        assert norms(backbone) == 0
        after = backbone(images)
    for one, two in zip(before, after, strict=True):
        assert torch.allclose(one, two, rtol=1e-3, atol=1e-4 * float(one.abs().max()))


def test_what_stands_alone_stays() -> None:
    network = nn.Sequential(nn.ReLU(), nn.BatchNorm2d(4)).eval()
    fold_batch_norms(network)
    assert norms(network) == 1
