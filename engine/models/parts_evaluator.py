"""Evaluation of the trained parts network for one face at a time: the only torch of the model."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.models.carrier import Handles
from engine.models.protocol import PARTS, FaceCode
from engine.networks.detail import MotionDetailConfig
from engine.networks.inference.cascade import Cascade
from engine.networks.inference.one_thread import alone_if_few
from engine.networks.inference.spline import Spline
from engine.networks.inference.template import Template
from engine.networks.landmark_warp import WarpConfig
from engine.networks.parts import (
    WINDOW_EDGES,
    Folded,
    PartsConfig,
    PartsNetwork,
    window_rows,
)
from engine.networks.sine import DeformConfig, SineConfig
from engine.networks.template import DetailConfig, TemplateConfig
from engine.weights import Weights

Floats = NDArray[np.float32]

CHUNK = 4096
"""Points evaluated together on a CPU: few enough to stay in its cache, and for torch to yield."""
CHUNK_ELSEWHERE = 1 << 18


@dataclass(frozen=True, slots=True)
class FoldedFace:
    """A face's codes worked into the network's weights, ready for any number of points."""

    code: FaceCode
    folded: Folded
    cascade: Cascade


class PartsEvaluator:
    """Φ and the correspondence of single faces, numpy in and numpy out.

    The network's weights must not change any more.
    """

    def __init__(self, network: PartsNetwork, device: torch.device) -> None:
        self.network = network.to(device).eval()
        self.device = device
        for parameter in self.network.parameters():
            parameter.requires_grad_(False)
        with torch.inference_mode():
            self._template = Template(self.network.template)

    def fold(self, code: FaceCode) -> FoldedFace:
        """Work `code` into weights (a few milliseconds)."""
        with torch.inference_mode(), alone_if_few():
            codes = {
                part: torch.tensor(code.part(part), device=self.device)[None] for part in PARTS
            }
            joint = torch.cat([codes[part] for part in PARTS], dim=1)
            folded = self.network.fold(codes, joint)
            return FoldedFace(code, folded, Cascade(self.network, folded))

    def distances(self, face: FoldedFace, points: Floats) -> Floats:
        """Φ `(N,)` in mm at points `(N, 3)` in mm."""
        return self._on_chunks(lambda chunk: self._template(*face.cascade(chunk)), points, ())

    def to_template(self, face: FoldedFace, points: Floats) -> Floats:
        """Corresponding template points `(N, 3)` of points `(N, 3)`, both in mm."""
        return self._on_chunks(lambda chunk: face.cascade(chunk)[0], points, (3,))

    def warp_change(self, faces: Sequence[FoldedFace]) -> Callable[[Floats], Floats]:
        """How far the landmark warp of the first face and those of others carry points `(N, 3)`
        apart, `(N,)` mm: the furthest of the others.

        Most handles stay where they are, so the differences are one spline.
        """
        with torch.inference_mode():
            first, *others = (face.folded for face in faces)
            base, count = first.handles[0], len(first.handles[0])
            strays = [(other.handles[0] - base).abs().amax(-1) >= 1e-5 for other in others]
            handles = torch.cat(
                [base, *(o.handles[0][s] for o, s in zip(others, strays, strict=True))]
            )
            coefficients = base.new_zeros(len(handles) + 1, 3 * len(others))
            start = count
            for index, (other, stray) in enumerate(zip(others, strays, strict=True)):
                change = coefficients[:, 3 * index : 3 * index + 3]
                change[:count] = other.spline[0, :-1] * ~stray[:, None] - first.spline[0, :-1]
                stop = start + int(stray.sum())
                change[start:stop] = other.spline[0, :-1][stray]
                change[-1] = other.spline[0, -1] - first.spline[0, -1]
                start = stop
            spline = Spline(handles, coefficients)

        def moved(chunk: Tensor) -> Tensor:
            return spline(chunk).abs().amax(-1)

        return lambda points: self._on_chunks(moved, points, ())

    def windows(self, part: str) -> list[tuple[Floats, Floats]]:
        """Centre and radii `(3,)` of the ellipsoids beyond which a small part does nothing, mm."""
        rows = window_rows(part)
        centres = self.network.window_centres[rows].cpu().numpy()
        radii = self.network.window_radii[rows].cpu().numpy() * WINDOW_EDGES[1]
        return list(zip(centres, radii, strict=True))

    def _on_chunks(
        self, work: Callable[[Tensor], Tensor], points: Floats, shape: tuple[int, ...]
    ) -> Floats:
        """`work` on points `(N, 3)`, as `(N, *shape)`."""
        result = np.empty((len(points), *shape), np.float32)
        size = CHUNK if self.device.type == "cpu" else CHUNK_ELSEWHERE
        with torch.inference_mode(), alone_if_few():
            tensor = torch.tensor(points, dtype=torch.float32, device=self.device)
            for start in range(0, len(points), size):
                rows = slice(start, start + size)
                result[rows] = work(tensor[rows]).cpu().numpy()
        return result


def build_evaluator(weights: Weights, handles: Handles, device: str) -> PartsEvaluator:
    """The trained network of a `parts-network` weights file on `device`, driven by `handles`."""
    config = weights.header.config
    network = PartsNetwork(
        PartsConfig(
            WarpConfig(**config["warp"]),
            _template(config["template"]),
            tuple(DeformConfig(**_tuples(entry)) for entry in config["deform"]),
            tuple(_detail(entry) for entry in config["details"]),
        )
    )
    load_tensors(network, weights)
    network.warp.set_handles(
        *(torch.from_numpy(a) for a in (handles.template, handles.rest, handles.motion))
    )
    return PartsEvaluator(network, torch.device(device))


def load_tensors(network: PartsNetwork, weights: Weights) -> None:
    """Take over the tensors of a `parts-network` file; details that it lacks stay as they are.

    Raises:
        RuntimeError: they are of other sizes.
    """
    tensors = {
        name: torch.from_numpy(array.copy()).float() for name, array in weights.tensors.items()
    }
    own = network.state_dict()
    kept = {name: own[name] for name in own if name.startswith("details.") and name not in tensors}
    network.load_state_dict(tensors | kept)


def _detail(entry: Mapping[str, Any]) -> MotionDetailConfig:
    rest = _tuples({key: value for key, value in entry.items() if key != "deform"})
    return MotionDetailConfig(deform=DeformConfig(**_tuples(entry["deform"])), **rest)


def _template(entry: Mapping[str, Any]) -> TemplateConfig:
    details = tuple(DetailConfig(**_tuples(detail)) for detail in entry["details"])
    rest = {key: value for key, value in entry.items() if key not in ("base", "details")}
    return TemplateConfig(SineConfig(**_tuples(entry["base"])), details, **_tuples(rest))


def _tuples(entry: Mapping[str, Any]) -> dict[str, Any]:
    """JSON knows no tuples; configurations are hashable."""
    return {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()}
