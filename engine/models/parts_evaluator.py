"""Evaluation of the trained parts network for one face at a time: the only torch of the model."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.models.protocol import PARTS, FaceCode
from engine.networks.landmark_warp import WarpConfig
from engine.networks.parts import CASCADE, WINDOWED, Folded, PartsConfig, PartsNetwork
from engine.networks.sine import DeformConfig, SineConfig
from engine.networks.template import DetailConfig, TemplateConfig
from engine.weights import Weights

Floats = NDArray[np.float32]

CHUNK = 4096
"""Points evaluated together: small enough to stay in the cache, and for torch to yield."""


@dataclass(frozen=True, slots=True)
class FoldedFace:
    """A face's codes worked into the network's weights, ready for any number of points."""

    code: FaceCode
    folded: Folded


class PartsEvaluator:
    """Φ and the correspondence of single faces, numpy in and numpy out."""

    def __init__(self, network: PartsNetwork, device: torch.device) -> None:
        self.network = network.to(device).eval()
        self.device = device
        for parameter in self.network.parameters():
            parameter.requires_grad_(False)

    def fold(self, code: FaceCode) -> FoldedFace:
        """Work `code` into weights (a few milliseconds)."""
        with torch.inference_mode():
            codes = {
                part: torch.tensor(code.part(part), device=self.device)[None] for part in PARTS
            }
            joint = torch.cat([codes[part] for part in PARTS], dim=1)
            return FoldedFace(code, self.network.fold(codes, joint))

    def distances(self, face: FoldedFace, points: Floats) -> Floats:
        """Φ `(N,)` in mm at points `(N, 3)` in mm."""
        result = np.empty(len(points), np.float32)
        with torch.inference_mode():
            for rows, chunk in self._chunks(points):
                q, correction = self._cascade(face.folded, chunk)
                result[rows] = self.network.template(q[0], correction).cpu().numpy()
        return result

    def to_template(self, face: FoldedFace, points: Floats) -> Floats:
        """Corresponding template points `(N, 3)` of points `(N, 3)`, both in mm."""
        result = np.empty((len(points), 3), np.float32)
        with torch.inference_mode():
            for rows, chunk in self._chunks(points):
                result[rows] = self._cascade(face.folded, chunk)[0][0].cpu().numpy()
        return result

    def aligned(self, face: FoldedFace, points: Floats) -> Floats:
        """Points `(N, 3)` after the landmark warp alone."""
        result = np.empty((len(points), 3), np.float32)
        with torch.inference_mode():
            for rows, chunk in self._chunks(points):
                result[rows] = self.network.align(chunk, face.folded)[0].cpu().numpy()
        return result

    def in_window(self, part: str, aligned: Floats) -> NDArray[np.bool_]:
        """Which aligned points `(N, 3)` a small part's network acts on."""
        with torch.inference_mode():
            window = self.network.window(part, torch.tensor(aligned, device=self.device))
            inside: NDArray[np.bool_] = (window[:, 0] > 0).cpu().numpy()
            return inside

    def _chunks(self, points: Floats) -> list[tuple[slice, Tensor]]:
        tensor = torch.tensor(points, dtype=torch.float32, device=self.device)
        size = CHUNK if self.device.type == "cpu" else 1 << 18
        return [
            (slice(start, start + size), tensor[None, start : start + size])
            for start in range(0, len(points), size)
        ]

    def _cascade(self, folded: Folded, points: Tensor) -> tuple[Tensor, Tensor]:
        """`PartsNetwork.to_template`, but a small part only sees the points in its window."""
        network = self.network
        q = network.align(points, folded)
        windows = {part: network.window(part, q)[0, :, 0] for part in WINDOWED}
        correction = torch.zeros_like(q[0, :, 0])
        for part, generated in zip(CASCADE, folded.stages, strict=True):
            field = network.field_of(part)
            if part in WINDOWED:
                inside = torch.nonzero(windows[part]).squeeze(1)
                if len(inside):
                    motion = field.field(q[:, inside], generated)[0]
                    q[0, inside] += motion * windows[part][inside, None]
                continue
            motion = field.field(q, generated)
            if field.config.corrects:
                correction = correction + motion[0, :, 3]
            q = q + motion[..., :3]
        return q, correction


def build_evaluator(weights: Weights, device: str) -> PartsEvaluator:
    """The trained network of a `parts-network` weights file on `device`."""
    config = weights.header.config
    network = PartsNetwork(
        PartsConfig(
            WarpConfig(**config["warp"]),
            _template(config["template"]),
            tuple(DeformConfig(**_tuples(entry)) for entry in config["deform"]),
        )
    )
    tensors = {name: torch.from_numpy(array.copy()) for name, array in weights.tensors.items()}
    network.load_state_dict({name: value.float() for name, value in tensors.items()})
    return PartsEvaluator(network, torch.device(device))


def _template(entry: Mapping[str, Any]) -> TemplateConfig:
    details = tuple(DetailConfig(**_tuples(detail)) for detail in entry["details"])
    rest = {key: value for key, value in entry.items() if key not in ("base", "details")}
    return TemplateConfig(SineConfig(**_tuples(entry["base"])), details, **_tuples(rest))


def _tuples(entry: Mapping[str, Any]) -> dict[str, Any]:
    """JSON knows no tuples; configurations are hashable."""
    return {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()}
