"""MTCNN's networks against a naive twin in the layout of their weights."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from engine.errors import WeightsError
from engine.networks.mtcnn import (
    OutputNetwork,
    ProposalNetwork,
    RefinementNetwork,
    set_arrays,
)

Kind = type[torch.nn.Module]

SHAPES: dict[Kind, list[tuple[int, ...]]] = {
    ProposalNetwork: [(3, 3, 3, 10), (3, 3, 10, 16), (3, 3, 16, 32), (1, 1, 32, 4), (1, 1, 32, 2)],
    RefinementNetwork: [
        (3, 3, 3, 28), (3, 3, 28, 48), (2, 2, 48, 64), (576, 128), (128, 4), (128, 2),
    ],
    OutputNetwork: [
        (3, 3, 3, 32), (3, 3, 32, 64), (3, 3, 64, 64), (2, 2, 64, 128), (1152, 256),
        (256, 4), (256, 10), (256, 2),
    ],
}  # fmt: skip
HEADS: dict[Kind, int] = {ProposalNetwork: 2, RefinementNetwork: 2, OutputNetwork: 3}


def arrays_of(kind: Kind, seed: int = 0) -> list[NDArray[np.float32]]:
    """Random weights in Keras' order: kernel, bias and, but for the heads, slopes."""
    rng = np.random.default_rng(seed)
    arrays = []
    shapes = SHAPES[kind]
    for place, shape in enumerate(shapes):
        inputs = np.prod(shape[:-1])
        arrays.append(rng.normal(scale=1.5 / np.sqrt(inputs), size=shape))
        arrays.append(rng.normal(scale=0.1, size=shape[-1]))
        if place < len(shapes) - HEADS[kind]:
            slopes = (1, 1, shape[-1]) if len(shape) == 4 else (shape[-1],)
            arrays.append(rng.uniform(0.0, 0.5, slopes))
    return [array.astype(np.float32) for array in arrays]


def build(kind: Kind) -> torch.nn.Module:
    network = kind()
    set_arrays(network, arrays_of(kind))
    return network.eval()


def convolve(image: NDArray, kernel: NDArray, bias: NDArray) -> NDArray:
    """`(H, W, C)` with a kernel `(h, w, C, D)`, nothing beyond the edge."""
    high, wide = kernel.shape[:2]
    rows, columns = image.shape[0] - high + 1, image.shape[1] - wide + 1
    out = np.zeros((rows, columns, kernel.shape[3]))
    for row in range(rows):
        for column in range(columns):
            window = image[row : row + high, column : column + wide]
            out[row, column] = np.einsum("hwc,hwcd->d", window, kernel) + bias
    return out


def pool(image: NDArray, size: int, over_the_edge: bool) -> NDArray:
    """Maxima of windows at every second pixel."""
    sides = image.shape[:2]
    counts = [
        -(-(side - size) // 2) + 1 if over_the_edge else (side - size) // 2 + 1 for side in sides
    ]
    return np.array(
        [
            [
                image[2 * r : 2 * r + size, 2 * c : 2 * c + size].max(axis=(0, 1))
                for c in range(counts[1])
            ]
            for r in range(counts[0])
        ]
    )


def bend(values: NDArray, slopes: NDArray) -> NDArray:
    return np.where(values > 0, values, slopes.reshape(-1) * values)


def likelihood(scores: NDArray) -> NDArray:
    powers = np.exp(scores - scores.max(-1, keepdims=True))
    return powers[..., 1] / powers.sum(-1)


POOLS: dict[Kind, list[tuple[int, bool] | None]] = {
    ProposalNetwork: [(2, True), None, None],
    RefinementNetwork: [(3, True), (3, False), None],
    OutputNetwork: [(3, True), (3, False), (2, True), None],
}


def naive(kind: Kind, image: NDArray) -> list[NDArray]:
    """The heads' outputs in the order of the arrays."""
    arrays = [array.astype(float) for array in arrays_of(kind)]
    features = image
    for pooling in POOLS[kind]:
        kernel, bias, slopes = arrays[:3]
        arrays = arrays[3:]
        features = bend(convolve(features, kernel, bias), slopes)
        if pooling:
            features = pool(features, *pooling)
    if kind is ProposalNetwork:
        return [features @ arrays[k][0, 0] + arrays[k + 1] for k in (0, 2)]
    flat = features.transpose(1, 0, 2).reshape(-1)  # column by column
    flat = bend(flat @ arrays[0] + arrays[1], arrays[2])
    return [flat @ arrays[k] + arrays[k + 1] for k in range(3, len(arrays), 2)]


def tensor_of(image: NDArray) -> torch.Tensor:
    return torch.from_numpy(image.transpose(2, 0, 1)[None]).float()


@torch.inference_mode()
@pytest.mark.parametrize("shape", [(12, 12), (17, 30), (24, 13)])
def test_the_proposal_network_is_its_twin(shape: tuple[int, int]) -> None:
    image = np.random.default_rng(1).normal(size=(*shape, 3))
    likelihoods, offsets = build(ProposalNetwork)(tensor_of(image))
    boxes, scores = naive(ProposalNetwork, image)
    np.testing.assert_allclose(likelihoods[0], likelihood(scores), atol=1e-5)
    np.testing.assert_allclose(offsets[0].permute(1, 2, 0), boxes, atol=1e-4)


@torch.inference_mode()
def test_the_refinement_network_is_its_twin() -> None:
    image = np.random.default_rng(2).normal(size=(24, 24, 3))
    found, offsets = build(RefinementNetwork)(tensor_of(image))
    boxes, scores = naive(RefinementNetwork, image)
    np.testing.assert_allclose(found[0], likelihood(scores), atol=1e-5)
    np.testing.assert_allclose(offsets[0], boxes, atol=1e-4)


@torch.inference_mode()
def test_the_output_network_is_its_twin() -> None:
    image = np.random.default_rng(3).normal(size=(48, 48, 3))
    found, offsets, points = build(OutputNetwork)(tensor_of(image))
    boxes, places, scores = naive(OutputNetwork, image)
    np.testing.assert_allclose(found[0], likelihood(scores), atol=1e-5)
    np.testing.assert_allclose(offsets[0], boxes, atol=1e-4)
    # Five x, then five y.
    np.testing.assert_allclose(points[0], np.stack([places[:5], places[5:]], axis=1), atol=1e-4)


def test_weights_of_another_network_are_refused() -> None:
    with pytest.raises(WeightsError, match="has 13 arrays of weights, got 16"):
        set_arrays(ProposalNetwork(), arrays_of(RefinementNetwork))
    arrays = arrays_of(OutputNetwork)
    arrays[3] = arrays[3][:, :, :5]
    with pytest.raises(WeightsError, match=r"needs weights of shape \(64, 32, 3, 3\), got"):
        set_arrays(OutputNetwork(), arrays)
