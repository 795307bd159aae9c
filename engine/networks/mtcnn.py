"""MTCNN (Zhang et al. 2016), three small networks that find faces one after the other.

Sizes and the order of weights are those of the package `mtcnn`, whose arrays they run with:
pooling counts windows that hang over the edge, and features are flattened column by column.
"""

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from engine.errors import WeightsError


def _convolution(given: int, made: int, size: int) -> list[nn.Module]:
    return [nn.Conv2d(given, made, size), nn.PReLU(made)]


def _pooling(size: int) -> nn.MaxPool2d:
    return nn.MaxPool2d(size, 2, ceil_mode=True)


class ProposalNetwork(nn.Module):
    """P-Net: whether a face fills the 12 × 12 window at every second pixel, and where in it."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            *_convolution(3, 10, 3), _pooling(2), *_convolution(10, 16, 3), *_convolution(16, 32, 3)
        )
        self.box = nn.Conv2d(32, 4, 1)
        self.face = nn.Conv2d(32, 2, 1)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Of images `(B, 3, H, W)`: likelihoods `(B, h, w)` and box corrections `(B, 4, h, w)`."""
        features = self.features(images)
        return F.softmax(self.face(features), dim=1)[:, 1], self.box(features)


class _CropNetwork(nn.Module):
    """What R-Net and O-Net have in common: convolutions, then layers on all features at once."""

    def __init__(self, convolutions: list[nn.Module], flat: int, dense: int) -> None:
        super().__init__()
        self.features = nn.Sequential(*convolutions)
        self.dense = nn.Sequential(nn.Linear(flat, dense), nn.PReLU(dense))
        self.box = nn.Linear(dense, 4)

    def described(self, crops: Tensor) -> Tensor:
        """Features `(B, D)` of crops `(B, 3, S, S)`."""
        columns = self.features(crops).permute(0, 3, 2, 1)
        return self.dense(columns.flatten(1))


class RefinementNetwork(_CropNetwork):
    """R-Net: whether a crop of 24 × 24 pixels shows a face, and where in it."""

    size = 24

    def __init__(self) -> None:
        convolutions = [
            *_convolution(3, 28, 3),
            _pooling(3),
            *_convolution(28, 48, 3),
            nn.MaxPool2d(3, 2),
            *_convolution(48, 64, 2),
        ]
        super().__init__(convolutions, 576, 128)
        self.face = nn.Linear(128, 2)

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        """Of crops `(B, 3, 24, 24)`: likelihoods `(B,)` and box corrections `(B, 4)`."""
        features = self.described(crops)
        return F.softmax(self.face(features), dim=1)[:, 1], self.box(features)


class OutputNetwork(_CropNetwork):
    """O-Net: as R-Net at 48 × 48 pixels, and where eyes, nose and mouth are."""

    size = 48

    def __init__(self) -> None:
        convolutions = [
            *_convolution(3, 32, 3),
            _pooling(3),
            *_convolution(32, 64, 3),
            nn.MaxPool2d(3, 2),
            *_convolution(64, 64, 3),
            _pooling(2),
            *_convolution(64, 128, 2),
        ]
        super().__init__(convolutions, 1152, 256)
        self.points = nn.Linear(256, 10)
        self.face = nn.Linear(256, 2)

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Of crops `(B, 3, 48, 48)`: likelihoods `(B,)`, box corrections `(B, 4)` and points
        `(B, 5, 2)`, all as shares of the crop."""
        features = self.described(crops)
        points = self.points(features).view(-1, 2, 5).transpose(1, 2)
        return F.softmax(self.face(features), dim=1)[:, 1], self.box(features), points


def set_arrays(network: nn.Module, arrays: Sequence[NDArray[np.float32]]) -> None:
    """Give `network` its weights, in the order and the layout in which Keras lists them.

    Kernels are `(height, width, in, out)`, dense layers `(in, out)`, slopes `(1, 1, channels)`.

    Raises:
        WeightsError: the arrays are those of another network.
    """
    parameters = list(network.parameters())
    if len(parameters) != len(arrays):
        raise WeightsError(
            f"{type(network).__name__} has {len(parameters)} arrays of weights, got {len(arrays)}. "
            "Install the package mtcnn 1.0 again."
        )
    with torch.no_grad():
        for parameter, array in zip(parameters, arrays, strict=True):
            ours = _in_torch_layout(array)
            if ours.shape != tuple(parameter.shape):
                raise WeightsError(
                    f"{type(network).__name__} needs weights of shape {tuple(parameter.shape)}, "
                    f"got {ours.shape}. Install the package mtcnn 1.0 again."
                )
            parameter.copy_(torch.from_numpy(ours.copy()))


def _in_torch_layout(array: NDArray[np.float32]) -> NDArray[np.float32]:
    if array.ndim == 4:
        return array.transpose(3, 2, 0, 1)
    if array.ndim == 2:
        return array.T
    return array.reshape(-1)
