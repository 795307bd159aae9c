"""The motion networks without torch give what they give with it."""

from dataclasses import asdict

import numpy as np
import torch

from engine.models.motion_field import CHUNK, motion_basis
from engine.networks.motion import MotionConfig, MotionNetwork


def test_numpy_and_torch_agree() -> None:
    torch.manual_seed(2)
    network = MotionNetwork(MotionConfig(code_size=5, width=12, layers=2, centre=(1.0, 2.0, 3.0)))
    count = CHUNK + 7
    points = 80 * torch.randn(count, 3)
    normals = torch.nn.functional.normalize(torch.randn(count, 3), dim=1)
    kinds = torch.randint(3, (count,))
    tensors = {f"m.{name}": value.numpy() for name, value in network.state_dict().items()}
    found = motion_basis(
        tensors, "m.", asdict(network.config), points.numpy(), normals.numpy(), kinds.numpy()
    )
    with torch.no_grad():
        expected = network(points, normals, kinds).numpy()
    assert np.abs(expected).max() > 0.1
    assert np.allclose(found, expected, atol=1e-4)


def test_normals_and_kinds_tell_points_of_one_place_apart() -> None:
    torch.manual_seed(3)
    network = MotionNetwork(MotionConfig(code_size=2, width=16, layers=2))
    place, up = torch.zeros(1, 3), torch.tensor([[0.0, 1.0, 0.0]])
    base = network(place, up, torch.tensor([0]))
    assert (network(place, -up, torch.tensor([0])) - base).abs().max() > 1e-3
    assert (network(place, up, torch.tensor([1])) - base).abs().max() > 1e-3
