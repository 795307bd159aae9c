"""Weights of an untrained network of codes for the synthetic model."""

import math
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from engine.networks.backbones import BackboneConfig
from engine.networks.photo_codes import PhotoCodes, PhotoCodesConfig
from engine.photo.codes_network import KIND, NETWORK
from engine.weights import WeightsHeader, save_weights
from tests.engine.photo.known_faces import BASIS

SIZE = 64


def save_tiny_network(file: Path, codes: int = 58, rows: np.ndarray = BASIS.rows) -> PhotoCodes:
    """An untrained network is the mean head on the detector's five points, nearly: here it looks
    for points so near their start that the edge of the crop does not matter."""
    torch.manual_seed(0)
    config = PhotoCodesConfig(
        BackboneConfig("mobilenet_v2", 0.25), SIZE, codes, len(rows), grid=4, hidden=16, map=8
    )
    network = PhotoCodes(config).eval()
    torch.nn.init.constant_(network.points.log_near, math.log(0.15))
    tensors = {NETWORK + name: value.numpy() for name, value in network.state_dict().items()}
    tensors |= {"rows": rows.astype(np.int32), "prior_deviation": np.full(codes, 0.4, np.float32)}
    header = WeightsHeader(KIND, {**asdict(config), "points_factor": 1.0})
    save_weights(file, tensors, header)
    return network
