"""Image networks that others take features from: VGG-16, ResNet-50 and MobileNetV2.

Each returns its feature maps from fine to coarse. `width` scales every layer's channels; 1 is the
published size. They read images `(B, 3, S, S)` normalised by `normalised_images`.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

BackboneName = Literal["vgg16", "resnet50", "mobilenet_v2"]
IMAGE_MEAN = (0.485, 0.456, 0.406)
IMAGE_DEVIATION = (0.229, 0.224, 0.225)


@dataclass(frozen=True, slots=True)
class BackboneConfig:
    """Which network, and how wide.

    Attributes:
        name: of the published network.
        width: factor on every layer's channels.
    """

    name: BackboneName = "resnet50"
    width: float = 1.0


def normalised_images(pixels: Tensor) -> Tensor:
    """Images `(B, 3, S, S)` for a backbone from pixels `(B, S, S, 3)` uint8 or float 0 to 255."""
    mean = torch.tensor(IMAGE_MEAN, device=pixels.device)
    deviation = torch.tensor(IMAGE_DEVIATION, device=pixels.device)
    return ((pixels.float() / 255.0 - mean) / deviation).permute(0, 3, 1, 2).contiguous()


class Backbone(nn.Module):
    """Stages run one after the other; the output of every stage is a tap.

    Attributes:
        stages: the network's stages, fine to coarse.
        channels: of each tap; strides: of each, in pixels of the image.
    """

    def __init__(
        self, stages: list[nn.Module], channels: tuple[int, ...], strides: tuple[int, ...]
    ) -> None:
        super().__init__()
        self.stages = nn.ModuleList(stages)
        self.channels = channels
        self.strides = strides

    def forward(self, images: Tensor) -> list[Tensor]:
        """Feature maps `(B, C, H, W)` of images `(B, 3, S, S)`, one per stage, fine to coarse."""
        taps = []
        features = images
        for stage in self.stages:
            features = stage(features)
            taps.append(features)
        return taps


def build_backbone(config: BackboneConfig) -> Backbone:
    """The network of `config`."""
    builders = {"vgg16": _vgg16, "resnet50": _resnet50, "mobilenet_v2": _mobilenet_v2}
    return builders[config.name](config.width)


def _scaled(channels: int, width: float) -> int:
    """`channels` × `width`, a multiple of 8 where the published number is, at least 8."""
    return max(8, int(channels * width + 4) // 8 * 8)


def _convolution(
    given: int, made: int, size: int = 3, stride: int = 1, groups: int = 1, bound: bool = False
) -> nn.Sequential:
    activation = nn.ReLU6(inplace=True) if bound else nn.ReLU(inplace=True)
    return nn.Sequential(
        nn.Conv2d(given, made, size, stride, size // 2, groups=groups, bias=False),
        nn.BatchNorm2d(made),
        activation,
    )


def _vgg16(width: float) -> Backbone:
    """Simonyan & Zisserman, configuration D, with batch normalisation; taps are conv1_2, conv2_2,
    conv3_3, conv4_3 and conv5_3."""
    stages: list[nn.Module] = []
    channels = []
    given = 3
    for index, (published, layers) in enumerate(((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))):
        made = _scaled(published, width)
        pool: list[nn.Module] = [nn.MaxPool2d(2)] if index else []
        convolutions = [_convolution(given if k == 0 else made, made) for k in range(layers)]
        stages.append(nn.Sequential(*pool, *convolutions))
        channels.append(made)
        given = made
    return Backbone(stages, tuple(channels), (1, 2, 4, 8, 16))


class _Bottleneck(nn.Module):
    """He et al., with the stride on the 3 × 3 convolution."""

    def __init__(self, given: int, inner: int, made: int, stride: int) -> None:
        super().__init__()
        self.branch = nn.Sequential(
            _convolution(given, inner, 1),
            _convolution(inner, inner, 3, stride),
            nn.Conv2d(inner, made, 1, bias=False),
            nn.BatchNorm2d(made),
        )
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or given != made:
            self.shortcut = nn.Sequential(
                nn.Conv2d(given, made, 1, stride, bias=False), nn.BatchNorm2d(made)
            )

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.branch(x) + self.shortcut(x))


def _resnet50(width: float) -> Backbone:
    """Taps: the stem's convolution (stride 2), then stages 1 to 4 (strides 4 to 32)."""
    stem = _scaled(64, width)
    stages: list[nn.Module] = [_convolution(3, stem, 7, 2)]
    channels = [stem]
    given = stem
    for index, (published, blocks) in enumerate(((64, 3), (128, 4), (256, 6), (512, 3))):
        inner, made = _scaled(published, width), _scaled(4 * published, width)
        layers: list[nn.Module] = [nn.MaxPool2d(3, 2, 1)] if index == 0 else []
        for block in range(blocks):
            stride = 2 if index and block == 0 else 1
            layers.append(_Bottleneck(given, inner, made, stride))
            given = made
        stages.append(nn.Sequential(*layers))
        channels.append(made)
    return Backbone(stages, tuple(channels), (2, 4, 8, 16, 32))


class _InvertedResidual(nn.Module):
    def __init__(self, given: int, made: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = given * expansion
        expand = [_convolution(given, inner, 1, bound=True)] if expansion != 1 else []
        self.branch = nn.Sequential(
            *expand,
            _convolution(inner, inner, 3, stride, groups=inner, bound=True),
            nn.Conv2d(inner, made, 1, bias=False),
            nn.BatchNorm2d(made),
        )
        self.adds = stride == 1 and given == made

    def forward(self, x: Tensor) -> Tensor:
        return x + self.branch(x) if self.adds else self.branch(x)


def _mobilenet_v2(width: float) -> Backbone:
    """Sandler et al., table 2; taps at strides 2, 4, 8, 16 and 32, the last of 1280 channels."""
    table = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1)]
    table += [(6, 160, 3, 2), (6, 320, 1, 1)]
    given = _scaled(32, width)
    current: list[nn.Module] = [_convolution(3, given, 3, 2, bound=True)]
    stages: list[nn.Module] = []
    channels: list[int] = []
    for expansion, published, repeats, stride in table:
        made = _scaled(published, width)
        if stride == 2:
            stages.append(nn.Sequential(*current))
            channels.append(given)
            current = []
        for block in range(repeats):
            current.append(_InvertedResidual(given, made, stride if block == 0 else 1, expansion))
            given = made
    last = _scaled(1280, max(width, 0.25))
    current.append(_convolution(given, last, 1, bound=True))
    stages.append(nn.Sequential(*current))
    channels.append(last)
    return Backbone(stages, tuple(channels), (2, 4, 8, 16, 32))
