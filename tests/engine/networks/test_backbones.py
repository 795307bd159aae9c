"""Backbones have the published sizes, and narrower ones the same shape."""

import pytest
import torch

from engine.networks.backbones import BackboneConfig, build_backbone, normalised_images

# Parameters of the feature layers as published (He et al.; Sandler et al.); VGG's convolutions
# have no bias here, because batch normalisation follows them.
PUBLISHED = {"resnet50": 23_508_032, "mobilenet_v2": 2_223_872, "vgg16": 14_718_912}
CHANNELS = {
    "resnet50": (64, 256, 512, 1024, 2048),
    "mobilenet_v2": (16, 24, 32, 96, 1280),
    "vgg16": (64, 128, 256, 512, 512),
}


@pytest.mark.parametrize("name", ["resnet50", "mobilenet_v2", "vgg16"])
def test_published_sizes(name: str) -> None:
    network = build_backbone(BackboneConfig(name))
    assert network.channels == CHANNELS[name]
    assert sum(p.numel() for p in network.parameters()) == PUBLISHED[name]


@pytest.mark.parametrize("name", ["resnet50", "mobilenet_v2", "vgg16"])
def test_taps_have_the_channels_and_strides_they_say(name: str) -> None:
    network = build_backbone(BackboneConfig(name, 0.125)).eval()
    with torch.inference_mode():
        taps = network(torch.zeros(1, 3, 64, 64))
    shapes = [(tap.shape[1], 64 // tap.shape[2]) for tap in taps]
    assert shapes == list(zip(network.channels, network.strides, strict=True))


def test_pixels_are_normalised_by_colour() -> None:
    pixels = torch.tensor([124, 116, 104], dtype=torch.uint8).expand(1, 2, 2, 3)
    images = normalised_images(pixels)
    assert images.shape == (1, 3, 2, 2)
    assert float(images.abs().max()) < 0.02
