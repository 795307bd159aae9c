"""The template as it ships, and what a training run needs of it: mesh, motion, handles.

A run makes it after SDFNet and before the cascade, whose landmark warp hangs on its handles.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.models.carrier import Carrier, Handles, handles_at, make_carrier
from engine.networks.motion import MotionNetwork
from engine.weights import WeightsHeader, load_weights, save_weights
from training.parts.registered import RegisteredFaces
from training.parts.sampler import CodeSampler
from training.parts.template.template_mesh import Kind, TemplateMesh
from training.parts.template_motion import (
    carrier_error,
    moved_vertices,
    template_handles,
    true_motion,
)

KIND = "parts-template"


@dataclass(frozen=True, slots=True, eq=False)
class TemplateKit:
    """Tensors and configuration of a template file, and the carrier that follows from them."""

    tensors: Mapping[str, NDArray]
    config: Mapping[str, Any]
    carrier: Carrier

    def handles(self) -> Handles:
        """What drives the landmark warp."""
        return handles_at(self.carrier, self.tensors["canonical"], self.tensors["handle_vertices"])

    def save(self, file: Path) -> None:
        save_weights(file, self.tensors, WeightsHeader(KIND, self.config))


def load_kit(file: Path) -> TemplateKit:
    """Read what `TemplateKit.save` or an export wrote.

    Raises:
        WeightsError: the file is missing, damaged or of another kind.
    """
    weights = load_weights(file, KIND)
    config = weights.header.config
    carrier = make_carrier(weights.tensors, config, config["sizes"])
    return TemplateKit(weights.tensors, config, carrier)


def make_kit(
    template: TemplateMesh,
    faces: RegisteredFaces,
    motions: Mapping[str, MotionNetwork],
    handles: int,
) -> TemplateKit:
    """Put together the template mesh and its motion networks."""
    motion = true_motion(template, faces)
    tensors: dict[str, NDArray] = {
        "canonical": template.vertices,
        "faces": template.faces,
        "uv": template.uv,
        "colors": template.colors,
        "region_weights": template.region_weights,
        "landmarks": template.landmarks,
        "mirror": template.mirror,
        "kinds": template.kinds,
        "eyeball_right": np.flatnonzero(template.kinds == Kind.RIGHT_EYE).astype(np.int32),
        "eyeball_left": np.flatnonzero(template.kinds == Kind.LEFT_EYE).astype(np.int32),
        "handle_vertices": template_handles(template, handles).astype(np.int32),
    }
    for part, rows in moved_vertices(motion, faces).items():
        tensors[f"{part}.moved"] = rows
    for part, network in motions.items():
        for name, value in network.state_dict().items():
            tensors[f"motion.{part}.{name}"] = value.detach().cpu().numpy()
    sizes = {part: columns.stop - columns.start for part, columns in faces.slices.items()}
    config: dict[str, Any] = {
        "sizes": sizes,
        "expression_names": faces.expression_names.split("\n"),
        "canonical_expression": [round(float(w), 6) for w in faces.canonical],
        "motion": {part: asdict(network.config) for part, network in motions.items()},
    }
    carrier = make_carrier(tensors, config, sizes)
    codes = CodeSampler(faces).draw(40, np.random.default_rng(6))
    errors = carrier_error(carrier, motion, codes - faces.canonical_code())
    config["carrier_p95_mm"] = round(float(np.percentile(errors, 95)), 4)
    return TemplateKit(tensors, config, carrier)
