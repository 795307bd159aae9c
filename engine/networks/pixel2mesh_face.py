"""Pixel2Mesh for 3D face reconstruction (Liu et al.): the same blocks on ResNet-50 features, from
a semi-sphere of 141 vertices, with learned unpooling."""

from engine.networks.backbones import BackboneConfig
from engine.networks.pixel2mesh import Pixel2MeshConfig


def published() -> Pixel2MeshConfig:
    """The paper's sizes: features 3840 + 3, hidden 192, levels 141 / 492 / 1824 / 7008."""
    return Pixel2MeshConfig(
        backbone=BackboneConfig("resnet50"),
        taps=(1, 2, 3, 4),
        crop="box",
        hidden=192,
        adaptive=True,
        coordinates=True,
        colours=False,
        start="semi-sphere",
    )
